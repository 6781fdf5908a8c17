"""The diagnosis of a series from positions alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kidview.io.dicom_geometry import (
    Layout,
    Spacing,
    lay_out,
    same_places,
    split_far_blocks,
    straighten,
)

AXIAL = np.eye(3)


def layout(z_mm: Any, y_mm: Any = 0.0, axes: Any = AXIAL) -> Layout:
    z = np.asarray(z_mm, float)
    return lay_out(np.stack([0 * z, 0 * z + y_mm, z], axis=1), axes, (0.8, 0.7), 5.0)


def test_even_slices_take_their_distance_from_first_and_last() -> None:
    found = layout(100 + 2.5 * np.arange(40) + 0.002 * (-1) ** np.arange(40))
    assert found.spacing is Spacing.EVEN
    assert found.gap == pytest.approx((2.5 * 39 - 0.004) / 39)
    assert not found.is_resampled
    assert found.inserted == ()


def test_a_tenth_of_a_mm_is_jitter_and_half_a_mm_is_not() -> None:
    wobble = np.where(np.arange(30) % 3 == 0, 0.05, 0.0)
    assert layout(3.0 * np.arange(30) + wobble).spacing is Spacing.JITTER
    assert layout(3.0 * np.arange(30) + 5 * wobble).spacing is Spacing.UNEVEN


def test_jitter_does_not_add_up_over_the_stack() -> None:
    z = 2.5 * np.arange(399) + 0.01 * (-1) ** np.arange(399)
    found = layout(z)
    assert found.spacing is Spacing.JITTER
    assert np.abs(z - z[0] - found.gap * np.arange(399)).max() < 0.05


def test_jitter_of_thin_slices_is_judged_by_their_distance() -> None:
    wobble = np.where(np.arange(30) % 3 == 0, 0.06, 0.0)
    assert layout(3.0 * np.arange(30) + wobble).spacing is Spacing.JITTER
    assert layout(0.5 * np.arange(30) + wobble).spacing is Spacing.UNEVEN


def test_missing_slices_are_the_planes_nobody_has() -> None:
    there = [n for n in range(20) if n not in (4, 11, 12)]
    found = layout(2.0 * np.array(there) - 30)
    assert found.spacing is Spacing.GAPS
    assert found.inserted == (4, 11, 12)
    assert found.planes == 20
    assert found.plane_of_slice == tuple(there)


def test_uneven_slices_become_even_at_the_smallest_distance() -> None:
    found = layout([0, 5, 8, 15.5, 23])
    assert found.spacing is Spacing.UNEVEN
    assert found.gap == pytest.approx(23 / 7)
    assert found.planes == 8


def test_uneven_slices_become_at_most_twice_as_many() -> None:
    found = layout([0, 0.3, 8, 15.5, 23.7, 31])
    assert found.planes == 12
    assert found.gap * 11 == pytest.approx(31)


def test_a_tilted_gantry_is_told_by_its_angle() -> None:
    z = 3.0 * np.arange(25)
    found = layout(z, z * np.tan(np.radians(13.5)))
    assert found.tilt_degrees == pytest.approx(13.5)
    assert found.is_resampled


def test_a_tenth_of_a_degree_is_no_tilt() -> None:
    z = 3.0 * np.arange(25)
    assert not layout(z, z * np.tan(np.radians(0.09))).is_resampled


def test_two_slices_rounded_to_hundredths_are_no_tilt() -> None:
    assert not layout([0, 1], np.array([0, 0.01])).is_resampled


def test_one_slice_out_of_line_shifts_the_series() -> None:
    y = np.zeros(12)
    y[5] = 4.0
    found = layout(3.0 * np.arange(12), y)
    assert found.tilt_degrees == 0
    assert found.is_shifted


def test_an_oblique_stack_is_not_tilted() -> None:
    axes, fault = straighten((0.8, 0.6, 0, -0.36, 0.48, 0.8))
    assert fault < 1e-9
    positions = np.outer(2.5 * np.arange(9), axes[:, 2]) + [7, 8, 9]
    found = lay_out(positions, axes, (0.8, 0.7), 5.0)
    assert found.spacing is Spacing.EVEN
    assert not found.is_resampled


def test_directions_a_little_off_are_made_orthogonal() -> None:
    axes, fault = straighten((1, 0.004, 0, 0, 1, 0))
    assert 1e-3 < fault < 1e-2
    assert np.allclose(axes.T @ axes, np.eye(3))


@pytest.mark.parametrize("useless", [(0, 0, 0, 0, 0, 0), (1, 0, 0, 1, 0, 0), (1, 0, 0, 0.2, 1, 0)])
def test_useless_directions_count_as_axial(useless: tuple[float, ...]) -> None:
    axes, fault = straighten(useless)
    assert fault > 1e-2
    assert np.array_equal(axes, np.eye(3))


def test_blocks_far_apart_are_volumes_of_their_own() -> None:
    along = np.concatenate([5.0 * np.arange(6), 300 + 5.0 * np.arange(4)])
    assert split_far_blocks(along) == [slice(0, 6), slice(6, 10)]
    assert split_far_blocks(5.0 * np.arange(6)) == [slice(0, 6)]


def test_slices_within_a_hundredth_of_a_mm_are_at_one_place() -> None:
    assert same_places(np.array([0, 0.005, 1, 1.02, 2])) == [[0, 1], [2], [3], [4]]
