"""Evaluation classes of the KiTS challenge, and Dice: how two masks are compared everywhere.

A hierarchical evaluation class (HEC) is a union of labels: the kidney with everything in it,
the masses, the tumour. Each holds the next one.

Source: KiTS23 (kits23/evaluation/metrics.py, kits23/configuration/labels.py).
"""

from __future__ import annotations

from kidview.core.types import LabelArray, MaskArray

HECS: dict[str, tuple[int, ...]] = {
    "kidney_and_mass": (1, 2, 3),
    "mass": (2, 3),
    "tumour": (2,),
}
"""Labels of each class, from the widest to the narrowest."""


def select(labels: LabelArray, members: tuple[int, ...]) -> MaskArray:
    """(Z, Y, X) bool: voxels with one of the labels."""
    mask: MaskArray = labels == members[0]
    for label in members[1:]:
        mask |= labels == label
    return mask


def dice(found: MaskArray, truth: MaskArray) -> float:
    """Twice the common voxels over the sum of both; 1 if both are empty, 0 if one is."""
    sizes = int(found.sum()) + int(truth.sum())
    if sizes == 0:
        return 1.0
    return 2.0 * int((found & truth).sum()) / sizes
