"""The plane a view draws: a slice of the grid as it is, or pixels between the voxels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.volume import Volume
from kidview.session import (
    MOST_PIXELS,
    Raster,
    Slab,
    SlicePlan,
    cut,
    raster_over,
    sample_hu,
    sample_labels,
    slab_on,
    slab_plane,
    slab_reach,
)
from kidview.ui.projection import Projection

_ROUGH_PIXELS = 48_000  # about 1 ms a plane: two turn at once, and are painted

Plane = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Sheet:
    """Equal sheets take the same voxels of an array.

    Parameters
    ----------
    axis, index : int
        The slice of the grid; the index is 0 on a turned plane.
    spacing : (row, column) mm
    start : (row, column)
        Of the first pixel, counted from the middle of voxel 0.
    shape : (rows, columns)
    raster : Raster or None
        Of a turned plane.
    is_rough : bool
        It has fewer pixels than could be shown.
    """

    axis: int
    index: int
    spacing: tuple[float, float]
    start: tuple[float, float]
    shape: tuple[int, int]
    raster: Raster | None = None
    is_rough: bool = False

    @classmethod
    def of(
        cls,
        plan: SlicePlan,
        projection: Projection,
        geometry: Geometry,
        *,
        ratio: float = 1.0,
        is_rough: bool = False,
    ) -> Sheet:
        """What a plan shows in a view.

        Parameters
        ----------
        plan : SlicePlan
        projection : Projection
        geometry : Geometry
            Of the scan.
        ratio : float
            Pixels of the screen for a pixel of the view.
        is_rough : bool
            A turned plane gets few and large pixels.
        """
        if plan.frame is None:
            return cls(plan.axis, plan.index, plan.spacing, (0.0, 0.0), plan.shape)
        width, height = projection.size_px
        (right, low), (left, high) = (  # u grows to the left
            projection.to_plane(width, height),
            projection.to_plane(0, 0),
        )
        seen_uv = (right, low, left, high)
        scale, most = projection.mm_per_pixel / ratio, MOST_PIXELS
        if is_rough:
            most = _ROUGH_PIXELS
            if plan.slab is not None:
                most = MOST_PIXELS // (2 * slab_reach(plan.slab, min(geometry.spacing_zyx)) + 1)
        raster = raster_over(geometry, plan.frame, plan.depth_mm, seen_uv, scale, most)
        (u, v), step = raster.start_uv, raster.step_mm
        start = (v / step, u / step)
        return cls(plan.axis, 0, (step, step), start, raster.shape, raster, is_rough)

    def crosses(self, box: Box | None) -> bool:
        """Whether a box of voxels (None: all) may show; a turned plane does not rule it out."""
        return box is None or self.raster is not None or box.crosses(self.axis, self.index)

    def scan(
        self, volume: Volume, slab: Slab | None, check: Callable[[], None] = lambda: None
    ) -> Plane:
        """(rows, columns) int16 HU of the plane, or of the slab about it.

        `check` is called now and then, and may raise to stop.
        """
        if self.raster is not None:
            if slab is not None:
                return slab_on(volume.hu, volume.geometry, self.raster, slab, check)
            return sample_hu(volume.hu, volume.geometry, self.raster)
        if slab is None:
            # Copied once: a sagittal plane lies scattered, and is read several times from here on.
            return np.ascontiguousarray(cut(volume.hu, self.axis, self.index))
        spacing = volume.geometry.spacing_zyx[self.axis]
        return slab_plane(volume.hu, self.axis, self.index, slab, spacing)

    def labels(self, array: Plane, geometry: Geometry) -> Plane:
        """(rows, columns) uint8 of a (Z, Y, X) array over the whole grid."""
        if self.raster is not None:
            return sample_labels(array, geometry, self.raster)
        return np.ascontiguousarray(cut(array, self.axis, self.index))

    def part(
        self, array: Plane, box: Box, geometry: Geometry
    ) -> tuple[Plane, tuple[float, float]] | None:
        """(rows, columns) of what there is in a box, and its first pixel as `start` has it.

        None where the plane misses the box.
        """
        if not self.crosses(box):
            return None
        if self.raster is not None:
            return sample_labels(array, geometry, self.raster, box.start), self.start
        row, column = (box.start[a] for a in range(3) if a != self.axis)
        return cut(array, self.axis, self.index - box.start[self.axis]), (row, column)
