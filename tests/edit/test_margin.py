"""Growing and shrinking against SimpleITK's distances."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray, Triple
from kidview.edit.tools.margin import margin
from tests.edit.shapes import SPACING, ball, blobs, distance_to, few, result, within

ALONE = {1: (0,), 2: (0, 1), 3: (0, 1)}


@few
@given(blobs(kinds=3), st.integers(1, 3), st.floats(0.4, 6.0))
def test_grows_over_all_within_the_distance(labels: LabelArray, label: int, mm: float) -> None:
    expected = labels.copy()
    near = within(labels == label, SPACING, mm)
    expected[near & np.isin(labels, ALONE[label])] = label
    try:
        found = result(labels, margin(labels, label, SPACING, mm))
    except EditRefused:
        found = labels
    distance = distance_to(labels == label, SPACING)
    clear = np.abs(distance - mm) > 1e-3
    np.testing.assert_array_equal(found[clear], expected[clear])


@few
@given(blobs(kinds=3), st.integers(1, 3), st.floats(0.4, 3.0))
def test_shrinks_by_all_within_the_distance_of_what_is_around(
    labels: LabelArray, label: int, mm: float
) -> None:
    own, around = labels == label, np.isin(labels, ALONE[label])
    lost = own & within(around, SPACING, mm)
    try:
        found = result(labels, margin(labels, label, SPACING, -mm))
    except EditRefused as error:
        assert ("would be left" in str(error)) == bool(lost.any())
        return
    clear = np.abs(distance_to(around, SPACING) - mm) > 1e-3 if around.any() else own
    np.testing.assert_array_equal((found != label)[own & clear], lost[own & clear])
    np.testing.assert_array_equal(found[~own], labels[~own])
    assert np.isin(found[own], (label, *ALONE[label])).all()


@pytest.mark.parametrize(
    ("spacing", "allowed"),
    [((5.0, 0.8, 0.8), 0.6), ((1.0, 0.7, 0.7), 0.2), ((0.7, 0.7, 5.0), 0.6), ((1, 1, 1), 0.25)],
)
@pytest.mark.parametrize("mm", [1.3, 5.0, 8.0, -2.2, -6.0])
def test_a_ball_becomes_one_of_that_much_more(spacing: Triple, allowed: float, mm: float) -> None:
    shape = tuple(int(64 / s) for s in spacing)
    centre = (31.7, 32.1, 31.9)
    labels = ball((shape[0], shape[1], shape[2]), spacing, centre, 20.0).astype(np.uint8)
    new = result(labels, margin(labels, 1, spacing, mm))
    volume = new.sum() * np.prod(spacing)
    assert (volume * 3 / 4 / np.pi) ** (1 / 3) == pytest.approx(20.0 + mm, abs=allowed)


def test_thick_slices_take_part_from_three_quarters_of_a_slice_on() -> None:
    labels = np.zeros((5, 9, 9), np.uint8)
    labels[2, 2:7, 2:7] = 1
    below = result(labels, margin(labels, 1, (5.0, 0.7, 0.7), 3.7))
    above = result(labels, margin(labels, 1, (5.0, 0.7, 0.7), 3.75))
    assert not below[1].any() and not below[3].any()
    assert (above[1] >= labels[2]).all() and (above[3] >= labels[2]).all()


def lesions() -> LabelArray:
    """Fat, kidney, tumour, cyst from left to right."""
    labels = np.zeros((4, 6, 40), np.uint8)
    labels[..., 10:] = 1
    labels[..., 20:] = 2
    labels[..., 30:] = 3
    return labels


@pytest.mark.parametrize(
    ("label", "keeps", "mm", "starts"),
    [
        (2, "lesions", 1.4, (10, 18, 30)),  # over kidney, not over the cyst
        (2, "labels", 1.4, None),  # kidney on one side, cyst on the other
        (2, "nothing", 1.4, (10, 18, 32)),
        (2, "lesions", -1.4, (10, 22, 30)),
        (2, "nothing", -1.4, (10, 22, 28)),
        (1, "lesions", 1.4, (8, 20, 30)),
        (1, "lesions", -1.4, (12, 20, 30)),  # no gap at the tumour
        (1, "nothing", -1.4, (12, 18, 30)),
        (3, "lesions", 1.4, None),
    ],
)
def test_what_is_left_alone(
    label: int, keeps: str, mm: float, starts: tuple[int, int, int] | None
) -> None:
    labels = lesions()
    if starts is None:
        with pytest.raises(EditRefused, match="borders on nothing"):
            margin(labels, label, (1.0, 1.0, 0.7), mm, keeps)
        return
    line = result(labels, margin(labels, label, (1.0, 1.0, 0.7), mm, keeps))[1, 3]
    assert tuple(np.flatnonzero(np.diff(line)) + 1) == starts  # none towards the scan's edge


def test_what_a_tumour_loses_becomes_what_is_there() -> None:
    shape, spacing = (20, 60, 60), (3.0, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 30, 22), 16.0).astype(np.uint8)
    labels[ball(shape, spacing, (30, 30, 38), 10.0)] = 2
    new = result(labels, margin(labels, 2, spacing, -2.0))
    assert new[10, 30, 29] == 1 and new[10, 30, 47] == 0
    lost = (labels == 2) & (new != 2)
    assert set(np.unique(new[lost])) == {0, 1}


@pytest.mark.parametrize("mm", [0.0, 0.52, -0.52])
def test_less_than_reaches_a_voxel_is_refused(mm: float) -> None:
    with pytest.raises(EditRefused, match=r"reach no voxel.*0\.5"):
        margin(lesions(), 1, (1.0, 1.0, 0.7), mm)


def test_a_label_is_not_shrunk_away() -> None:
    labels = np.zeros((8, 9, 10), np.uint8)
    labels[3:5, 4:6, 4:6] = 2
    with pytest.raises(EditRefused, match="nothing of tumour would be left"):
        margin(labels, 2, SPACING, -2.0)
    with pytest.raises(EditRefused, match="there is no cyst"):
        margin(labels, 3, SPACING, 2.0)
