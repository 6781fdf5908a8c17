"""Draw one training sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import ndimage as ndi

from kidview.core.types import HUArray, LabelArray, Triple
from trainer.synthesis.bank import SPACING_MM, Bank
from trainer.synthesis.foreign import add_stent, add_stones, add_wide_pelvis
from trainer.synthesis.kidneys import add_distractors, add_lesions, replace_kidneys
from trainer.synthesis.parameters import Parameters, draw_parameters
from trainer.synthesis.scanner import acquire
from trainer.synthesis.scene import Scene, map_scene, scan_scene

_LOOSE, _SPECK = 60, 15  # voxels of 1.5 mm: 0.2 mL and a ball of 4.6 mm


@dataclass(frozen=True, eq=False)
class Sample:
    """A synthetic scan with its labels.

    Parameters
    ----------
    hu : (Z, Y, X) int16
        House order.
    labels : (Z, Y, X) uint8
        0 background, 1 kidney, 2 tumour, 3 cyst.
    spacing_zyx : 3 floats, mm
    meta : dict
        The parameters and the cases they name.
    """

    hu: HUArray
    labels: LabelArray
    spacing_zyx: Triple
    meta: Mapping[str, Any]


def draw_sample(rng: np.random.Generator, bank: Bank) -> Sample:
    """Draw a recipe from the bank and carry it out.

    Parameters
    ----------
    rng : numpy Generator
        The same state gives the same sample.
    bank : Bank
    """
    return carry_out(rng, bank, draw_parameters(rng, bank))


def carry_out(rng: np.random.Generator, bank: Bank, p: Parameters) -> Sample:
    """The sample of a recipe, `p`; what the recipe leaves open is drawn."""
    scene, noise_hu, blur_mm, has_table = _scene(rng, p, bank)
    if p.own_kidneys:
        if p.lesion_side >= 0:
            add_lesions(rng, scene, bank.sides[p.lesion_side], p.phase, blur_mm)
    else:
        right, left = (bank.sides[k] if k >= 0 else None for k in p.sides)
        replace_kidneys(rng, scene, (right, left), p.phase, blur_mm, noise_hu)
    if p.distractors and bank.with_tumour:
        add_distractors(rng, scene, bank.with_tumour, p.phase, blur_mm)
    if p.stones:
        add_stones(rng, scene)
    if p.pelvis >= 0 and (target := scene.targets[p.pelvis]) is not None:
        add_wide_pelvis(rng, scene, target, p.phase)
    if p.stent >= 0 and (target := scene.targets[p.stent]) is not None:
        add_stent(rng, scene, target)
    hu = acquire(rng, scene.hu, p, has_table)
    remove_crumbs(scene.labels)
    spacing = (SPACING_MM, SPACING_MM, SPACING_MM)
    return Sample(hu, scene.labels, spacing, p.as_meta(bank))


def remove_crumbs(labels: LabelArray) -> None:
    """Take away what no reader would outline, left where shapes were cut by bone; in place.

    Loose pieces become background, specks of a lesion kidney.
    """
    for least, voxels, instead in ((1, _LOOSE, 0), (2, _SPECK, 1)):
        parts, count = ndi.label(labels >= least, np.ones((3, 3, 3)))
        small = np.bincount(parts.ravel(), minlength=count + 1) < voxels
        labels[small[parts] & (labels >= least)] = instead


def _scene(rng: np.random.Generator, p: Parameters, bank: Bank) -> tuple[Scene, float, float, bool]:
    if p.family == "map":
        return map_scene(rng, p, bank.abdomens[p.source]), 0.0, 0.0, False
    background = bank.backgrounds[p.source]
    scene = scan_scene(rng, p, background)
    return scene, background.noise_hu, 0.7 + 0.1 * background.slice_mm, True
