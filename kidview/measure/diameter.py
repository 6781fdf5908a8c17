"""Diameters in mm: RECIST's in an axial slice, the one across it, in space, a kidney's length."""

from __future__ import annotations

from kidview.measure.anatomy import Kidney, Lesion
from kidview.measure.calipers import Caliper
from kidview.measure.row import Case, Measure, Value
from kidview.measure.uncertainty import diameter_range_mm


def axial_diameter(case: Case, lesion: Lesion) -> Value:
    """Largest diameter of a lesion in any axial slice, mm.

    Between voxel centres (see `calipers`), over the whole lesion, notches spanned; the slices
    are those of the grid, whatever its angle.

    Source: longest diameter in the plane of measurement, RECIST 1.1, Eisenhauer et al. 2009,
    Eur J Cancer 45:228-247.
    """
    slice_z = lesion.box.start[0] + lesion.axial.slice_z
    return _told(lesion.axial.long, "one voxel a slice, too small for a diameter", slice_z)


def axial_across(case: Case, lesion: Lesion) -> Value:
    """Largest diameter at a right angle to the axial one, in the same slice, mm.

    Source: the perpendicular of bidimensional measurement (WHO 1979); RECIST 1.1 uses it for
    lymph nodes only.
    """
    slice_z = lesion.box.start[0] + lesion.axial.slice_z
    return _told(lesion.axial.short, "one voxel wide there, too small for a diameter", slice_z)


def diameter_3d(case: Case, lesion: Lesion) -> Value:
    """Largest diameter of a lesion in space, mm, between voxel centres.

    Source: IBSI 3.1.11 (maximum 3D diameter). PyRadiomics' Maximum3DDiameter takes the
    vertices of the surface mesh, half a voxel further out at both ends; docs/measures.md
    compares the two.
    """
    return _told(lesion.longest, "one voxel only, too small for a diameter")


def kidney_length(case: Case, kidney: Kidney) -> Value:
    """Largest diameter of a kidney's parenchyma in space, mm; a bulging lesion does not count.

    Source: pole-to-pole length, taken as the largest distance in space.
    """
    if kidney.length is None:
        return Value.none("no parenchyma is labelled")
    return _told(kidney.length, "one voxel only, too small for a diameter")


def _told(caliper: Caliper, why_none: str, slice_z: int | None = None) -> Value:
    if caliper.mm < 1e-6:
        return Value.none(why_none)
    low, high = diameter_range_mm(caliper)
    return Value(caliper.mm, low=low, high=high, points_ras=caliper.ends_ras, slice_z=slice_z)


_RECIST = "RECIST 1.1 (Eisenhauer 2009)"
ROWS = (
    Measure(
        "axial_diameter_mm",
        "Largest axial diameter",
        "mm",
        "lesion",
        1,
        axial_diameter,
        _RECIST,
        "Largest distance between two of its voxels in one axial slice",
        has_range=True,
    ),
    Measure(
        "axial_across_mm",
        "Across it",
        "mm",
        "lesion",
        1,
        axial_across,
        "WHO 1979, perpendicular diameter",
        "Largest distance at a right angle to the axial diameter, in the same slice",
        has_range=True,
    ),
    Measure(
        "diameter_3d_mm",
        "Largest diameter in 3D",
        "mm",
        "lesion",
        1,
        diameter_3d,
        "IBSI maximum 3D diameter",
        "Largest distance between two of its voxels",
        has_range=True,
    ),
    Measure(
        "length_mm",
        "Length",
        "mm",
        "kidney",
        1,
        kidney_length,
        "largest diameter of the parenchyma",
        "Largest distance between two voxels of the kidney, bulging lesions left out",
        has_range=True,
    ),
)
