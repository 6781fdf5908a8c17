"""File order <-> house order: which file axis is which, exact, 48 cases.

Nothing here touches voxels but `place`, which lays file slabs into a house array.
"""

from __future__ import annotations

from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Index, Triple
from kidview.core.volume import AxisOrder, Source

STRAIGHT = 2e-3
"""Largest cosine between two axes that still count as orthogonal (0.11 degrees)."""

RAS = AxisOrder((2, 1, 0), (False, False, False))
"""i, j, k run to right, anterior, superior."""

_RAS_ROW = (2, 1, 0)  # house axis z, y, x follows this row of a RAS point
_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))


def axis_order(affine: FloatArray) -> AxisOrder:
    """The order whose axes lie nearest to S, A, R.

    Parameters
    ----------
    affine : (4, 4) float64
        (i, j, k, 1) to RAS+ mm, columns not zero and not in one plane.

    Returns
    -------
    AxisOrder
        The signed permutation with the largest trace against the axes made orthogonal
        (the nearest rotation in the Frobenius norm); between equals, as at 45 degrees, the
        first in the order of `itertools.permutations`.
    """
    columns = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    left, _, right = np.linalg.svd(columns)
    axes = left @ right  # the orthogonal matrix nearest to the columns
    best, best_sum = (2, 1, 0), -1.0
    for order in permutations(range(3)):
        agreement = sum(abs(axes[_RAS_ROW[h], order[h]]) for h in range(3))
        if agreement > best_sum + 1e-6:
            best, best_sum = (order[0], order[1], order[2]), agreement
    z, y, x = (bool(axes[_RAS_ROW[h], best[h]] < 0) for h in range(3))
    return AxisOrder(best, (z, y, x))


def house_affine(affine: FloatArray, shape_ijk: Index, order: AxisOrder) -> FloatArray:
    """(z, y, x, 1) to RAS+ mm for an array brought to house order.

    Parameters
    ----------
    affine : (4, 4) float64
        Of the file's array.
    shape_ijk : 3 ints
        Of the file's array.
    order : AxisOrder

    Returns
    -------
    (4, 4) float64
    """
    house = np.eye(4)
    house[:3, 3] = affine[:3, 3]
    for h, (axis, flip) in enumerate(zip(order.axes, order.flips, strict=True)):
        column = affine[:3, axis]
        house[:3, h] = -column if flip else column
        if flip:
            house[:3, 3] += column * (shape_ijk[axis] - 1)
    return house


def file_affine(geometry: Geometry, order: AxisOrder) -> FloatArray:
    """(i, j, k, 1) to RAS+ mm of a house grid written in a file's order; undoes `house_affine`."""
    affine = np.eye(4)
    origin = np.zeros(3)
    for h, (axis, flip) in enumerate(zip(order.axes, order.flips, strict=True)):
        column = geometry.zyx_to_ras[:3, h]
        affine[:3, axis] = -column if flip else column
        origin[h] = geometry.shape_zyx[h] - 1 if flip else 0
    affine[:3, 3] = geometry.index_to_ras(origin)
    return affine


def house_source(geometry: Geometry, path: Path, order: AxisOrder = RAS) -> Source:
    """The source of a file of our own, whose i, j, k run to right, anterior, superior.

    Parameters
    ----------
    geometry : Geometry
        The grid of what is written.
    path : Path
        Where the scan lies; no mask written for this source may replace it.
    order : AxisOrder
        Of the file, where others expect another one.

    Returns
    -------
    Source
        Knows nothing of any other file: no name, no header, no title.
    """
    return Source(path, "KidView", order, file_affine(geometry, order))


def shape_in_file(shape_zyx: Index, order: AxisOrder) -> Index:
    """Shape of a house array in file order."""
    shape = [0, 0, 0]
    for axis, n in zip(order.axes, shape_zyx, strict=True):
        shape[axis] = n
    return (shape[0], shape[1], shape[2])


def shape_in_house(shape_ijk: Index, order: AxisOrder) -> Index:
    """Shape of a file array in house order."""
    z, y, x = (shape_ijk[axis] for axis in order.axes)
    return (z, y, x)


def spacing_of(affine: FloatArray) -> Triple:
    """Length of each column, mm, in file order."""
    i, j, k = np.linalg.norm(affine[:3, :3], axis=0)
    return (float(i), float(j), float(k))


def axis_codes(affine: FloatArray) -> str:
    """Where each file axis points, such as "LPS" or KiTS' "IPL"."""
    order = axis_order(affine)
    letters = ["", "", ""]
    for h, (axis, flip) in enumerate(zip(order.axes, order.flips, strict=True)):
        letters[axis] = _LETTERS[_RAS_ROW[h]][0 if flip else 1]
    return "".join(letters)


def skew_degrees(affine: FloatArray) -> float:
    """Largest deviation from a right angle between two axes, degrees."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    cosines = np.abs(unit.T @ unit - np.eye(3)).max()
    return float(np.degrees(np.arcsin(min(float(cosines), 1.0))))


def is_straight(affine: FloatArray) -> bool:
    """Whether the axes are at right angles within `STRAIGHT`."""
    unit = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return bool(np.abs(unit.T @ unit - np.eye(3)).max() <= STRAIGHT)


def place(target: np.ndarray[Any, Any], source: np.ndarray[Any, Any]) -> None:
    """Copy one 3D array into another of any strides, tile by tile.

    Where their fastest axes differ, a plain copy walks one of them across cache lines and
    fetches each line once a voxel; with tiles that fit the cache it is fetched once.

    Parameters
    ----------
    target, source : 3D arrays of one shape
        Cast to the target's type.
    """
    fast = {int(np.argmin(np.abs(array.strides))) for array in (target, source)}
    if len(fast) == 1:
        target[...] = source
        return
    edges = [64 if axis in fast else 16 for axis in range(3)]
    ranges = [range(0, n, edge) for n, edge in zip(source.shape, edges, strict=True)]
    for start in product(*ranges):
        tile = tuple(slice(a, a + edge) for a, edge in zip(start, edges, strict=True))
        target[tile] = source[tile]
