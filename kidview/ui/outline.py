"""Outlines of labels in a plane: closed lines along the borders of voxels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kidview.core.types import FloatArray, MaskArray

# Directions 0 right, 1 up, 2 left, 3 down on a lattice of corners; the region lies to the left.
_STEP_ROW = (0, 1, 0, -1)
_STEP_COLUMN = (1, 0, -1, 0)


def outlines(mask: MaskArray, is_smooth: bool = False) -> list[FloatArray]:
    """Closed lines around the 4-connected regions of a plane, holes included.

    Parameters
    ----------
    mask : (rows, columns) bool
    is_smooth : bool
        Cut the corners of voxels: lines join the middles of their sides, as marching squares
        at one half does. Otherwise lines follow the sides exactly.

    Returns
    -------
    list of (N, 2) float
        (column, row) in voxels, whole numbers at voxel centres; the last point is not the
        first again.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return []
    low, left = int(rows[0]), int(columns[0])  # first row: the lowest on the screen
    part = mask[low : int(rows[-1]) + 1, left : int(columns[-1]) + 1]
    sides, width = _sides(part), part.shape[1] + 1
    offset = np.array([left - 0.5, low - 0.5])
    corners = sides.shape[1]
    return [_points(ring, corners, width, is_smooth) + offset for ring in _rings(sides, width)]


def _sides(part: MaskArray) -> npt.NDArray[np.bool_]:
    """Which sides are borders: (4, corners) bool, by direction and the corner they start at."""
    height, width = part.shape
    sides = np.zeros((4, height + 1, width + 1), bool)
    padded = np.zeros((height + 2, width + 2), bool)
    padded[1:-1, 1:-1] = part
    below, above = padded[:-1, 1:-1], padded[1:, 1:-1]  # (height + 1, width) beside each side
    before, after = padded[1:-1, :-1], padded[1:-1, 1:]  # (height, width + 1)
    sides[0, :, :-1] = above & ~below
    sides[2, :, 1:] = below & ~above
    sides[1, :-1, :] = before & ~after
    sides[3, 1:, :] = after & ~before
    return sides.reshape(4, -1)


def _rings(sides: npt.NDArray[np.bool_], width: int) -> list[npt.NDArray[np.int64]]:
    """Sides in the order one meets them, each as direction * corners + corner.

    Parameters
    ----------
    sides : (4, corners) bool
    width : int
        Corners in a row.
    """
    there = np.flatnonzero(sides.ravel())
    place = np.zeros(sides.size, np.int64)
    place[there] = np.arange(there.size)
    following = place[_following(sides, there, width)].tolist()  # single steps of arrays are slow
    rings, is_seen = [], bytearray(there.size)
    for start in range(there.size):
        ring, at = [], start
        while not is_seen[at]:
            is_seen[at] = 1
            ring.append(at)
            at = following[at]
        if ring:
            rings.append(there[ring])
    return rings


def _following(
    sides: npt.NDArray[np.bool_], there: npt.NDArray[np.int64], width: int
) -> npt.NDArray[np.int64]:
    """The side that goes on from each of the sides `there`.

    Where two regions touch at a corner, turning left keeps them apart.
    """
    direction, corner = np.divmod(there, sides.shape[1])
    end = corner + _steps(width)[direction]
    left, right = (direction + 1) % 4, (direction + 3) % 4
    turn = np.where(sides[left, end], left, np.where(sides[direction, end], direction, right))
    return np.asarray(turn * sides.shape[1] + end)


def _steps(width: int) -> npt.NDArray[np.int64]:
    return np.array([dr * width + dc for dr, dc in zip(_STEP_ROW, _STEP_COLUMN, strict=True)])


def _points(ring: npt.NDArray[np.int64], corners: int, width: int, is_smooth: bool) -> FloatArray:
    """(N, 2) column and row of a ring's corners, or of the middles of its sides."""
    direction, corner = np.divmod(ring, corners)
    row, column = np.divmod(corner, width)
    points = np.stack([column, row], axis=1).astype(np.float64)
    if is_smooth:
        step = np.stack([np.take(_STEP_COLUMN, direction), np.take(_STEP_ROW, direction)], axis=1)
        return np.asarray(points + step / 2)
    return np.asarray(points[direction != np.roll(direction, 1)])  # only where it turns
