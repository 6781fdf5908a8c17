"""How much a volume or a diameter changes if the outline lay half a voxel further out or in."""

from __future__ import annotations

import numpy as np

from kidview.core.types import Triple
from kidview.measure.calipers import Caliper
from kidview.measure.surface import Surface


def volume_range_ml(volume_ml: float, surface: Surface, spacing_zyx: Triple) -> tuple[float, float]:
    """Volume with the outline half a voxel further in and further out.

    Each quad of the surface moves along its normal by half of what a voxel measures in that
    direction; the body shrinks or grows to its like: ``V (1 -+ A h / 3 V)^3``, where ``A h``
    is the sum over the quads. Exact for a ball, and never below nothing.

    Parameters
    ----------
    volume_ml : float
    surface : Surface
    spacing_zyx : 3 floats, mm

    Returns
    -------
    low, high : float
        mL.

    Source: this project's; how it compares with larger and smaller balls is in
    docs/measures.md.
    """
    if volume_ml <= 0:
        return 0.0, 0.0
    half_mm = np.linalg.norm(surface.normal_zyx * np.array(spacing_zyx), axis=1) / 2
    share = float((surface.area_mm2 * half_mm).sum()) / (3000.0 * volume_ml)
    return volume_ml * max(1 - share, 0.0) ** 3, volume_ml * (1 + share) ** 3


def diameter_range_mm(caliper: Caliper) -> tuple[float, float]:
    """Diameter with both ends half a voxel further in and further out, along its direction.

    Parameters
    ----------
    caliper : Caliper

    Returns
    -------
    low, high : float
        mm; one voxel less and more, never below nothing.

    Source: this project's.
    """
    return max(caliper.mm - caliper.voxel_mm, 0.0), caliper.mm + caliper.voxel_mm
