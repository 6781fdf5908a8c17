"""Resampling between grids: sheared to straight, and labels by nearest neighbour."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from scipy import ndimage

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, Index


def straight(zyx_to_ras: FloatArray, shape_zyx: Index) -> Geometry:
    """The straight grid that covers a sheared one.

    The two axes nearest to a right angle are kept (for a tilted gantry those of the
    slices, so that they are only shifted in their plane); the third becomes their normal.
    Spacing along each new axis is the old one's, measured along it.

    Parameters
    ----------
    zyx_to_ras : (4, 4) float64
        Columns in house order, not at right angles.
    shape_zyx : 3 ints

    Returns
    -------
    Geometry
    """
    columns = zyx_to_ras[:3, :3]
    unit = columns / np.linalg.norm(columns, axis=0)
    pairs = {axis: abs(float(unit[:, axis - 1] @ unit[:, axis - 2])) for axis in range(3)}
    odd = min(pairs, key=lambda axis: pairs[axis])  # the axis outside the best pair
    first, second = (axis for axis in range(3) if axis != odd)
    axes = np.zeros((3, 3))
    axes[:, first] = unit[:, first]
    across = unit[:, second] - (unit[:, second] @ unit[:, first]) * unit[:, first]
    axes[:, second] = across / np.linalg.norm(across)
    normal = np.cross(axes[:, first], axes[:, second])
    axes[:, odd] = normal * np.sign(normal @ unit[:, odd])
    spacing = np.abs(np.einsum("ra,ra->a", axes, columns))
    corners = np.array(list(product(*((0, n - 1) for n in shape_zyx)))) @ columns.T
    along = corners @ axes  # mm along each new axis, from voxel (0, 0, 0)
    low, high = along.min(axis=0), along.max(axis=0)
    shape = np.ceil((high - low) / spacing - 1e-3).astype(int) + 1
    matrix = np.eye(4)
    matrix[:3, :3] = axes * spacing
    matrix[:3, 3] = zyx_to_ras[:3, 3] + axes @ low
    return Geometry((int(shape[0]), int(shape[1]), int(shape[2])), matrix)


def linear(hu: HUArray, zyx_to_ras: FloatArray, target: Geometry, fill: int) -> HUArray:
    """HU interpolated linearly onto another grid, rounded; `fill` outside.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    zyx_to_ras : (4, 4) float64
        Its grid, possibly sheared.
    target : Geometry
    fill : int

    Returns
    -------
    (z, y, x) int16
    """
    step = np.linalg.inv(zyx_to_ras) @ target.zyx_to_ras
    out: HUArray = np.empty(target.shape_zyx, np.int16)
    ndimage.affine_transform(
        hu, step[:3, :3], step[:3, 3], target.shape_zyx, out, 1, "grid-constant", fill, False
    )
    return out


def nearest(
    array: np.ndarray[Any, Any], zyx_to_ras: FloatArray, to_ras: FloatArray, shape: Index
) -> np.ndarray[Any, Any]:
    """Each voxel of another grid takes the value of the nearest one; 0 outside.

    Parameters
    ----------
    array : (Z, Y, X)
    zyx_to_ras : (4, 4) float64
        Its grid.
    to_ras : (4, 4) float64
        The other grid, any axes.
    shape : 3 ints
        Of the other grid.

    Returns
    -------
    array of `shape`, same type
    """
    step = np.linalg.inv(zyx_to_ras) @ to_ras
    out = np.empty(shape, array.dtype)
    ndimage.affine_transform(
        array, step[:3, :3], step[:3, 3], shape, out, 0, "grid-constant", 0, False
    )
    return out
