"""Entropy against scipy's, and the doubt of a whole scan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.prepare import bytes_on_grid
from kidview.core.uncertainty import Uncertainty, entropy


@given(arrays.arrays(np.float32, (4, 3, 2, 2), elements=st.floats(0, 1, width=32)))
def test_entropy_is_scipys_over_that_of_a_guess(raw: np.ndarray) -> None:
    p = (raw + np.float32(1e-3)) / (raw + np.float32(1e-3)).sum(axis=0)
    assert np.allclose(entropy(p), stats.entropy(p, axis=0) / np.log(4) * 255, atol=0.1)


def test_who_is_sure_has_none_and_who_guesses_has_all() -> None:
    sure = np.array([1, 0, 0, 0], np.float32)[:, None, None, None]
    assert entropy(sure).item() == pytest.approx(0, abs=0.01)
    assert entropy(np.full((3, 1, 1, 1), 1 / 3, np.float32)).item() == pytest.approx(255, abs=0.01)


def test_the_doubt_of_a_scan_is_volume_over_volume() -> None:
    values = np.zeros((2, 10, 10), np.uint8)
    values[0] = 255  # 100 voxels, fully
    unsure = Uncertainty(Box((0, 0, 0), (2, 10, 10)), values)
    assert unsure.per_ml(outline_ml=50.0, voxel_ml=0.02) == pytest.approx(2.0 / 50)
    assert unsure.per_ml(outline_ml=0.0, voxel_ml=0.02) == pytest.approx(2.0)  # nothing outlined
    assert not unsure.values.flags.writeable


def test_bytes_lie_where_they_lay_on_a_finer_grid() -> None:
    coarse = Geometry.straight((4, 4, 4), (2.0, 2.0, 2.0))
    values = np.zeros((4, 4, 4), np.float32)
    values[:, :, 2:] = 200
    fine = bytes_on_grid(values, coarse, coarse.resampled((1.0, 1.0, 1.0)))
    assert fine.shape == (8, 8, 8)
    assert fine[0, 0].tolist() == [0, 0, 0, 50, 150, 200, 200, 200]
