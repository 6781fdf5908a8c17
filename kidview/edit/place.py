"""A place to look at: where it is, how large, and why, in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.box import Box
from kidview.core.types import Index, MaskArray


@dataclass(frozen=True)
class Place:
    """One place to look at.

    Parameters
    ----------
    kind : str
        What found it.
    at_zyx : 3 ints
        The voxel to go to; part of what is told.
    box : Box
        All of it.
    size_ml : float
    score : float
        About how many mL may be wrong; for order only.
    words : str
        A sentence without its full stop.
    """

    kind: str
    at_zyx: Index
    box: Box
    size_ml: float
    score: float
    words: str


def place_of(
    kind: str,
    mask: MaskArray,
    corner: Index,
    size_ml: float,
    words: str,
    score: float | None = None,
) -> Place:
    """The place of a mask, at its voxel nearest to its middle.

    Parameters
    ----------
    kind : str
    mask : (Z, Y, X) bool
        Some voxel is set.
    corner : 3 ints
        Where the mask's first voxel lies in the scan.
    size_ml : float
    words : str
    score : float, optional
        Else `size_ml`.
    """
    points = np.argwhere(mask)
    low, high = points.min(axis=0) + corner, points.max(axis=0) + corner + 1
    middle = points[((points - points.mean(axis=0)) ** 2).sum(axis=1).argmin()] + corner
    box = Box(as_index(low), as_index(high))
    return Place(kind, as_index(middle), box, size_ml, size_ml if score is None else score, words)


def as_index(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Index:
    """Three numbers as a voxel index."""
    z, y, x = (int(value) for value in values)
    return (z, y, x)


def in_ml(volume_ml: float) -> str:
    """Two digits as far as they mean something; a voxel or two is "< 0.01 mL"."""
    if volume_ml < 0.005:
        return "< 0.01 mL"
    digits = 0 if volume_ml >= 10 else 1 if volume_ml >= 0.1 else 2
    return f"{volume_ml:.{digits}f} mL"
