"""The grid that shapes are painted on: warped coordinates, partial volume, smooth noise.

Shapes are functions that are negative inside, in mm, of the patient's coordinates: x grows
to the patient's right, y to anterior, z to superior; the origin lies in the second lumbar
vertebra. The coordinates of the voxels are bent by smooth random fields, so that nothing
painted with them is a perfect ellipse, and neighbours bend together.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Index, ScoreArray, Triple

FIELD_MM = (288.0, 340.0, 340.0)
"""Extent of the scan along z, y, x."""
LOW_ZYX_MM = (-138.0, -150.0, -170.0)
"""Its lowest corner: the sacrum's upper end, the table, the left side."""

Region = tuple[slice, slice, slice]
EDGE_MM = 3.5
"""So far from its surface a shape's function must be smooth."""
_BEND_MM, _BEND_SCALE_MM = 2.6, 46.0
_RIPPLE_MM, _RIPPLE_SCALE_MM = 0.7, 17.0
_FINE_MM = 5.5  # noise of smaller blobs comes from a block
_BLOCK = (40, 140, 150)
_MARGIN_MM = 9.0  # how far the bending may carry a shape out of its box


@dataclass(eq=False)
class Canvas:
    """A patient that is being painted.

    Parameters
    ----------
    geometry : Geometry
    hu : (Z, Y, X) float32, HU
    x, y, z : (Z, Y, X) float32, mm
        The patient's coordinates of every voxel centre, bent.
    rng : Generator
    """

    geometry: Geometry
    hu: ScoreArray
    x: ScoreArray
    y: ScoreArray
    z: ScoreArray
    rng: np.random.Generator
    _grain: dict[float | Triple, ScoreArray] = field(default_factory=dict)

    @classmethod
    def blank(cls, shape_zyx: Index, seed: int) -> Canvas:
        """A canvas of air."""
        rng = np.random.default_rng(seed)
        sz, sy, sx = (mm / n for mm, n in zip(FIELD_MM, shape_zyx, strict=True))
        first = [low + s / 2 for low, s in zip(LOW_ZYX_MM, (sz, sy, sx), strict=True)]
        geometry = Geometry.straight(shape_zyx, (sz, sy, sx), (first[2], first[1], first[0]))
        axes = [
            first[a] + s * np.arange(n, dtype=np.float32)
            for a, (n, s) in enumerate(zip(shape_zyx, (sz, sy, sx), strict=True))
        ]
        bent = []
        for axis in range(3):
            field = _BEND_MM * smooth_noise(rng, shape_zyx, (sz, sy, sx), _BEND_SCALE_MM)
            field += _RIPPLE_MM * smooth_noise(rng, shape_zyx, (sz, sy, sx), _RIPPLE_SCALE_MM)
            field += axes[axis].reshape([-1 if a == axis else 1 for a in range(3)])
            bent.append(field)
        bent[1] -= _lordosis(axes[0], axes[1], axes[2])
        hu = np.full(shape_zyx, -1000.0, np.float32)
        return cls(geometry, hu, bent[2], bent[1], bent[0], rng)

    def box(self, low_xyz: Triple, high_xyz: Triple) -> Region:
        """The voxels between two corners in mm, with a margin for the bending."""
        slices = []
        for axis in range(3):
            start = LOW_ZYX_MM[axis]
            step = self.geometry.spacing_zyx[axis]
            n = self.geometry.shape_zyx[axis]
            a = int(np.floor((low_xyz[2 - axis] - _MARGIN_MM - start) / step))
            b = int(np.ceil((high_xyz[2 - axis] + _MARGIN_MM - start) / step))
            slices.append(slice(min(max(a, 0), n - 1), min(max(b, 1), n)))
        return (slices[0], slices[1], slices[2])

    def around(self, points_xyz: npt.ArrayLike, reach_mm: float) -> Region:
        """The box around points with that much room on every side."""
        points = np.asarray(points_xyz, dtype=np.float64).reshape(-1, 3)
        low, high = points.min(axis=0) - reach_mm, points.max(axis=0) + reach_mm
        return self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def at(self, box: Region) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
        """x, y, z of a box's voxels, mm."""
        return self.x[box], self.y[box], self.z[box]

    def noise(self, box: Region, scale_mm: float | Triple) -> ScoreArray:
        """Smooth noise of a box, mean 0 and sd 1; `scale_mm` of its blobs, one or three (zyx)."""
        z, y, x = self.x[box].shape
        fine = min(scale_mm) if isinstance(scale_mm, tuple) else scale_mm
        if fine >= _FINE_MM:
            return smooth_noise(self.rng, (z, y, x), self.geometry.spacing_zyx, scale_mm)
        # Fine grain is cut, mirrored at its ends, from one block: nobody sees the repetition.
        if scale_mm not in self._grain:
            self._grain[scale_mm] = smooth_noise(
                self.rng, _BLOCK, self.geometry.spacing_zyx, scale_mm
            )
        block = self._grain[scale_mm]
        index = []
        for n, m in zip((z, y, x), _BLOCK, strict=True):
            at = (np.arange(n) + int(self.rng.integers(2 * m))) % (2 * m)
            index.append(np.minimum(at, 2 * m - 1 - at))
        return block[index[0]][:, index[1]][:, :, index[2]]

    def paint(
        self, box: Region, inside: ScoreArray, hu: float | ScoreArray, opacity: float = 1.0
    ) -> None:
        """Lay a shape over what is there, its edge voxels in part.

        Parameters
        ----------
        inside : (Z, Y, X) float32
            Of the box; negative inside.
        hu : float or (Z, Y, X) float32
        opacity : float
        """
        self.blend(box, coverage(inside) * np.float32(opacity), hu)

    def blend(self, box: Region, share: ScoreArray, hu: float | ScoreArray) -> None:
        """Mix HU in, by a share of 0 to 1 for each voxel of the box."""
        under = self.hu[box]
        under += share * (hu - under)


def coverage(inside: ScoreArray) -> ScoreArray:
    """How much of each voxel lies in a shape, from its function and the function's slope.

    Exact for planes at right angles to an axis; it needs no true distances and heeds thick
    slices, because the slope is taken per voxel.
    """
    inside = np.clip(inside, -EDGE_MM, EDGE_MM)  # beyond, functions may jump
    width = np.full(inside.shape, 1e-3, np.float32)
    for axis in range(3):
        if inside.shape[axis] < 2:
            continue
        step = np.abs(np.diff(inside, axis=axis))
        a = [slice(None)] * 3
        b = [slice(None)] * 3
        a[axis], b[axis] = slice(0, -1), slice(1, None)
        width[tuple(a)] += 0.5 * step
        width[tuple(b)] += 0.5 * step
    return np.asarray(np.clip(0.5 - inside / width, 0.0, 1.0), dtype=np.float32)


def smooth_noise(
    rng: np.random.Generator, shape: Index, spacing_zyx: Triple, scale_mm: float | Triple
) -> ScoreArray:
    """Normal noise, smooth over `scale_mm`; mean 0, sd 1.

    White noise on a coarse grid, brought to the voxels by cubic B-splines, one axis after
    the other.
    """
    scales = (scale_mm,) * 3 if isinstance(scale_mm, int | float) else scale_mm
    steps = [s / mm for s, mm in zip(spacing_zyx, scales, strict=True)]
    coarse = [int(np.ceil(n * step)) + 4 for n, step in zip(shape, steps, strict=True)]
    out = rng.standard_normal(coarse, dtype=np.float32)
    z, y, x = (
        _cubic(1.0 + rng.uniform() + np.arange(n)[:, None] * step - np.arange(m, dtype=np.float64))
        for n, m, step in zip(shape, coarse, steps, strict=True)
    )
    # Each product on contiguous arrays, the longest last: BLAS does the rest.
    out = (z @ out.reshape(coarse[0], -1)).reshape(shape[0], coarse[1], coarse[2])
    out = np.matmul(y, out).reshape(-1, coarse[2]) @ np.ascontiguousarray(x.T)
    out = out.reshape(shape)
    some = out[::2, ::3, ::3]
    out -= some.mean()
    out *= 1.0 / (float(some.std()) or 1.0)
    return np.asarray(out, dtype=np.float32)


def _lordosis(
    z: npt.NDArray[np.float32], y: npt.NDArray[np.float32], x: npt.NDArray[np.float32]
) -> ScoreArray:
    """(Z, Y, X) mm by which the lumbar spine and what lies on it stand further forward."""
    along = 7 * np.exp(-(((z + 45) / 48) ** 2)) - 11 * np.clip((z - 45) / 100, 0, 1.2)
    across = np.exp(-((x / 75) ** 2))
    front = np.exp(-((np.clip(y - 15, 0, None) / 35) ** 2))
    front = front * np.clip((y + 95) / 40, 0, 1)
    bend = along[:, None, None] * (front[:, None] * across[None, :])[None]
    return np.asarray(bend, dtype=np.float32)


def _cubic(t: FloatArray) -> ScoreArray:
    """Cubic B-spline."""
    a = np.abs(t)
    near = 2 / 3 - a**2 + a**3 / 2
    far = np.clip(2 - a, 0, None) ** 3 / 6
    return np.where(a < 1, near, far).astype(np.float32)
