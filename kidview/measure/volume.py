"""Volumes in mL: voxels times the volume of one."""

from __future__ import annotations

from kidview.measure.anatomy import Kidney, Lesion
from kidview.measure.row import Case, Measure, Value
from kidview.measure.surface import find_surface
from kidview.measure.uncertainty import volume_range_ml

_SOURCE = "voxels times the volume of one, as in KiTS23 and IBSI (voxel counting volume)"


def lesion_volume(case: Case, lesion: Lesion) -> Value:
    """Volume of a tumour or cyst, mL, with its change under half a voxel of outline.

    Source: voxel counting volume, IBSI 3.1.2 (Zwanenburg et al. 2020, Radiology 295:328-338).
    """
    volume = lesion.volume_ml
    low, high = volume_range_ml(volume, lesion.surface, lesion.geometry.spacing_zyx)
    return Value(volume, low=low, high=high)


def kidney_volume(case: Case, kidney: Kidney) -> Value:
    """Volume of a kidney with its tumours and cysts, mL.

    Source: as `lesion_volume`.
    """
    volume = int((kidney.parenchyma | kidney.lesions).sum()) * kidney.geometry.voxel_ml
    low, high = volume_range_ml(volume, kidney.surface, kidney.geometry.spacing_zyx)
    return Value(volume, low=low, high=high)


def parenchyma_volume(case: Case, kidney: Kidney) -> Value:
    """Volume of what is labelled kidney, without tumours and cysts, mL.

    Source: as `lesion_volume`.
    """
    volume = int(kidney.parenchyma.sum()) * kidney.geometry.voxel_ml
    surface = find_surface(kidney.parenchyma, kidney.geometry.spacing_zyx)
    low, high = volume_range_ml(volume, surface, kidney.geometry.spacing_zyx)
    return Value(volume, low=low, high=high)


ROWS = (
    Measure(
        "volume_ml",
        "Volume",
        "mL",
        "lesion",
        2,
        lesion_volume,
        _SOURCE,
        "Voxels of the lesion times the volume of one",
        has_range=True,
    ),
    Measure(
        "volume_ml",
        "Volume with lesions",
        "mL",
        "kidney",
        1,
        kidney_volume,
        _SOURCE,
        "Voxels of the kidney with its tumours and cysts times the volume of one",
        has_range=True,
    ),
    Measure(
        "parenchyma_ml",
        "Parenchyma",
        "mL",
        "kidney",
        1,
        parenchyma_volume,
        _SOURCE,
        "Voxels labelled kidney times the volume of one",
        has_range=True,
    ),
)
