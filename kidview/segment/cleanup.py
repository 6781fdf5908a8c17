"""What a network's outline must obey: no crumbs, no lesion without a kidney, no stray piece."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.types import LabelArray, Triple

KIDNEY, TUMOUR, CYST = 1, 2, 3
_LEAST_PIECE_ML = 8.0  # an atrophic kidney has 20 mL and more
_LEAST_KIDNEY_ML = 1.0  # of a piece: what a large tumour leaves
_LEAST_LESION_ML = 0.3  # a ball of 8 mm; most of what is smaller is false, see docs/experiments.md
_LARGEST_HOLE_ML = 2.0
_MOSTLY = 0.5
_ENDS = ndimage.generate_binary_structure(3, 1)


def clean(labels: LabelArray, cores: LabelArray, spacing_zyx: Triple) -> LabelArray:
    """Take away what cannot be, fill what must be.

    In this order: lesions smaller than an 8 mm ball become what surrounds them; pieces (of
    all labels together, face-connected) without enough kidney go, so a tumour or cyst must
    touch a kidney; of the rest the piece that holds most of a core stays, and such that lie
    mostly in cores; enclosed holes take the commonest label around them.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        0 background, 1 kidney, 2 tumour, 3 cyst.
    cores : (Z, Y, X) uint8
        Where the coarse step saw kidneys, numbered from 1.
    spacing_zyx : 3 floats, mm

    Returns
    -------
    (Z, Y, X) uint8
        A new array.
    """
    voxel_ml = float(np.prod(spacing_zyx)) / 1000.0
    out = _without_crumbs(labels, _LEAST_LESION_ML / voxel_ml)
    pieces, count = ndimage.label(out > 0, _ENDS)
    if count == 0:
        return out
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    kidney = np.bincount(pieces[out == KIDNEY], minlength=count + 1)
    fits = (kidney * voxel_ml >= _LEAST_KIDNEY_ML) & (sizes * voxel_ml >= _LEAST_PIECE_ML)
    fits[0] = False
    inside = np.zeros((int(cores.max()) + 1, count + 1), np.int64)
    np.add.at(inside, (cores[pieces > 0], pieces[pieces > 0]), 1)
    inside[:, ~fits] = 0
    kept = fits & (inside[1:].sum(axis=0) > _MOSTLY * sizes)
    for row in inside[1:]:
        if row.any():
            kept[row.argmax()] = True
    out[~kept[pieces]] = 0
    _fill_holes(out, _LARGEST_HOLE_ML / voxel_ml)
    return out


def _without_crumbs(labels: LabelArray, least: float) -> LabelArray:
    """Lesions of fewer voxels become kidney where they touch it, else background."""
    out = labels.copy()
    for label in (TUMOUR, CYST):
        pieces, count = ndimage.label(labels == label, _ENDS)
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        boxes = ndimage.find_objects(pieces)
        for k in np.flatnonzero(sizes < least):
            if k == 0:
                continue
            grown = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in boxes[k - 1])
            mask = pieces[grown] == k
            rim = ndimage.binary_dilation(mask, _ENDS) & ~mask
            out[grown][mask] = _most_common(out[grown][rim])
    return out


def _most_common(values: npt.NDArray[np.uint8]) -> int:
    """The commonest value; 0 of none."""
    return int(np.bincount(values).argmax()) if values.size else 0


def _fill_holes(labels: LabelArray, largest: float) -> None:
    """Background that is enclosed on all sides gets the commonest label around it; in place."""
    holes, count = ndimage.label(labels == 0, _ENDS)
    if count <= 1:
        return
    edge = np.unique(np.concatenate([_faces(holes, axis) for axis in range(3)]))
    sizes = np.bincount(holes.ravel(), minlength=count + 1)
    enclosed = np.ones(count + 1, dtype=bool)
    enclosed[edge] = False
    enclosed[0] = False
    boxes = ndimage.find_objects(holes)
    for k in np.flatnonzero(enclosed & (sizes <= largest)):
        grown = tuple(slice(max(s.start - 1, 0), s.stop + 1) for s in boxes[k - 1])
        mask = holes[grown] == k
        rim = ndimage.binary_dilation(mask, _ENDS) & ~mask
        labels[grown][mask] = _most_common(labels[grown][rim])


def _faces(array: npt.NDArray[np.int32], axis: int) -> npt.NDArray[np.int32]:
    return np.concatenate([array.take(k, axis).ravel() for k in (0, -1)])
