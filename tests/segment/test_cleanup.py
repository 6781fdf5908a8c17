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


def test_a_good_outline_stays_as_it_is(kidney: LabelArray) -> None:
    kidney[10:15, 15:19, 8:12] = 2
    kidney[16:19, 8:11, 8:11] = 3
    cleaned, notes = clean(kidney, SPACING)
    assert np.array_equal(cleaned, kidney) and notes == []
    assert cleaned is not kidney


@pytest.mark.parametrize("label", [2, 3])
def test_a_lesion_that_touches_no_kidney_goes(kidney: LabelArray, label: int) -> None:
    kidney[10:20, 25:35, 30:40] = label
    cleaned, _ = clean(kidney, SPACING)
    assert set(np.unique(cleaned)) == {0, 1}


def test_a_crumb_of_tumour_in_the_kidney_becomes_kidney(kidney: LabelArray) -> None:
    kidney[10, 8, 8] = 2
    cleaned, _ = clean(kidney, SPACING)
    assert cleaned[10, 8, 8] == 1


def test_a_crumb_of_kidney_far_away_goes(kidney: LabelArray) -> None:
    kidney[10:14, 25:29, 30:34] = 1
    cleaned, _ = clean(kidney, SPACING)
    assert not cleaned[:, 20:].any()


def test_a_large_tumour_with_a_rest_of_kidney_stays() -> None:
    labels = np.zeros((30, 40, 50), np.uint8)
    labels[5:25, 5:30, 5:30] = 2
    labels[5:25, 5:30, 3:5] = 1
    assert np.array_equal(clean(labels, SPACING)[0], labels)


def test_holes_are_filled_with_what_is_around_them(kidney: LabelArray) -> None:
    kidney[10:14, 15:22, 6:14] = 2
    kidney[12, 18, 10] = 0
    kidney[7, 7, 7] = 0
    cleaned, _ = clean(kidney, SPACING)
    assert cleaned[12, 18, 10] == 2 and cleaned[7, 7, 7] == 1


def test_a_hole_open_to_the_outside_is_none(kidney: LabelArray) -> None:
    kidney[10, 5:12, 10] = 0
    assert np.array_equal(clean(kidney, SPACING)[0], kidney)


def test_two_kidneys_stay_and_a_third_piece_is_told(kidney: LabelArray) -> None:
    kidney[5:25, 5:17, 20:32] = 1
    kidney[0:30, 24:36, 34:46] = 1
    cleaned, notes = clean(kidney, SPACING)
    assert ndimage.label(cleaned)[1] == 2 and notes == []  # 16 mL are too little to tell
    kidney[3:28, 2:19, 3:16] = 1
    cleaned, notes = clean(kidney, SPACING)
    assert cleaned[15, 10, 10] == 1 and cleaned[15, 30, 40] == 1
    assert not cleaned[:, 5:17, 20:32].any() or "23 mL" in str(notes)


def test_nothing_stays_nothing() -> None:
    cleaned, notes = clean(np.zeros((4, 5, 6), np.uint8), SPACING)
    assert not cleaned.any() and notes == []


@settings(max_examples=30, deadline=None)
@given(arrays(np.uint8, (8, 9, 10), elements=st.integers(0, 3)))
def test_any_map_keeps_the_rules(coarse: LabelArray) -> None:
    labels = np.kron(coarse, np.ones((3, 3, 3), np.uint8))
    before = labels.copy()
    cleaned, _ = clean(labels, SPACING)
    assert np.array_equal(labels, before)
    pieces, count = ndimage.label(cleaned)
    assert count <= 2
    for k in range(1, count + 1):
        assert (cleaned[pieces == k] == 1).sum() / 125 >= 1.0
    assert np.array_equal(clean(cleaned, SPACING)[0] > 0, cleaned > 0)
