"""One click relabels one connected piece."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kidview.core.errors import EditRefused
from kidview.core.types import Index, LabelArray, MaskArray
from kidview.edit.tools import relabel as module
from kidview.edit.tools.relabel import component_at, relabel


def flooded(values: LabelArray, at: Index) -> MaskArray:
    """The piece by walking from voxel to voxel over faces."""
    piece, waiting = np.zeros(values.shape, bool), deque([at])
    while waiting:
        here = waiting.popleft()
        if piece[here] or values[here] != values[at]:
            continue
        piece[here] = True
        for axis in range(3):
            for step in (-1, 1):
                there = tuple(c + step * (a == axis) for a, c in enumerate(here))
                if all(0 <= c < n for c, n in zip(there, values.shape, strict=True)):
                    waiting.append(there)
    return piece


@settings(deadline=None)
@given(
    hnp.arrays(
        np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=8), elements=st.integers(0, 2)
    ),
    st.integers(1, 4),
    st.data(),
)
def test_finds_the_piece_a_walk_finds(values: LabelArray, margin: int, data: st.DataObject) -> None:
    at = data.draw(st.tuples(*(st.integers(0, n - 1) for n in values.shape)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_FIRST_MARGIN", margin)  # small, so that the box must grow
        box, mask = component_at(at, values)
    piece = np.zeros(values.shape, bool)
    piece[box.slices] = mask
    np.testing.assert_array_equal(piece, flooded(values, at))


def test_touching_at_an_edge_is_apart() -> None:
    values = np.zeros((1, 2, 2), np.uint8)
    values[0, 0, 0] = values[0, 1, 1] = 2
    edit = relabel((0, 0, 0), 3, values)
    assert np.count_nonzero(edit.mask) == 1 and edit.label == 3


def test_background_is_no_piece() -> None:
    with pytest.raises(EditRefused, match="no label here"):
        relabel((0, 0, 0), 1, np.zeros((2, 2, 2), np.uint8))


def test_the_label_it_has_already() -> None:
    with pytest.raises(EditRefused, match="that label already"):
        relabel((0, 0, 0), 1, np.ones((2, 2, 2), np.uint8))


def test_a_piece_longer_than_the_first_look_is_whole() -> None:
    values = np.zeros((3, 3, 300), np.uint8)
    values[1, 1, 5:295] = 1
    edit = relabel((1, 1, 150), 2, values)
    assert edit.box.start == (1, 1, 5) and edit.box.stop == (2, 2, 295) and edit.mask.all()
