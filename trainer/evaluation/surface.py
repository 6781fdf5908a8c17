"""Surface Dice as KiTS23 computes it."""

from __future__ import annotations

import warnings

import surface_distance

from kidview.core.types import MaskArray, Triple

TOLERANCES_MM = {
    "kidney_and_mass": 1.0330772532390826,
    "mass": 1.1328796488598762,
    "tumour": 1.1498198361434828,
}
"""Per hierarchical evaluation class; how far two experts' outlines lie apart.

Source: KiTS23, kits23/configuration/labels.py.
"""


def surface_dice(
    found: MaskArray, truth: MaskArray, spacing_zyx: Triple, tolerance_mm: float
) -> float:
    """Share of both surfaces' area that lies within a tolerance of the other surface.

    Parameters
    ----------
    found, truth : (Z, Y, X) bool
    spacing_zyx : 3 floats, mm
    tolerance_mm : float

    Returns
    -------
    float
        1 if both are empty, 0 if one is.

    Source: Nikolov et al. 2018, arXiv 1809.04430, with the package that KiTS23 uses; it
    cannot be asked about empty masks with NumPy 2, so those are answered here.
    """
    if not found.any() or not truth.any():
        return float(not found.any() and not truth.any())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it takes scipy by its old names
        distances = surface_distance.compute_surface_distances(truth, found, spacing_zyx)
    return float(surface_distance.compute_surface_dice_at_tolerance(distances, tolerance_mm))
