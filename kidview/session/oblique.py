"""A scan seen on a turned plane: pixels between the voxels, sampled as fast as a hand turns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, Index, LabelArray, Triple
from kidview.session.planes import Frame

AIR_HU = -1024
MOST_PIXELS = 2**18
"""Of a plane; a larger one gets coarser pixels, so that it is sampled within a frame."""

_STRIP_ROWS = 32  # what is worked on at once stays in the processor's cache
_EDGES = tuple((i, i | bit) for i in range(8) for bit in (1, 2, 4) if not i & bit)


@dataclass(frozen=True)
class Raster:
    """Square pixels on a plane.

    Parameters
    ----------
    frame : Frame
    depth_mm : float
        Of the plane along the frame's normal (w).
    start_uv : (u, v) mm
        Centre of pixel (0, 0); whole multiples of the step, so that panning moves no sample.
    step_mm : float
        Side of a pixel.
    shape : (rows, columns)
        Rows upward, columns to the left.
    """

    frame: Frame
    depth_mm: float
    start_uv: tuple[float, float]
    step_mm: float
    shape: tuple[int, int]


def raster_over(
    geometry: Geometry,
    frame: Frame,
    depth_mm: float,
    seen_uv: tuple[float, float, float, float],
    mm_per_pixel: float,
    most_pixels: int = MOST_PIXELS,
) -> Raster:
    """Pixels for what a view shows of a plane, as far as the scan reaches.

    They have the scan's smallest spacing, or that of the screen where the scan is shown smaller.

    Parameters
    ----------
    geometry : Geometry
    frame : Frame
    depth_mm : float
    seen_uv : (u low, v low, u high, v high) mm
    mm_per_pixel : float
        Of the screen.
    most_pixels : int
        Pixels become larger until there are no more than that.
    """
    low, high = np.array(seen_uv[:2]), np.array(seen_uv[2:])
    section = _section(geometry, frame, depth_mm)
    if len(section):
        low, high = np.maximum(low, section.min(axis=0)), np.minimum(high, section.max(axis=0))
    step = max(mm_per_pixel, min(geometry.spacing_zyx))
    if not len(section) or (high < low).any():
        low = high = low * 0.0  # nothing of it is in sight: one pixel, which is air or covered
    while True:
        first, last = np.floor(low / step + 1e-6), np.ceil(high / step - 1e-6)
        columns, rows = (last - first + 1).astype(int)
        if rows * columns <= most_pixels:
            break
        step *= max(float(np.sqrt(rows * columns / most_pixels)), 1.01)
    u, v = first * step
    return Raster(frame, depth_mm, (float(u), float(v)), step, (int(rows), int(columns)))


def sample_hu(hu: HUArray, geometry: Geometry, raster: Raster, outside_hu: int = AIR_HU) -> HUArray:
    """(rows, columns) int16 HU, linear between voxel centres, air outside the scan.

    The outermost half voxel has the value of its voxel.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    geometry : Geometry
    raster : Raster
    outside_hu : int
        What there is instead of air.
    """
    flat, shape = np.ascontiguousarray(hu).reshape(-1), hu.shape
    # A step from the lower to the upper neighbour; none along an axis of one voxel.
    steps = [n * (size > 1) for n, size in zip(_strides(shape), shape, strict=True)]
    out = np.full(raster.shape, outside_hu, np.int16)
    for rows, at_zyx in _strips(geometry, raster):
        inside = np.ones(at_zyx[0].shape, bool)
        lower, weights = np.zeros(at_zyx[0].shape, np.intp), []
        for at, size, stride in zip(at_zyx, shape, _strides(shape), strict=True):
            inside &= (at >= -0.5) & (at < size - 0.5)
            np.clip(at, 0, size - 1, out=at)
            whole = np.minimum(at.astype(np.intp), max(size - 2, 0))
            weights.append(at - whole.astype(np.float32))
            lower += whole * stride
        mixed = _mixed(flat, lower, weights, steps)
        np.copyto(out[rows], np.rint(mixed, out=mixed), where=inside, casting="unsafe")
    return out


def sample_labels(
    labels: npt.NDArray[np.generic],
    geometry: Geometry,
    raster: Raster,
    start_zyx: Index = (0, 0, 0),
) -> LabelArray:
    """(rows, columns) uint8 of the voxel each pixel's centre lies in; 0 outside.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        All of the grid, or a box of it.
    geometry : Geometry
        Of the grid.
    raster : Raster
    start_zyx : 3 ints
        Where the box starts.
    """
    flat, shape = np.ascontiguousarray(labels).reshape(-1), labels.shape
    out = np.zeros(raster.shape, np.uint8)
    for rows, at_zyx in _strips(geometry, raster):
        inside = np.ones(at_zyx[0].shape, bool)
        voxel = np.zeros(at_zyx[0].shape, np.intp)
        parts = zip(at_zyx, start_zyx, shape, _strides(shape), strict=True)
        for at, start, size, stride in parts:
            nearest = np.floor(at + np.float32(0.5 - start)).astype(np.intp)
            inside &= (nearest >= 0) & (nearest < size)
            voxel += nearest * stride
        voxel *= inside
        np.copyto(out[rows], flat.take(voxel), where=inside, casting="unsafe")
    return out


def _strides(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Elements between neighbours along z, y, x."""
    return (shape[1] * shape[2], shape[2], 1)


def _mixed(
    flat: HUArray,
    lower: npt.NDArray[np.intp],
    weights: list[npt.NDArray[np.float32]],
    steps: list[int],
) -> npt.NDArray[np.float32]:
    """Weighted mean of the 2 x 2 x 2 voxels from `lower` on; one axis a call."""
    if not weights:
        return flat.take(lower).astype(np.float32)
    low = _mixed(flat, lower, weights[1:], steps[1:])
    if steps[0] == 0:
        return low
    high = _mixed(flat[steps[0] :], lower, weights[1:], steps[1:])
    high -= low
    high *= weights[0]
    high += low
    return high


def _strips(
    geometry: Geometry, raster: Raster
) -> Iterator[tuple[slice, list[npt.NDArray[np.float32]]]]:
    """Rows, and where in the grid their pixels lie: z, y, x, fractional."""
    (u, v), w, step = raster.start_uv, raster.depth_mm, raster.step_mm
    corners = [(u, v, w), (u, v + step, w), (u + step, v, w)]
    first, above, beside = geometry.ras_to_index(raster.frame.to_ras(corners))
    height, width = raster.shape
    along = np.outer(beside - first, np.arange(width))
    for start in range(0, height, _STRIP_ROWS):
        rows = np.arange(start, min(start + _STRIP_ROWS, height))
        begin = first[:, None] + np.outer(above - first, rows)
        yield (
            slice(start, start + len(rows)),
            [(b[:, None] + a[None]).astype(np.float32) for a, b in zip(along, begin, strict=True)],
        )


def _section(geometry: Geometry, frame: Frame, depth_mm: float) -> FloatArray:
    """(n, 2) u, v mm of the corners of the polygon in which a plane cuts the scan."""
    corners = np.array([[(i >> a) & 1 for a in (2, 1, 0)] for i in range(8)])
    index = corners * np.array(geometry.shape_zyx) - 0.5
    uvw = frame.to_plane(geometry.index_to_ras(index))
    away = uvw[:, 2] - depth_mm
    points = []
    for i, j in _EDGES:
        if away[i] * away[j] <= 0 and away[i] != away[j]:
            share = away[i] / (away[i] - away[j])
            points.append(uvw[i, :2] + share * (uvw[j, :2] - uvw[i, :2]))
    return np.array(points).reshape(-1, 2)


def chord_mm(geometry: Geometry, frame: Frame, point_ras: Triple) -> tuple[float, float]:
    """How far the scan's voxel centres reach from a point against and along a plane's normal.

    Returns
    -------
    (low, high) mm
        `low` <= 0 <= `high` for a point of the scan.
    """
    at = geometry.ras_to_index(point_ras)
    ahead = geometry.ras_to_index(np.array(point_ras) + frame.normal) - at  # index a mm
    low, high = -np.inf, np.inf
    for place, speed, size in zip(at, ahead, geometry.shape_zyx, strict=True):
        if abs(speed) > 1e-9:
            ends = sorted(((0 - place) / speed, (size - 1 - place) / speed))
            low, high = max(low, ends[0]), min(high, ends[1])
    return float(min(low, 0.0)), float(max(high, 0.0))
