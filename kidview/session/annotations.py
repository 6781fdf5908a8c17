"""What annotations measure: millimetres, degrees, HU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.cases.marks import Annotation
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, Triple
from kidview.core.volume import Volume
from kidview.session.plan import cut
from kidview.session.planes import IN_PLANE

_MM2_PER_CM2 = 100.0


@dataclass(frozen=True)
class Region:
    """What lies in an ellipse on a slice.

    Parameters
    ----------
    area_mm2 : float
        Of the ellipse itself.
    voxels : int
        Those whose centre lies in it.
    mean, sd, low, high : float
        Their HU; `sd` is that of these voxels (divided by their number). 0 where there are none.
    """

    area_mm2: float
    voxels: int
    mean: float = 0.0
    sd: float = 0.0
    low: float = 0.0
    high: float = 0.0


def slice_of(annotation: Annotation, geometry: Geometry) -> int:
    """The slice it lies on, across its axis; may be outside the grid."""
    along = geometry.ras_to_index(annotation.points_ras)[:, annotation.axis]
    return int(np.rint(along.mean()))


def length_mm(points_ras: tuple[Triple, ...]) -> float:
    """From the first point to the last."""
    return float(np.linalg.norm(np.subtract(points_ras[-1], points_ras[0])))


def angle_degrees(points_ras: tuple[Triple, ...]) -> float:
    """At the second of three points, 0 to 180; by arctan2, which is exact for small ones too."""
    start, corner, end = np.array(points_ras)
    one, other = start - corner, end - corner
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)))


def region_of(annotation: Annotation, volume: Volume) -> Region:
    """What lies in an ellipse; a voxel counts whose centre is in it."""
    geometry, axis = volume.geometry, annotation.axis
    in_plane = list(IN_PLANE[axis])
    spacing = np.array(geometry.spacing_zyx)[in_plane]
    corners_mm = geometry.ras_to_index(annotation.points_ras)[:, in_plane] * spacing
    middle_mm, half_mm = corners_mm.mean(axis=0), np.abs(np.diff(corners_mm, axis=0))[0] / 2
    area_mm2 = float(np.pi * half_mm.prod())
    index = slice_of(annotation, geometry)
    if not 0 <= index < geometry.shape_zyx[axis] or not half_mm.all():
        return Region(area_mm2, 0)
    hu = _inside(np.asarray(cut(volume.hu, axis, index), np.int16), spacing, middle_mm, half_mm)
    if not hu.size:
        return Region(area_mm2, 0)
    return Region(
        area_mm2, hu.size, float(hu.mean()), float(hu.std()), float(hu.min()), float(hu.max())
    )


def _inside(
    plane: HUArray, spacing: FloatArray, middle_mm: FloatArray, half_mm: FloatArray
) -> HUArray:
    """HU of a slice's voxels whose centre is in an ellipse; looks at its rectangle only."""
    low = np.maximum(np.ceil((middle_mm - half_mm) / spacing), 0).astype(int)
    high = np.minimum(np.floor((middle_mm + half_mm) / spacing) + 1, plane.shape).astype(int)
    (r0, c0), (r1, c1) = low, np.maximum(high, low)
    row, column = (
        (np.arange(start, end) * step - middle) / half
        for start, end, step, middle, half in zip(
            (r0, c0), (r1, c1), spacing, middle_mm, half_mm, strict=True
        )
    )
    return np.asarray(plane[r0:r1, c0:c1][row[:, None] ** 2 + column**2 <= 1], np.int16)


def measured_in_words(annotation: Annotation, volume: Volume) -> tuple[str, str]:
    """What it measures, and what there is more to tell: ("132 HU ± 18, 3.2 cm²", "...")."""
    if annotation.kind == "distance":
        return _length_in_words(length_mm(annotation.points_ras)), ""
    if annotation.kind == "angle":
        return f"{angle_degrees(annotation.points_ras):.0f}°", ""
    region = region_of(annotation, volume)
    area = _area_in_words(region.area_mm2)
    if not region.voxels:
        return f"{area}, no voxel inside", ""
    voxels = "1 voxel" if region.voxels == 1 else f"{region.voxels} voxels"
    return (
        f"{region.mean:.0f} HU ± {region.sd:.0f}, {area}",
        f"{region.low:.0f} to {region.high:.0f} HU, {voxels}",
    )


def _length_in_words(mm: float) -> str:
    """A tenth, as the measures tell diameters."""
    return f"{mm:.1f} mm"


def _area_in_words(mm2: float) -> str:
    return f"{mm2:.0f} mm²" if mm2 < _MM2_PER_CM2 else f"{mm2 / _MM2_PER_CM2:.1f} cm²"
