"""A difference taken over: all of it, nothing beside it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.edit import Edit
from kidview.edit.compare import compare
from kidview.edit.difference import take_over

SPACING = (3.0, 1.0, 0.8)
SHAPE = (20, 60, 70)
GRID = Geometry.straight(SHAPE, SPACING)


def written(labels: LabelArray, edit: Edit) -> LabelArray:
    """The labels after an edit without a guard."""
    after = labels.copy()
    after[edit.box.slices][edit.mask] = edit.label
    return after


def kidneys() -> tuple[LabelArray, LabelArray]:
    """The same kidney in both."""
    one = np.zeros(SHAPE, np.uint8)
    one[2:18, 10:50, 10:60] = 1
    return one, one.copy()


def test_a_cube_comes_whole_with_edges_and_corners() -> None:
    one, other = kidneys()
    other[8:12, 20:30, 20:32] = 2
    (place,) = compare(one, other, GRID).places
    assert np.array_equal(written(one, take_over(one, other, place, GRID)), other)


def test_the_rim_that_leads_away_stays() -> None:
    one, other = kidneys()
    other[2:18, 9:51, 9:61] = 1  # a voxel larger all around
    other[6:12, 50:58, 30:40] = 1
    (place,) = compare(one, other, GRID).places
    after = written(one, take_over(one, other, place, GRID))
    assert (after[6:12, 51:58, 30:40] == 1).all()
    assert (after != one).sum() < 6 * 8 * 10 * 1.5
    assert (after[:, :40] == one[:, :40]).all()


def test_of_two_places_only_one_changes() -> None:
    one, other = kidneys()
    other[4:8, 20:30, 15:25] = other[4:8, 20:30, 40:48] = 2
    first, second = compare(one, other, GRID).places
    after = written(one, take_over(one, other, first, GRID))
    assert (after[first.box.slices] == 2).all() and (after[second.box.slices] == 1).all()


def test_what_is_taken_is_no_place_any_more() -> None:
    random = np.random.default_rng(3)
    one, other = kidneys()
    for _ in range(4):
        z, y, x = random.integers((2, 10, 10), (12, 40, 48))
        blob = ndimage.gaussian_filter(random.standard_normal((6, 12, 12)), 2) > 0
        other[z : z + 6, y : y + 12, x : x + 12][blob] = 3
    places = compare(one, other, GRID).places
    assert places
    for place in places:
        after = written(one, take_over(one, other, place, GRID))
        assert after[place.at_zyx] == other[place.at_zyx]
        assert (after != other).sum() < (one != other).sum()
        assert place.at_zyx not in {left.at_zyx for left in compare(after, other, GRID).places}


def test_a_difference_that_was_mended_is_refused() -> None:
    one, other = kidneys()
    other[8:12, 20:30, 20:32] = 2
    (place,) = compare(one, other, GRID).places
    with pytest.raises(EditRefused, match="agree here"):
        take_over(other, other, place, GRID)


def test_what_an_edit_left_of_a_difference_still_comes() -> None:
    one, other = kidneys()
    other[8:12, 20:30, 20:32] = 2
    (place,) = compare(one, other, GRID).places
    one[8:12, 20:30, 20:32] = 2
    one[place.at_zyx] = 1
    assert np.array_equal(written(one, take_over(one, other, place, GRID)), other)
