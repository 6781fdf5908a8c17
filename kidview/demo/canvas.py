"""The grid that shapes are painted on: warped coordinates, partial volume, smooth noise.

Shapes are functions that are negative inside, in mm, of the patient's coordinates: x grows
to the patient's right, y to anterior, z to superior; the origin lies in the second lumbar
vertebra. The coordinates of the voxels are bent by smooth random fields, so that nothing
painted with them is a perfect ellipse, and neighbours bend together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import Index, MaskArray, ScoreArray, Triple

FIELD_MM = (288.0, 340.0, 340.0)
"""Extent of the scan along z, y, x."""
LOW_ZYX_MM = (-138.0, -150.0, -170.0)
"""Its lowest corner: the sacrum's upper end, the table, the left side."""

Region = tuple[slice, slice, slice]
Field = npt.NDArray[np.floating[Any]]
"""A number per voxel, as an argument: of either precision, or with axes of length 1."""
EDGE_MM = 3.5
"""So far from its surface a shape's function must be smooth."""
_BEND_MM, _BEND_SCALE_MM = 2.7, 42.0
_SIZES_MM = (3.2, 6.5, 10.0, 19.0)  # of the blobs of the noise that is kept
_BODY_Y_MM = (-110.0, 138.0)
_MARGIN_MM = 8.0


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
    _noise: dict[float, ScoreArray] = field(default_factory=dict)

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
            field = smooth_noise(rng, shape_zyx, (sz, sy, sx), _BEND_SCALE_MM)
            field *= _BEND_MM
            field += axes[axis].reshape([-1 if a == axis else 1 for a in range(3)])
            bent.append(field)
        bent[1] -= _lordosis(axes[0], axes[1], axes[2])
        hu = np.full(shape_zyx, -1000.0, np.float32)
        return cls(geometry, hu, bent[2], bent[1], bent[0], rng)

    def box(self, low_xyz: Triple, high_xyz: Triple, margin_mm: float = _MARGIN_MM) -> Region:
        """The voxels whose bent coordinates lie between two corners, mm, and some more.

        The bending at the box's middle is known; the margin is for how it differs elsewhere.
        """
        spacing, shape = self.geometry.spacing_zyx, self.geometry.shape_zyx
        low, high = low_xyz[::-1], high_xyz[::-1]
        middle = [
            min(max(int(((a + b) / 2 - start) / step), 0), n - 1)
            for a, b, start, step, n in zip(low, high, LOW_ZYX_MM, spacing, shape, strict=True)
        ]
        bent = [float(c[middle[0], middle[1], middle[2]]) for c in (self.z, self.y, self.x)]
        slices = []
        for axis in range(3):
            start, step, n = LOW_ZYX_MM[axis], spacing[axis], shape[axis]
            shift = bent[axis] - (start + step * (middle[axis] + 0.5))
            a = int(np.floor((low[axis] - shift - margin_mm - start) / step))
            b = int(np.ceil((high[axis] - shift + margin_mm - start) / step))
            slices.append(slice(min(max(a, 0), n - 1), min(max(b, 1), n)))
        return (slices[0], slices[1], slices[2])

    def around(
        self, points_xyz: npt.ArrayLike, reach_mm: float, margin_mm: float = _MARGIN_MM
    ) -> Region:
        """The box around points with that much room on every side."""
        points = np.asarray(points_xyz, dtype=np.float64).reshape(-1, 3)
        low, high = points.min(axis=0) - reach_mm, points.max(axis=0) + reach_mm
        return self.box((low[0], low[1], low[2]), (high[0], high[1], high[2]), margin_mm)

    @property
    def rows(self) -> slice:
        """The rows of the grid with body in them; air and table before and behind."""
        low, high = (
            (y - LOW_ZYX_MM[1]) / FIELD_MM[1] * self.geometry.shape_zyx[1] for y in _BODY_Y_MM
        )
        return slice(int(low), int(high) + 1)

    def at(self, box: Region) -> tuple[ScoreArray, ScoreArray, ScoreArray]:
        """x, y, z of a box's voxels, mm."""
        return self.x[box], self.y[box], self.z[box]

    def noise(self, box: Region, scale_mm: float | Triple) -> ScoreArray:
        """Smooth noise of a box, mean 0 and sd 1; `scale_mm` of its blobs, one or three (zyx).

        One number is rounded to a few sizes, of which there is one field each: a box gets
        a view at a random place of it. The view is read-only.
        """
        shape, spacing = self.x[box].shape, self.geometry.spacing_zyx
        z, y, x = shape
        if isinstance(scale_mm, tuple):
            return smooth_noise(self.rng, (z, y, x), spacing, scale_mm)
        size = min(_SIZES_MM, key=lambda mm: abs(np.log(mm / scale_mm)))
        if size not in self._noise:
            depth, _, width = self.geometry.shape_zyx
            rows = self.rows.stop - self.rows.start
            self._noise[size] = smooth_noise(
                self.rng, ((depth + 1) // 2, rows, width), spacing, size
            )
            self._noise[size].setflags(write=False)
        field = self._noise[size]
        if z > len(field):  # what is as high as the scan gets it mirrored
            field = np.concatenate([field, field[::-1]])
        room = [m - n for m, n in zip(field.shape, shape, strict=True)]
        if min(room) < 0:
            return smooth_noise(self.rng, (z, y, x), spacing, scale_mm)
        a, b, c = (int(self.rng.integers(r + 1)) for r in room)
        return field[a : a + z, b : b + y, c : c + x]

    def paint(self, box: Region, inside: Field, hu: float | Field, opacity: float = 1.0) -> None:
        """Lay a shape over what is there, its edge voxels in part.

        Parameters
        ----------
        inside : (Z, Y, X) float32
            Of the box; negative inside.
        hu : float or (Z, Y, X) float32
        opacity : float
        """
        under = self.hu[box]
        full = inside <= -EDGE_MM
        if full.any():
            under[full] += opacity * (_values(hu, full) - under[full])
        edge = (inside < EDGE_MM) & ~full
        share = _edge_coverage(inside, np.flatnonzero(edge)) * np.float32(opacity)
        under[edge] += share * (_values(hu, edge) - under[edge])

    def blend(self, box: Region, share: Field, hu: float | Field) -> None:
        """Mix HU in, by a share of 0 to 1 for each voxel of the box."""
        under = self.hu[box]
        under += share * (hu - under)


def coverage(inside: Field) -> ScoreArray:
    """How much of each voxel lies in a shape, from its function and the function's slope.

    Exact for planes at right angles to an axis; it needs no true distances and heeds thick
    slices, because the slope is taken per voxel.
    """
    out = (inside <= -EDGE_MM).astype(np.float32)
    edge = np.flatnonzero(np.abs(inside) < EDGE_MM)
    out.reshape(-1)[edge] = _edge_coverage(inside, edge)
    return out


def _edge_coverage(inside: Field, at: npt.NDArray[np.intp]) -> ScoreArray:
    """The coverage of some voxels, given by their flat indices."""
    flat = np.ascontiguousarray(inside).reshape(-1)
    here = flat[at]
    width = np.full(here.shape, 1e-3, np.float32)
    for axis in range(3):
        stride = int(np.prod(inside.shape[axis + 1 :]))
        for neighbour in (at - stride, at + stride):
            # A neighbour beyond the box counts as the voxel at the array's end: no matter.
            there = np.clip(flat.take(neighbour, mode="clip"), -EDGE_MM, EDGE_MM)
            width += 0.5 * np.abs(there - here)
    return np.asarray(np.clip(0.5 - here / width, 0.0, 1.0), dtype=np.float32)


def _values(hu: float | Field, where: MaskArray) -> float | Field:
    return hu[where] if isinstance(hu, np.ndarray) else hu


def smooth_noise(
    rng: np.random.Generator, shape: Index, spacing_zyx: Triple, scale_mm: float | Triple
) -> ScoreArray:
    """Normal noise, smooth over `scale_mm`; mean 0, sd 1.

    White noise on a coarse grid, brought to the voxels by cubic B-splines along one axis
    after the other. Sums of four planes or rows, not matrix products: those would start
    threads, which wait for each other where other work runs beside.
    """
    scales = (scale_mm,) * 3 if isinstance(scale_mm, int | float) else scale_mm
    steps = [s / mm for s, mm in zip(spacing_zyx, scales, strict=True)]
    coarse = [int(np.ceil(n * step)) + 4 for n, step in zip(shape, steps, strict=True)]
    out = rng.standard_normal(coarse, dtype=np.float32)
    places = [_spline(rng.uniform(), n, step) for n, step in zip(shape, steps, strict=True)]
    first, weights = places[2]
    columns = np.stack([out.take(first + t, axis=2) * w for t, w in enumerate(weights)]).sum(axis=0)
    first, weights = places[1]
    rows = np.empty((coarse[0], shape[1], shape[2]), np.float32)
    for k, plane in enumerate(columns):
        rows[k] = sum(w[:, None] * plane.take(first + t, axis=0) for t, w in enumerate(weights))
    first, weights = places[0]
    full = np.empty(shape, np.float32)
    for k in range(shape[0]):
        full[k] = sum(w[k] * rows[first[k] + t] for t, w in enumerate(weights))
    some = full[::2, ::3, ::3]
    full -= some.mean()
    full *= 1.0 / (float(some.std()) or 1.0)
    return full


def _spline(
    start: float, count: int, step: float
) -> tuple[npt.NDArray[np.intp], tuple[ScoreArray, ...]]:
    """First of four coarse points for each place along an axis, and the four's weights."""
    at = start + np.arange(count) * step
    first = np.floor(at).astype(np.intp)
    t = (at - first).astype(np.float32)
    weights = (
        (1 - t) ** 3 / 6,
        2 / 3 - t**2 + t**3 / 2,
        1 / 6 + (t + t**2 - t**3) / 2,
        t**3 / 6,
    )
    return first, weights


def _lordosis(
    z: npt.NDArray[np.float32], y: npt.NDArray[np.float32], x: npt.NDArray[np.float32]
) -> ScoreArray:
    """(Z, Y, X) mm by which the lumbar spine and what lies on it stand further forward."""
    along = 7 * np.exp(-(((z + 45) / 48) ** 2)) - 11 * np.clip((z - 45) / 100, 0, 1.2)
    across = np.exp(-((x / 75) ** 2))
    front = np.exp(-((np.clip(y - 15, 0, None) / 35) ** 2))
    front = front * np.clip((y + 84) / 40, 0, 1)
    bend = along[:, None, None] * (front[:, None] * across[None, :])[None]
    return np.asarray(bend, dtype=np.float32)
