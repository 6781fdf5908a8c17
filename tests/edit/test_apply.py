"""The one writer: exactly what the guard allows, voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit import Edit, Guard, apply_edit
from tests.edit.conftest import GRID, SHAPE, edits, guards

ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def one_by_one(labels: LabelMap, edit: Edit, guard: Guard, hu: HUArray) -> np.ndarray:
    """What the labels shall be, by a loop over voxels."""
    wanted = labels.array.copy()
    for local in np.ndindex(edit.box.shape):
        at = tuple(a + b for a, b in zip(local, edit.box.start, strict=True))
        old = int(wanted[at])
        new = edit.label if isinstance(edit.label, int) else int(edit.label[local])
        is_allowed = (
            old not in guard.locked
            and new not in guard.locked
            and (guard.over is None or old in guard.over)
            and (guard.hu_range is None or guard.hu_range[0] <= hu[at] <= guard.hu_range[1])
        )
        if edit.mask[local] and is_allowed:
            wanted[at] = new
    return wanted


@ANY
@given(edits(), guards())
def test_writes_what_a_loop_over_voxels_would(
    labels: LabelMap, hu: HUArray, edit: Edit, guard: Guard
) -> None:
    labels = labels.copy()
    before, wanted = labels.array.copy(), one_by_one(labels, edit, guard, hu)
    delta = apply_edit(labels, edit, guard, hu)
    np.testing.assert_array_equal(labels.array, wanted)
    changed = Box.tight(wanted != before)
    assert (delta.box if delta is not None else None) == changed
    if delta is not None:
        np.testing.assert_array_equal(delta.before(), before[delta.box.slices])
        np.testing.assert_array_equal(delta.after(), wanted[delta.box.slices])


def test_labels_cannot_be_written_from_outside(labels: LabelMap) -> None:
    with pytest.raises(ValueError, match="read-only"):
        labels.array[0, 0, 0] = 1


def test_an_edit_must_fit_its_box() -> None:
    box = Box((0, 0, 0), (1, 2, 3))
    with pytest.raises(ValueError, match="mask"):
        Edit(box, np.ones((1, 2, 2), bool), 1)
    with pytest.raises(ValueError, match="labels"):
        Edit(box, np.ones((1, 2, 3), bool), np.zeros((3, 2, 1), np.uint8))


def test_a_small_edit_keeps_a_small_delta(hu: HUArray) -> None:
    labels = LabelMap.empty(GRID)
    mask = np.zeros(SHAPE, bool)
    mask[2, 3, 4] = True
    delta = apply_edit(labels, Edit(Box.whole(SHAPE), mask, 1), Guard(), hu)
    assert delta is not None and delta.box == Box((2, 3, 4), (3, 4, 5))
