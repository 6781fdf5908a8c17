"""Agreement of two label maps, in the way of the KiTS challenge.

A hierarchical evaluation class (HEC) is a union of labels: the kidney with everything in
it, the masses, the tumour.

Source: KiTS23 (kits23/evaluation/metrics.py, kits23/configuration/labels.py).
"""

from __future__ import annotations

from kidview.core.labels import LABEL_NAMES
from kidview.core.types import LabelArray, MaskArray

HECS: dict[str, tuple[int, ...]] = {
    "kidney_and_mass": (1, 2, 3),
    "mass": (2, 3),
    "tumour": (2,),
}


def dice(found: MaskArray, truth: MaskArray) -> float:
    """Twice the common voxels over the sum of both; 1 if both are empty, 0 if one is."""
    sizes = int(found.sum()) + int(truth.sum())
    if sizes == 0:
        return 1.0
    return 2.0 * int((found & truth).sum()) / sizes


def select(labels: LabelArray, members: tuple[int, ...]) -> MaskArray:
    """(Z, Y, X) bool: voxels with one of the labels."""
    mask: MaskArray = labels == members[0]
    for label in members[1:]:
        mask |= labels == label
    return mask


def compare(found: LabelArray, truth: LabelArray, voxel_ml: float) -> dict[str, float]:
    """Dice of every HEC and label, and the volumes.

    Parameters
    ----------
    found, truth : (Z, Y, X) uint8
        On the same grid.
    voxel_ml : float

    Returns
    -------
    dict
        ``hec_<name>``, ``dice_<label>``, ``found_ml_<label>``, ``true_ml_<label>``.
    """
    table = {
        f"hec_{name}": dice(select(found, members), select(truth, members))
        for name, members in HECS.items()
    }
    for label, name in LABEL_NAMES.items():
        if label == 0:
            continue
        mine, real = found == label, truth == label
        table[f"dice_{name}"] = dice(mine, real)
        table[f"found_ml_{name}"] = float(mine.sum() * voxel_ml)
        table[f"true_ml_{name}"] = float(real.sum() * voxel_ml)
    return table
