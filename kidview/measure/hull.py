"""The closed kidney: the convex hull of its parenchyma, in space and in slices, and its dent."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from kidview.core.box import Box
from kidview.core.types import FloatArray, HUArray, MaskArray, Triple
from kidview.measure.shapes import dilated, eroded, opened, reach_of, row_ends

HOLLOW_MM = 2.0
"""Half the least width of a hollow: the gap between the parenchyma and its hull is none."""
DEEP_MM = 5.0
"""What is free or fat nearer to the hull than this is the kidney's edge, not its hilum."""
PIECE_ML = 0.1
"""Smaller pieces deep inside are noise of the outline."""
FAT_HU, FAT_MEAN_MM = -10, 3.0
"""What is fat: below so many HU in the mean over 3 mm."""

_EVERYWHERE = np.ones((3, 3, 3), bool)
_STRAY = 0.05


def convex_hull(mask: MaskArray) -> MaskArray:
    """Voxels whose centre lies in the convex hull of a mask's voxel centres.

    A convex hull does not depend on spacing, so this works in voxels on any grid.

    Parameters
    ----------
    mask : (Z, Y, X) bool

    Returns
    -------
    (Z, Y, X) bool
        The mask itself where its voxels lie in a plane, on a line or are none.
    """
    points = row_ends(mask)
    try:
        hull = ConvexHull(points.astype(np.float64))
    except (QhullError, ValueError):  # too few or flat: nothing to close
        return mask.copy()
    filled = mask.copy()
    edges = np.unique(np.sort(hull.simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)), axis=0)
    low, high = points[edges[:, 0]], points[edges[:, 1]]
    swap = low[:, 0] > high[:, 0]
    low[swap], high[swap] = high[swap], low[swap].copy()
    rows, columns = (np.arange(n, dtype=np.float64) for n in mask.shape[1:])
    for z in range(int(points[:, 0].min()), int(points[:, 0].max()) + 1):
        outline = _cross_section(low, high, z)
        left, right = _row_spans(outline, rows)
        filled[z] |= (columns >= left[:, None] - 1e-6) & (columns <= right[:, None] + 1e-6)
    return filled


def closed_in_slices(mask: MaskArray) -> MaskArray:
    """A mask with the convex outline of every axial slice filled.

    Parameters
    ----------
    mask : (Z, Y, X) bool

    Returns
    -------
    (Z, Y, X) bool
        A slice as it is where its voxels lie on a line or are none.
    """
    is_row: MaskArray = np.asarray(mask.any(axis=2))
    first = mask.argmax(axis=2)
    last = mask.shape[2] - 1 - mask[:, :, ::-1].argmax(axis=2)
    left, right = np.full(is_row.shape, np.inf), np.full(is_row.shape, -np.inf)
    rows, columns = (np.arange(n, dtype=np.float64) for n in mask.shape[1:])
    for z in np.flatnonzero(is_row.any(axis=1)):
        y = np.flatnonzero(is_row[z])
        points = np.stack([np.r_[y, y], np.r_[first[z, y], last[z, y]]], axis=1).astype(np.float64)
        try:
            outline = points[ConvexHull(points).vertices]
        except (QhullError, ValueError):  # too few or flat: nothing to close
            continue
        left[z], right[z] = _row_spans(outline, rows)
    within = (columns >= left[:, :, None] - 1e-6) & (columns <= right[:, :, None] + 1e-6)
    return np.asarray(mask | within)


def _cross_section(low: FloatArray, high: FloatArray, z: int) -> FloatArray:
    """(n, 2) yx corners of a convex hull's cut at a slice, in turn around it."""
    at = (low[:, 0] <= z) & (high[:, 0] >= z)
    a, b = low[at], high[at]
    height = b[:, 0] - a[:, 0]
    share = np.where(height > 0, (z - a[:, 0]) / np.where(height > 0, height, 1), 0.0)[:, None]
    points = a[:, 1:] + share * (b[:, 1:] - a[:, 1:])
    flat = height == 0
    points = np.concatenate([points, b[flat, 1:]])
    around = points - points.mean(axis=0)
    return points[np.argsort(np.arctan2(around[:, 0], around[:, 1]), kind="stable")]


def _row_spans(outline: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and last x of a convex polygon in every row; an empty span where it is not."""
    y0, x0 = outline[:, 0, None], outline[:, 1, None]
    y1, x1 = np.roll(outline, -1, axis=0)[:, 0, None], np.roll(outline, -1, axis=0)[:, 1, None]
    rise = y1 - y0
    share = (rows - y0) / np.where(np.abs(rise) > 1e-9, rise, 1.0)
    x = x0 + share * (x1 - x0)
    crosses = (np.abs(rise) > 1e-9) & (share >= -1e-9) & (share <= 1 + 1e-9)
    at_corner = np.abs(rows - y0) < 1e-9
    left = np.minimum(
        np.where(crosses, x, np.inf).min(axis=0), np.where(at_corner, x0, np.inf).min(axis=0)
    )
    right = np.maximum(
        np.where(crosses, x, -np.inf).max(axis=0), np.where(at_corner, x0, -np.inf).max(axis=0)
    )
    return left, right


def without_strays(parenchyma: MaskArray) -> MaskArray:
    """A kidney's parenchyma without crumbs below 5 %, which would widen its hull."""
    return _large(parenchyma, _STRAY * int(parenchyma.sum()), _EVERYWHERE)


def find_hollow(
    hull: MaskArray,
    parenchyma: MaskArray,
    lesions: MaskArray,
    spacing_zyx: Triple,
    hu: HUArray | None = None,
) -> MaskArray:
    """The dent of the closed kidney, which tells where its hilum looks; `poles` finds the sinus.

    The hollow is the largest part of the closed kidney, without parenchyma and lesions, that is
    wider than 4 mm. Outlines often run straight over the hilum and leave out the fat behind, so
    pieces of 0.1 mL deep inside, 5 mm from the hull, belong to it too, where they are closed holes
    or lie at the hollow; others are clefts between lobes. With a scan so does fat that was
    labelled kidney. Vessels and pelvis that are labelled kidney stay unknown.

    Parameters
    ----------
    hull, parenchyma, lesions : (Z, Y, X) bool
    spacing_zyx : 3 floats, mm
    hu : (Z, Y, X) int16, optional

    Returns
    -------
    (Z, Y, X) bool
        Empty where no part is wide enough.
    """
    box = Box.tight(hull)
    hollow = np.zeros_like(hull)
    if box is not None:
        parts = (hull[box.slices], parenchyma[box.slices], lesions[box.slices])
        hollow[box.slices] = _hollow(*parts, spacing_zyx, None if hu is None else hu[box.slices])
    return hollow


def _hollow(
    hull: MaskArray,
    parenchyma: MaskArray,
    lesions: MaskArray,
    spacing_zyx: Triple,
    hu: HUArray | None,
) -> MaskArray:
    free = hull & ~parenchyma & ~lesions
    hollow = opened(free, reach_of(HOLLOW_MM, spacing_zyx))
    parts, count = ndimage.label(hollow)
    if count > 1:
        hollow = parts == 1 + int(np.bincount(parts[hollow])[1:].argmax())
    deep = eroded(hull, reach_of(DEEP_MM, spacing_zyx))
    inner = _closed_or_at(free, deep, dilated(hollow, reach_of(HOLLOW_MM, spacing_zyx)))
    if hu is not None:
        inner |= _fat(parenchyma & deep, hu, spacing_zyx)
    return np.asarray(hollow | _large(inner, PIECE_ML * 1000 / float(np.prod(spacing_zyx))))


def _closed_or_at(free: MaskArray, deep: MaskArray, hilum: MaskArray) -> MaskArray:
    """Deep free voxels in holes without a way out, and in pieces that reach the hilum."""
    parts, count = ndimage.label(free)
    pieces, inner_count = ndimage.label(free & deep)
    at = np.flatnonzero(free)  # lists of the few free voxels are shorter work than whole boxes
    part, piece = parts.ravel()[at], pieces.ravel()[at]
    is_open = np.bincount(part[~deep.ravel()[at]], minlength=count + 1) > 0
    is_near = np.bincount(piece[hilum.ravel()[at]], minlength=inner_count + 1) > 0
    is_near[0] = False
    found = np.zeros(free.size, bool)
    found[at[~is_open[part] | is_near[piece]]] = True
    return found.reshape(free.shape)


def _fat(inside: MaskArray, hu: HUArray, spacing_zyx: Triple) -> MaskArray:
    """Voxels of a mask that are fat in the mean over 3 mm."""
    fat = np.zeros_like(inside)
    box = Box.tight(inside)
    if box is not None:
        size = [max(round(FAT_MEAN_MM / step), 1) for step in spacing_zyx]
        mean = ndimage.uniform_filter(hu[box.slices], size, output=np.float32, mode="nearest")
        fat[box.slices] = inside[box.slices] & (mean < FAT_HU)
    return fat


def _large(mask: MaskArray, voxels: float, touching: MaskArray | None = None) -> MaskArray:
    """The pieces of a mask with at least so many voxels; they touch at faces, or as said."""
    parts, count = ndimage.label(mask, touching)
    at = np.flatnonzero(mask)
    part = parts.ravel()[at]
    found = np.zeros(mask.size, bool)
    found[at[(np.bincount(part, minlength=count + 1) >= voxels)[part]]] = True
    return found.reshape(mask.shape)
