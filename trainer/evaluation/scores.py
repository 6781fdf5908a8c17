"""Agreement of two label maps, in the way of the KiTS challenge; its classes are core's."""

from __future__ import annotations

import numpy as np

from kidview.core.hec import HECS, dice, select
from kidview.core.labels import LABEL_NAMES
from kidview.core.types import LabelArray, Triple
from trainer.evaluation.lesions import detect
from trainer.evaluation.surface import TOLERANCES_MM, surface_dice

__all__ = ["HECS", "compare", "dice", "select"]


def compare(found: LabelArray, truth: LabelArray, spacing_zyx: Triple) -> dict[str, float]:
    """Everything that is said of one case.

    Parameters
    ----------
    found, truth : (Z, Y, X) uint8
        On the same grid.
    spacing_zyx : 3 floats, mm

    Returns
    -------
    dict
        ``hec_<class>`` and ``sd_<class>`` (Dice and surface Dice of every HEC),
        ``dice_<label>``, ``found_ml_<label>``, ``true_ml_<label>``; of the masses
        ``lesions``, ``lesions_hit`` and ``false_alarms``.
    """
    voxel_ml = float(np.prod(spacing_zyx)) / 1000.0
    table: dict[str, float] = {}
    for name, members in HECS.items():
        mine, real = select(found, members), select(truth, members)
        table[f"hec_{name}"] = dice(mine, real)
        table[f"sd_{name}"] = surface_dice(mine, real, spacing_zyx, TOLERANCES_MM[name])
    for label, name in LABEL_NAMES.items():
        if label == 0:
            continue
        mine, real = found == label, truth == label
        table[f"dice_{name}"] = dice(mine, real)
        table[f"found_ml_{name}"] = float(mine.sum() * voxel_ml)
        table[f"true_ml_{name}"] = float(real.sum() * voxel_ml)
    seen = detect(select(found, HECS["mass"]), select(truth, HECS["mass"]))
    table |= {"lesions": seen.lesions, "lesions_hit": seen.hits, "false_alarms": seen.false_alarms}
    return table
