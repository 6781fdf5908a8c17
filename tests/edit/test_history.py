"""Undo and redo restore exactly, within a budget of bytes."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit import BoxDelta, Edit, Guard, History, Step, apply_edit
from tests.edit.conftest import GRID, SHAPE, edits


def write(labels: LabelMap, edit: Edit, hu: HUArray, title: str = "Step") -> Step | None:
    """An edit as a step."""
    delta = apply_edit(labels, edit, Guard(), hu)
    return None if delta is None else Step(title, (delta,))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(edits(), st.sampled_from(["undo", "redo"])), max_size=20))
def test_any_order_of_edits_undo_and_redo(
    labels: LabelMap, hu: HUArray, acts: list[Edit | str]
) -> None:
    """Against a list of whole copies, which cannot be wrong."""
    labels, history = labels.copy(), History()
    copies, names, at = [labels.array.copy()], [history.state], 0
    for act in acts:
        if act == "undo":
            box = history.undo(labels)
            assert (box is None) == (at == 0)
            at = max(at - 1, 0)
        elif act == "redo":
            box = history.redo(labels)
            assert (box is None) == (at == len(copies) - 1)
            at = min(at + 1, len(copies) - 1)
        else:
            assert isinstance(act, Edit)
            step = write(labels, act, hu)
            if step is not None:
                history.push(step)
                at += 1
                copies[at:], names[at:] = [labels.array.copy()], [history.state]
        np.testing.assert_array_equal(labels.array, copies[at])
        assert history.state is names[at]
        assert history.position == at and len(history.titles) == len(copies) - 1
        assert history.nbytes == sum(step.nbytes for step in history._steps)


def noise(seed: int) -> Edit:
    """Every voxel anew, hard to compress."""
    values = np.random.default_rng(seed).integers(0, 256, SHAPE).astype(np.uint8)
    return Edit(Box.whole(SHAPE), np.ones(SHAPE, bool), values)


def test_the_oldest_steps_go_when_the_budget_is_spent(hu: HUArray) -> None:
    labels, history = LabelMap.empty(GRID), History(budget=2000)
    states: list[LabelArray] = [labels.array.copy()]
    for n in range(8):
        step = write(labels, noise(n), hu, f"Step {n}")
        assert step is not None
        history.push(step)
        states.append(labels.array.copy())
        assert history.nbytes <= 2000
    kept = len(history.titles)
    assert 1 <= kept < 8 and history.dropped == 8 - kept
    assert history.titles == tuple(f"Step {n}" for n in range(8 - kept, 8))
    while history.undo(labels) is not None:
        pass
    np.testing.assert_array_equal(labels.array, states[8 - kept])


def test_the_newest_step_is_kept_whatever_its_size(hu: HUArray) -> None:
    labels, history = LabelMap.empty(GRID), History(budget=1)
    for n in range(2):
        step = write(labels, noise(n), hu, str(n))
        assert step is not None
        history.push(step)
    assert history.titles == ("1",) and history.nbytes > 1


def test_what_was_opened_is_gone_with_the_first_step(hu: HUArray) -> None:
    """A state whose step was dropped equals no later one: unsaved stays unsaved."""
    labels, history = LabelMap.empty(GRID), History(budget=1)
    opened = history.state
    for n in range(2):
        step = write(labels, noise(n), hu)
        assert step is not None
        history.push(step)
    history.undo(labels)
    assert history.state is not opened


def test_a_step_counts_what_each_label_gained(labels: LabelMap, hu: HUArray) -> None:
    before = np.bincount(labels.array.ravel(), minlength=4)
    history = History()
    assert history.last is None
    step = write(labels, Edit(Box((1, 1, 1), (4, 5, 6)), np.ones((3, 4, 5), bool), 2), hu)
    assert step is not None
    history.push(step)
    gained = np.bincount(labels.array.ravel(), minlength=4) - before
    assert step.gained == {n: int(gained[n]) for n in range(4) if gained[n]}
    assert history.last is step
    history.undo(labels)
    assert history.last is None


def test_a_delta_is_a_small_part_of_its_box() -> None:
    zeros = np.zeros((40, 40, 40), np.uint8)
    ones = zeros.copy()
    ones[10:20, 10:20, 10:20] = 2
    delta = BoxDelta.between(Box.whole((40, 40, 40)), zeros, ones)
    assert delta.nbytes < 2000
    np.testing.assert_array_equal(delta.before(), zeros)
    np.testing.assert_array_equal(delta.after(), ones)
