"""Tiles cover everything, and put together they give what one pass would."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.task import Cancelled, Task
from kidview.core.types import ScoreArray
from kidview.segment.tiles import tile_scores, tile_starts, tile_weight


@given(st.integers(8, 300), st.integers(8, 64), st.floats(0, 0.75))
def test_tiles_cover_the_axis_with_the_overlap_asked_for(
    size: int, tile: int, overlap: float
) -> None:
    size = max(size, tile)
    starts = tile_starts(size, tile, overlap)
    covered = np.zeros(size, bool)
    for start in starts:
        assert 0 <= start <= size - tile
        covered[start : start + tile] = True
    assert covered.all()
    steps = np.diff(starts)
    assert (steps <= np.ceil(tile * (1 - overlap))).all()
    assert (steps > 0).all()


def pointwise(tile: ScoreArray, task: Task) -> ScoreArray:
    """Logits that depend on nothing but the voxel."""
    return np.stack([np.zeros_like(tile), 3 * tile, 2 - tile])


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(3, 40)] * 3), st.sampled_from([0.0, 0.25, 0.5]))
def test_a_pointwise_network_gives_the_same_in_tiles(
    shape: tuple[int, int, int], overlap: float
) -> None:
    image = np.random.default_rng(0).normal(0, 1, shape).astype(np.float32)
    found = tile_scores(image, pointwise, (16, 16, 16), overlap, 3, Task())
    logits = pointwise(image, Task())
    wanted = np.exp(logits) / np.exp(logits).sum(axis=0)
    assert found.shape == (3, *shape)
    np.testing.assert_allclose(found, wanted, atol=2e-6)


def test_where_tiles_disagree_the_one_whose_middle_is_nearer_wins() -> None:
    calls: list[int] = []

    def run(tile: ScoreArray, task: Task) -> ScoreArray:
        calls.append(len(calls))
        kind = np.full_like(tile, 10.0 if calls[-1] == 0 else -10.0)
        return np.stack([kind, -kind])

    found = tile_scores(np.zeros((16, 16, 28), np.float32), run, (16, 16, 16), 0.25, 2, Task())
    assert len(calls) == 2
    first = found[0, 8, 8] > 0.5
    assert first[:14].all() and not first[14:].any()


def test_weights_are_largest_in_the_middle_and_never_nothing() -> None:
    weight = tile_weight((16, 32, 48))
    assert weight[7:9, 15:17, 23:25].min() > 0.9
    assert weight[0, 0, 0] == pytest.approx(1e-3)


def test_every_tile_is_told_and_a_cancel_between_tiles_ends_it() -> None:
    task = Task()
    notes: list[str] = []

    def run(tile: ScoreArray, inner: Task) -> ScoreArray:
        notes.append(task.note)
        if len(notes) == 3:
            task.cancel()
        return pointwise(tile, inner)

    image = np.zeros((40, 40, 40), np.float32)
    with pytest.raises(Cancelled):
        tile_scores(image, run, (16, 16, 16), 0.25, 3, task)
    assert notes == ["tile 1 of 27", "tile 2 of 27", "tile 3 of 27"]
