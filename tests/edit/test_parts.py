"""Boxes of a label hold all of it and lie apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.types import Index, LabelArray
from kidview.edit import parts as module
from kidview.edit.parts import parts, slabs
from tests.edit.shapes import blobs, few


def apart(one: Box, other: Box, gap: Index) -> bool:
    """Whether more than `gap` voxels lie between two boxes along some axis."""
    spaces = [max(one.start[a], other.start[a]) - min(one.stop[a], other.stop[a]) for a in range(3)]
    return any(space > g for space, g in zip(spaces, gap, strict=True))


@few
@given(blobs(kinds=3), st.tuples(*[st.integers(0, 3)] * 3), st.sampled_from([(1,), (2, 3)]))
def test_boxes_hold_all_of_the_label_and_lie_apart(
    labels: LabelArray, gap: Index, members: tuple[int, ...]
) -> None:
    found = parts(labels, members, gap)
    mask = np.isin(labels, members)
    held = np.zeros_like(mask)
    for k, box in enumerate(found):
        held[box.slices] = True
        assert Box.tight(mask[box.slices]) == Box((0, 0, 0), box.shape)
        assert all(apart(box, other, gap) for other in found[:k])
    assert held[mask].all()


def test_two_kidneys_are_two_boxes() -> None:
    labels = np.zeros((9, 20, 30), np.uint8)
    labels[2:6, 5:9, 3:8] = labels[4:8, 6:9, 20:26] = 1
    labels[0, 0, 0] = 2
    assert parts(labels, (1,)) == [Box((2, 5, 3), (6, 9, 8)), Box((4, 6, 20), (8, 9, 26))]
    assert parts(labels, (1,), (12, 12, 12)) == [Box((2, 5, 3), (8, 9, 26))]


def test_a_label_that_is_not_there_has_no_box() -> None:
    labels = np.zeros((3, 4, 5), np.uint8)
    assert parts(labels, (1,)) == []
    labels[1, 1, 1] = 2
    assert parts(labels, (1,)) == []


def test_many_specks_are_found_each() -> None:
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[::4, ::4, ::4] = 1
    assert len(parts(labels, (1,))) == ndimage.label(labels)[1] == 125


def test_slabs_make_up_the_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LARGEST", 10 * 20 * 30)
    box = Box((3, 4, 5), (38, 24, 35))
    pieces = list(slabs(box))
    assert [p.shape for p in pieces] == [(10, 20, 30)] * 3 + [(5, 20, 30)]
    assert pieces[0].start == box.start and pieces[-1].stop == box.stop
