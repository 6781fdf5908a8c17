"""Pieces against SimpleITK's components."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.errors import EditRefused
from kidview.core.types import Index, LabelArray
from kidview.edit.tools.islands import islands
from tests.edit.shapes import SPACING, blobs, few, result

VOXEL_ML = 2.1 / 1000


def ranked(labels: LabelArray, label: int) -> np.ndarray:
    """Pieces of a label numbered by size, the largest first, by SimpleITK."""
    image = sitk.GetImageFromArray((labels == label).astype(np.uint8))
    pieces = sitk.RelabelComponent(sitk.ConnectedComponent(image), sortByObjectSize=True)
    return np.asarray(sitk.GetArrayFromImage(pieces))


@few
@given(blobs(kinds=3), st.integers(1, 3), st.integers(1, 30))
def test_pieces_of_at_least_a_volume_stay(labels: LabelArray, label: int, least: int) -> None:
    pieces = ranked(labels, label)
    keep = np.bincount(pieces.ravel()) >= least
    keep[0] = False
    try:
        found = result(
            labels, islands(labels, label, SPACING, "larger", (least - 0.5) * VOXEL_ML, rest=0)
        )
    except EditRefused:
        assert keep[1:].all() or not keep[1:].any()
        return
    expected = np.where((labels == label) & ~keep[pieces], 0, labels)
    np.testing.assert_array_equal(found, expected)


@few
@given(blobs(kinds=3), st.integers(1, 3), st.integers(1, 4))
def test_the_largest_stay_and_the_rest_is_split_off(
    labels: LabelArray, label: int, count: int
) -> None:
    sizes = np.bincount(ranked(labels, label).ravel())[1:]
    rest = label % 3 + 1
    try:
        edit = islands(labels, label, SPACING, "largest", count=count, rest=rest)
    except EditRefused:
        assert sizes.size <= count
        return
    new = result(labels, edit)
    kept = np.bincount(ranked(new, label).ravel())[1:]
    np.testing.assert_array_equal(np.sort(kept), np.sort(sizes[:count]))
    np.testing.assert_array_equal((new == rest) & (labels == label), edit_mask(labels, new))


def edit_mask(labels: LabelArray, new: LabelArray) -> np.ndarray:
    """Voxels that differ."""
    return np.asarray(labels != new)


@few
@given(blobs(kinds=3), st.integers(1, 3), st.data())
def test_the_one_at_the_crosshair_stays(
    labels: LabelArray, label: int, data: st.DataObject
) -> None:
    at = data.draw(st.tuples(*(st.integers(0, n - 1) for n in labels.shape)))
    pieces = ranked(labels, label)
    try:
        new = result(labels, islands(labels, label, SPACING, "crosshair", at_zyx=at, rest=0))
    except EditRefused as error:
        assert ("crosshair is not on" in str(error)) == bool(pieces[at] == 0)
        assert pieces[at] == 0 or pieces.max() == 1
        return
    expected = np.where((labels == label) & (pieces != pieces[at]), 0, labels)
    np.testing.assert_array_equal(new, expected)


@few
@given(blobs(kinds=3), st.integers(1, 3))
def test_a_piece_becomes_what_most_of_its_surface_borders_on(
    labels: LabelArray, label: int
) -> None:
    try:
        new = result(labels, islands(labels, label, SPACING, "largest", count=1))
    except EditRefused:
        return
    pieces = ranked(labels, label)
    area_mm2 = (0.7, 2.1, 3.0)
    for k in np.unique(pieces[labels != new]):
        area = np.zeros(4)
        for z, y, x in np.argwhere(pieces == k):
            for axis, step in ((a, s) for a in range(3) for s in (-1, 1)):
                there: Index = tuple(i + step * (a == axis) for a, i in enumerate((z, y, x)))  # type: ignore[assignment]
                if all(0 <= i < n for i, n in zip(there, labels.shape, strict=True)):
                    area[labels[there]] += area_mm2[axis] * (pieces[there] != k)
        became = np.unique(new[pieces == k])
        assert became.size == 1 and area[became[0]] == pytest.approx(area.max())


def test_a_crumb_of_tumour_in_the_kidney_becomes_kidney_and_one_in_fat_goes() -> None:
    labels = np.zeros((8, 20, 20), np.uint8)
    labels[1:7, 2:14, 2:14] = 1
    labels[2:6, 4:9, 4:9] = 2
    labels[4, 11, 11] = labels[4, 17, 17] = 2
    new = result(labels, islands(labels, 2, SPACING, "larger", 0.05))
    assert new[4, 11, 11] == 1 and new[4, 17, 17] == 0
    assert (new != labels).sum() == 2


def test_refusals() -> None:
    labels = np.zeros((4, 5, 9), np.uint8)
    labels[1:3, 1:3, 1:3] = labels[1:3, 1:3, 5] = 1
    labels[0, 4, 8] = 2
    with pytest.raises(EditRefused, match="all 2 pieces of kidney stay"):
        islands(labels, 1, SPACING, "largest", count=2)
    with pytest.raises(EditRefused, match=r"no piece of kidney would stay.*0\.02 mL"):
        islands(labels, 1, SPACING, "larger", 1.0)
    with pytest.raises(EditRefused, match="tumour is one piece"):
        islands(labels, 2, SPACING, "largest", count=1)
    with pytest.raises(EditRefused, match="the others are kidney already"):
        islands(labels, 1, SPACING, "largest", count=1, rest=1)
    with pytest.raises(EditRefused, match="the crosshair is not on kidney"):
        islands(labels, 1, SPACING, "crosshair")
    with pytest.raises(EditRefused, match="there is no cyst"):
        islands(labels, 3, SPACING)
