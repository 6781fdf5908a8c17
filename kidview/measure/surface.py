"""The surface of a mask as a mesh of quads that follows the outline between voxels.

Source: surface nets, Gibson 1998 (MERL TR-99-24): one vertex where eight voxels meet, at the
middle of the crossed edges, then relaxed toward its neighbours within half a voxel. Relaxing
shrinks small bodies, so areas are brought back to the body's volume: times the ratio of volumes
to the power 2/3.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from kidview.core.types import FloatArray, MaskArray, Triple

RELAXATIONS = 3
"""Rounds of smoothing; what they leave of error on balls is in docs/measures.md."""

IndexArray = npt.NDArray[np.intp]
_CUBE = np.array(list(product((-1, 0), repeat=3)))  # the eight voxels about a corner
_EDGES = [(i, j) for i, j in combinations(range(8), 2) if abs(_CUBE[i] - _CUBE[j]).sum() == 1]


@dataclass(frozen=True, eq=False)
class Surface:
    """A closed surface of quads, one for each face between a voxel inside and one outside.

    Parameters
    ----------
    area_mm2 : (n,) float64
        Of each quad.
    normal_zyx : (n, 3) float64
        Unit vector across each quad, outward, along the grid's axes.
    outside_zyx : (n, 3) intp
        The voxel outside, in an array with one more voxel on every side of the mask.
    """

    area_mm2: FloatArray
    normal_zyx: FloatArray
    outside_zyx: IndexArray

    @property
    def total_mm2(self) -> float:
        """Area of the whole surface."""
        return float(self.area_mm2.sum())


def find_surface(mask: MaskArray, spacing_zyx: Triple) -> Surface:
    """Mesh a mask.

    Parameters
    ----------
    mask : (Z, Y, X) bool
        Outside of the array is outside of the mask.
    spacing_zyx : 3 floats, mm

    Returns
    -------
    Surface
        Without quads for an empty mask.
    """
    padded = np.pad(mask, 1)
    corners, outside, outward = _faces(padded)
    used, of_quad = np.unique(corners, return_inverse=True)
    of_quad = of_quad.reshape(corners.shape)
    index = np.stack(np.unravel_index(used, padded.shape), axis=1)
    offset = _relaxed(index, _offsets(padded, index), of_quad)
    at = (index + offset) * np.array(spacing_zyx)
    one, two = at[of_quad[:, 2]] - at[of_quad[:, 0]], at[of_quad[:, 3]] - at[of_quad[:, 1]]
    across = np.cross(one, two) * outward[:, None]
    length = np.linalg.norm(across, axis=1)
    normal = across / np.maximum(length, 1e-12)[:, None]
    meshed = float((at[of_quad].mean(axis=1) * across).sum()) / 6  # by the divergence theorem
    counted = int(mask.sum()) * float(np.prod(spacing_zyx))
    shrunk = (counted / meshed) ** (2 / 3) if 0 < meshed < counted else 1.0
    return Surface(length / 2 * shrunk, normal, outside)


def _faces(padded: MaskArray) -> tuple[IndexArray, IndexArray, FloatArray]:
    """Flat corner indices (n, 4) of the faces in turn, the voxels outside, and +1 or -1.

    The sign turns the normal of the four corners outward.
    """
    shape = padded.shape
    corners, outside, outward = [], [], []
    for axis in range(3):
        low = (slice(None),) * axis + (slice(None, -1),)
        high = (slice(None),) * axis + (slice(1, None),)
        first = np.argwhere(padded[low] != padded[high])
        step = np.eye(3, dtype=np.intp)
        a, b = step[(axis + 1) % 3], step[(axis + 2) % 3]
        at = first + step[axis]  # the corner voxel (i, j, k) begins with
        ring = [at, at + a, at + a + b, at + b]
        corners.append(np.stack([np.ravel_multi_index(tuple(c.T), shape) for c in ring], axis=1))
        is_first_in = padded[tuple(first.T)]
        outside.append(np.where(is_first_in[:, None], at, first))
        outward.append(np.where(is_first_in, 1.0, -1.0))
    return np.concatenate(corners), np.concatenate(outside), np.concatenate(outward)


def _offsets(padded: MaskArray, index: IndexArray) -> FloatArray:
    """(n, 3) from each corner to the middle of its crossed edges, in voxels.

    A corner's eight voxels have their centres half a voxel away from it.
    """
    inside = np.stack([padded[tuple((index + c).T)] for c in _CUBE], axis=1)
    total, count = np.zeros((len(index), 3)), np.zeros(len(index))
    for i, j in _EDGES:
        crossed = inside[:, i] != inside[:, j]
        middle = (_CUBE[i] + _CUBE[j] + 1) / 2
        total[crossed] += middle
        count[crossed] += 1
    return np.asarray(total / np.maximum(count, 1)[:, None])


def _relaxed(index: IndexArray, offset: FloatArray, of_quad: IndexArray) -> FloatArray:
    """Offsets after smoothing; no vertex leaves the cube between its eight voxel centres."""
    ends = np.concatenate([of_quad, np.roll(of_quad, 1, axis=1)], axis=0).ravel()
    others = np.concatenate([np.roll(of_quad, 1, axis=1), of_quad], axis=0).ravel()
    degree = np.maximum(np.bincount(ends, minlength=len(index)), 1)
    for _ in range(RELAXATIONS):
        at = index + offset
        mean = np.stack(
            [np.bincount(ends, at[others, axis], len(index)) / degree for axis in range(3)], axis=1
        )
        offset = np.clip(mean - index, -0.5, 0.5)
    return offset
