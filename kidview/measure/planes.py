"""Largest diameter of a lesion in any axial, coronal or sagittal slice: what readers measure."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from kidview.core.types import FloatArray, MaskArray
from kidview.measure.anatomy import Lesion
from kidview.measure.calipers import Caliper

PLANES = ("axial", "coronal", "sagittal")

_KNOWN: WeakKeyDictionary[Lesion, tuple[Caliper, str]] = WeakKeyDictionary()
"""Both scores ask for it; weak, so that no lesion is kept alive."""


def largest_in_plane(lesion: Lesion) -> tuple[Caliper, str]:
    """Largest diameter between voxel centres over the slices of the grid's three planes.

    Parameters
    ----------
    lesion : Lesion

    Returns
    -------
    Caliper, str
        0 mm for a single voxel; the plane is "axial", "coronal" or "sagittal".
    """
    if lesion not in _KNOWN:
        _KNOWN[lesion] = _look(lesion)
    return _KNOWN[lesion]


def _look(lesion: Lesion) -> tuple[Caliper, str]:
    best, plane = lesion.axial.long, PLANES[0]
    step = np.array(lesion.geometry.spacing_zyx)
    for axis in (1, 2):
        across = np.delete(step, axis)
        for n in range(lesion.mask.shape[axis]):
            points = _ends(np.asarray(lesion.mask.take(n, axis=axis)))
            if len(points) < 2 or np.linalg.norm(np.ptp(points, axis=0) * across) <= best.mm:
                continue  # the diagonal of its box is no longer than what was found
            corners = _corners(points)
            apart = cdist(corners * across, corners * across)
            i, j = np.unravel_index(apart.argmax(), apart.shape)
            if apart[i, j] > best.mm + 1e-9:
                ends = np.insert(corners[[i, j]], axis, n, axis=1)
                best, plane = _caliper(lesion, ends), PLANES[axis]
    return best, plane


def _ends(plane: MaskArray) -> FloatArray:
    """(n, 2) first and last voxel of every row: the farthest two are among them."""
    rows = np.flatnonzero(plane.any(axis=1))
    lines = plane[rows]
    first, last = lines.argmax(axis=1), plane.shape[1] - 1 - lines[:, ::-1].argmax(axis=1)
    return np.stack([np.r_[rows, rows], np.r_[first, last]], axis=1).astype(np.float64)


def _corners(points: FloatArray) -> FloatArray:
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except (QhullError, ValueError):
        return points


def _caliper(lesion: Lesion, ends: FloatArray) -> Caliper:
    step = np.array(lesion.geometry.spacing_zyx)
    along = (ends[1] - ends[0]) * step
    mm = float(np.linalg.norm(along))
    (ax, ay, az), (bx, by, bz) = lesion.geometry.index_to_ras(ends).tolist()
    return Caliper(mm, ((ax, ay, az), (bx, by, bz)), float(np.linalg.norm(along / mm * step)))
