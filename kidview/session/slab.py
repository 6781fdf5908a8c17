"""Several slices shown as one: maximum, mean or minimum intensity."""

from __future__ import annotations

import numpy as np

from kidview.core.types import HUArray
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
    reach = int(slab.mm / 2 / spacing_mm)
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
