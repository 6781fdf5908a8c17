"""Smoothing against scipy's filters, and what becomes of the neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray, MaskArray
from kidview.edit.kernel import ball as kernel_of
from kidview.edit.kernel import bell
from kidview.edit.tools.smooth import smooth
from tests.edit.shapes import SPACING, ball, blobs, few, result

METHODS = ("median", "gaussian", "closing", "opening")


def by_scipy(mask: MaskArray, method: str, kernel_mm: float) -> MaskArray:
    """What scipy makes of a mask alone in a scan that is large enough."""
    if method == "gaussian":
        sigma = [kernel_mm / 4 / s for s in SPACING]
        radius = [int(3 * s) for s in sigma]
        soft = ndimage.gaussian_filter(mask.astype(float), sigma, radius=radius)
        return np.asarray(np.where(np.abs(soft - 0.5) < 1e-5, mask, soft > 0.5))
    footprint = kernel_of(kernel_mm / 2, SPACING).weights > 0
    filters = {
        "median": lambda: ndimage.median_filter(mask, footprint=footprint),
        "closing": lambda: ndimage.binary_closing(mask, footprint),
        "opening": lambda: ndimage.binary_opening(mask, footprint),
    }
    return np.asarray(filters[method]())


@few
@given(blobs(), st.sampled_from(METHODS), st.floats(1.4, 8.0))
def test_a_label_alone_is_as_scipy_makes_it(
    lump: LabelArray, method: str, kernel_mm: float
) -> None:
    labels = np.pad(lump, [(5, 5), (9, 9), (13, 13)])
    expected = by_scipy(labels == 1, method, kernel_mm)
    try:
        found = result(labels, smooth(labels, 1, SPACING, method, kernel_mm))
    except EditRefused:
        assert not expected.any() or (expected == labels).all()
        return
    np.testing.assert_array_equal(found, expected)


@few
@given(blobs(kinds=3), st.integers(1, 3), st.sampled_from(METHODS), st.floats(1.4, 8.0))
def test_only_partners_exchange_voxels(
    labels: LabelArray, label: int, method: str, kernel_mm: float
) -> None:
    try:
        edit = smooth(labels, label, SPACING, method, kernel_mm)
    except EditRefused:
        return
    new = result(labels, edit)
    moved = new != labels
    partners = (0,) if label == 1 else (0, 1)
    gained, lost = moved & (new == label), moved & (labels == label)
    np.testing.assert_array_equal(moved, gained | lost)
    assert np.isin(labels[gained], partners).all() and np.isin(new[lost], partners).all()
    assert method != "closing" or not lost.any()
    assert method != "opening" or not gained.any()


@few
@given(blobs(kinds=3), st.integers(1, 3), st.sampled_from(["median", "gaussian"]))
def test_each_voxel_counts_its_own_votes(labels: LabelArray, label: int, method: str) -> None:
    """No other lesion and nothing outside the scan has a vote."""
    kernel = (bell if method == "gaussian" else kernel_of)(2.2, SPACING)
    others = (0,) if label == 1 else (0, 1)
    votes = (labels == label).astype(float) - np.isin(labels, others)
    lead = ndimage.convolve(votes, kernel.weights.astype(float), mode="constant")
    expected = labels == label
    expected |= np.isin(labels, others) & (lead > 1e-4)
    expected &= lead >= -1e-4
    expected |= (labels == label) & (lead >= -1e-4)
    try:
        found = result(labels, smooth(labels, label, SPACING, method, 4.4)) == label
    except EditRefused:
        return
    clear = (np.abs(lead) < 1e-9) | (np.abs(lead) > 1e-3)
    np.testing.assert_array_equal(found[clear], expected[clear])


def test_a_tumour_in_a_kidney_exchanges_voxels_with_it() -> None:
    shape, spacing = (20, 60, 60), (3.0, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 30, 22), 18.0).astype(np.uint8)
    tumour = ball(shape, spacing, (30, 30, 36), 12.0)
    labels[tumour] = 2
    labels[10, 30, 19:24] = 2  # a spur into the kidney
    labels[10, 30, 48:53] = 2  # one into the fat
    labels[10, 30, 24:27] = 1  # a notch
    new = result(labels, smooth(labels, 2, spacing, "median", 6.0))
    assert (new[10, 30, 19:22] == 1).all() and (new[10, 30, 49:53] == 0).all()
    assert (new[10, 30, 25:27] == 2).all()
    assert set(np.unique(new)) == {0, 1, 2}


@pytest.mark.parametrize("method", METHODS)
def test_a_thin_rim_of_kidney_around_a_tumour_stays(method: str) -> None:
    shape, spacing = (24, 60, 60), (2.5, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 30, 30), 20.0).astype(np.uint8)
    labels[ball(shape, spacing, (30, 30, 30), 18.2)] = 2
    labels[12, 30, 50:56] = 1  # a spur
    try:
        new = result(labels, smooth(labels, 1, spacing, method, 6.0))
    except EditRefused:
        assert method == "closing"
        return
    np.testing.assert_array_equal(new == 2, labels == 2)
    rim = (labels == 1) & ball(shape, spacing, (30, 30, 30), 19.0)
    assert (new[rim] == 1).all()
    assert method == "closing" or not new[12, 30, 52:56].any()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_kidney_cut_off_by_the_scan_keeps_its_end(method: str, axis: int) -> None:
    labels = np.zeros((24, 24, 24), np.uint8)
    labels[7:17, 7:17, 7:17] = 1
    labels = np.moveaxis(labels[:12], 0, axis)
    end = labels.take(-1, axis)
    try:
        new = result(labels, smooth(labels, 1, (1.0, 1.0, 1.0), method, 5.0))
    except EditRefused:
        assert method == "closing"
        return
    before_end = new.take(-3, axis)
    np.testing.assert_array_equal(new.take(-1, axis), before_end)  # flat, not rounded
    assert np.count_nonzero(end & before_end) > 0.8 * np.count_nonzero(end)


@pytest.mark.parametrize("method", ["median", "gaussian"])
@pytest.mark.parametrize(("diameter_mm", "loss"), [(20.0, 0.02), (10.0, 0.07)])
def test_a_round_lesion_shrinks_as_little_as_promised(
    method: str, diameter_mm: float, loss: float
) -> None:
    spacing = (0.5, 0.5, 0.5)
    labels = ball((48, 48, 48), spacing, (12.1, 11.9, 12.05), diameter_mm / 2).astype(np.uint8)
    new = result(labels, smooth(labels, 1, spacing, method, 3.0))
    lost = 1 - new.sum() / labels.sum()
    assert lost == pytest.approx(3 * 1.5**2 / diameter_mm**2, rel=0.25)
    assert lost <= loss


def test_refusals() -> None:
    labels = np.zeros((10, 20, 20), np.uint8)
    labels[2:8, 4:16, 4:16] = 1
    labels[5, 10, 10] = 2
    with pytest.raises(EditRefused, match=r"one voxel only.*1\.4 mm or more"):
        smooth(labels, 1, SPACING, "median", 1.3)
    with pytest.raises(EditRefused, match="kidney is as smooth as this kernel makes it"):
        smooth(labels, 1, SPACING, "closing", 3.0)
    with pytest.raises(EditRefused, match="nothing of tumour would be left"):
        smooth(labels, 2, SPACING, "median", 3.0)
    with pytest.raises(EditRefused, match="there is no cyst"):
        smooth(labels, 3, SPACING)
