"""Which parenchyma belongs to which kidney: pieces joined, touching kidneys parted."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.measure.shapes import moments, row_ends

KIDNEY_ML, PARENCHYMA_ML = 5.0, 1.0
"""A mass is a kidney from this volume on, and with so much parenchyma in it."""
WIDE_MM = 120.0
"""A single mass with wider parenchyma is looked at as two kidneys that touch."""
APART_MM = 50.0
"""Two kidneys of one body are at least so far apart from left to right."""
JOIN_MM = 15.0
"""Pieces nearer than this, one above the other, are one kidney."""

_EVERYWHERE = np.ones((3, 3, 3), bool)
_TOUCHING = (
    "the two kidneys touch through a mass: each lesion was given to the kidney it touches most"
)
_HORSESHOE = (
    "the two kidneys are joined, as in a horseshoe kidney: they were parted where the bridge is"
    " narrowest, so the volume of each side is unsure"
)

IntArray = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Parted:
    """Parenchyma given to kidneys.

    Parameters
    ----------
    owner : (Z, Y, X) uint8
        1, 2, ... at the parenchyma of each kidney, 0 elsewhere.
    boxes : list of Box
        Tight, of each kidney's parenchyma.
    centres_ras : (n, 3) float64
        Centre of mass of each kidney's parenchyma, mm.
    extents_mm : (n, 2) float64
        Least and largest RAS x of it.
    notes : tuple of str
    """

    owner: LabelArray
    boxes: list[Box] = field(default_factory=list)
    centres_ras: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    extents_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    notes: tuple[str, ...] = ()


def part_kidneys(labels: LabelArray, grid: Geometry) -> Parted:
    """Give every voxel of parenchyma to a kidney.

    A kidney is a mass (labels 1, 2, 3 that touch) of 5 mL or more with 1 mL of parenchyma;
    where there is none, the mass with most parenchyma. What is smaller joins the nearest.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        Tight around all labels.
    grid : Geometry
        Of `labels`.
    """
    owner = np.zeros(labels.shape, np.uint8)
    masses, boxes = _masses(labels)
    whole = np.bincount(masses[labels > 0], minlength=len(boxes) + 1)
    inside = np.bincount(masses[labels == 1], minlength=len(boxes) + 1)
    if not inside.any():
        return Parted(owner)
    is_body = (whole * grid.voxel_ml >= KIDNEY_ML) & (inside * grid.voxel_ml >= PARENCHYMA_ML)
    notes: list[str] = []
    if not is_body.any():
        is_body[inside.argmax()] = True
        notes.append(f"the kidney is smaller than {KIDNEY_ML:.0f} mL")
    tight: list[Box] = []
    bodies = np.flatnonzero(is_body & (inside > 0))
    for n in bodies:
        box = boxes[n - 1]
        mask = (masses[box.slices] == n) & (labels[box.slices] == 1)
        # a kidney stretched by a large mass is wide, too, but has another one beside it
        for part in _apart(mask, grid, notes) if len(bodies) == 1 else [mask]:
            inner = Box.tight(part)
            assert inner is not None  # parts are never empty
            tight.append(inner.shifted(box.start))
            owner[box.slices][part] = len(tight)
    owner, tight = _joined(owner, tight, grid)
    joined = tuple(tight)
    for n in np.flatnonzero(~is_body & (inside > 0)):
        box = boxes[n - 1]
        gaps = [_gap_mm(box, other, grid) for other in joined]
        nearest = int(np.argmin(gaps))
        mask = (masses[box.slices] == n) & (labels[box.slices] == 1)
        owner[box.slices][mask] = nearest + 1
        tight[nearest] = tight[nearest].union(box)
        if gaps[nearest] > JOIN_MM:
            notes.append(
                f"a piece of kidney of {inside[n] * grid.voxel_ml:.1f} mL lies"
                f" {gaps[nearest]:.0f} mm from the rest"
            )
    return _told(owner, tight, grid, notes)


def _masses(labels: LabelArray) -> tuple[IntArray, list[Box]]:
    """Numbered masses and their boxes; worked on run by run along x, for kidneys lie apart."""
    masses = np.zeros(labels.shape, np.int32)
    boxes: list[Box] = []
    used = np.r_[False, labels.any(axis=(0, 1)), False]
    ends = np.flatnonzero(np.diff(used.astype(np.int8)))
    for first, stop in ends.reshape(-1, 2):
        part, count = ndimage.label(labels[:, :, first:stop] > 0, _EVERYWHERE)
        part[part > 0] += len(boxes)
        masses[:, :, first:stop] = part
        for z, y, x in ndimage.find_objects(part)[-count:]:
            boxes.append(
                Box((z.start, y.start, x.start + int(first)), (z.stop, y.stop, x.stop + int(first)))
            )
    return masses, boxes


def _apart(mask: MaskArray, grid: Geometry, notes: list[str]) -> list[MaskArray]:
    """A mass's parenchyma in one part, or in two where it is that of two kidneys."""
    columns = np.flatnonzero(mask.any(axis=(0, 1)))
    step = grid.spacing_zyx[2]
    if (columns[-1] - columns[0] + 1) * step <= WIDE_MM:
        return [mask]
    pieces, count = ndimage.label(mask, _EVERYWHERE)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    largest = np.argsort(sizes)[::-1][:2] + 1
    if count > 1 and sizes[largest[1] - 1] >= 0.2 * sizes.sum():
        x = np.array(ndimage.center_of_mass(mask, pieces, range(1, count + 1)))[:, 2]
        first, second = x[largest[0] - 1], x[largest[1] - 1]
        if abs(first - second) * step >= APART_MM:
            notes.append(_TOUCHING)
            is_first = np.r_[False, np.abs(x - first) <= np.abs(x - second)]
            return [is_first[pieces] & mask, ~is_first[pieces] & mask]
    profile = mask.sum(axis=(0, 1))
    below = profile.cumsum() / profile.sum()
    middle = np.flatnonzero((below > 0.2) & (below < 0.8))
    cut = int(middle[profile[middle].argmin()])
    if profile[cut] < 0.5 * min(profile[:cut].max(), profile[cut:].max()):
        notes.append(_HORSESHOE)
        parts = [mask.copy(), mask.copy()]
        parts[0][:, :, cut:] = False
        parts[1][:, :, :cut] = False
        return parts
    return [mask]


def _joined(owner: LabelArray, boxes: list[Box], grid: Geometry) -> tuple[LabelArray, list[Box]]:
    """Pieces of one kidney, one above the other with little between, as one."""
    step = grid.spacing_zyx[2]
    for later in range(len(boxes) - 1, 0, -1):
        for earlier in range(later):
            a, b = boxes[earlier], boxes[later]
            aside = abs((a.start[2] + a.stop[2]) - (b.start[2] + b.stop[2])) / 2 * step
            if aside < APART_MM and _gap_mm(a, b, grid) <= JOIN_MM:
                owner[b.slices][owner[b.slices] == later + 1] = earlier + 1
                for n in range(later + 1, len(boxes)):
                    inner = owner[boxes[n].slices]
                    inner[inner == n + 1] = n
                boxes[earlier] = a.union(b)
                del boxes[later]
                break
    return owner, boxes


def _gap_mm(a: Box, b: Box, grid: Geometry) -> float:
    """Distance between two boxes of voxels."""
    gaps = [
        max(b0 - a1, a0 - b1, 0) * step
        for a0, a1, b0, b1, step in zip(
            a.start, a.stop, b.start, b.stop, grid.spacing_zyx, strict=True
        )
    ]
    return float(np.linalg.norm(gaps))


def _told(owner: LabelArray, boxes: list[Box], grid: Geometry, notes: list[str]) -> Parted:
    centres, extents = [], []
    for n, box in enumerate(boxes, 1):
        mask = owner[box.slices] == n
        centres.append(grid.index_to_ras(moments(mask)[0] + box.start))
        x = grid.index_to_ras(row_ends(mask) + box.start)[:, 0]
        extents.append([x.min(), x.max()])
    return Parted(owner, boxes, np.array(centres), np.array(extents), tuple(dict.fromkeys(notes)))
