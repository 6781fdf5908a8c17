"""Brush and eraser: a disc, ball, square or cube, swept along the pointer's way."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, MaskArray, Triple
from kidview.edit.tools.row import Option, ToolRow
from kidview.edit.types import Edit

IS_SQUARE = Option(
    "brush.is_square", "Square", "Paint with straight sides: a square, or a cube for a ball", False
)
SIMILAR_HU = Option(
    "brush.similar_hu",
    "Similar",
    "Paint only what is joined to the pointer's place and this near to its HU; 0 paints all",
    0,
    0,
    500,
    "HU",
)

_STILL = 1e-9  # voxels: no way at all

BRUSH = ToolRow(
    "brush",
    "Brush",
    "B",
    "ph.paint-brush",
    "Paint the active label; hold Ctrl to erase",
    "stroke",
    ("label", "radius_mm", "is_ball", IS_SQUARE, SIMILAR_HU, "over", "hu_range"),
)
ERASER = ToolRow(
    "eraser",
    "Eraser",
    "E",
    "ph.eraser",
    "Erase to background; hold Ctrl to paint",
    "stroke",
    ("radius_mm", "is_ball", IS_SQUARE, "over", "hu_range"),
)


def brush(
    from_zyx: Triple,
    to_zyx: Triple,
    radius_mm: float,
    label: int,
    geometry: Geometry,
    axis: int | None = None,
    *,
    is_square: bool = False,
    similar_hu: float = 0.0,
    hu: HUArray | None = None,
) -> Edit:
    """Fill what a brush covers on its way; its size is in mm, whatever the spacing.

    Parameters
    ----------
    from_zyx, to_zyx : 3 floats
        Last and present pointer position, fractional voxel indices; equal for a dab.
    radius_mm : float
        Voxels whose centre is within this distance of the way; the voxel under the
        pointer is always covered.
    label : int
        0 erases.
    geometry : Geometry
    axis : int or None
        Array axis (0 z, 1 y, 2 x) across which the brush is one voxel thick; None is a ball.
    is_square : bool
        Sides along the axes of the grid, `radius_mm` from the middle, instead of round.
    similar_hu : float
        More than 0 fills only the 6-connected part of what is covered that holds the voxel
        under the pointer and differs in HU by no more than this from the median of the
        3 x 3 voxels there (in the plane of the brush, axial for a ball).
    hu : (Z, Y, X) int16, optional
        The scan, where `similar_hu` asks for it.

    Returns
    -------
    Edit
        Its box is empty when the brush lies outside the scan, its mask when `similar_hu` is
        asked for and the pointer lies outside.
    """
    spacing = np.array(geometry.spacing_zyx)
    start, end = np.array(from_zyx, dtype=float), np.array(to_zyx, dtype=float)
    reach = radius_mm / spacing
    if axis is not None:
        start[axis] = end[axis] = np.rint(end[axis])
        reach[axis] = 0.0
    middle, half = (start + end) / 2, np.abs(end - start) / 2
    box = Box.around(middle.tolist(), (half + np.maximum(reach, 0.5)).tolist(), geometry.shape_zyx)
    if is_square:
        mask = _is_under_square(box, start, end, reach)
    else:
        mask = _distance_sq_mm(box, start, end, spacing) <= radius_mm**2
    under = tuple(int(i) for i in np.rint(end) - box.start)
    is_inside = all(0 <= i < n for i, n in zip(under, box.shape, strict=True))
    if is_inside:
        mask[under] = True
    if similar_hu > 0.0:
        assert hu is not None  # asked for together
        mask = _similar(mask, box, under, similar_hu, hu, axis) if is_inside else mask & False
    return Edit(box, mask, label)


def _similar(
    covered: MaskArray,
    box: Box,
    under: tuple[int, ...],
    similar_hu: float,
    hu: HUArray,
    axis: int | None,
) -> MaskArray:
    """What of a covered part is joined to a voxel of its box and like that one's surroundings."""
    across = 0 if axis is None else axis
    at = [i + s for i, s in zip(under, box.start, strict=True)]
    around = Box.around(at, [0 if a == across else 1 for a in range(3)], hu.shape)
    centre_hu = float(np.median(hu[around.slices]))
    low, high = int(np.ceil(centre_hu - similar_hu)), int(np.floor(centre_hu + similar_hu))
    values = hu[box.slices]
    is_like = covered & (values >= low) & (values <= high)
    is_like[under] = True
    parts, _ = ndimage.label(is_like)
    joined: MaskArray = parts == parts[under]
    return joined


def _is_under_square(box: Box, start: FloatArray, end: FloatArray, reach: FloatArray) -> MaskArray:
    """Which voxels of a box a cuboid covers that moves along a line, `reach` voxels each way.

    Along each axis a voxel is covered between two moments; it is covered when all three
    axes have one in common.
    """
    first, last = np.zeros((1, 1, 1)), np.ones((1, 1, 1))
    for place, a, b, r in zip(np.ogrid[box.slices], start, end, reach, strict=True):
        if abs(b - a) < _STILL:
            last = np.where(np.abs(place - a) > r, -1.0, last)
        else:
            enters, leaves = (place - a - r) / (b - a), (place - a + r) / (b - a)
            first = np.maximum(first, np.minimum(enters, leaves))
            last = np.minimum(last, np.maximum(enters, leaves))
    covered: MaskArray = np.broadcast_to(first <= last, box.shape).copy()
    return covered


def _distance_sq_mm(
    box: Box, start: FloatArray, end: FloatArray, spacing: FloatArray
) -> FloatArray:
    """Squared distance (mm) of a box's voxel centres from a line segment."""
    way = (end - start) * spacing
    length_sq = float(way @ way)
    offset = [(g - s) * d for g, s, d in zip(np.ogrid[box.slices], start, spacing, strict=True)]
    along = np.zeros(box.shape)
    if length_sq > 0.0:
        along = np.clip(
            (offset[0] * way[0] + offset[1] * way[1] + offset[2] * way[2]) / length_sq, 0, 1
        )
    distance = np.zeros(box.shape)
    for o, w in zip(offset, way, strict=True):
        distance += (o - along * w) ** 2
    return distance
