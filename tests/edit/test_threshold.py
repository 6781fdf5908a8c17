"""Thresholds where labels are, and the histogram that helps to set them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage.filters import threshold_otsu

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import HUArray, Index, LabelArray, MaskArray
from kidview.edit import Work
from kidview.edit import parts as parts_module
from kidview.edit.tools.threshold import (
    HIGH,
    LOW,
    ROW,
    Place,
    histogram,
    place,
    start_hu,
    threshold,
)
from tests.edit.shapes import SPACING, blobs, few, result, within


def grid(labels: LabelArray) -> Geometry:
    """An anisotropic grid."""
    return Geometry.straight((labels.shape[0], labels.shape[1], labels.shape[2]), SPACING)


def looked_at(at: Place, labels: LabelArray) -> MaskArray:
    """A place on the whole grid."""
    mask = np.zeros(labels.shape, bool)
    mask[at.box.slices] = True if at.mask is None else at.mask
    return mask


@few
@given(blobs(kinds=3), st.sampled_from([0.0, 0.5, 1.0, 2.3, 5.0]))
def test_near_is_within_a_distance_of_any_label(labels: LabelArray, near_mm: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_LARGEST", 64)  # small, so that there are several slabs
        near = looked_at(place("near", near_mm, labels, grid(labels)), labels)
        inside = looked_at(place("in", near_mm, labels, grid(labels)), labels)
    np.testing.assert_array_equal(near, within(labels > 0, SPACING, near_mm))
    np.testing.assert_array_equal(inside, labels > 0)
    assert looked_at(place("all", near_mm, labels, grid(labels)), labels).all()


def test_near_reaches_beyond_the_slab_a_label_lies_in() -> None:
    labels = np.zeros((20, 6, 6), np.uint8)
    labels[10, 3, 3] = 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_LARGEST", 64)
        near = looked_at(place("near", 22.0, labels, grid(labels)), labels)
    np.testing.assert_array_equal(near, within(labels > 0, SPACING, 22.0))


@few
@given(blobs(kinds=3), st.integers(1, 3))
def test_at_a_label_is_itself_and_background_close_by(labels: LabelArray, label: int) -> None:
    own = labels == label
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_LARGEST", 64)
        if not own.any() and not (labels == 1).any():
            with pytest.raises(EditRefused, match="yet, and no kidney to find it in"):
                place("own", 0.0, labels, grid(labels), label=label)
            return
        found = looked_at(place("own", 0.0, labels, grid(labels), label=label), labels)
    if own.any():
        expected = within(own, SPACING, 3.0) & (own | (labels == 0))
    else:
        expected = labels == 1
    np.testing.assert_array_equal(found, expected)


def test_as_it_is_set_it_eats_no_other_label_of_a_finished_outline() -> None:
    """It begins with what most of the label has, and looks at no voxel of another one."""
    hu, labels = scan()
    random = np.random.default_rng(1)
    hu += random.normal(0, 8, hu.shape).astype(np.int16)
    labels[3:5, 6:10, 6:10] = 3
    labels[4:6, 11:14, 11:14] = 2
    for label in (1, 2, 3):
        assert ROW.act is not None
        work = Work(hu, grid(labels), labels, label, options={"threshold.is_smooth": False})
        low, high = (np.percentile(hu[labels == label], p, method="inverted_cdf") for p in (5, 95))
        assert start_hu(label, hu, labels, (0, 0, 0)) == (low, high)
        try:
            edit = ROW.act(work)
        except EditRefused as refusal:
            assert "already" in refusal.what
            continue
        old = labels[edit.box.slices]
        assert np.isin(old[edit.mask], (0, label)).all()
    assert start_hu(2, hu, np.zeros_like(labels), (0, 0, 0)) is None


@settings(deadline=None)
@given(
    blobs(kinds=2),
    st.sampled_from(["in", "near", "all"]),
    st.integers(0, 3),
    st.tuples(st.floats(-120, 120), st.floats(-120, 120)).map(sorted),
    st.integers(0, 2**32 - 1),
    st.sampled_from([(0, 0, 0), (0, 1, 2), (1, 1, 1)]),
)
def test_what_lies_between_two_hu_gets_the_label(
    labels: LabelArray, where: str, label: int, ends: list[float], seed: int, reach: Index
) -> None:
    hu = np.random.default_rng(seed).integers(-100, 100, labels.shape).astype(np.int16)
    hu.setflags(write=False)
    at = place(where, 2.0, labels, grid(labels))
    values = means(hu, reach)
    found = looked_at(at, labels) & (values >= ends[0]) & (values <= ends[1])
    expected = np.where(found, label, labels)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_LARGEST", 64)
        if (expected == labels).all():
            with pytest.raises(EditRefused):
                threshold(*ends, at, label, hu, labels, reach)
            return
        edit = threshold(*ends, at, label, hu, labels, reach)
    np.testing.assert_array_equal(result(labels, edit), expected)
    assert edit.box == Box.tight(found)


def means(hu: HUArray, reach: Index) -> HUArray:
    """Of the cuboid around each voxel, exactly rounded."""
    padded = np.pad(hu.astype(np.int64), [(r, r) for r in reach], mode="edge")
    cuboids = np.lib.stride_tricks.sliding_window_view(padded, [2 * r + 1 for r in reach])
    return np.rint(cuboids.mean(axis=(3, 4, 5))).astype(np.int16)


def scan() -> tuple[HUArray, LabelArray]:
    """Kidney of 150 HU with a cyst of 5 HU, fat around; the cyst is labelled kidney too."""
    hu = np.full((8, 20, 20), -100, np.int16)
    hu[2:6, 4:14, 4:14] = 150
    hu[3:5, 6:10, 6:10] = 5
    labels = np.zeros(hu.shape, np.uint8)
    labels[2:6, 4:14, 4:14] = 1
    return hu, labels


def test_as_it_is_set_it_finds_fluid_in_labels() -> None:
    hu, labels = scan()
    fluid = hu == 5
    hu += np.random.default_rng(0).normal(0, 6, hu.shape).astype(np.int16)
    assert ROW.act is not None
    edit = ROW.act(Work(hu, grid(labels), labels, 3))
    found = result(labels, edit) == 3
    around = np.ones((1, 3, 3), bool)  # as far as means reach
    inside = ndimage.binary_erosion(fluid, around)
    parenchyma = ndimage.binary_erosion((labels == 1) & ~fluid, around)
    assert edit.label == 3 and inside.any() and parenchyma.any()
    assert found[inside].all() and not found[parenchyma].any()


def test_the_row_hands_over_what_is_set() -> None:
    hu, labels = scan()

    def count(**options: float | str) -> int:
        assert ROW.act is not None
        values = {f"threshold.{name}": value for name, value in options.items()}
        values = {"threshold.is_smooth": False} | values
        return int(ROW.act(Work(hu, grid(labels), labels, 2, options=values)).mask.sum())

    fat = {"low": -150, "high": -50}
    assert count(**fat, where="all") == (hu == -100).sum()
    smooth = means(hu, (0, 1, 1))
    assert count(**fat, where="all", is_smooth=True) == ((smooth >= -150) & (smooth <= -50)).sum()
    near = within(labels > 0, SPACING, 3.0) & (hu == -100)
    assert count(**fat, where="near", near_mm=3) == near.sum() > 0
    with pytest.raises(EditRefused, match="no voxel there has -150 to -50 HU"):
        count(**fat, where="in")


def test_why_it_does_nothing() -> None:
    hu, labels = scan()
    at = place("in", 0.0, labels, grid(labels))
    with pytest.raises(EditRefused, match="50 HU is above 20 HU"):
        threshold(50, 20, at, 3, hu, labels)
    with pytest.raises(EditRefused, match="no voxel there has 20.2 to 20.7 HU"):
        threshold(20.2, 20.7, at, 3, hu, labels)
    with pytest.raises(EditRefused, match="all of this is kidney already"):
        threshold(-10, 500, at, 1, hu, labels)
    with pytest.raises(EditRefused, match="there are no labels yet"):
        place("near", 5.0, np.zeros_like(labels), grid(labels))
    assert place("all", 5.0, np.zeros_like(labels), grid(labels)).box.size == hu.size


@few
@given(
    hnp.arrays(np.int16, hnp.array_shapes(min_dims=3, max_dims=3, max_side=9)),
    st.sampled_from([0.05, 0.5, 1.0]),
    st.booleans(),
    st.sampled_from([(0, 0, 0), (1, 0, 2)]),
)
def test_each_hu_is_counted(hu: HUArray, share: float, is_all: bool, reach: Index) -> None:
    mask = np.random.default_rng(0).random(hu.shape) < share
    mask[0, 0, 0] = True
    at = Place(Box.whole((hu.shape[0], hu.shape[1], hu.shape[2])), None if is_all else mask)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_LARGEST", 64)
        found = histogram(at, hu, reach)
    values = means(hu, reach)[np.full_like(mask, True) if is_all else mask]
    assert found.first_hu == values.min() and found.last_hu == values.max()
    seen, counts = np.unique(values, return_counts=True)
    np.testing.assert_array_equal(found.counts[seen.astype(int) - found.first_hu], counts)
    assert found.counts.sum() == values.size


@few
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.integers(1, 400))
def test_otsu_parts_as_scikit_image_does(seed: int, number: int, spread: int) -> None:
    random = np.random.default_rng(seed)
    groups = [random.normal(random.integers(-300, 300), spread / 4, number) for _ in range(2)]
    hu = np.concatenate(groups).astype(np.int16).reshape(1, 1, -1)
    found = histogram(Place(Box.whole((1, 1, hu.size)), None), hu).otsu()
    theirs = int(threshold_otsu(hu.ravel())) if np.ptp(hu) else int(hu[0, 0, 0])

    def apart(parting: int) -> float:
        dark, bright = hu[hu <= parting].astype(float), hu[hu > parting].astype(float)
        if not dark.size or not bright.size:
            return 0.0
        return float(dark.size * bright.size * (dark.mean() - bright.mean()) ** 2)

    assert found == theirs or apart(found) == pytest.approx(apart(theirs))


@few
@given(
    hnp.arrays(np.int16, (1, 4, 9), elements=st.integers(-200, 300)),
    st.integers(-250, 100),
    st.integers(1, 400),
    st.integers(1, 40),
)
def test_bins_hold_what_lies_in_their_steps(hu: HUArray, low: int, width: int, number: int) -> None:
    found = histogram(Place(Box.whole((1, 4, 9)), None), hu)
    counts = found.bins(low, low + width, number)
    edges = low + np.ceil(np.arange(number + 1) * width / number)  # HU are whole
    expected = [((hu >= a) & (hu < b)).sum() for a, b in zip(edges, edges[1:], strict=False)]
    np.testing.assert_array_equal(counts, expected)


@few
@given(
    hnp.arrays(np.int16, (1, 3, 7), elements=st.integers(-200, 300)),
    st.sampled_from([0.1, 1, 25, 50, 99, 100]),
)
def test_percentiles(hu: HUArray, percent: float) -> None:
    found = histogram(Place(Box.whole((1, 3, 7)), None), hu).percentile(percent)
    assert found == np.percentile(hu, percent, method="inverted_cdf")


def test_a_cancel_is_noticed() -> None:
    hu, labels = scan()
    task, at = Task(), place("in", 0.0, labels, grid(labels))
    task.cancel()
    with pytest.raises(Cancelled):
        place("near", 5.0, labels, grid(labels), task)
    with pytest.raises(Cancelled):
        threshold(0, 20, at, 3, hu, labels, task=task)
    with pytest.raises(Cancelled):
        histogram(at, hu, task=task)


def test_the_range_is_within_what_a_ct_holds() -> None:
    assert LOW.low == HIGH.low == -1024 and LOW.high == HIGH.high == 3071
