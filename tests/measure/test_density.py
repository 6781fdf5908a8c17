"""HU of lesions against numpy, on a scan whose every part is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import binary_erosion, distance_transform_edt

from kidview.core.types import HUArray
from kidview.measure import Case, Lesion, find_anatomy, measure_lesion
from kidview.measure.density import roi_spread_hu
from tests.measure.shapes import SPACINGS, ball, cylinder, grid


def cyst(kind: str, with_nodule: bool = False, noise_hu: float = 6.0) -> tuple[Case, Lesion]:
    """A cyst of 10 HU and 15 mm radius in tissue of 100 HU, with blurred edge voxels."""
    geometry = grid(kind, (40, 40, 40))
    mask = ball(geometry, (0, 0, 0), 15)
    rng = np.random.default_rng(7)
    hu = np.where(mask, 10.0, 100.0)
    hu[mask & ~ball(geometry, (0, 0, 0), 14)] = 60.0
    if with_nodule:
        hu[ball(geometry, (5, 0, 0), 5)] = 70.0
    scan: HUArray = np.rint(hu + rng.normal(0, noise_hu, hu.shape)).astype(np.int16)
    labels = np.where(mask, 3, 0).astype(np.uint8)
    case = Case(find_anatomy(labels, geometry), geometry, scan)
    return case, case.anatomy.lesions[0]


@pytest.mark.parametrize("kind", list(SPACINGS))
def test_statistics_are_numpys_over_the_lesions_voxels(kind: str) -> None:
    case, lesion = cyst(kind)
    assert case.hu is not None
    hu = case.hu[lesion.box.slices][lesion.mask].astype(float)
    values = {key: value.number for key, value in measure_lesion(case, lesion).values.items()}
    assert values["mean_hu"] == pytest.approx(hu.mean())
    assert values["sd_hu"] == pytest.approx(hu.std())
    for p in (5, 25, 50, 75, 95):
        assert values[f"p{p:02d}_hu"] == pytest.approx(np.percentile(hu, p))


@pytest.mark.parametrize("kind", list(SPACINGS))
def test_the_core_leaves_out_the_edge(kind: str) -> None:
    case, lesion = cyst(kind)
    values = measure_lesion(case, lesion).values
    assert values["mean_hu"].number is not None and values["mean_hu"].number > 15
    assert values["core_mean_hu"].number == pytest.approx(10, abs=0.5)
    assert values["core_sd_hu"].number == pytest.approx(6, abs=0.5)
    volume = lesion.core.sum() * lesion.geometry.voxel_ml
    # 2 mm to the nearest centre outside, which lies about half a voxel beyond the outline
    inner = 15 - 2 + np.array([-0.5, 0.5]) * max(lesion.geometry.spacing_zyx)
    low, high = 4 / 3 * np.pi * inner**3 / 1000
    assert low <= volume <= high
    oracle = distance_transform_edt(np.pad(lesion.mask, 1), sampling=lesion.geometry.spacing_zyx)
    deep = (oracle > 2)[1:-1, 1:-1, 1:-1] & binary_erosion(lesion.mask)
    assert np.array_equal(lesion.core, deep)


def test_an_even_cyst_is_even_and_one_with_a_nodule_is_not() -> None:
    plain, odd = cyst("isotropic", noise_hu=10), cyst("isotropic", with_nodule=True, noise_hu=10)
    spreads = [measure_lesion(*one).values["roi_spread_hu"].number for one in (plain, odd)]
    assert spreads[0] is not None and spreads[1] is not None
    assert spreads[0] < spreads[1]
    even = measure_lesion(*cyst("isotropic", noise_hu=0)).values
    assert even["core_sd_hu"].number == 0
    assert even["water_percent"].number == 100 and even["dense_percent"].number == 0
    nodule = measure_lesion(*cyst("isotropic", with_nodule=True)).values
    share = 100 * (5 / 13) ** 3
    assert nodule["dense_percent"].number == pytest.approx(share, rel=0.5)
    assert nodule["roi_high_hu"].number == pytest.approx(70, abs=4)
    assert nodule["roi_low_hu"].number == pytest.approx(10, abs=4)


def test_small_regions_average_the_noise_away() -> None:
    geometry = grid("isotropic", (30, 30, 40))
    mask = cylinder(geometry, (0, 0, 0), 12, 34)
    noise = np.random.default_rng(3).normal(50, 30, mask.shape)
    labels = np.where(mask, 2, 0).astype(np.uint8)
    scan = np.rint(noise).astype(np.int16)
    case = Case(find_anatomy(labels, geometry), geometry, scan)
    told = roi_spread_hu(case, case.anatomy.lesions[0]).number
    # means of 125 voxels have an SD of 30 / 11.2; over thousands of regions 8 of them apart
    assert told is not None and 4 * 30 / 125**0.5 < told < 10 * 30 / 125**0.5


def test_facts_for_bosniak_are_told_of_cysts_only() -> None:
    case, lesion = cyst("isotropic")
    tumour = Case(
        find_anatomy(np.where(lesion.mask, 2, 0).astype(np.uint8), lesion.geometry),
        lesion.geometry,
        case.hu[lesion.box.slices].copy() if case.hu is not None else None,
    )
    values = measure_lesion(tumour, tumour.anatomy.lesions[0]).values
    for key in ("water_percent", "dense_percent", "roi_low_hu", "roi_high_hu"):
        assert values[key].number is None and values[key].reason == "told of cysts only"
