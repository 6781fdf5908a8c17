"""What a network's outline must obey: few kidneys, no crumbs, no lesion far from a kidney."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.types import LabelArray, Triple

KIDNEY, TUMOUR, CYST = 1, 2, 3
MOST_KIDNEYS = 2
_LEAST_KIDNEY_ML = 8.0  # of a piece: an atrophic kidney has 20 mL and more
_LEAST_LESION_ML = 0.06  # a ball of 5 mm
_LARGEST_HOLE_ML = 2.0
_TOLD_ML = 25.0  # a piece left out that is this large may be a third kidney
_ENDS = ndimage.generate_binary_structure(3, 1)


def clean(labels: LabelArray, spacing_zyx: Triple) -> tuple[LabelArray, list[str]]:
    """Take away what cannot be, fill what must be.

    In this order: lesions smaller than a 5 mm ball become what surrounds them; pieces (of
    all labels together, face-connected) without enough kidney go, so a tumour or cyst must
    touch a kidney; of the rest the two largest stay; enclosed holes take the nearest label.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        0 background, 1 kidney, 2 tumour, 3 cyst.
    spacing_zyx : 3 floats, mm

    Returns
    -------
    (Z, Y, X) uint8
        A new array.
    list of str
        One sentence for each large piece that was left out.
    """
    voxel_ml = float(np.prod(spacing_zyx)) / 1000.0
    out = _without_crumbs(labels, _LEAST_LESION_ML / voxel_ml)
    pieces, count = ndimage.label(out > 0, _ENDS)
    if count == 0:
        return out, []
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)
    kidney = np.bincount(pieces[out == KIDNEY], minlength=count + 1)
    sizes[0] = kidney[0] = 0
    with_kidney = (kidney * voxel_ml >= 1.0) & (sizes * voxel_ml >= _LEAST_KIDNEY_ML)
    order = [int(k) for k in np.argsort(sizes)[::-1] if with_kidney[k]]
    kept = np.zeros(count + 1, dtype=bool)
    kept[order[:MOST_KIDNEYS]] = True
    notes = [
        f"a third piece of {sizes[k] * voxel_ml:.0f} mL was left out (a transplant?)"
        for k in order[MOST_KIDNEYS:]
        if sizes[k] * voxel_ml >= _TOLD_ML
    ]
    out[~kept[pieces]] = 0
    _fill_holes(out, _LARGEST_HOLE_ML / voxel_ml)
    return out, notes


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
