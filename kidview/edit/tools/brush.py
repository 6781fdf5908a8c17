"""Brush and eraser: a disc in the plane or a ball, swept along the pointer's way."""

from __future__ import annotations

import numpy as np

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Triple
from kidview.edit.tools.row import ToolRow
from kidview.edit.types import Edit

BRUSH = ToolRow(
    "brush",
    "Brush",
    "B",
    "ph.paint-brush",
    "Paint the active label; hold Ctrl to erase",
    "stroke",
    ("label", "radius_mm", "is_ball", "over", "hu_range"),
)
ERASER = ToolRow(
    "eraser",
    "Eraser",
    "E",
    "ph.eraser",
    "Erase to background; hold Ctrl to paint",
    "stroke",
    ("radius_mm", "is_ball", "over", "hu_range"),
)


def brush(
    from_zyx: Triple,
    to_zyx: Triple,
    radius_mm: float,
    label: int,
    geometry: Geometry,
    axis: int | None = None,
) -> Edit:
    """Fill what a round brush covers on its way; round in mm, whatever the spacing.

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

    Returns
    -------
    Edit
        Its box is empty when the brush lies outside the scan.
    """
    spacing = np.array(geometry.spacing_zyx)
    start, end = np.array(from_zyx, dtype=float), np.array(to_zyx, dtype=float)
    reach = radius_mm / spacing
    if axis is not None:
        start[axis] = end[axis] = np.rint(end[axis])
        reach[axis] = 0.0
    middle, half = (start + end) / 2, np.abs(end - start) / 2
    box = Box.around(middle.tolist(), (half + np.maximum(reach, 0.5)).tolist(), geometry.shape_zyx)
    mask = _distance_sq_mm(box, start, end, spacing) <= radius_mm**2
    under = np.rint(end).astype(int) - np.array(box.start)
    if all(0 <= i < n for i, n in zip(under, box.shape, strict=True)):
        mask[tuple(under)] = True
    return Edit(box, mask, label)


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
