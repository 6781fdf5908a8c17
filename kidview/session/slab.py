"""Several slices shown as one: maximum, mean or minimum intensity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import HUArray
from kidview.session.oblique import AIR_HU, Raster, sample_hu
from kidview.session.plan import cut
from kidview.session.view import Slab


def slab_plane(hu: HUArray, axis: int, index: int, slab: Slab, spacing_mm: float) -> HUArray:
    """(rows, columns) int16 of the slices whose centre lies in a slab about a slice.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    axis, index : int
        The slice in the middle; at the ends of the scan the slab is thinner.
    slab : Slab
    spacing_mm : float
        Between the slices.
    """
    reach = slab_reach(slab, spacing_mm)
    planes = range(max(index - reach, 0), min(index + reach + 1, hu.shape[axis]))
    first, *others = (np.asarray(cut(hu, axis, k), np.int16) for k in planes)
    if slab.kind == "mean":
        total = first.astype(np.int32)
        for plane in others:
            total += plane
        return np.rint(total / len(planes)).astype(np.int16)
    out = np.array(first, np.int16, order="C")
    better = np.maximum if slab.kind == "max" else np.minimum
    for plane in others:
        better(out, plane, out=out)
    return out


def slab_on(
    hu: HUArray,
    geometry: Geometry,
    raster: Raster,
    slab: Slab,
    check: Callable[[], None] = lambda: None,
) -> HUArray:
    """(rows, columns) int16 of a slab about a turned plane, sampled every finest spacing.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    geometry : Geometry
    raster : Raster
        The plane in the middle; where the slab leaves the scan it is thinner.
    slab : Slab
    check : callable
        Called before each plane; may raise to stop.
    """
    step_mm = min(geometry.spacing_zyx)
    reach = slab_reach(slab, step_mm)
    limits = np.iinfo(np.int16)
    nothing = limits.max if slab.kind == "min" else limits.min
    out = np.full(raster.shape, nothing, np.int16)
    total, count = np.zeros(raster.shape, np.int32), np.zeros(raster.shape, np.int32)
    for k in range(-reach, reach + 1):
        check()
        at = replace(raster, depth_mm=raster.depth_mm + k * step_mm)
        plane = sample_hu(hu, geometry, at, nothing)
        if slab.kind == "mean":
            is_there = plane != nothing
            total += np.where(is_there, plane, 0)
            count += is_there
        else:
            (np.maximum if slab.kind == "max" else np.minimum)(out, plane, out=out)
    if slab.kind == "mean":
        mean = np.rint(total / np.maximum(count, 1)).astype(np.int16)
        return np.where(count > 0, mean, np.int16(AIR_HU))
    return np.where(out != nothing, out, np.int16(AIR_HU))


def slab_reach(slab: Slab, spacing_mm: float) -> int:
    """Planes of a slab on each side of the one in its middle."""
    return int(slab.mm / 2 / spacing_mm)
