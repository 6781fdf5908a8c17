"""Holes against SimpleITK's."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray, MaskArray
from kidview.edit.tools.fill_holes import fill_holes
from tests.edit.shapes import SPACING, blobs, few, result

AXES = st.sampled_from([None, 0, 1, 2])


def closed(mask: MaskArray, axis: int | None) -> MaskArray:
    """A mask without holes, by SimpleITK; slice by slice across an axis."""
    if axis is None:
        image = sitk.GetImageFromArray(mask.astype(np.uint8))
        return np.asarray(sitk.GetArrayFromImage(sitk.BinaryFillhole(image)) > 0)
    planes = [
        sitk.GetArrayFromImage(
            sitk.BinaryFillhole(sitk.GetImageFromArray(mask.take(k, axis).astype(np.uint8)))
        )
        for k in range(mask.shape[axis])
    ]
    return np.asarray(np.stack(planes, axis) > 0)


def faces(axis: int | None) -> MaskArray:
    """Which neighbours share a face, within the slice if there is one."""
    near = ndimage.generate_binary_structure(3, 1)
    for side in (0, 2):
        if axis is not None:
            near[(slice(None),) * axis + (side,)] = False
    return np.asarray(near)


@few
@given(blobs(kinds=3), st.integers(1, 3), AXES, st.booleans())
def test_fills_what_is_closed_in(
    labels: LabelArray, label: int, axis: int | None, others: bool
) -> None:
    own = labels == label
    gaps = closed(labels > 0, axis) & (labels == 0)
    touching = ndimage.binary_dilation(own, faces(axis))
    holes = ndimage.binary_propagation(gaps & touching, faces(axis), gaps)
    if others:
        holes |= closed(own, axis) & ~own
    try:
        found = result(labels, fill_holes(labels, label, SPACING, 100.0, others, axis))
    except EditRefused as error:
        assert "has no hole" in str(error)
        found = labels
    np.testing.assert_array_equal(found, np.where(holes, label, labels))


def shell() -> LabelArray:
    """A kidney with a hole of 2 and one of 8 voxels, one of them open towards z."""
    labels = np.zeros((10, 14, 14), np.uint8)
    labels[2:8, 2:12, 2:12] = 1
    labels[4, 4, 4:6] = 0
    labels[4:6, 7:9, 7:9] = 0
    labels[2:4, 4, 4] = 0
    return labels


def test_larger_holes_stay() -> None:
    labels = shell()
    hole_ml = 8 * 2.1 / 1000
    new = result(labels, fill_holes(labels, 1, SPACING, 1.0))
    np.testing.assert_array_equal(np.argwhere(new != labels).min(axis=0), (4, 7, 7))
    assert (new != labels).sum() == 8
    with pytest.raises(EditRefused, match=r"the smallest hole of kidney has 0\.02 mL"):
        fill_holes(labels, 1, SPACING, hole_ml * 0.99)
    fill_holes(labels, 1, SPACING, hole_ml * 1.01)


def test_a_tunnel_is_a_hole_of_the_slices_it_crosses() -> None:
    labels = shell()
    new = result(labels, fill_holes(labels, 1, SPACING, 1.0, axis=0))
    assert (new[2:8, 2:12, 2:12] == 1).all()
    new = result(labels, fill_holes(labels, 1, SPACING, 1.0, axis=1))
    assert new[4, 4, 4] == 0


@pytest.mark.parametrize("label", [1, 2])
def test_a_gap_between_kidney_and_tumour_goes_to_the_active_one(label: int) -> None:
    labels = np.zeros((7, 9, 20), np.uint8)
    labels[1:6, 1:8, 1:10] = 1
    labels[1:6, 1:8, 10:19] = 2
    labels[3, 4, 9:11] = 0
    new = result(labels, fill_holes(labels, label, SPACING))
    assert (new[3, 4, 9:11] == label).all() and (new != labels).sum() == 2


def test_a_hole_in_the_cyst_is_not_the_kidneys() -> None:
    labels = np.ones((9, 9, 9), np.uint8)
    labels[2:7, 2:7, 2:7] = 3
    labels[4, 4, 4] = 0
    with pytest.raises(EditRefused, match="kidney has no hole"):
        fill_holes(labels, 1, SPACING)
    new = result(labels, fill_holes(labels, 1, SPACING, 1.0, others=True))
    assert (new == 1).all()


def test_what_is_open_at_the_edge_of_the_scan_is_no_hole() -> None:
    labels = np.ones((5, 6, 7), np.uint8)
    labels[:3, 3, 3] = 0
    with pytest.raises(EditRefused, match="kidney has no hole"):
        fill_holes(labels, 1, SPACING)
    with pytest.raises(EditRefused, match="there is no cyst"):
        fill_holes(labels, 3, SPACING)
