"""The shapes between two shapes: a solid of which only two slices are known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kidview.core.types import FloatArray, LabelArray, MaskArray

_TOUCHING = np.ones((3, 3), bool)  # pieces that meet at a corner are one

Pair = tuple[MaskArray, MaskArray, bool]
"""Pieces of either slice that become each other, and whether one may be moved onto the other."""


def shapes_between(
    low: MaskArray,
    high: MaskArray,
    fractions: FloatArray,
    spacing: tuple[float, float],
    gap_mm: float,
) -> MaskArray:
    """Interpolate two slices of a solid by the distance to their outlines.

    Pieces are matched first. Two that overlap only each other are laid on each other by their
    centroids, so a slanting tube stays a tube; those that part or join are blended where they
    are. One that overlaps none becomes the nearest if that is no farther aside than the slices
    are apart, or if there is no other choice; else it shrinks and ends halfway.

    Parameters
    ----------
    low, high : (rows, columns) bool
        The two slices, neither empty.
    fractions : (N,) float64
        Places wanted: 0 is at `low`, 1 at `high`.
    spacing : (row, column)
        mm.
    gap_mm : float
        From `low` to `high`.

    Returns
    -------
    (N, rows, columns) bool

    Source: Raya and Udupa 1990, IEEE Trans Med Imaging 9:32-42; Herman, Zheng and Bucholtz
    1992, IEEE Comput Graph Appl 12(3):69-79.
    """
    shapes = np.zeros((len(fractions), *low.shape), bool)
    for first, second, may_move in _pairs(low, high, spacing, gap_mm):
        drift = np.zeros(2)
        if may_move:
            drift = np.subtract(ndimage.center_of_mass(second), ndimage.center_of_mass(first))
        rows, columns = _region(first | second, drift)
        one, other = first[rows, columns], second[rows, columns]
        shapes[:, rows, columns] |= _blended(one, other, drift, fractions, spacing)
    return shapes


def signed_mm(mask: MaskArray, spacing: tuple[float, ...]) -> FloatArray:
    """Distance to the outline of a mask that has set voxels; inside positive, mm."""
    ringed = np.pad(mask, 1)  # what fills its array has an outline, too
    distance = ndimage.distance_transform_edt(ringed, spacing)
    distance -= ndimage.distance_transform_edt(~ringed, spacing)
    return np.asarray(distance[(slice(1, -1),) * mask.ndim])


def _blended(
    low: MaskArray,
    high: MaskArray,
    drift: FloatArray,
    fractions: FloatArray,
    spacing: tuple[float, float],
) -> MaskArray:
    """Shapes between two matched ones; a missing one is as far as the other is deep."""
    lows = signed_mm(low, spacing) if low.any() else None
    highs = signed_mm(high, spacing) if high.any() else None
    if lows is None or highs is None:
        known = lows if highs is None else highs
        assert known is not None  # a pair has a piece
        missing = np.full_like(known, -known.max())
        lows, highs = (missing, known) if lows is None else (known, missing)
    shapes = np.zeros((len(fractions), *low.shape), bool)
    for n, fraction in enumerate(fractions):
        here = (1 - fraction) * _moved(lows, fraction * drift)
        shapes[n] = here + fraction * _moved(highs, (fraction - 1) * drift) > 0
    return shapes


def _moved(distance: FloatArray, by: FloatArray) -> FloatArray:
    if not by.any():
        return distance
    return np.asarray(ndimage.shift(distance, by, order=1, mode="nearest"))


def _region(mask: MaskArray, drift: FloatArray) -> tuple[slice, slice]:
    """Rows and columns a shape may reach on its way."""
    margin = np.ceil(np.abs(drift)).astype(int) + 1
    found = ndimage.find_objects(mask.view(np.uint8))[0]
    rows, columns = (
        slice(max(s.start - m, 0), s.stop + m) for s, m in zip(found, margin, strict=True)
    )
    return rows, columns


def _pairs(
    low: MaskArray, high: MaskArray, spacing: tuple[float, float], gap_mm: float
) -> Iterator[Pair]:
    lows, n_low = ndimage.label(low, _TOUCHING)
    highs, n_high = ndimage.label(high, _TOUCHING)
    over = low & high
    count = n_low + n_high
    links = coo_array((over[over], (lows[over] - 1, n_low + highs[over] - 1)), shape=(count, count))
    n_groups, group = connected_components(links, directed=False)
    lonely_low, lonely_high = [], []
    for number in range(n_groups):
        members = np.flatnonzero(group == number) + 1
        below, above = members[members <= n_low], members[members > n_low] - n_low
        if not above.size:
            lonely_low += below.tolist()
        elif not below.size:
            lonely_high += above.tolist()
        else:
            yield np.isin(lows, below), np.isin(highs, above), members.size == 2
    reach_mm = np.inf if n_low == n_high == 1 else gap_mm
    alone_low, alone_high = (
        np.where(np.isin(numbers, alone), numbers, 0)
        for numbers, alone in ((lows, lonely_low), (highs, lonely_high))
    )
    partners = [(i, _nearest(lows == i, alone_high, spacing, reach_mm)) for i in lonely_low]
    partners += [(_nearest(highs == i, alone_low, spacing, reach_mm), i) for i in lonely_high]
    for one, other in dict.fromkeys(partners):  # each pair once
        # Number 0 is no piece, but all of the background.
        yield (lows == one) & low, (highs == other) & high, one > 0 and other > 0


def _nearest(
    piece: MaskArray, others: LabelArray, spacing: tuple[float, float], reach_mm: float
) -> int:
    """Number of the piece that comes nearest; 0 when none is within reach."""
    if not others.any():
        return 0
    distance, (rows, columns) = ndimage.distance_transform_edt(
        others == 0, spacing, return_indices=True
    )
    at = np.unravel_index(np.where(piece, distance, np.inf).argmin(), piece.shape)
    return int(others[rows[at], columns[at]]) if distance[at] <= reach_mm else 0
