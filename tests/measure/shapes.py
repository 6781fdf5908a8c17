"""Bodies with known numbers, drawn into grids: a voxel belongs when its centre is inside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, LabelArray, MaskArray, Triple

SPACINGS = {
    "isotropic": (1.0, 1.0, 1.0),
    "anisotropic": (2.5, 0.7, 0.7),
    "oblique": (1.5, 0.8, 0.8),
}
"""Grids of the oracles, zyx mm; the last one is turned as well."""
COARSE = (3.0, 1.4, 1.4)
"""Where only the anatomy matters."""


def grid(kind: str, size_mm: Triple, margin: int = 3) -> Geometry:
    """A grid about the origin that holds a box of `size_mm` (x, y, z), turned if it is oblique."""
    spacing = SPACINGS.get(kind, COARSE)
    turned = turn(0.3, 0.25) if kind == "oblique" else np.eye(3)
    room = np.abs(turned.T) @ np.array(size_mm)
    z, y, x = (int(np.ceil(mm / s)) + 2 * margin for mm, s in zip(room[::-1], spacing, strict=True))
    shape = (z, y, x)
    straight = Geometry.straight(shape, spacing)
    matrix = straight.zyx_to_ras.copy()
    matrix[:3, :3] = turned @ matrix[:3, :3]
    # a little off the origin, so that no body is symmetric about a voxel
    middle = matrix[:3, :3] @ ((np.array(shape) - 1) / 2)
    matrix[:3, 3] = np.array([0.13, -0.21, 0.17]) - middle
    return Geometry(shape, matrix)


def turn(about_z: float, about_x: float) -> FloatArray:
    """(3, 3) rotation, radians."""
    c, s, d, t = np.cos(about_z), np.sin(about_z), np.cos(about_x), np.sin(about_x)
    first = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return np.asarray(first @ np.array([[1, 0, 0], [0, d, -t], [0, t, d]]))


def points(geometry: Geometry) -> FloatArray:
    """(Z, Y, X, 3) RAS mm of all voxel centres."""
    index = np.moveaxis(np.indices(geometry.shape_zyx), 0, -1)
    return geometry.index_to_ras(index)


def ellipsoid(geometry: Geometry, centre: Sequence[float], half: Sequence[float]) -> MaskArray:
    """Voxels in an ellipsoid with half axes along x, y, z."""
    scaled = (points(geometry) - np.array(centre)) / np.array(half)
    return np.asarray((scaled**2).sum(axis=-1) <= 1.0)


def ball(geometry: Geometry, centre: Sequence[float], radius_mm: float) -> MaskArray:
    return ellipsoid(geometry, centre, (radius_mm,) * 3)


def cylinder(
    geometry: Geometry, centre: Sequence[float], radius_mm: float, height_mm: float
) -> MaskArray:
    """Voxels in a cylinder along RAS z."""
    away = points(geometry) - np.array(centre)
    inside: npt.NDArray[np.bool_] = (np.hypot(away[..., 0], away[..., 1]) <= radius_mm) & (
        np.abs(away[..., 2]) <= height_mm / 2
    )
    return inside


def two_kidneys(geometry: Geometry, apart_mm: float = 120.0) -> LabelArray:
    """Two plain kidneys, ellipsoids of 25 x 30 x 50 mm half axes, beside the origin."""
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    for x in (-apart_mm / 2, apart_mm / 2):
        labels[ellipsoid(geometry, (x, 0, 0), (25, 30, 50))] = 1
    return labels
