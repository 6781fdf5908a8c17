"""Calipers on a mask: the largest distance in a slice, across that, and in space.

They run between voxel centres. The largest of many distances picks the voxels that lie best, so
on balls this is low by a tenth of a voxel, while calipers at the voxels' outer sides are high by
a whole voxel, in space by a whole slice (docs/measures.md). A flat end square to the caliper is
half a voxel further out. Axes are at right angles, so mm along them hold on oblique grids too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, MaskArray, Triple
from kidview.measure.shapes import row_ends


@dataclass(frozen=True)
class Caliper:
    """A distance and where it was taken.

    Parameters
    ----------
    mm : float
    ends_ras : 2 points
        mm, RAS+.
    voxel_mm : float
        One voxel along its direction: what half a voxel at both ends comes to.
    """

    mm: float
    ends_ras: tuple[Triple, Triple]
    voxel_mm: float


@dataclass(frozen=True)
class RecistPair:
    """The largest diameter over all axial slices, and the largest one across it there.

    Parameters
    ----------
    long, short : Caliper
        `short` is at a right angle to `long`, in the same slice; 0 mm where that is one voxel
        wide.
    slice_z : int
        Index in the mask's array.
    """

    long: Caliper
    short: Caliper
    slice_z: int


def largest_diameter(mask: MaskArray, geometry: Geometry) -> Caliper | None:
    """Largest distance between two voxel centres of a mask, in space.

    Parameters
    ----------
    mask : (Z, Y, X) bool
    geometry : Geometry
        Of the array.

    Returns
    -------
    Caliper or None
        None for an empty mask; 0 mm for a single voxel.
    """
    centres = row_ends(mask)
    if not len(centres):
        return None
    first, last = _farthest(_extreme(centres), np.array(geometry.spacing_zyx))
    return _caliper(first, last, geometry)


def largest_axial(mask: MaskArray, geometry: Geometry) -> RecistPair:
    """Largest diameter in any axial slice, and the largest across it in that slice.

    Across: the longest line at a right angle inside the slice's convex outline, so a notch
    is spanned.

    Parameters
    ----------
    mask : (Z, Y, X) bool
        With at least one voxel.
    geometry : Geometry
        Of the array.
    """
    step = np.array(geometry.spacing_zyx)
    centres = row_ends(mask)
    best, ends, outline = -1.0, (centres[0], centres[0]), centres[:1]
    slices = [centres[centres[:, 0] == z] for z in np.unique(centres[:, 0])]
    boxes = [float(np.linalg.norm(np.ptp(points, axis=0) * step)) for points in slices]
    for n in np.argsort(boxes, kind="stable")[::-1]:
        if boxes[n] <= best:
            break  # no diameter is longer than its box's diagonal
        corners = np.insert(_extreme(slices[n][:, 1:]), 0, slices[n][0, 0], axis=1)
        first, last = _farthest(corners, step)
        length = float(np.linalg.norm((last - first) * step))
        if length > best + 1e-9:
            best, ends, outline = length, (first, last), corners
    across = _across(outline[:, 1:], ends[0][1:], ends[1][1:], step[1:])
    z = int(ends[0][0])
    short = _caliper(np.r_[z, across[0]], np.r_[z, across[1]], geometry)
    return RecistPair(_caliper(*ends, geometry), short, z)


def _caliper(first: FloatArray, last: FloatArray, geometry: Geometry) -> Caliper:
    step = np.array(geometry.spacing_zyx)
    along = (last - first) * step
    mm = float(np.linalg.norm(along))
    voxel = float(np.linalg.norm(along / max(mm, 1e-9) * step))
    ends = geometry.index_to_ras(np.stack([first, last]))
    (ax, ay, az), (bx, by, bz) = ends.tolist()
    return Caliper(mm, ((ax, ay, az), (bx, by, bz)), voxel)


def _extreme(points: FloatArray) -> FloatArray:
    """The points that are corners of their convex hull; all, where that is flat."""
    try:
        return np.asarray(points[ConvexHull(points).vertices])
    except (QhullError, ValueError):
        return points


def _farthest(centres: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The two points farthest apart in mm."""
    apart = cdist(centres * step, centres * step)
    i, j = np.unravel_index(apart.argmax(), apart.shape)
    return centres[i], centres[j]


def _across(
    points_yx: FloatArray, first: FloatArray, last: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Ends of the longest line at a right angle to a diameter, in the points' convex outline.

    The width at right angles is a concave function of the place along the diameter with its
    bends at the outline's corners, so the widest place is one of them.
    """
    along = (last - first) * step
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    sideways = np.array([-along[1], along[0]])
    corners = points_yx * step
    t, s = corners @ along, corners @ sideways
    upper, lower = _chain(t, s), _chain(t, -s)
    top, bottom = np.interp(t, *upper), -np.interp(t, *lower)
    at = int((top - bottom).argmax())
    one = t[at] * along + bottom[at] * sideways
    two = t[at] * along + top[at] * sideways
    return one / step, two / step


def _chain(t: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The upper outline of convex corners as a function of t, for `np.interp`."""
    order = np.lexsort((s, t))
    chain: list[tuple[float, float]] = []
    for point in zip(t[order], s[order], strict=True):
        while len(chain) > 1 and _turns_up(chain[-2], chain[-1], point):
            chain.pop()
        chain.append(point)
    points = np.array(chain)
    return points[:, 0], points[:, 1]


def _turns_up(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    return (b[0] - a[0]) * (c[1] - a[1]) >= (b[1] - a[1]) * (c[0] - a[0])
