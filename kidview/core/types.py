"""Names for the arrays and tuples that travel between rooms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

HUArray = npt.NDArray[np.int16]
"""(Z, Y, X) Hounsfield units, house order: indices grow toward Superior, Anterior, Right."""

LabelArray = npt.NDArray[np.uint8]
"""(Z, Y, X) label map, one label a voxel, 0 is background."""

MaskArray = npt.NDArray[np.bool_]
"""(Z, Y, X) or (Y, X) yes/no per voxel."""

FloatArray = npt.NDArray[np.float64]
"""Points, matrices and measures."""

ScoreArray = npt.NDArray[np.float32]
"""(C, Z, Y, X) scores or (Z, Y, X) normalised intensities of a network."""

Triple = tuple[float, float, float]
"""Three floats: zyx about arrays (spacing in mm), xyz about points (RAS+ mm)."""

Index = tuple[int, int, int]
"""A voxel index or a shape, zyx."""
