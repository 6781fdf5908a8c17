"""Which points lie inside a closed outline."""

from __future__ import annotations

import numpy as np

from kidview.core.types import FloatArray, MaskArray


def inside_outline(points: FloatArray, outline: FloatArray) -> MaskArray:
    """Even-odd rule: inside is where a ray crosses the outline an odd number of times.

    An outline that crosses itself leaves out what it encloses twice. Two outlines that share
    an edge share no point and leave none out between them.

    Parameters
    ----------
    points : (N, 2) float64
    outline : (M, 2) float64
        Vertices in order, in the points' frame; the last is joined to the first.

    Returns
    -------
    (N,) bool

    Source: Hormann and Agathos 2001, Comput Geom 20:131-144. The points are sorted once, and
    each edge looks only at those level with it: time grows with the points that edges pass,
    not with points times edges.
    """
    order = np.argsort(points[:, 0], kind="stable")
    level, across = points[order, 0], points[order, 1]
    is_odd = np.zeros(len(points), bool)
    starts, stops = outline, np.roll(outline, -1, axis=0)
    # Low end first, so that an edge gives the same crossings from either side.
    swapped = starts[:, 0] > stops[:, 0]
    low = np.where(swapped[:, None], stops, starts)
    high = np.where(swapped[:, None], starts, stops)
    first = np.searchsorted(level, low[:, 0])
    last = np.searchsorted(level, high[:, 0])
    for edge in np.flatnonzero(first < last):
        passed = slice(first[edge], last[edge])
        (r0, c0), (r1, c1) = low[edge], high[edge]
        crossing = c0 + (level[passed] - r0) * ((c1 - c0) / (r1 - r0))
        is_odd[passed] ^= across[passed] >= crossing
    inside = np.empty_like(is_odd)
    inside[order] = is_odd
    return inside
