"""Labels against another mask: Dice as SimpleITK tells it, and where they differ."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.hec import HECS
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray
from kidview.edit.compare import compare

SPACING = (3.0, 1.0, 0.8)


def grid(labels: LabelArray) -> Geometry:
    z, y, x = labels.shape
    return Geometry.straight((z, y, x), SPACING)


def itk_dice(one: LabelArray, other: LabelArray) -> float:
    """Of all that is not 0."""
    measure = sitk.LabelOverlapMeasuresImageFilter()
    images = [sitk.GetImageFromArray((array != 0).astype(np.uint8)) for array in (one, other)]
    measure.Execute(*images)
    return float(measure.GetDiceCoefficient(1))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.5, 0.95]))
def test_dice_as_simpleitk(seed: int, share: float) -> None:
    random = np.random.default_rng(seed)
    one, other = np.zeros((2, 9, 11, 13), np.uint8)
    one[2:7, 3:9, 2:12] = random.integers(0, 4, (5, 6, 10))
    other[:] = np.where(random.random(one.shape) < share, one, random.integers(0, 4, one.shape))
    one[4, 4, 4:7] = other[4, 4, 4:7] = (1, 2, 3)
    found = compare(one, other, grid(one))
    for label, name in ((1, "kidney"), (2, "tumour"), (3, "cyst")):
        masks = [np.where(array == label, array, 0) for array in (one, other)]
        assert found.dice[name] == pytest.approx(itk_dice(*masks))
        volumes = [np.count_nonzero(mask) * 2.4e-3 for mask in masks]
        assert found.volumes_ml[name] == pytest.approx(volumes)
    for name, members in HECS.items():
        masks = [np.where(np.isin(array, members), array, 0) for array in (one, other)]
        assert found.hec[name] == pytest.approx(itk_dice(*masks))


def two_masks() -> tuple[LabelArray, LabelArray]:
    """A kidney that one outlined a voxel larger, with differences within and beside it."""
    one, other = np.zeros((2, 20, 60, 70), np.uint8)
    one[2:18, 10:50, 10:60] = 1
    other[2:18, 9:51, 9:61] = 1
    other[8:12, 20:30, 20:32] = 2
    one[12:14, 40:46, 40:48] = 3
    other[5:8, 51:58, 30:36] = 1
    return one, other


def test_places_are_told_largest_first_and_rims_are_not() -> None:
    one, other = two_masks()
    places = compare(one, other, grid(one)).places
    assert [place.words for place in places] == [
        "Kidney here, tumour in the other: 1.1 mL",
        "Background here, kidney in the other: 0.3 mL",
        "Cyst here, kidney in the other: 0.2 mL",
    ]
    inner = places[0]
    assert inner.box == Box((8, 20, 20), (12, 30, 32))
    assert inner.size_ml == pytest.approx(4 * 10 * 12 * 2.4e-3, rel=0.05)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_each_place_lies_on_a_difference_and_the_way_back_finds_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    one, other = np.zeros((2, 10, 30, 30), np.uint8)
    for array in (one, other):
        for _ in range(3):
            z, y, x = random.integers(0, (6, 20, 20))
            array[z : z + 4, y : y + 10, x : x + 10] = random.integers(1, 4)
    forth, back = compare(one, other, grid(one)).places, compare(other, one, grid(one)).places
    assert all(one[place.at_zyx] != other[place.at_zyx] for place in forth)
    sizes = [place.size_ml for place in forth]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) <= np.count_nonzero(one != other) * 2.4e-3 + 1e-9
    assert {place.at_zyx for place in forth} == {place.at_zyx for place in back}


def test_equal_masks_have_no_places() -> None:
    one, _ = two_masks()
    found = compare(one, one.copy(), grid(one))
    assert found.places == () and set(found.dice.values()) == set(found.hec.values()) == {1.0}


def test_two_empty_masks_are_alike() -> None:
    empty = np.zeros((3, 4, 5), np.uint8)
    found = compare(empty, empty.copy(), grid(empty))
    assert found.places == () and found.dice["tumour"] == 1.0
    assert found.volumes_ml["cyst"] == (0.0, 0.0)


def test_another_shape_is_refused() -> None:
    one = np.zeros((3, 4, 5), np.uint8)
    with pytest.raises(GridMismatch, match="3 x 4 x 6 voxels instead of 3 x 4 x 5"):
        compare(one, np.zeros((3, 4, 6), np.uint8), grid(one))


def test_a_cancel_is_noticed() -> None:
    one, other = two_masks()
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        compare(one, other, grid(one), task)
