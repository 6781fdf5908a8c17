"""Plain operations on masks that several measures share: shifts, corners, boxes."""

from __future__ import annotations

from itertools import product

import numpy as np

from kidview.core.box import Box
from kidview.core.types import FloatArray, Index, LabelArray, MaskArray, Triple


def used_box(labels: LabelArray) -> Box | None:
    """Smallest box with everything that is not background, in one pass; None if empty.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    """
    z = np.flatnonzero([plane.any() for plane in labels])
    if not z.size:
        return None
    seen = np.bitwise_or.reduce(labels[z[0] : z[-1] + 1], axis=0)
    y, x = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return Box((int(z[0]), int(y[0]), int(x[0])), (int(z[-1]) + 1, int(y[-1]) + 1, int(x[-1]) + 1))


def eroded(mask: MaskArray, reach_zyx: Index) -> MaskArray:
    """Voxels whose cuboid of `reach_zyx` voxels to either side is inside; outside is empty."""
    return ~dilated(~np.pad(mask, [(n, n) for n in reach_zyx]), reach_zyx)[
        tuple(slice(n, n + size) for n, size in zip(reach_zyx, mask.shape, strict=True))
    ]


def dilated(mask: MaskArray, reach_zyx: Index) -> MaskArray:
    """Voxels with a set one in their cuboid; plain shifts, since they are the fastest."""
    out = mask.copy()
    for axis, reach in enumerate(reach_zyx):
        for _ in range(min(reach, mask.shape[axis] - 1)):
            grown = out.copy()
            low = (slice(None),) * axis + (slice(None, -1),)
            high = (slice(None),) * axis + (slice(1, None),)
            grown[low] |= out[high]
            grown[high] |= out[low]
            out = grown
    return out


def opened(mask: MaskArray, reach_zyx: Index) -> MaskArray:
    """What is left of a mask when everything thinner than twice the reach is gone."""
    return dilated(eroded(mask, reach_zyx), reach_zyx)


def reach_of(radius_mm: float, spacing_zyx: Triple) -> Index:
    """Whole voxels nearest to `radius_mm` along z, y, x, at least none."""
    z, y, x = (round(radius_mm / step) for step in spacing_zyx)
    return (z, y, x)


def core_of(mask: MaskArray, margin_mm: float, spacing_zyx: Triple) -> MaskArray:
    """Voxels farther than `margin_mm` from every voxel centre outside, and not at the surface.

    Parameters
    ----------
    mask : (Z, Y, X) bool
        Outside of the array is outside of the mask.
    margin_mm : float
    spacing_zyx : 3 floats, mm

    Returns
    -------
    (Z, Y, X) bool
    """
    reach = [max(int(margin_mm / step), 1) for step in spacing_zyx]
    padded = np.pad(mask, [(n, n) for n in reach])
    core = mask.copy()
    for offset in product(*(range(-n, n + 1) for n in reach)):
        is_face = sum(map(abs, offset)) == 1
        if is_face or np.linalg.norm(np.array(offset) * spacing_zyx) <= margin_mm:
            at = zip(offset, reach, mask.shape, strict=True)
            core &= padded[tuple(slice(n + step, n + step + size) for step, n, size in at)]
    return core


def row_ends(mask: MaskArray) -> FloatArray:
    """(n, 3) zyx of the first and last voxel of every row along x; holds all extreme points."""
    z, y = np.nonzero(mask.any(axis=2))
    rows = mask[z, y]
    first = rows.argmax(axis=1)
    last = mask.shape[2] - 1 - rows[:, ::-1].argmax(axis=1)
    ends = np.stack([np.r_[z, z], np.r_[y, y], np.r_[first, last]], axis=1)
    return np.asarray(ends, dtype=np.float64)


def moments(mask: MaskArray) -> tuple[FloatArray, FloatArray]:
    """Mean index (3,) and covariance (3, 3), zyx in voxels, from sums along the axes.

    Three sheets of counts hold all that is asked; a list of all voxels would be far larger.

    Parameters
    ----------
    mask : (Z, Y, X) bool
        With at least one voxel.
    """
    sheets = {
        (0, 1): mask.sum(axis=2, dtype=np.int32),
        (0, 2): mask.sum(axis=1, dtype=np.int32),
        (1, 2): mask.sum(axis=0, dtype=np.int32),
    }
    total = sheets[0, 1].sum()
    places = [np.arange(n, dtype=np.float64) for n in mask.shape]
    lines = [sheets[0, 1].sum(axis=1), sheets[0, 1].sum(axis=0), sheets[0, 2].sum(axis=0)]
    mean = np.array([at @ line / total for at, line in zip(places, lines, strict=True)])
    away = [at - m for at, m in zip(places, mean, strict=True)]
    spread = np.diag([at**2 @ line / total for at, line in zip(away, lines, strict=True)])
    for (a, b), sheet in sheets.items():
        spread[a, b] = spread[b, a] = away[a] @ sheet @ away[b] / total
    return mean, spread


def corner_points_mm(mask: MaskArray, start_zyx: Index, spacing_zyx: Triple) -> FloatArray:
    """Corners of the voxels on a mask's surface, as (n, 3) zyx mm along the grid's axes.

    Two solids of voxels are as far apart as the nearest two of their corners: along each
    axis they either overlap, or face each other with corners at the same place.

    Parameters
    ----------
    mask : (Z, Y, X) bool
    start_zyx : 3 ints
        Index of the mask's first voxel in the whole grid.
    spacing_zyx : 3 floats, mm
    """
    count = np.zeros([n + 1 for n in mask.shape], np.uint8)
    for z in (0, 1):
        for y in (0, 1):
            for x in (0, 1):
                nz, ny, nx = mask.shape
                count[z : z + nz, y : y + ny, x : x + nx] += mask
    corners = np.argwhere((count > 0) & (count < 8))
    return np.asarray((corners + np.array(start_zyx) - 0.5) * spacing_zyx)
