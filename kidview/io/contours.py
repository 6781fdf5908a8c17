"""Masks of a plane <-> closed polygons along the edges of its pixels; pure functions.

Points are (x, y) in pixels: whole numbers are pixel centres, so edges lie at halves. A hole is
joined to the outline around it by a keyhole: two edges at one place, there and back, which an
even-odd filling does not see (PS3.3 C.8.8.6.3).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from kidview.core.types import FloatArray, MaskArray

_Point = tuple[int, int]
_RIGHT = {(1, 0): (0, 1), (0, 1): (-1, 0), (-1, 0): (0, -1), (0, -1): (1, 0)}


def outlines(mask: MaskArray) -> list[FloatArray]:
    """Closed polygons around the pixels of a mask, holes as keyholes.

    Parameters
    ----------
    mask : (Y, X) bool

    Returns
    -------
    list of (n, 2) float64
        (x, y) in pixels, corners only, first point not repeated; n >= 4. Pixels that touch
        at a corner only belong to two polygons.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    top, left = int(rows[0]), int(columns[0])
    loops = _loops(mask[top : rows[-1] + 1, left : columns[-1] + 1])
    areas = [_area(loop) for loop in loops]
    outer = [list(loop) for loop, area in zip(loops, areas, strict=True) if area > 0]
    holes = [loop for loop, area in zip(loops, areas, strict=True) if area < 0]
    owners: dict[_Point, list[list[_Point]]] = defaultdict(list)
    for loop in outer:
        for point in loop:
            owners[point].append(loop)
    # From left to right: whatever lies left of a hole is joined already.
    for hole in sorted((_from_left(hole) for hole in holes), key=lambda hole: hole[0]):
        x, y = hole[0][0] - 1, hole[0][1]
        while (x, y) not in owners:
            x -= 1
        loop = owners[x, y][-1]
        at = loop.index((x, y))
        bridge = [(n, y) for n in range(x, hole[0][0])]
        added = [*bridge[1:], *hole, hole[0], *reversed(bridge)]
        loop[at + 1 : at + 1] = added
        for point in added:
            owners[point].append(loop)
    return [_corners(loop) + (left - 0.5, top - 0.5) for loop in outer]


def _loops(mask: MaskArray) -> list[list[_Point]]:
    """Boundaries as corners of pixels: outer ones with positive area, holes with negative."""
    padded = np.pad(mask, 1)
    steps: dict[_Point, list[_Point]] = defaultdict(list)
    # Inside lies to the right of each step, with y downward: outer loops run clockwise.
    for (dy, dx), (start, step) in {
        (-1, 0): ((0, 0), (1, 0)),
        (0, 1): ((1, 0), (0, 1)),
        (1, 0): ((1, 1), (-1, 0)),
        (0, -1): ((0, 1), (0, -1)),
    }.items():
        edge = padded & ~np.roll(padded, (-dy, -dx), (0, 1))
        for y, x in np.argwhere(edge).tolist():
            steps[x - 1 + start[0], y - 1 + start[1]].append(step)
    found = []
    walked: set[tuple[_Point, _Point]] = set()
    for start_at, ways in list(steps.items()):
        for way in ways:
            point, step, loop = start_at, way, []
            while (point, step) not in walked:
                walked.add((point, step))
                loop.append(point)
                point = (point[0] + step[0], point[1] + step[1])
                # Where two pixels touch at a corner the right turn stays with the own one.
                step = _RIGHT[step] if _RIGHT[step] in steps[point] else steps[point][0]
            if loop:
                found.append(loop)
    return found


def _area(loop: list[_Point]) -> float:
    x, y = np.array(loop, np.float64).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _from_left(loop: list[_Point]) -> list[_Point]:
    """The loop from its leftmost, uppermost corner on."""
    at = loop.index(min(loop))
    return loop[at:] + loop[:at]


def _corners(loop: list[_Point]) -> FloatArray:
    """The points where a loop turns, (n, 2)."""
    points = np.array(loop)
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    return np.asarray(points[(before != after).any(axis=1)], np.float64)


def filled(polygons: Iterable[FloatArray], shape: tuple[int, int]) -> MaskArray:
    """Pixels whose centres lie inside, by the even-odd rule over all polygons together.

    Parameters
    ----------
    polygons : iterable of (n, 2) float64
        (x, y) in pixels, closed.
    shape : 2 ints
        Rows, columns.

    Returns
    -------
    (Y, X) bool
        A centre exactly on an edge belongs to the pixel right of or below it.
    """
    rows, columns = shape
    crossings = np.zeros((rows, columns + 1), np.int32)
    for polygon in polygons:
        ends = np.roll(polygon, -1, axis=0)
        # From the upper end down, so that a keyhole's two edges cross a row at equal places.
        upward = (ends[:, 1] < polygon[:, 1])[:, None]
        upper, lower = np.where(upward, ends, polygon), np.where(upward, polygon, ends)
        first = np.clip(np.ceil(upper[:, 1]), 0, rows).astype(int)
        count = np.clip(np.ceil(lower[:, 1]), 0, rows).astype(int) - first
        which = np.repeat(np.arange(len(polygon)), count)
        if not len(which):
            continue
        y = first[which] + _counting(count)
        start, end = upper[which], lower[which]
        share = (y - start[:, 1]) / (end[:, 1] - start[:, 1])
        x = start[:, 0] + share * (end[:, 0] - start[:, 0])
        np.add.at(crossings, (y, np.clip(np.ceil(x), 0, columns).astype(int)), 1)
    return np.asarray(np.cumsum(crossings, axis=1)[:, :columns] % 2 == 1)


def _counting(count: npt.NDArray[np.int_]) -> npt.NDArray[np.int_]:
    """0, 1, .. of each count, one after the other."""
    ends = np.cumsum(count)
    return np.arange(ends[-1]) - np.repeat(ends - count, count)
