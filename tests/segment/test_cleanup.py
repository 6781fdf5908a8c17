"""The rules an outline must obey, each on a small map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from kidview.core.types import LabelArray
from kidview.segment.cleanup import clean

SPACING = (2.0, 2.0, 2.0)  # 125 voxels a mL


@pytest.fixture
def kidney() -> LabelArray:
    """A block of 16 mL."""
    labels = np.zeros((30, 40, 50), np.uint8)
    labels[5:25, 5:15, 5:15] = 1
    return labels


def cleaned(labels: LabelArray, cores: LabelArray | None = None) -> LabelArray:
    """Cleaned with the block's own place as the core, unless told otherwise."""
    if cores is None:
        cores = np.zeros_like(labels)
        cores[6:24, 6:14, 6:14] = 1
    return clean(labels, cores, SPACING)


def test_a_good_outline_stays_as_it_is(kidney: LabelArray) -> None:
    kidney[10:15, 15:19, 8:12] = 2
    kidney[16:20, 8:12, 8:12] = 3
    found = cleaned(kidney)
    assert np.array_equal(found, kidney) and found is not kidney


@pytest.mark.parametrize("label", [2, 3])
def test_a_lesion_that_touches_no_kidney_goes(kidney: LabelArray, label: int) -> None:
    kidney[10:20, 25:35, 30:40] = label
    assert set(np.unique(cleaned(kidney))) == {0, 1}


def test_a_crumb_of_tumour_in_the_kidney_becomes_kidney(kidney: LabelArray) -> None:
    kidney[10, 8, 8] = 2
    assert cleaned(kidney)[10, 8, 8] == 1


def test_a_crumb_of_kidney_far_away_goes(kidney: LabelArray) -> None:
    kidney[10:14, 25:29, 30:34] = 1
    assert not cleaned(kidney)[:, 20:].any()


def test_a_large_tumour_with_a_rest_of_kidney_stays() -> None:
    labels = np.zeros((30, 40, 50), np.uint8)
    labels[5:25, 5:30, 5:30] = 2
    labels[5:25, 5:30, 3:5] = 1
    assert np.array_equal(cleaned(labels), labels)


def test_holes_are_filled_with_what_is_around_them(kidney: LabelArray) -> None:
    kidney[10:14, 15:22, 6:14] = 2
    kidney[12, 18, 10] = 0
    kidney[7, 7, 7] = 0
    found = cleaned(kidney)
    assert found[12, 18, 10] == 2 and found[7, 7, 7] == 1


def test_a_hole_open_to_the_outside_is_none(kidney: LabelArray) -> None:
    kidney[10, 5:12, 10] = 0
    assert np.array_equal(cleaned(kidney), kidney)


def test_a_large_piece_where_the_coarse_step_saw_nothing_goes(kidney: LabelArray) -> None:
    kidney[0:30, 20:38, 20:48] = 1  # a piece of liver, ten times the kidney
    found = cleaned(kidney)
    assert found[15, 10, 10] == 1 and not found[:, 18:].any()


def test_every_core_keeps_its_piece(kidney: LabelArray) -> None:
    kidney[5:25, 20:32, 20:32] = 1
    cores = np.zeros_like(kidney)
    cores[10:20, 8:12, 8:12], cores[10:14, 24:28, 24:28] = 1, 2
    assert np.array_equal(cleaned(kidney, cores), kidney)


def test_nothing_stays_nothing() -> None:
    assert not cleaned(np.zeros((24, 14, 14), np.uint8)).any()


@settings(max_examples=30, deadline=None)
@given(
    arrays(np.uint8, (8, 9, 10), elements=st.integers(0, 3)),
    arrays(np.uint8, (8, 9, 10), elements=st.integers(0, 2)),
)
def test_any_map_keeps_the_rules(coarse: LabelArray, cores: LabelArray) -> None:
    labels, where = (np.kron(a, np.ones((3, 3, 3), np.uint8)) for a in (coarse, cores))
    before = labels.copy()
    found = clean(labels, where, SPACING)
    assert np.array_equal(labels, before)
    pieces, count = ndimage.label(found)
    for k in range(1, count + 1):
        assert (found[pieces == k] == 1).sum() / 125 >= 1.0
        assert where[pieces == k].any()
    assert np.array_equal(clean(found, where, SPACING) > 0, found > 0)
