"""A drag: one step that takes all of it back, or nothing."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit import Edit, Guard, History, Stroke
from tests.edit.conftest import edits, guards

ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ANY
@given(st.lists(edits(), max_size=6), guards())
def test_a_drag_is_undone_and_redone_in_one(
    labels: LabelMap, hu: HUArray, pieces: list[Edit], guard: Guard
) -> None:
    labels, history = labels.copy(), History()
    before = labels.array.copy()
    stroke = Stroke("Brush", labels, guard, hu)
    for piece in pieces:
        stroke.add(piece)
    after, step = labels.array.copy(), stroke.commit()
    if step is None:
        np.testing.assert_array_equal(after, before)
        return
    assert len(step.deltas) == 1
    history.push(step)
    history.undo(labels)
    np.testing.assert_array_equal(labels.array, before)
    history.redo(labels)
    np.testing.assert_array_equal(labels.array, after)


@ANY
@given(st.lists(edits(), max_size=6), guards())
def test_an_aborted_drag_leaves_no_voxel_behind(
    labels: LabelMap, hu: HUArray, pieces: list[Edit], guard: Guard
) -> None:
    labels = labels.copy()
    before = labels.array.copy()
    stroke = Stroke("Brush", labels, guard, hu)
    for piece in pieces:
        stroke.add(piece)
    box = stroke.abort()
    np.testing.assert_array_equal(labels.array, before)
    assert stroke.commit() is None and stroke.abort() is None
    assert box is None or box.size > 0
