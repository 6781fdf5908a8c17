"""The demonstration case: the same every time, true to its labels, and made like a patient."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage as ndi

from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.core.types import MaskArray, Triple
from kidview.core.volume import Volume
from kidview.demo import make_phantom
from kidview.io.orientation import file_affine

Case = tuple[Volume, LabelMap]
SMALL = (24, 100, 100)
KIDNEY, TUMOUR, CYST = 1, 2, 3


@pytest.fixture(scope="module")
def case() -> Case:
    return make_phantom()


@pytest.fixture(scope="module")
def small() -> Case:
    return make_phantom(shape_zyx=SMALL)


def ml(case: Case, label: int) -> float:
    return float((case[1].array == label).sum()) * case[0].geometry.voxel_ml


def inner(case: Case, label: int) -> MaskArray:
    """The label without its outer voxels, which hold something else in part."""
    return np.asarray(ndi.binary_erosion(case[1].array == label, iterations=2))


def around(case: Case, point_ras: Triple, reach_mm: float = 6.0) -> np.ndarray:
    """HU of a cube about a point of the patient."""
    scan = case[0]
    middle = np.array(scan.geometry.nearest_index(point_ras))
    reach = np.ceil(reach_mm / np.array(scan.geometry.spacing_zyx)).astype(int)
    low, high = np.maximum(middle - reach, 0), middle + reach + 1
    return scan.hu[low[0] : high[0], low[1] : high[1], low[2] : high[2]].astype(np.float64)


def middle_ras(case: Case, mask: MaskArray) -> np.ndarray:
    return np.asarray(case[0].geometry.index_to_ras(np.argwhere(mask).mean(axis=0)))


def test_the_same_seed_gives_the_same_voxels(small: Case) -> None:
    scan, labels = make_phantom(shape_zyx=SMALL)
    assert np.array_equal(scan.hu, small[0].hu)
    assert np.array_equal(labels.array, small[1].array)


def test_another_seed_gives_another_patient(small: Case) -> None:
    scan, labels = make_phantom(seed=1, shape_zyx=SMALL)
    assert not np.array_equal(scan.hu, small[0].hu)
    assert not np.array_equal(labels.array, small[1].array)
    assert set(np.unique(labels.array)) == {0, 1, 2, 3}


def test_types_and_grid_are_a_scan_s(case: Case) -> None:
    scan, labels = case
    assert scan.hu.dtype == np.int16 and labels.array.dtype == np.uint8
    assert scan.hu.shape == labels.array.shape == (96, 400, 400)
    z, y, x = scan.geometry.spacing_zyx
    assert z == pytest.approx(3.0) and y == x == pytest.approx(0.85)
    assert scan.geometry.difference(labels.geometry) is None
    assert scan.hu.min() >= -1024 and 600 < scan.hu.max() < 1600


def test_the_source_belongs_to_no_file(case: Case) -> None:
    scan = case[0]
    assert scan.source.format == "phantom" and not scan.source.path.exists()
    assert np.allclose(file_affine(scan.geometry, scan.source.order), scan.source.file_affine)
    assert scan.source.order.to_file(scan.hu).shape == (400, 400, 96)


@pytest.mark.parametrize(
    ("label", "low", "high"), [(KIDNEY, 190, 330), (TUMOUR, 22, 45), (CYST, 9, 20)]
)
def test_volumes_are_those_of_a_patient(case: Case, label: int, low: float, high: float) -> None:
    assert low < ml(case, label) < high


def test_there_are_two_kidneys_one_tumour_and_one_cyst_on_them(case: Case) -> None:
    array = case[1].array
    for label in (TUMOUR, CYST):
        parts, count = ndi.label(array == label, np.ones((3, 3, 3)))
        sizes = np.bincount(parts.ravel())[1:]
        assert (sizes > 50).sum() == 1, label
        grown = ndi.binary_dilation(array == label)
        assert (grown & (array == KIDNEY)).sum() > 200, "it must touch a kidney"
    parts, count = ndi.label(array > 0, np.ones((3, 3, 3)))
    sizes = np.sort(np.bincount(parts.ravel())[1:])
    assert sizes[-2:].min() > 0.35 * sizes.sum()
    assert sizes[:-2].sum() < 0.01 * sizes.sum()


def test_kidneys_are_as_long_as_kidneys(case: Case) -> None:
    parts, _ = ndi.label(case[1].array > 0, np.ones((3, 3, 3)))
    for part in np.argsort(np.bincount(parts.ravel()))[-3:-1]:
        points = case[0].geometry.index_to_ras(np.argwhere(parts == part)[::5])
        spread = np.linalg.svd(points - points.mean(axis=0), full_matrices=False)[2]
        lengths = np.ptp(points @ spread.T, axis=0)
        assert 95 < lengths[0] < 125 and 40 < lengths[2] < 75


def test_sides_are_a_patient_s(case: Case) -> None:
    scan, labels = case
    right = scan.geometry.index_to_ras(np.argwhere(labels.array == KIDNEY))[:, 0] > 0
    z = scan.geometry.index_to_ras(np.argwhere(labels.array == KIDNEY))[:, 2]
    assert z[right].mean() < z[~right].mean() - 8, "the right kidney lies lower"
    assert middle_ras(case, labels.array == TUMOUR)[0] < -40
    assert middle_ras(case, labels.array == CYST)[0] > 40
    liver = [np.median(around(case, (side * 85.0, 30.0, 62.0), 15)) for side in (1, -1)]
    assert 88 < liver[0] < 106, "the liver lies on the right"
    plane = ndi.uniform_filter(scan.hu[66].astype(float), 9)
    is_liver = np.abs(plane - 97) < 9
    middle = scan.hu.shape[2] // 2
    assert is_liver[:, middle:].sum() > 3 * is_liver[:, :middle].sum()


def test_the_spine_lies_behind_and_the_head_is_up(case: Case) -> None:
    scan = case[0]
    bone = scan.geometry.index_to_ras(np.argwhere(scan.hu[20:70] > 350) + (20, 0, 0))
    assert np.median(bone[:, 1]) < 5
    lung = scan.geometry.index_to_ras(np.argwhere((scan.hu < -700) & (scan.hu > -950))[::50])
    assert np.percentile(lung[:, 2], 60) > 90


@pytest.mark.parametrize(
    ("point", "reach_mm", "low", "high"),
    [
        ((90.0, 30.0, 62.0), 6, 88, 106),  # liver
        ((44.0, 2.0, -75.0), 6, 52, 70),  # psoas
        ((-104.0, -16.0, 72.0), 5, 106, 126),  # spleen
        ((-7.0, 31.0, -35.0), 3, 205, 235),  # aorta
        ((19.0, 30.0, -40.0), 3, 90, 120),  # vena cava below the kidneys
    ],
)
def test_organs_have_their_hu(
    case: Case, point: Triple, reach_mm: float, low: float, high: float
) -> None:
    assert low < np.median(around(case, point, reach_mm)) < high


def test_the_kidney_shows_cortex_and_medulla(case: Case) -> None:
    hu = case[0].hu[inner(case, KIDNEY)].astype(np.float64)
    assert 160 < np.percentile(hu, 75) < 190
    assert 95 < np.percentile(hu, 12) < 130
    smooth = ndi.uniform_filter(case[0].hu.astype(np.float32), (1, 5, 5))[inner(case, KIDNEY)]
    bright, dark = (smooth > 160).mean(), ((smooth > 95) & (smooth < 130)).mean()
    assert bright > 0.3 and dark > 0.1


def test_the_tumour_enhances_and_has_a_dead_core(case: Case) -> None:
    hu = case[0].hu[inner(case, TUMOUR)].astype(np.float64)
    assert 85 < hu.mean() < 120 and hu.std() > 25
    assert np.percentile(hu, 5) < 60 and np.percentile(hu, 95) > 130


def test_the_cyst_is_water(case: Case) -> None:
    hu = case[0].hu[inner(case, CYST)].astype(np.float64)
    assert 3 < hu.mean() < 14 and hu.std() < 20


def test_fat_is_left_out_of_the_labels(case: Case) -> None:
    scan, labels = case
    smooth = ndi.uniform_filter(scan.hu.astype(np.float32), (1, 3, 3))
    assert (smooth[labels.array > 0] < -40).mean() < 0.02
    shell = ndi.binary_dilation(labels.array > 0, iterations=4) & ~ndi.binary_dilation(
        labels.array > 0, iterations=2
    )
    assert (smooth[shell] < -60).mean() > 0.4, "kidneys lie in fat"


def test_air_fat_and_bone_are_there(case: Case) -> None:
    hu = case[0].hu
    counts = np.bincount(np.clip(hu.ravel().astype(np.int64) + 140, 0, 90))[1:-1]
    assert -112 < np.convolve(counts, np.ones(9), "same").argmax() + 1 - 140 < -94
    assert np.median(hu[:, -20:, :20]) == pytest.approx(-1000, abs=3)
    assert (hu > 400).sum() * case[0].geometry.voxel_ml > 150


def test_noise_is_that_of_a_soft_kernel(case: Case) -> None:
    hu = around(case, (90.0, 30.0, 62.0), 8)
    rough = hu - ndi.uniform_filter(hu, (1, 9, 9))
    assert 10 < rough.std() < 17
    beside = (rough[..., 1:] * rough[..., :-1]).mean() / rough.var()
    assert 0.2 < beside < 0.8, "grain, not salt and pepper"
    across = (rough[1:] * rough[:-1]).mean() / rough.var()
    assert abs(across) < 0.2, "slices are scanned one by one"


class Watched(Task):
    """Keeps what it is told, and stops at a fraction."""

    def __init__(self, stop_at: float = 2.0) -> None:
        super().__init__()
        self.told: list[float] = []
        self._stop_at = stop_at

    def report(self, fraction: float, note: str = "") -> None:
        self.told.append(fraction)
        if fraction >= self._stop_at:
            self.cancel()
        super().report(fraction, note)


def test_progress_only_grows() -> None:
    task = Watched()
    make_phantom(task, shape_zyx=SMALL)
    assert task.told == sorted(task.told) and task.told[-1] == 1.0
    assert len(task.told) > 20 and max(np.diff(task.told)) < 0.25


@pytest.mark.parametrize("stop_at", [0.0, 0.4, 0.86])
def test_a_cancel_ends_it(stop_at: float) -> None:
    task = Watched(stop_at)
    with pytest.raises(Cancelled):
        make_phantom(task, shape_zyx=SMALL)
    assert task.told[-1] < stop_at + 0.25
