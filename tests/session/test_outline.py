"""A line in hand: anchors and legs stay paired whatever is done to it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kidview.session import Outline

POINT = st.tuples(st.just(4.0), st.floats(0, 50), st.floats(0, 50))


@given(st.lists(st.tuples(POINT, st.lists(POINT, max_size=3)), min_size=1, max_size=6), st.data())
def test_taking_back_undoes_every_anchor(
    drawn: list[tuple[tuple[float, float, float], list[tuple[float, float, float]]]],
    data: st.DataObject,
) -> None:
    states = [Outline("polygon", 0, 4)]
    for at, leg in drawn:
        states.append(states[-1].with_anchor(at, tuple(leg)))
    assert len(states[-1].points) == len(drawn) + sum(len(leg) for _, leg in drawn[1:])
    for before, after in zip(states, states[1:], strict=False):
        assert after.without_last() == before
    last = states[-1]
    number = data.draw(st.integers(0, len(last.anchors) - 1))
    moved = last.moved(number, (4.0, 99.0, 99.0))
    assert moved.points.count((4.0, 99.0, 99.0)) == 1
    assert len(moved.legs) == len(moved.anchors)


def test_the_line_on_another_slice_differs_in_that_alone() -> None:
    line = Outline("polygon", 1, 3).with_anchor((1.5, 3.0, 2.5)).with_anchor((4.0, 3.0, 2.0))
    there = line.on_slice(9)
    assert there.points == ((1.5, 9.0, 2.5), (4.0, 9.0, 2.0)) and there.index == 9
