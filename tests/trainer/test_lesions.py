"""Lesions, surfaces and intervals against oracles of another make."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage, stats

from trainer.evaluation.intervals import bootstrap_mean
from trainer.evaluation.lesions import Detection, detect
from trainer.evaluation.surface import TOLERANCES_MM, surface_dice

EMPTY = np.zeros((20, 20, 20), bool)


def block(*spans: tuple[int, int]) -> np.ndarray:
    mask = EMPTY.copy()
    mask[tuple(slice(*span) for span in spans)] = True
    return mask


def test_hits_misses_and_false_alarms() -> None:
    truth = block((2, 6), (2, 6), (2, 6)) | block((12, 16), (12, 16), (12, 16))
    found = block((3, 7), (2, 6), (2, 6)) | block((2, 5), (12, 15), (2, 5))
    assert detect(found, truth) == Detection(lesions=2, hits=1, false_alarms=1)
    assert detect(EMPTY, truth) == Detection(2, 0, 0)
    assert detect(found, EMPTY) == Detection(0, 0, 2)
    assert detect(truth, truth) == Detection(2, 2, 0)


def test_an_overlap_of_less_than_a_tenth_is_no_hit() -> None:
    truth, found = block((0, 10), (0, 10), (0, 10)), block((9, 19), (0, 10), (0, 10))
    assert detect(found, truth) == Detection(1, 0, 1)  # 100 / 1900


def test_voxels_that_touch_at_a_corner_are_one_lesion() -> None:
    truth = block((2, 4), (2, 4), (2, 4)) | block((4, 6), (4, 6), (4, 6))
    assert detect(truth, truth).lesions == 1


def test_surface_dice_of_nothing_is_as_kits_has_it() -> None:
    ball = block((5, 10), (5, 10), (5, 10))
    assert surface_dice(EMPTY, EMPTY, (1, 1, 1), 1.0) == 1
    assert (
        surface_dice(EMPTY, ball, (1, 1, 1), 1.0) == 0 == surface_dice(ball, EMPTY, (1, 1, 1), 1.0)
    )


def test_a_shift_within_the_tolerance_costs_nothing_and_beyond_it_the_two_faces() -> None:
    one, other = block((5, 15), (5, 15), (5, 15)), block((6, 16), (5, 15), (5, 15))
    assert surface_dice(one, other, (1.0, 1.0, 1.0), 1.01) == pytest.approx(1.0)
    far = surface_dice(one, other, (4.0, 1.0, 1.0), 1.01)
    # Of each box 2 * 100 mm2 face along z and 4 * 400 mm2 along it; the faces are 4 mm off,
    # and so is the rim of 4 mm that one box has beyond the other.
    assert 0.7 < far < 0.9
    assert surface_dice(one, other, (4.0, 1.0, 1.0), 4.1) == pytest.approx(1.0)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.tuples(*[st.floats(0.5, 5.0)] * 3))
def test_surface_dice_is_symmetric_and_grows_with_the_tolerance(
    seed: int, spacing: tuple[float, float, float]
) -> None:
    rng = np.random.default_rng(seed)
    a, b = (ndimage.gaussian_filter(rng.normal(size=(16, 16, 16)), 2) > 0.02 for _ in range(2))
    values = [surface_dice(a, b, spacing, mm) for mm in (0.1, *TOLERANCES_MM.values(), 3.0, 50.0)]
    assert values == sorted(values) and values[-1] == pytest.approx(1.0)
    assert surface_dice(b, a, spacing, 1.1) == pytest.approx(surface_dice(a, b, spacing, 1.1))


def test_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(3).beta(5, 2, 25)
    mean, low, high = bootstrap_mean(values.tolist())
    theirs = stats.bootstrap((values,), np.mean, method="percentile", rng=1).confidence_interval
    assert mean == pytest.approx(values.mean())
    assert low == pytest.approx(theirs.low, abs=0.01)
    assert high == pytest.approx(theirs.high, abs=0.01)
