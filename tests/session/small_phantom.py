"""A scan so small that hundreds of acts take a second, with voxels of three different sides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import ndimage

from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.core.volume import AxisOrder, Source, Volume

SHAPE = (12, 20, 18)
GRID = Geometry.straight(SHAPE, (3.0, 0.9, 0.7), (-5.0, -12.0, 30.0))


def phantom() -> Volume:
    """Two kidneys of 180 HU in fat, one with a tumour of 90 HU, and noise."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    hu = np.full(SHAPE, -90.0)
    for column in (4, 13):
        ball = ((z - 6) / 4.5) ** 2 + ((y - 10) / 6) ** 2 + ((x - column) / 3.5) ** 2
        hu[ball < 1] = 180
    hu[((z - 6) / 2) ** 2 + ((y - 8) / 3) ** 2 + ((x - 13) / 3) ** 2 < 1] = 90
    hu += np.random.default_rng(7).normal(0, 12, SHAPE)
    order = AxisOrder((2, 1, 0), (False, False, False))
    values = hu.astype(np.int16)
    return Volume(values, GRID, Source(Path("a.nii.gz"), "NIfTI", order, np.eye(4)))


def some_labels(random: np.random.Generator) -> LabelArray:
    """A few smooth pieces of every label."""
    field = ndimage.gaussian_filter(random.normal(size=SHAPE), 1.5)
    return np.digitize(field, np.quantile(field, (0.55, 0.75, 0.9))).astype(np.uint8)
