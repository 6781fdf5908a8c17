"""A patient before the scanner: true HU, labels, and where a kidney may lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from kidview.core.types import LabelArray, ScoreArray, Triple
from trainer.synthesis.bank import SPACING_MM, Abdomen, Background
from trainer.synthesis.bowel import fill_cavity
from trainer.synthesis.fields import affine, blur, pull, pull_grid, smooth_field
from trainer.synthesis.parameters import Parameters
from trainer.synthesis.tissue import Tissue, tissue_table

FORBIDDEN = 60
"""From this cost on no kidney voxel is written: outside, bone, lung."""


@dataclass(eq=False)
class Scene:
    """A patient on the sample's grid, painted step by step.

    Parameters
    ----------
    hu : (Z, Y, X) float32
    labels : (Z, Y, X) uint8
        1 kidney, 2 tumour, 3 cyst.
    cost : (Z, Y, X) uint8
        What it costs to put kidney there: 0 in fat, `FORBIDDEN` and above where it cannot be.
    targets : 2 points or None
        Where the right and the left kidney belong, voxels zyx.
    """

    hu: ScoreArray
    labels: LabelArray
    cost: LabelArray
    targets: tuple[npt.NDArray[np.float64] | None, npt.NDArray[np.float64] | None]


def _grid(rng: np.random.Generator, p: Parameters, middle_zyx: Triple) -> npt.NDArray[np.float32]:
    # The body's middle lies in front of the kidneys.
    centre = np.array(middle_zyx) + (np.array(p.shift_mm) + (0.0, 18.0, 0.0)) / SPACING_MM
    matrix = affine(p.scale_zyx, p.angles_deg, p.mirror)
    return pull_grid(rng, p.shape_zyx, centre, matrix, p.bend_mm / SPACING_MM, 36.0)


def _targets(
    kidneys: npt.NDArray[np.float32], mirror: bool
) -> tuple[npt.NDArray[np.float64] | None, npt.NDArray[np.float64] | None]:
    found = []
    for label in (2, 1) if mirror else (1, 2):
        at = np.argwhere(kidneys == label)
        found.append(at.mean(axis=0) if len(at) > 400 else None)
    return found[0], found[1]


def scan_scene(rng: np.random.Generator, p: Parameters, background: Background) -> Scene:
    """A real scan, warped; its kidneys kept with their labels or filled with fat."""
    grid = _grid(rng, p, background.middle_zyx)
    hu = pull((background.hu[None] + 1024).astype(np.float32), grid)[0] - 1024
    maps = np.stack([background.kidneys, background.tissue]).astype(np.float32)
    kidneys, tissue = pull(maps, grid, nearest=True)
    cost = _cost_of_hu(hu, tissue)  # before the curve changes what HU mean
    hu = _retouch(rng, hu, tissue, p)
    if p.own_kidneys:
        labels = (kidneys > 0).astype(np.uint8)
    else:
        labels = np.zeros(hu.shape, np.uint8)
        _empty(rng, hu, kidneys > 0)
        cost[ndi.binary_dilation(kidneys > 0, iterations=2)] = 0
    return Scene(hu, labels, cost, _targets(kidneys, p.mirror))


def _retouch(
    rng: np.random.Generator, hu: ScoreArray, tissue: ScoreArray, p: Parameters
) -> ScoreArray:
    """Another patient's contrast: a random rising curve, and known organs moved apart."""
    knots = np.array([-1024, -200, -100, -40, 0, 50, 100, 160, 250, 500, 3000], np.float32)
    moved = knots.copy()
    moved[2:5] += rng.normal(0, 6 * p.wildness, 3)
    moved[5] += rng.normal(0, 5 * p.wildness)
    steps = np.diff(knots[5:9]) * p.enhancement
    moved[6:9] = moved[5] + np.cumsum(steps * np.exp(rng.normal(0, 0.12 * p.wildness, 3)))
    # From 500 HU on it is bone, which no contrast phase changes.
    out = np.interp(hu, knots, np.maximum.accumulate(moved)).astype(np.float32)
    bone = (tissue == Tissue.BONE_TRABECULAR) | (tissue == Tissue.BONE_CORTICAL)
    if bone.any():
        out += (hu - out) * blur(bone.astype(np.float32), (0.6, 0.6, 0.6))
    for code in (Tissue.LIVER, Tissue.SPLEEN, Tissue.VEIN, Tissue.ARTERY, Tissue.PORTAL):
        mask = tissue == code
        if mask.any() and rng.random() < 0.6:
            out += rng.normal(0, 12 * p.wildness) * blur(mask.astype(np.float32), (0.7, 0.7, 0.7))
    if rng.random() < 0.6:  # organs of one HU drift apart
        soft = np.clip((out + 30) / 50, 0, 1) * np.clip((400 - out) / 150, 0, 1)
        out += rng.uniform(2, 12) * p.wildness * soft * smooth_field(rng, hu.shape, 28)
    return out


def _empty(rng: np.random.Generator, hu: ScoreArray, kidneys: npt.NDArray[np.bool_]) -> None:
    """Take the scan's own kidneys out and put perirenal fat in their place."""
    if not kidneys.any():
        return
    grown = ndi.binary_dilation(kidneys, iterations=int(rng.integers(1, 4)))
    share = blur(grown.astype(np.float32), (0.9, 0.9, 0.9))
    fat = -102 + 7 * smooth_field(rng, hu.shape, 4) + 4 * smooth_field(rng, hu.shape, 12)
    hu += share * (fat - hu)


def _cost_of_hu(hu: ScoreArray, tissue: ScoreArray) -> LabelArray:
    smooth = blur(hu, (1.0, 1.0, 1.0))
    cost = np.where(smooth > -40, 12, 0)
    cost[(smooth > 230) | (smooth < -220)] = 255
    cost = np.maximum(cost, _near_skin(smooth > -300))
    bone = (tissue == Tissue.BONE_TRABECULAR) | (tissue == Tissue.BONE_CORTICAL)
    cost[bone | (tissue == Tissue.LUNG)] = 255
    return np.asarray(cost, dtype=np.uint8)


def _near_skin(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Cost of the outer 24 mm of the body, where no kidney lies; bowel gas counts as body."""
    rough = inside[::4, ::4, ::4]
    body = np.stack([ndi.binary_fill_holes(plane) for plane in rough])
    near = ndi.distance_transform_edt(body) * 4 * SPACING_MM < 24
    full = near.repeat(4, 0).repeat(4, 1).repeat(4, 2)
    z, y, x = inside.shape
    return np.asarray(np.where(full[:z, :y, :x], 40, 0))


def map_scene(rng: np.random.Generator, p: Parameters, abdomen: Abdomen) -> Scene:
    """Tissues painted by a contrast phase; the kidneys' place is fat."""
    grid = _grid(rng, p, abdomen.middle_zyx)
    maps = np.stack([abdomen.tissue, abdomen.kidneys]).astype(np.float32)
    codes, kidneys = pull(maps, grid, nearest=True)
    tissue = codes.astype(np.uint8)
    fill_cavity(rng, tissue)
    mean, texture = tissue_table(rng, p.phase, p.wildness)
    fine, coarse = smooth_field(rng, tissue.shape, 3), smooth_field(rng, tissue.shape, 10)
    hu = mean[tissue] + texture[tissue] * (0.6 * fine + 0.6 * coarse)
    _details(rng, hu, tissue, mean, fine, coarse)
    # An arterial spleen is striped, as a corticomedullary kidney is.
    stripes = rng.uniform(0, 35) * np.exp(-(((p.phase - 0.9) / 0.35) ** 2))
    spleen = tissue == Tissue.SPLEEN
    hu[spleen] += stripes * smooth_field(rng, hu.shape, 6)[spleen]
    cost = np.full(256, 12, np.uint8)
    cost[[Tissue.FAT, Tissue.KIDNEY]] = 0
    cost[[Tissue.AIR, Tissue.LUNG, Tissue.SKIN]] = 255
    cost[[Tissue.BONE_CORTICAL, Tissue.BONE_TRABECULAR, Tissue.CARTILAGE, Tissue.CORD]] = 255
    costs = np.maximum(cost[tissue], _near_skin(tissue != Tissue.AIR)).astype(np.uint8)
    labels = np.zeros(tissue.shape, np.uint8)
    return Scene(hu, labels, costs, _targets(kidneys, p.mirror))


def _details(
    rng: np.random.Generator,
    hu: ScoreArray,
    tissue: LabelArray,
    mean: npt.NDArray[np.float32],
    fine: ScoreArray,
    coarse: ScoreArray,
) -> None:
    """Vessels in the liver, strands in fat, fat in muscle."""
    liver = (tissue == Tissue.LIVER) & (np.abs(coarse) < 0.07)
    hu[liver] = mean[Tissue.PORTAL]
    strands = (tissue == Tissue.FAT) & (np.abs(fine) < 0.05) & (coarse > 0.3)
    hu[strands] += rng.uniform(20, 90)
    streaks = (tissue == Tissue.MUSCLE) & (fine + 0.5 * coarse > rng.uniform(1.6, 2.6))
    hu[streaks] -= rng.uniform(40, 110)
    septa = (tissue == Tissue.MUSCLE) & (np.abs(coarse - 0.4) < rng.uniform(0.02, 0.12))
    hu[septa] = mean[Tissue.FAT] + rng.uniform(30, 110)
