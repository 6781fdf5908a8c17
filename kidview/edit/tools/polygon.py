"""Polygon: fill a closed outline drawn on one slice; a freehand line becomes vertices."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Index, Triple
from kidview.edit.outline import inside_outline
from kidview.edit.tools.row import ToolRow, Work
from kidview.edit.types import Edit


def polygon(outline: Sequence[Triple], axis: int, label: int, geometry: Geometry) -> Edit:
    """Fill a closed outline; even-odd, so a line that crosses itself leaves holes.

    Parameters
    ----------
    outline : at least 3 vertices
        Fractional voxel indices on one slice, closed by itself; may leave the scan.
    axis : int
        Array axis (0 z, 1 y, 2 x) across which the slice lies.
    label : int
        0 erases.
    geometry : Geometry

    Returns
    -------
    Edit
        The slice's voxels whose centre is inside.

    Raises
    ------
    EditRefused
        Fewer than 3 vertices, a slice beside the scan, or no voxel inside.
    """
    if len(outline) < 3:
        raise EditRefused("an outline needs three points", "click at least three times")
    vertices = np.array(outline, float)
    index = int(np.rint(vertices[0, axis]))
    if np.any(np.rint(vertices[:, axis]) != index):
        raise ValueError("an outline lies on one slice")
    if not 0 <= index < geometry.shape_zyx[axis]:
        raise EditRefused("this slice is not in the scan", "draw on a slice of the scan")
    box = _box_around(vertices, axis, index, geometry.shape_zyx)
    rows, columns = (a for a in range(3) if a != axis)
    centres = np.mgrid[box.slices[rows], box.slices[columns]].reshape(2, -1).T.astype(float)
    mask = inside_outline(centres, vertices[:, [rows, columns]]).reshape(box.shape)
    tight = Box.tight(mask)
    if tight is None:
        raise EditRefused(
            "no voxel of the scan is inside the outline", "draw it larger, on the scan"
        )
    return Edit(tight.shifted(box.start), mask[tight.slices], label)


def _box_around(vertices: FloatArray, axis: int, index: int, shape: Index) -> Box:
    """The part of a slice that an outline can reach."""
    low = np.ceil(vertices.min(axis=0)).astype(int)
    high = np.floor(vertices.max(axis=0)).astype(int) + 1
    low[axis], high[axis] = index, index + 1
    start, stop = np.clip(low, 0, shape).tolist(), np.clip(high, 0, shape).tolist()
    return Box(
        (start[0], start[1], start[2]),
        (max(stop[0], start[0]), max(stop[1], start[1]), max(stop[2], start[2])),
    )


def simplified(points_mm: FloatArray, tolerance_mm: float) -> FloatArray:
    """Fewer points of a line: a freehand stroke becomes vertices that can be moved.

    Parameters
    ----------
    points_mm : (N, D) float64
        In order; the line is not closed.
    tolerance_mm : float
        No point that is left out lies farther than this from the new line.

    Returns
    -------
    (M, D) float64
        Some of the points, the first and the last among them.

    Source: Douglas and Peucker 1973, Cartographica 10:112-122.
    """
    count = len(points_mm)
    if count < 3:
        return points_mm
    is_kept = np.zeros(count, bool)
    is_kept[[0, -1]] = True
    waiting = [(0, count - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        between = points_mm[first + 1 : last]
        distance = _distance_mm(between, points_mm[first], points_mm[last])
        farthest = int(distance.argmax())
        if distance[farthest] > tolerance_mm:
            middle = first + 1 + farthest
            is_kept[middle] = True
            waiting += [(first, middle), (middle, last)]
    return points_mm[is_kept]


def _distance_mm(points: FloatArray, start: FloatArray, end: FloatArray) -> FloatArray:
    """Distance of (N, D) points from a segment."""
    way, offset = end - start, points - start
    length_sq = float(way @ way)
    along = np.clip(offset @ way / length_sq, 0.0, 1.0) if length_sq > 0 else np.zeros(len(points))
    foot = offset - along[:, None] * way
    return np.asarray(np.sqrt((foot**2).sum(axis=1)))


def fill(work: Work) -> Edit:
    """Fill the outline drawn; what every tool with the gesture "outline" does in the end."""
    if work.axis is None:
        raise EditRefused("no outline was drawn", "draw one in a slice view")
    return polygon(work.outline, work.axis, work.label, work.geometry)


ROW = ToolRow(
    "polygon",
    "Polygon",
    "P",
    "ph.polygon",
    "Click or drag an outline; Enter or a double-click fills it",
    "outline",
    ("label", "over", "hu_range"),
    fill,
)
