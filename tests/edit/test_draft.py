"""What is shown before it is written is what is written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.edit import GONE, Edit, Guard, apply_edit, draft

SHAPE = (3, 4, 5)
GRID = Geometry.straight(SHAPE, (3.0, 1.0, 1.0))
LABELS = hnp.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))


@given(LABELS, LABELS, hnp.arrays(bool, SHAPE), st.frozensets(st.integers(1, 3), max_size=2))
def test_a_draft_is_what_applying_would_do(
    old: np.ndarray, new: np.ndarray, mask: np.ndarray, locked: frozenset[int]
) -> None:
    edit, guard = Edit(Box.whole(SHAPE), mask, new), Guard(locked)
    hu, written = np.zeros(SHAPE, np.int16), LabelMap(old, GRID)
    changed = apply_edit(written, edit, guard, hu) is not None
    labels = LabelMap(old, GRID)
    if not changed:
        with pytest.raises(EditRefused):
            draft("Try", "try", edit, labels, guard, hu)
        return
    made = draft("Try", "try", edit, labels, guard, hu)
    assert np.array_equal(labels.array, old)  # nothing is written yet
    again = LabelMap(old, GRID)
    apply_edit(again, made.edit, Guard(), hu)
    assert np.array_equal(again.array, written.array)
    shown = np.zeros(SHAPE, np.uint8)
    shown[made.edit.box.slices] = made.shown
    differs = written.array != old
    assert np.array_equal(shown > 0, differs)
    assert np.array_equal(
        shown[differs], np.where(written.array == 0, GONE, written.array)[differs]
    )
    for label in (1, 2, 3):
        gain = int((written.array == label).sum()) - int((old == label).sum())
        assert made.gained.get(label, 0) == gain


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_draft_tells_its_slices_run_by_run(axis: int) -> None:
    """A painted slice between two filled gaps parts nothing."""
    labels = np.zeros((30, 30, 30), np.uint8)
    edit_mask = np.zeros(labels.shape, bool)
    np.moveaxis(edit_mask, axis, 0)[[3, 4, 6, 7, 8, 20], 5:9, 5:9] = True
    grid = Geometry.straight(labels.shape, (1.0, 1.0, 1.0))
    edit = Edit(Box.whole(labels.shape), edit_mask, 2)
    hu = np.zeros(labels.shape, np.int16)
    made = draft("Fill", "fill", edit, LabelMap(labels, grid), Guard(), hu, axis=axis)
    assert made.slices == ((3, 8), (20, 20))
