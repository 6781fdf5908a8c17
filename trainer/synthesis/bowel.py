"""Bowel: loops in the free cavity and what is in them."""

from __future__ import annotations

import numpy as np

from kidview.core.types import LabelArray
from trainer.synthesis.fields import smooth_field
from trainer.synthesis.tissue import Tissue


def fill_cavity(rng: np.random.Generator, tissue: LabelArray) -> None:
    """Turn CAVITY into loops and fat, and give bowel content gas and food; in place."""
    loops = smooth_field(rng, tissue.shape, rng.uniform(11, 18))
    kind = smooth_field(rng, tissue.shape, 22)
    fat_share = rng.uniform(-0.3, 0.7)
    cavity = tissue == Tissue.CAVITY
    wall = cavity & (loops > fat_share)
    inside = cavity & (loops > fat_share + 0.3)
    tissue[cavity] = Tissue.FAT
    tissue[wall] = Tissue.BOWEL_WALL
    tissue[inside & (kind > -0.6)] = Tissue.BOWEL_CONTENT
    vessels = cavity & ~wall & (np.abs(loops - fat_share + 0.9) < 0.05)
    tissue[vessels & (kind > 0)] = Tissue.VEIN
    content = tissue == Tissue.BOWEL_CONTENT
    crumbs = smooth_field(rng, tissue.shape, 2.5)
    tissue[content & (kind > rng.uniform(0.8, 1.6))] = Tissue.GAS
    tissue[content & (kind < 0.3) & (kind > -0.1) & (crumbs > 0.7)] = Tissue.GAS
    if rng.random() < 0.3:  # drunk contrast
        tissue[content & (kind > 0.3) & (kind < 1.0)] = Tissue.ARTERY
