"""One label against another, by SimpleITK's distances and components."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray
from kidview.edit.tools.logic import logic
from tests.edit.shapes import SPACING, ball, blobs, distance_to, few, result, within

PAIRS = st.sampled_from([(1, 2), (2, 1), (2, 3), (3, 1)])


@few
@given(blobs(kinds=3), PAIRS)
def test_a_label_takes_all_of_another(labels: LabelArray, pair: tuple[int, int]) -> None:
    label, other = pair
    found = result(labels, logic(labels, label, other, SPACING, "add"))
    np.testing.assert_array_equal(found, np.where(labels == other, label, labels))


def test_a_label_that_is_not_there_yet_can_take_another() -> None:
    labels = np.zeros((4, 5, 6), np.uint8)
    labels[1:3, 1:3, 1:3] = 3
    found = result(labels, logic(labels, 2, 3, SPACING, "add"))
    np.testing.assert_array_equal(found == 2, labels == 3)


@few
@given(
    blobs(kinds=3),
    PAIRS,
    st.sampled_from(["subtract", "intersect"]),
    st.floats(0.6, 5.0),
    st.sampled_from([0, 3]),
)
def test_voxels_close_to_another_label(
    labels: LabelArray, pair: tuple[int, int], operation: str, mm: float, rest: int
) -> None:
    label, other = pair
    rest = rest if rest != label else 0
    close = within(labels == other, SPACING, mm)
    goes = (labels == label) & (close if operation == "subtract" else ~close)
    try:
        found = result(labels, logic(labels, label, other, SPACING, operation, mm, rest))
    except EditRefused as error:
        left = (labels == label) & ~goes
        assert ("would be left" in str(error)) == bool(goes.any() and not left.any())
        return
    clear = np.abs(distance_to(labels == other, SPACING) - mm) > 1e-3
    np.testing.assert_array_equal(found[clear], np.where(goes, rest, labels)[clear])


@few
@given(blobs(kinds=3), PAIRS, st.sampled_from(["add_near", "pieces"]), st.floats(0.0, 4.0))
def test_pieces_close_to_another_label(
    labels: LabelArray, pair: tuple[int, int], operation: str, mm: float
) -> None:
    label, other = pair
    moving, still = (other, label) if operation == "add_near" else (label, other)
    image = sitk.GetImageFromArray((labels == moving).astype(np.uint8))
    pieces = sitk.GetArrayFromImage(sitk.ConnectedComponent(image))
    expected = labels.copy()
    beside = np.argwhere(labels == still)
    for k in range(1, pieces.max() + 1):
        steps = np.abs(np.argwhere(pieces == k)[:, None] - beside[None])
        gaps = np.sqrt(((np.maximum(steps - 1, 0) * SPACING) ** 2).sum(axis=-1))
        is_close = gaps.min() <= mm + 1e-6
        if is_close == (operation == "add_near"):
            expected[pieces == k] = label if operation == "add_near" else 0
    try:
        found = result(labels, logic(labels, label, other, SPACING, operation, mm))
    except EditRefused:
        left = operation == "pieces" and not (expected == label).any()
        assert left or (expected == labels).all()
        return
    np.testing.assert_array_equal(found, expected)


def test_the_cyst_of_a_tumour_joins_it_and_another_cyst_does_not() -> None:
    shape, spacing = (20, 50, 70), (3.0, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 25, 15), 9.0).astype(np.uint8) * 2
    labels[ball(shape, spacing, (30, 25, 27), 5.0) & (labels == 0)] = 3
    labels[ball(shape, spacing, (30, 25, 60), 5.0)] = 3
    new = result(labels, logic(labels, 2, 3, spacing, "add_near", 0.0))
    assert new[10, 25, 27] == 2 and new[10, 25, 60] == 3


def test_a_tumour_away_from_any_kidney_goes() -> None:
    shape, spacing = (20, 50, 70), (3.0, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 25, 15), 12.0).astype(np.uint8)
    labels[ball(shape, spacing, (30, 25, 29), 6.0)] = 2
    labels[ball(shape, spacing, (30, 25, 60), 5.0)] = 2
    new = result(labels, logic(labels, 2, 1, spacing, "pieces", 2.0))
    assert new[10, 25, 29] == 2 and new[10, 25, 60] == 0


def test_refusals() -> None:
    labels = np.zeros((6, 9, 40), np.uint8)
    labels[2:4, 2:5, 2:8] = 1
    labels[2:4, 2:5, 30:36] = 2
    with pytest.raises(EditRefused, match="kidney is the active label itself"):
        logic(labels, 1, 1, SPACING)
    with pytest.raises(EditRefused, match="there is no cyst"):
        logic(labels, 1, 3, SPACING)
    with pytest.raises(EditRefused, match="there is no cyst"):
        logic(labels, 3, 1, SPACING, "pieces")
    with pytest.raises(EditRefused, match=r"nothing of tumour is within 5\.0 mm of kidney"):
        logic(labels, 1, 2, SPACING, "add_near")
    with pytest.raises(EditRefused, match=r"nothing of kidney is within 5\.0 mm of tumour"):
        logic(labels, 1, 2, SPACING, "subtract")
    for operation in ("intersect", "pieces"):
        with pytest.raises(EditRefused, match="nothing of kidney would be left"):
            logic(labels, 1, 2, SPACING, operation)
        with pytest.raises(EditRefused, match=r"all of kidney is within 20\.0 mm of tumour"):
            logic(labels, 1, 2, (1.0, 1.0, 0.5), operation, 20.0)
        with pytest.raises(EditRefused, match="the rest is kidney already"):
            logic(labels, 1, 2, SPACING, operation, rest=1)
