"""Flooding by tiles finds what numbering the whole array finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import measure

from kidview.core.box import Box
from kidview.core.task import Cancelled, Task
from kidview.core.types import Index, MaskArray
from kidview.edit.flood import Flood

SHAPES = st.tuples(*(st.integers(1, 11) for _ in range(3)))
TILES = st.tuples(*(st.integers(1, 5) for _ in range(3)))


def flooded(free: MaskArray, at: Index, tile: Index, most: int) -> MaskArray:
    """What is reached, on the whole grid."""
    shape = (free.shape[0], free.shape[1], free.shape[2])
    box, mask = Flood(lambda box: free[box.slices], shape, tile).run(at, most, Task())
    assert Box.tight(mask) == Box.whole(box.shape)
    reached = np.zeros(shape, bool)
    reached[box.slices] = mask
    return reached


@settings(deadline=None)
@given(SHAPES, TILES, st.sampled_from([0.4, 0.6, 0.8, 1.0]), st.integers(0, 2**32 - 1))
def test_the_piece_that_numbering_all_finds(
    shape: Index, tile: Index, share: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    free = random.random(shape) < share
    at = tuple(int(random.integers(n)) for n in shape)
    free[at] = True
    pieces = measure.label(free, connectivity=1)
    piece = pieces == pieces[at]
    np.testing.assert_array_equal(flooded(free, at, tile, free.size), piece)


@settings(deadline=None, max_examples=30)
@given(TILES, st.integers(0, 600))
def test_it_stops_one_tile_after_the_limit(tile: Index, most: int) -> None:
    reached = np.count_nonzero(flooded(np.ones((9, 10, 11), bool), (4, 4, 4), tile, most))
    assert min(most, 990) <= reached <= most + np.prod(tile)


def test_only_tiles_that_are_reached_are_looked_at() -> None:
    looked: list[Box] = []
    free = np.zeros((4, 4, 400), bool)
    free[2, 2, 90:110] = True

    def may_flood(box: Box) -> MaskArray:
        looked.append(box)
        return free[box.slices]

    Flood(may_flood, (4, 4, 400), (4, 4, 10)).run((2, 2, 100), 999, Task())
    assert sorted(box.start[2] for box in looked) == [80, 90, 100, 110]


def test_a_voxel_that_may_not_be_flooded() -> None:
    with pytest.raises(ValueError, match="may not be flooded"):
        flooded(np.zeros((3, 3, 3), bool), (1, 1, 1), (2, 2, 2), 9)


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        Flood(lambda box: np.ones(box.shape, bool), (9, 9, 9), (2, 2, 2)).run((0, 0, 0), 999, task)
