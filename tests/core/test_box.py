"""Boxes against what numpy does with the same slices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.box import Box

SHAPE = (7, 8, 9)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """Any box within SHAPE, perhaps empty."""
    pairs = [sorted((draw(st.integers(0, n)), draw(st.integers(0, n)))) for n in SHAPE]
    start, stop = zip(*pairs, strict=True)
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def painted(box: Box) -> np.ndarray:
    """A mask with the box's voxels."""
    mask = np.zeros(SHAPE, bool)
    mask[box.slices] = True
    return mask


@given(boxes())
def test_tight_finds_what_was_painted(box: Box) -> None:
    found = Box.tight(painted(box))
    assert found == (box if box.size else None)


@given(boxes())
def test_shape_and_size_are_those_of_the_slices(box: Box) -> None:
    assert np.empty(SHAPE)[box.slices].shape == box.shape
    assert painted(box).sum() == box.size


@given(boxes(), boxes())
def test_a_union_is_the_tight_box_of_both(one: Box, other: Box) -> None:
    if one.size and other.size:
        assert one.union(other) == Box.tight(painted(one) | painted(other))


@given(boxes(), st.tuples(*[st.integers(-9, 9)] * 3))
def test_shifted_there_and_back_is_the_same(box: Box, by: tuple[int, int, int]) -> None:
    back = (-by[0], -by[1], -by[2])
    assert box.shifted(by).shifted(back) == box


@given(boxes(), boxes())
def test_seen_from_an_outer_box_it_is_the_same_voxels(one: Box, other: Box) -> None:
    outer = one.union(other)
    part = painted(one)[outer.slices]
    part[one.seen_from(outer).slices] ^= True
    assert not part.any()


@given(boxes(), st.tuples(*[st.integers(-9, 9)] * 3))
def test_clip_keeps_what_lies_inside(box: Box, by: tuple[int, int, int]) -> None:
    moved = box.shifted(by)
    inside = moved.clip(SHAPE)
    index = np.indices(SHAPE).reshape(3, -1).T
    within = ((index >= moved.start) & (index < moved.stop)).all(axis=1)
    assert inside.size == within.sum()


@given(boxes(), st.tuples(*[st.integers(0, 3)] * 3))
def test_grown_never_leaves_the_array(box: Box, margin: tuple[int, int, int]) -> None:
    grown = box.grown(margin, SHAPE)
    assert grown == grown.clip(SHAPE)
    assert grown.union(box) == grown


@given(boxes(), st.integers(0, 2), st.integers(0, 9))
def test_a_plane_crosses_where_it_holds_voxels(box: Box, axis: int, index: int) -> None:
    if box.size and index < SHAPE[axis]:
        assert box.crosses(axis, index) == painted(box).take(index, axis).any()


@given(st.tuples(*[st.floats(-2, 11)] * 3), st.tuples(*[st.floats(0.5, 4)] * 3))
def test_around_holds_every_centre_within_the_radius(
    centre: tuple[float, ...], radius: tuple[float, ...]
) -> None:
    box = Box.around(centre, radius, SHAPE)
    index = np.indices(SHAPE).reshape(3, -1).T
    within = (np.abs(index - centre) <= radius).all(axis=1)
    assert box.size == within.sum()


def test_a_box_that_starts_after_it_stops_is_refused() -> None:
    with pytest.raises(ValueError, match="starts after"):
        Box((0, 0, 3), (1, 1, 2))
