"""Scribbles are kept beside the labels and taken back stroke by stroke."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.edit import Edit
from kidview.session.scribbles import Scribbles

SHAPE = (6, 7, 8)


@st.composite
def dabs(draw: st.DrawFn) -> Edit:
    start = tuple(draw(st.integers(0, n - 2)) for n in SHAPE)
    stop = tuple(draw(st.integers(a + 1, n)) for a, n in zip(start, SHAPE, strict=True))
    box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
    return Edit(box, np.ones(box.shape, bool), draw(st.sampled_from((1, 2, 3, 255))))


@given(st.lists(st.lists(dabs(), min_size=1, max_size=3), max_size=5))
def test_each_stroke_is_taken_back(strokes: list[list[Edit]]) -> None:
    scribbles, layer = Scribbles(SHAPE), np.zeros(SHAPE, np.uint8)
    states = [layer.copy()]
    for stroke in strokes:
        scribbles.begin()
        for edit in stroke:
            scribbles.add(edit)
            layer[edit.box.slices][edit.mask] = edit.label
        states.append(layer.copy())
    while len(states) > 1:
        assert np.array_equal(whole(scribbles), states.pop())
        assert scribbles.take_back()
    assert not scribbles.take_back() and scribbles.box is None


def whole(scribbles: Scribbles) -> np.ndarray:
    out, kept = np.zeros(SHAPE, np.uint8), scribbles.copy()
    if kept is not None:
        out[kept[0].slices] = kept[1]
    for axis, n in enumerate(SHAPE):
        for index in range(n):
            plane = scribbles.plane(axis, index)
            cut = np.take(out, index, axis)
            assert np.array_equal(cut, np.zeros_like(cut) if plane is None else plane)
    return out
