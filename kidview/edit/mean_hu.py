"""HU with less noise: the mean of what lies close by, in mm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.types import HUArray, Index, Triple

NOISE_MM = 1.2
"""Reach of the mean: 3 x 3 voxels in the plane of most CTs, and 1 to 3 slices."""

MeanArray = npt.NDArray[np.float32]


def mean_hu(hu: HUArray, box: Box, reach_zyx: Index) -> MeanArray:
    """Mean HU of the cuboid about each voxel of a box.

    Parameters
    ----------
    hu : (Z, Y, X) int16
        The whole scan; beyond its sides the outermost voxels go on.
    box : Box
    reach_zyx : 3 ints
        Voxels to either side that count; 0 takes HU as they are.

    Returns
    -------
    (Z, Y, X) float32 of the box's shape
    """
    outer = box.grown(reach_zyx, (hu.shape[0], hu.shape[1], hu.shape[2]))
    size = [2 * reach + 1 for reach in reach_zyx]
    mean: MeanArray = ndimage.uniform_filter(
        hu[outer.slices], size, output=np.float32, mode="nearest"
    )
    return mean[box.seen_from(outer).slices]


def reach_of(radius_mm: float, spacing_zyx: Triple, axis: int | None = None) -> Index:
    """Voxels within `radius_mm` along z, y, x; 0 along `axis`."""
    z, y, x = (
        0 if a == axis else int(radius_mm / step + 1e-6) for a, step in enumerate(spacing_zyx)
    )
    return (z, y, x)
