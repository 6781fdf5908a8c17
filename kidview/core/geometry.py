"""Where voxels lie: index <-> mm, crops, resampled grids, comparison of grids.

House rule: arrays are ``[z, y, x]`` and their indices grow toward Superior, Anterior and
Right; world points are (x, y, z) in mm, RAS+. Column n of `zyx_to_ras` belongs to array
axis n. The determinant of the 3 x 3 part is negative by design (axes reversed).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kidview.core.box import Box
from kidview.core.errors import BadGeometry
from kidview.core.types import FloatArray, Index, Triple

_AXIS_TO_RAS_ROW = (2, 1, 0)  # array axis z, y, x -> row of the RAS point it mostly follows


@dataclass(frozen=True, eq=False)
class Geometry:
    """A regular grid of voxels in the patient.

    Parameters
    ----------
    shape_zyx : 3 ints
        Voxels along z, y, x.
    zyx_to_ras : (4, 4) float64
        Takes (z, y, x, 1) to (x, y, z, 1) in mm, RAS+; index = voxel centre.

    Raises
    ------
    BadGeometry
        Zero or non-finite spacing, axes not orthogonal within 1e-3, or indices that do
        not grow toward S, A, R.
    """

    shape_zyx: Index
    zyx_to_ras: FloatArray

    def __post_init__(self) -> None:
        matrix = np.array(self.zyx_to_ras, dtype=np.float64)
        matrix.setflags(write=False)
        object.__setattr__(self, "zyx_to_ras", matrix)
        object.__setattr__(self, "shape_zyx", tuple(int(n) for n in self.shape_zyx))
        self._check()

    def _check(self) -> None:
        matrix = self.zyx_to_ras
        hint = "check the file's header with: kidview info"
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise BadGeometry("the position matrix has values that are no numbers", hint)
        if len(self.shape_zyx) != 3 or min(self.shape_zyx) < 1:
            raise BadGeometry(f"shape {self.shape_zyx} is no volume", "open a 3D scan")
        spacing = np.linalg.norm(matrix[:3, :3], axis=0)
        if spacing.min() < 1e-6:
            raise BadGeometry("voxel spacing is zero", "correct the spacing in the file's header")
        unit = matrix[:3, :3] / spacing
        if np.abs(unit.T @ unit - np.eye(3)).max() > 2e-3:
            raise BadGeometry("the axes are not at right angles", "resample to straight axes first")
        for axis, row in enumerate(_AXIS_TO_RAS_ROW):
            if unit[row, axis] <= 0:
                raise BadGeometry(
                    "array axes do not grow toward S, A, R", "this is a fault, report it"
                )

    @classmethod
    def straight(
        cls, shape_zyx: Index, spacing_zyx: Triple, origin_ras: Triple = (0, 0, 0)
    ) -> Geometry:
        """An unrotated grid; `origin_ras` is the centre of voxel (0, 0, 0) in mm."""
        matrix = np.eye(4)
        matrix[:3, :3] = 0.0
        for axis, row in enumerate(_AXIS_TO_RAS_ROW):
            matrix[row, axis] = spacing_zyx[axis]
        matrix[:3, 3] = origin_ras
        return cls(shape_zyx, matrix)

    @cached_property
    def spacing_zyx(self) -> Triple:
        """Distance between voxel centres along z, y, x, mm."""
        z, y, x = np.linalg.norm(self.zyx_to_ras[:3, :3], axis=0)
        return (float(z), float(y), float(x))

    @property
    def voxel_ml(self) -> float:
        """Volume of one voxel, mL."""
        return float(abs(np.linalg.det(self.zyx_to_ras[:3, :3]))) / 1000.0

    @cached_property
    def _ras_to_zyx(self) -> FloatArray:
        return np.asarray(np.linalg.inv(self.zyx_to_ras), dtype=np.float64)

    def index_to_ras(self, index_zyx: npt.ArrayLike) -> FloatArray:
        """(..., 3) zyx indices, possibly fractional, to (..., 3) RAS+ mm."""
        index = np.asarray(index_zyx, dtype=np.float64)
        return np.asarray(index @ self.zyx_to_ras[:3, :3].T + self.zyx_to_ras[:3, 3])

    def ras_to_index(self, point_ras: npt.ArrayLike) -> FloatArray:
        """(..., 3) RAS+ mm to (..., 3) fractional zyx indices."""
        point = np.asarray(point_ras, dtype=np.float64)
        return np.asarray(point @ self._ras_to_zyx[:3, :3].T + self._ras_to_zyx[:3, 3])

    def nearest_index(self, point_ras: npt.ArrayLike) -> Index:
        """The voxel whose centre is nearest to a point, clipped to the grid."""
        nearest = np.rint(self.ras_to_index(point_ras)).astype(int)
        z, y, x = np.clip(nearest, 0, np.array(self.shape_zyx) - 1)
        return (int(z), int(y), int(x))

    def contains(self, index_zyx: Index) -> bool:
        """Whether a voxel index lies in the grid."""
        return all(0 <= i < n for i, n in zip(index_zyx, self.shape_zyx, strict=True))

    @property
    def centre_ras(self) -> FloatArray:
        """Middle of the grid, mm."""
        return self.index_to_ras((np.array(self.shape_zyx) - 1) / 2)

    def corners_ras(self) -> FloatArray:
        """(8, 3) RAS+ mm of the corner voxels' centres."""
        last = np.array(self.shape_zyx) - 1
        corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij")).reshape(3, -1).T
        return self.index_to_ras(corners * last)

    def crop(self, box: Box) -> Geometry:
        """The grid of a box of this one."""
        matrix = self.zyx_to_ras.copy()
        matrix[:3, 3] = self.index_to_ras(box.start)
        return Geometry(box.shape, matrix)

    def resampled(self, spacing_zyx: Triple) -> Geometry:
        """A grid over the same region (outer voxel faces) with about that spacing, mm.

        The number of voxels is rounded up, so the last voxels may overhang the region.
        """
        old = np.array(self.spacing_zyx)
        new = np.array(spacing_zyx, dtype=np.float64)
        extent = old * self.shape_zyx
        shape = np.maximum(np.ceil(extent / new - 1e-6), 1).astype(int)
        matrix = self.zyx_to_ras.copy()
        matrix[:3, :3] = self.zyx_to_ras[:3, :3] / old * new
        first = (new / old - 1) / 2  # centre of the first new voxel, in old indices
        matrix[:3, 3] = self.index_to_ras(first)
        return Geometry((int(shape[0]), int(shape[1]), int(shape[2])), matrix)

    def difference(self, other: Geometry) -> str | None:
        """What keeps `other` from lying on this grid; None when it does.

        Shapes must be equal and all corners within half a voxel.
        """
        if self.shape_zyx != other.shape_zyx:
            mine = " x ".join(map(str, self.shape_zyx))
            theirs = " x ".join(map(str, other.shape_zyx))
            return f"{theirs} voxels instead of {mine}"
        offset = np.abs(
            self.ras_to_index(other.corners_ras()) - self.ras_to_index(self.corners_ras())
        )
        if offset.max() > 0.5:
            far = np.linalg.norm(other.corners_ras() - self.corners_ras(), axis=1).max()
            return f"corners up to {far:.1f} mm away"
        return None
