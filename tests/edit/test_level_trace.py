"""Level tracing against the lines that marching squares draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage import measure

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, Index, MaskArray, Triple
from kidview.edit import Edit, Work
from kidview.edit.tools.level_trace import ROW, level_trace
from tests.edit.shapes import ball

SPACING: Triple = (3.0, 1.0, 0.7)


def traced(
    at: Index, axis: int, hu: HUArray, most_mm: float = 1e6, spacing: Triple = SPACING
) -> Edit:
    """By HU as they are."""
    shape = (hu.shape[0], hu.shape[1], hu.shape[2])
    geometry = Geometry.straight(shape, spacing)
    return level_trace(at, axis, most_mm, 2, hu, geometry, noise_mm=0.0)


def in_plane(edit: Edit, shape: Index, at: Index, axis: int) -> MaskArray:
    """An edit's mask on the slice it lies in."""
    mask = np.zeros(shape, bool)
    mask[edit.box.slices] = edit.mask
    assert edit.box.start[axis] == at[axis] and edit.box.shape[axis] == 1
    return np.take(mask, at[axis], axis)


def enclosed_by_the_line(plane: HUArray, level: float, row: int, column: int) -> MaskArray | None:
    """Inside of the innermost line of a level around a pixel, if it runs beside the pixel."""
    padded = np.pad(plane.astype(float), 1, constant_values=-9999)
    lines = [
        line
        for line in measure.find_contours(padded, level, fully_connected="low")
        if measure.points_in_poly([[row + 1, column + 1]], line)[0]
    ]
    insides = [measure.grid_points_in_poly(padded.shape, line) for line in lines]
    least = int(np.argmin([inside.sum() for inside in insides]))
    beside = np.abs(lines[least] - [row + 1, column + 1]).sum(axis=1).min() < 1.0
    return np.asarray(insides[least][1:-1, 1:-1]) if beside else None


@settings(deadline=None, max_examples=150)
@example(seed=236, axis=2, smooth=0.0, most_mm=99.0)  # a hole open at a corner
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0, 1, 2]),
    st.sampled_from([0.0, 1.0, 1.6]),
    st.sampled_from([4.0, 6.0, 99.0]),
)
def test_it_takes_what_the_line_through_the_pixel_encloses(
    seed: int, axis: int, smooth: float, most_mm: float
) -> None:
    random = np.random.default_rng(seed)
    shape = tuple(int(n) for n in random.integers(3, 14, 3))
    hu = (ndimage.gaussian_filter(random.standard_normal(shape), smooth) * 100).astype(np.int16)
    hu.setflags(write=False)
    at = tuple(int(random.integers(n)) for n in shape)
    plane, level = np.take(hu, at[axis], axis), int(hu[at])
    row, column = (i for a, i in enumerate(at) if a != axis)
    sides = [
        enclosed_by_the_line(plane, level - 0.5, row, column),
        enclosed_by_the_line(-plane, -level - 0.5, row, column),
    ]
    allowed = []
    for inside in (side for side in sides if side is not None):
        places = np.argwhere(inside)
        spacing = [s for a, s in enumerate(SPACING) if a != axis]
        extents = (np.ptp(places, axis=0) + 1) * spacing
        is_cut = (places == 0).any() or (places == np.array(plane.shape) - 1).any()
        if not is_cut and max(extents) <= most_mm and min(extents) >= 3.0:
            allowed.append(inside)
    if allowed:
        edit = traced(at, axis, hu, most_mm)
        filled = ndimage.binary_fill_holes(allowed[0])  # the line goes into holes open at a corner
        np.testing.assert_array_equal(in_plane(edit, shape, at, axis), filled)
        assert edit.label == 2
    else:
        with pytest.raises(EditRefused, match=f"the line of {level} HU"):
            traced(at, axis, hu, most_mm)


def lesion(contrast: int, noise: float) -> tuple[HUArray, MaskArray, Triple]:
    """A ball of 12 mm with a soft edge, and its truth."""
    spacing = (1.5, 0.8, 0.8)
    shape = tuple(math.ceil(50 / s) for s in spacing)
    truth = ball((shape[0], shape[1], shape[2]), spacing, (24.0, 24.0, 24.0), 12.0)
    soft = ndimage.gaussian_filter(truth.astype(float), [0.8 / s for s in spacing])
    random = np.random.default_rng(3)
    hu = 100 + contrast * soft + random.normal(0, noise, shape)
    return hu.astype(np.int16), truth, spacing


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("contrast", [-90, 90])
def test_a_click_on_the_edge_of_a_noisy_lesion(contrast: int, axis: int) -> None:
    hu, truth, spacing = lesion(contrast, 12.0)
    geometry = Geometry.straight(truth.shape, spacing)
    index = round(24.0 / spacing[axis])
    plane = np.take(truth, index, axis)
    edge = np.argwhere(plane & ~ndimage.binary_erosion(plane))
    scores = []
    for row, column in edge:
        place = [int(row), int(column)]
        place.insert(axis, index)
        at = (place[0], place[1], place[2])
        try:
            mask = in_plane(level_trace(at, axis, 100.0, 2, hu, geometry), truth.shape, at, axis)
        except EditRefused:  # a noisy pixel
            scores.append(0.0)
            continue
        assert ndimage.binary_fill_holes(mask).sum() == mask.sum()
        scores.append(2 * (mask & plane).sum() / (mask.sum() + plane.sum()))
    assert np.median(scores) > 0.92 and np.mean(np.array(scores) > 0.8) > 0.85


def test_the_line_may_lie_inside_another() -> None:
    """A dark cyst in a bright kidney in dark fat: the click is on the cyst's edge."""
    hu = np.full((1, 30, 30), -100, np.int16)
    hu[0, 4:26, 4:26] = 150
    hu[0, 10:18, 10:18] = 80
    hu[0, 11:17, 11:17] = 10
    edit = traced((0, 10, 14), 0, hu)
    assert edit.box.start == (0, 10, 10) and edit.mask.all() and edit.mask.sum() == 64
    edit = traced((0, 4, 14), 0, hu)
    assert edit.box.start == (0, 4, 4) and edit.mask.all() and edit.mask.sum() == 22 * 22


def test_why_it_does_nothing() -> None:
    hu = np.full((1, 40, 40), -100, np.int16)
    hu[0, 20:, 10:30] = 50
    hu[0, 5, 5] = 50
    with pytest.raises(EditRefused, match="runs to the edge of the slice"):
        traced((0, 20, 15), 0, hu)
    with pytest.raises(EditRefused, match="encloses a speck only"):
        traced((0, 5, 5), 0, hu)
    with pytest.raises(EditRefused, match="does not turn around this place"):
        traced((0, 30, 20), 0, hu)
    with pytest.raises(EditRefused, match="outside the scan"):
        traced((1, 0, 0), 0, hu)
    hu[0, 30:] = -100
    with pytest.raises(EditRefused, match="encloses 14 mm, and 12 mm are allowed"):
        traced((0, 20, 15), 0, hu, 12.0)
    assert traced((0, 20, 15), 0, hu, 14.5).mask.sum() == 200


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 1, 9), (1, 9, 1), (4, 1, 1)])
def test_slices_one_pixel_wide(shape: Index) -> None:
    hu = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    at = tuple(n // 2 for n in shape)
    for axis in range(3):
        with pytest.raises(EditRefused):
            traced((at[0], at[1], at[2]), axis, hu)


def test_the_row_hands_over_what_is_set() -> None:
    hu, truth, spacing = lesion(-90, 0.0)
    geometry = Geometry.straight(truth.shape, spacing)
    labels = np.zeros(truth.shape, np.uint8)
    at = (16, 30, 43)  # on the right edge
    assert ROW.act is not None
    for axis in (0, 1):
        edit = ROW.act(Work(hu, geometry, labels, 3, at, axis))
        assert edit.label == 3 and edit.box.shape[axis] == 1
    with pytest.raises(EditRefused, match="and 20 mm are allowed"):
        ROW.act(Work(hu, geometry, labels, 3, at, 0, options={"level_trace.most_mm": 20}))
