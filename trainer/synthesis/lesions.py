"""How tumours and cysts look: enhancing, necrotic, cystic, dense; every kind both ways."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from kidview.core.types import LabelArray, MaskArray, ScoreArray
from trainer.synthesis.bank import SPACING_MM
from trainer.synthesis.fields import smooth_field
from trainer.synthesis.tissue import at_phase

# Mean HU at phase 0, 1, 2, 3 and the share drawn. Source: PolJRadiol 2017;82:384 and
# published series of papillary, chromophobe and oncocytic tumours, rounded.
_TUMOURS = (
    ((35.0, 140.0, 118.0, 90.0), 0.42),  # clear cell
    ((35.0, 52.0, 70.0, 60.0), 0.22),  # papillary
    ((36.0, 88.0, 85.0, 72.0), 0.14),  # chromophobe
    ((36.0, 130.0, 122.0, 86.0), 0.10),  # oncocytoma
    ((36.0, 62.0, 75.0, 68.0), 0.09),  # urothelial
    ((-45.0, -30.0, -25.0, -35.0), 0.03),  # angiomyolipoma with fat
)
_FULL_OF_VESSELS = (0, 3)  # clear cell, oncocytoma
_LEAST_CONTRAST_HU = 9.0


def paint_lesions(
    rng: np.random.Generator, hu: ScoreArray, labels: LabelArray, phase: float, kidney_hu: float
) -> None:
    """Give every tumour (2) and cyst (3) of a crop its own look; `hu` is changed in place.

    Parameters
    ----------
    hu : (Z, Y, X) float32
    labels : (Z, Y, X) uint8
    phase : float
    kidney_hu : float
        Mean of the parenchyma beside it: a tumour of the same HU is moved away from it.
    """
    for label, paint in ((2, _paint_tumour), (3, _paint_cyst)):
        parts = ndi.label(labels == label)[0]
        for k, box in enumerate(ndi.find_objects(parts)):
            if box is None:
                continue
            mask = parts[box] == k + 1
            paint(rng, hu[box], mask, phase, kidney_hu)


def _depth_mm(mask: MaskArray) -> ScoreArray:
    padded = np.pad(mask, 1)
    inside = tuple(slice(1, -1) for _ in range(3))
    return np.asarray(ndi.distance_transform_edt(padded)[inside] * SPACING_MM, dtype=np.float32)


def _paint_tumour(
    rng: np.random.Generator, hu: ScoreArray, mask: MaskArray, phase: float, kidney_hu: float
) -> None:
    shares = np.array([share for _, share in _TUMOURS])
    kind = int(rng.choice(len(_TUMOURS), p=shares / shares.sum()))
    base = at_phase(_TUMOURS[kind][0], phase) + rng.normal(0, 16)
    is_bright = kind in _FULL_OF_VESSELS and rng.random() < 0.3
    if is_bright:  # on average as bright as the kidney: told from it by its unrest and capsule
        base = kidney_hu * rng.uniform(0.85, 1.15)
    elif abs(base - kidney_hu) < _LEAST_CONTRAST_HU:
        base += rng.choice((-1, 1)) * rng.uniform(8, 30)
    radius = (3 * mask.sum() / (4 * np.pi)) ** (1 / 3) * SPACING_MM
    depth = _depth_mm(mask)
    coarse = smooth_field(rng, mask.shape, max(radius / SPACING_MM / rng.uniform(1.2, 3), 2.5))
    fine = smooth_field(rng, mask.shape, rng.uniform(2, 5))
    # Contrast agent fills it unevenly; without, it is nearly even.
    most = 12 + 30 * min(phase, 1.0)
    unrest = (
        rng.uniform(2, 10) if kind in (1, 2) else rng.uniform(0.5 * most if is_bright else 4, most)
    )
    if kind in _FULL_OF_VESSELS and rng.random() < 0.5:  # nodules of half a centimetre to one
        nodules = np.tanh(2.5 * smooth_field(rng, mask.shape, rng.uniform(3, 7)))
        body = base + unrest * (0.8 * nodules + 0.3 * fine)
    else:
        body = base + unrest * (0.7 * coarse + 0.4 * fine)
    if rng.random() < 0.07:  # cystic tumour: fluid, wall, septa
        wall = (depth < rng.uniform(1.5, 5)) | (np.abs(coarse) < rng.uniform(0.03, 0.2))
        body = np.where(wall, body, rng.uniform(3, 28) + 2 * fine)
    elif rng.random() < min(0.85, radius / 45):
        core = depth / max(float(depth.max()), 1.0) + 0.35 * coarse
        edge = rng.uniform(0.35, 1.0)
        share = np.clip((core - edge) * rng.uniform(4, 15), 0, 1)
        body = body * (1 - share) + (rng.uniform(8, 38) + 4 * fine) * share
    if is_bright or rng.random() < 0.3:  # a capsule, mostly darker than both sides
        step = rng.uniform(10, 50) * rng.choice((-1, 1), p=(0.75, 0.25))
        body = np.where(depth < rng.uniform(1.5, 2.6), body + step, body)
    if rng.random() < 0.06:
        body = np.where(fine > rng.uniform(2.0, 2.6), rng.uniform(150, 500), body)
    hu[mask] = body[mask]


def _paint_cyst(
    rng: np.random.Generator, hu: ScoreArray, mask: MaskArray, phase: float, kidney_hu: float
) -> None:
    kind = rng.random()
    if kind < 0.83:
        base = rng.normal(9, 7)
    elif kind < 0.94 or abs(kidney_hu - 65) < 30:
        base = rng.uniform(20, 45)
    else:
        base = rng.uniform(50, 90)
    fluid = base + rng.uniform(0.5, 3) * smooth_field(rng, mask.shape, 4)
    if rng.random() < 0.15:
        fluid = np.where(_depth_mm(mask) < 1.6, base + rng.uniform(15, 60), fluid)
    hu[mask] = fluid[mask]
