"""Tissue codes of the bank's maps and their Hounsfield units through the contrast phases.

The codes say what a voxel is made of, not which organ it belongs to: walls of bowel and
stomach are one code. Phase is a float from 0 (unenhanced) over 1 (corticomedullary) and
2 (nephrographic) to 3 (excretory).
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt


class Tissue(IntEnum):
    """What a voxel of a bank map is made of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    SKIN = 3
    LIVER = 4
    SPLEEN = 5
    PANCREAS = 6
    BOWEL_WALL = 7
    BOWEL_CONTENT = 8
    BONE_CORTICAL = 9
    BONE_TRABECULAR = 10
    LUNG = 11
    ARTERY = 12
    VEIN = 13
    PORTAL = 14
    GALLBLADDER = 15
    ADRENAL = 16
    HEART = 17
    KIDNEY = 18
    SOFT = 19
    CORD = 20
    URINE = 21
    GAS = 22
    LESION = 23
    CARTILAGE = 24
    CAVITY = 25  # to be filled with bowel loops and fat
    UNKNOWN = 26  # real scans: nothing is known


# Means at phase 0, 1, 2, 3; spread between patients; texture within one organ (both HU).
# Source: published phase tables for kidney and abdominal organs, rounded; kidney cortex
# enhancement from PMID 17367973, tumours from PolJRadiol 2017;82:384.
_CURVES: dict[Tissue, tuple[tuple[float, float, float, float], float, float]] = {
    Tissue.AIR: ((-1000, -1000, -1000, -1000), 2, 2),
    Tissue.FAT: ((-104, -102, -100, -102), 7, 6),
    Tissue.MUSCLE: ((50, 56, 63, 62), 7, 8),
    Tissue.SKIN: ((15, 20, 25, 25), 20, 5),
    Tissue.LIVER: ((56, 70, 108, 90), 14, 4),
    Tissue.SPLEEN: ((48, 125, 118, 92), 16, 6),
    Tissue.PANCREAS: ((40, 100, 88, 70), 14, 12),
    Tissue.BOWEL_WALL: ((35, 80, 88, 70), 14, 12),
    Tissue.BOWEL_CONTENT: ((15, 15, 15, 15), 25, 20),
    Tissue.BONE_CORTICAL: ((650, 650, 650, 650), 150, 140),
    Tissue.BONE_TRABECULAR: ((170, 175, 190, 185), 50, 50),
    Tissue.LUNG: ((-800, -800, -790, -790), 40, 50),
    Tissue.ARTERY: ((40, 290, 155, 105), 35, 4),
    Tissue.VEIN: ((40, 85, 135, 105), 25, 8),
    Tissue.PORTAL: ((40, 110, 160, 110), 22, 4),
    Tissue.GALLBLADDER: ((8, 8, 8, 15), 8, 2),
    Tissue.ADRENAL: ((30, 75, 75, 55), 15, 6),
    Tissue.HEART: ((42, 230, 145, 105), 30, 6),
    Tissue.SOFT: ((35, 55, 65, 60), 15, 10),
    Tissue.CORD: ((30, 32, 35, 35), 6, 3),
    Tissue.URINE: ((4, 4, 10, 60), 8, 2),
    Tissue.GAS: ((-950, -950, -950, -950), 30, 10),
    Tissue.LESION: ((35, 50, 65, 60), 20, 8),
    Tissue.CARTILAGE: ((90, 90, 95, 95), 30, 10),
}
_CORTEX = (36.0, 190.0, 175.0, 112.0)
_MEDULLA = (33.0, 85.0, 168.0, 115.0)


def curve_of(tissue: Tissue) -> tuple[float, float, float, float]:
    """A tissue's mean HU at phases 0, 1, 2 and 3."""
    return _CURVES[tissue][0]


def at_phase(curve: tuple[float, float, float, float], phase: float) -> float:
    """A tissue's mean HU at a phase from 0 to 3, between the table's columns."""
    return float(np.interp(phase, (0.0, 1.0, 2.0, 3.0), curve))


def tissue_table(
    rng: np.random.Generator, phase: float, wildness: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Mean and texture of every tissue for one patient.

    Parameters
    ----------
    phase : float
        0 to 3.
    wildness : float
        1 is what patients show; larger values leave anatomy's usual contrasts behind.

    Returns
    -------
    (256,) float32, HU and (256,) float32, HU
    """
    mean, texture = np.zeros(256, np.float32), np.zeros(256, np.float32)
    for tissue, (curve, spread, grain) in _CURVES.items():
        fixed = tissue in (Tissue.AIR, Tissue.GAS, Tissue.LUNG)
        width = spread if fixed else spread * wildness
        mean[tissue] = at_phase(curve, phase) + rng.normal(0, width)
        texture[tissue] = grain * rng.uniform(0.4, 1.8)
    for empty in (Tissue.CAVITY, Tissue.KIDNEY, Tissue.UNKNOWN):
        mean[empty], texture[empty] = mean[Tissue.FAT], texture[Tissue.FAT]
    return mean, texture


def kidney_means(rng: np.random.Generator, phase: float) -> tuple[float, float]:
    """Cortex and medulla HU of one patient at a phase; the medulla follows the cortex."""
    share = rng.normal(1.0, 0.17)
    cortex = 36 + (at_phase(_CORTEX, phase) - 36) * max(share, 0.5) + rng.normal(0, 4)
    medulla = 34 + (at_phase(_MEDULLA, phase) - 34) * max(share * rng.normal(1, 0.1), 0.5)
    return float(cortex), float(medulla + rng.normal(0, 4))
