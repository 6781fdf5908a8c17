"""Real label maps against SimpleITK, and against PyRadiomics' definition of a 3D diameter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial import ConvexHull
from scipy.spatial.distance import pdist
from skimage.measure import marching_cubes, mesh_surface_area

from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.io import read_labels, read_scan
from kidview.measure import CaseMeasures, Lesion, find_anatomy, measure_case

CASES = ("case_00003", "case_00013", "case_00085", "case_00099", "case_00241")


@pytest.fixture(scope="module", params=CASES)
def real(request: pytest.FixtureRequest, real_data: Path) -> tuple[CaseMeasures, LabelArray]:
    volume: Volume = read_scan(real_data / "kits23-shapes" / f"{request.param}.nii.gz")
    labels = volume.hu.astype(np.uint8)
    return measure_case(None, labels, volume.geometry), labels


def shape_of(mask: np.ndarray, lesion: Lesion) -> sitk.LabelShapeStatisticsImageFilter:  # type: ignore[type-arg]
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    z, y, x = lesion.geometry.spacing_zyx
    image.SetSpacing((x, y, z))
    statistics = sitk.LabelShapeStatisticsImageFilter()
    statistics.ComputeFeretDiameterOn()
    statistics.Execute(image)
    return statistics


def test_volumes_and_largest_diameters_are_simpleitks(
    real: tuple[CaseMeasures, LabelArray],
) -> None:
    measured, _ = real
    for told, lesion in zip(measured.lesions, measured.case.anatomy.lesions, strict=True):
        oracle = shape_of(lesion.mask, lesion)
        volume, diameter = told.values["volume_ml"], told.values["diameter_3d_mm"]
        assert volume.number == pytest.approx(oracle.GetPhysicalSize(1) / 1000, rel=1e-5)
        if diameter.number is not None:
            assert diameter.number == pytest.approx(oracle.GetFeretDiameter(1), rel=1e-5)


def test_axial_diameters_are_the_largest_of_simpleitks_slices(
    real: tuple[CaseMeasures, LabelArray],
) -> None:
    measured, _ = real
    for told, lesion in zip(measured.lesions, measured.case.anatomy.lesions, strict=True):
        largest = max(
            shape_of(plane[None], lesion).GetFeretDiameter(1)
            for plane in lesion.mask
            if plane.any()
        )
        value = told.values["axial_diameter_mm"]
        assert (value.number or 0.0) == pytest.approx(largest, rel=1e-5)
        if value.number is not None:
            across = told.values["axial_across_mm"].number
            assert across is None or across <= value.number


def test_no_voxel_is_lost_or_counted_twice(real: tuple[CaseMeasures, LabelArray]) -> None:
    measured, labels = real
    anatomy = measured.case.anatomy
    seen = np.zeros(labels.shape, np.uint8)
    for kidney in anatomy.kidneys:
        seen[kidney.box.slices] += kidney.parenchyma
    for lesion in anatomy.lesions:
        seen[lesion.box.slices] += lesion.mask
    assert np.array_equal(seen, labels > 0)


def test_pyradiomics_diameter_is_larger_by_half_a_voxel_at_both_ends(
    real: tuple[CaseMeasures, LabelArray],
) -> None:
    """Maximum3DDiameter: the largest distance between vertices of marching cubes at 0.5."""
    measured, _ = real
    for told, lesion in zip(measured.lesions, measured.case.anatomy.lesions, strict=True):
        ours = told.values["diameter_3d_mm"].number
        if ours is None or lesion.mask.sum() < 100:
            continue
        spacing = lesion.geometry.spacing_zyx
        vertices, faces, *_ = marching_cubes(
            np.pad(lesion.mask, 1).astype(float), 0.5, spacing=spacing
        )
        theirs = float(pdist(vertices[ConvexHull(vertices).vertices]).max())
        assert 0 < theirs - ours <= max(spacing) + 1e-6
        # marching cubes on yes and no is all steps, so its area is too large
        area = mesh_surface_area(vertices, faces)
        assert 0.8 * area < lesion.surface.total_mm2 < 1.02 * area


@pytest.mark.parametrize(
    ("name", "kidney_ml", "tumour_ml", "cyst_ml"),
    [("kits_00002", 486, 37.0, 39), ("kits_00016", 365, 40.8, 0)],
)
def test_the_two_real_scans_have_the_volumes_that_are_known(
    real_data: Path, name: str, kidney_ml: float, tumour_ml: float, cyst_ml: float
) -> None:
    volume = read_scan(real_data / "ct" / f"{name}.nii.gz")
    labels = read_labels(
        real_data / "ct" / f"{name}_seg.nii.gz", volume.geometry, volume.source
    ).array
    measured = measure_case(volume.hu, labels, volume.geometry)
    parenchyma = [one.values["parenchyma_ml"].number or 0.0 for one in measured.kidneys]
    assert [one.facts["side"] for one in measured.kidneys] == ["right", "left"]
    assert sum(parenchyma) == pytest.approx(kidney_ml, abs=0.5)
    for kind, expected in (("tumour", tumour_ml), ("cyst", cyst_ml)):
        ml = [
            one.values["volume_ml"].number or 0.0
            for one in measured.lesions
            if one.facts["kind"] == kind
        ]
        assert sum(ml) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("name", ["kits_00002", "kits_00016"])
def test_a_real_kidney_alone_has_its_side_from_the_body(real_data: Path, name: str) -> None:
    volume = read_scan(real_data / "ct" / f"{name}.nii.gz")
    labels = read_labels(
        real_data / "ct" / f"{name}_seg.nii.gz", volume.geometry, volume.source
    ).array
    both = find_anatomy(labels, volume.geometry, volume.hu)
    for kidney in both.kidneys:
        alone = np.zeros_like(labels)
        alone[kidney.box.slices] = labels[kidney.box.slices]
        found = find_anatomy(alone, volume.geometry, volume.hu)
        assert [one.side for one in found.kidneys] == [kidney.side]
        assert found.midline_x_mm == pytest.approx(both.midline_x_mm, abs=20)


@pytest.mark.parametrize(
    ("name", "right", "left"), [("totalseg_example", 2, 3), ("ircad_01", 1, 2)]
)
def test_sides_are_those_that_others_named(
    real_data: Path, name: str, right: int, left: int
) -> None:
    """Two label maps of others name the right and the left kidney; volumes are theirs, too."""
    volume = read_scan(real_data / "ct" / f"{name}.nii.gz")
    organs = read_labels(
        real_data / "ct" / f"{name}_seg.nii.gz", volume.geometry, volume.source, highest=255
    ).array
    labels = np.isin(organs, (right, left)).astype(np.uint8)
    kidneys = find_anatomy(labels, volume.geometry, volume.hu).kidneys
    assert [one.side for one in kidneys] == ["right", "left"]
    for kidney, organ in zip(kidneys, (right, left), strict=True):
        assert np.array_equal(kidney.parenchyma, organs[kidney.box.slices] == organ)
        assert kidney.parenchyma.sum() == (organs == organ).sum()
