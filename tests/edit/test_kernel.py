"""Sums around a voxel against scipy's, distances voxel by voxel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.types import LabelArray
from kidview.edit.kernel import SURFACE, ball, bell
from tests.edit.shapes import SPACING, blobs, distance_to, few


@few
@given(blobs(), st.floats(0.0, 8.0), st.sampled_from([0.0, 0.5, 1.0]))
def test_counts_are_those_of_a_direct_sum(
    labels: LabelArray, radius_mm: float, slack: float
) -> None:
    kernel = ball(radius_mm, SPACING, slack)  # often larger than the field
    counts = ndimage.convolve(labels.astype(float), kernel.weights, mode="constant")
    np.testing.assert_allclose(kernel.sums(labels == 1), counts, atol=1e-2)
    np.testing.assert_array_equal(kernel.reaches(labels == 1), counts > 0.5)


@pytest.mark.parametrize("slack", [0.0, 0.5, 1.0])
def test_a_ball_holds_what_is_within_its_radius(slack: float) -> None:
    reach = (4, 9, 12)
    steps = product(*(range(-r, r + 1) for r in reach))
    far = [
        sum((max(abs(i) - slack, 0.0) * s) ** 2 for i, s in zip(step, SPACING, strict=True)) ** 0.5
        for step in steps
    ]
    expected = np.reshape(np.array(far) <= 6.3 + 1e-6, [2 * r + 1 for r in reach])
    found = np.zeros(expected.shape)
    weights = ball(6.3, SPACING, slack).weights  # 6.3 mm are nine voxels of 0.7: a tie
    at = [(n - m) // 2 for n, m in zip(expected.shape, weights.shape, strict=True)]
    found[tuple(slice(a, a + m) for a, m in zip(at, weights.shape, strict=True))] = weights
    np.testing.assert_array_equal(found, expected)


@few
@given(blobs(), st.floats(0.3, 8.0))
def test_the_surface_lies_a_quarter_of_a_voxel_beyond_the_centres(
    labels: LabelArray, mm: float
) -> None:
    mask = labels == 1
    distance = distance_to(mask, SPACING)
    clear = mask | (np.abs(distance - mm) > 1e-3)
    reached = ball(mm, SPACING, SURFACE).reaches(mask)
    np.testing.assert_array_equal(reached[clear], (mask | (distance < mm))[clear])


def test_counts_of_a_large_ball_stay_whole_numbers() -> None:
    field = np.random.default_rng(0).random((80, 90, 100)) < 0.5
    counts = ball(20.0, (1.0, 0.7, 0.7)).sums(field)
    assert np.abs(counts - np.rint(counts)).max() < 0.1


def test_a_bell_weighs_one_and_is_half_the_radius_wide() -> None:
    weights = bell(6.0, (0.5, 0.5, 0.5)).weights.astype(float)
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)
    places = (np.arange(weights.shape[0]) - weights.shape[0] // 2) * 0.5
    variance = (weights.sum(axis=(1, 2)) * places**2).sum()
    assert variance**0.5 == pytest.approx(3.0, rel=0.02)  # but for the tails cut off
