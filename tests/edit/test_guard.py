"""Each rule of protection, and the words for what it refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit import Edit, Guard, apply_edit, why_refused
from tests.edit.conftest import GRID, SHAPE, edits, guards

OLD = np.array([[[0, 1, 2, 3]]], np.uint8)
HU = np.array([[[-50, 0, 100, 101]]], np.int16)


@pytest.mark.parametrize(
    ("guard", "allowed"),
    [
        (Guard(), [1, 1, 1, 1]),
        (Guard(locked=frozenset({1})), [1, 0, 1, 1]),
        (Guard(locked=frozenset({2})), [0, 0, 0, 0]),
        (Guard(over=frozenset({0, 3})), [1, 0, 0, 1]),
        (Guard(over=frozenset()), [0, 0, 0, 0]),
        (Guard(hu_range=(0, 100)), [0, 1, 1, 0]),
        (Guard(frozenset({1}), frozenset({0, 1}), (-50, 0)), [1, 0, 0, 0]),
    ],
)
def test_where_voxels_may_become_tumour(guard: Guard, allowed: list[int]) -> None:
    assert guard.allowed(OLD, 2, HU).ravel().astype(int).tolist() == allowed


def test_a_locked_label_gains_nothing_from_a_proposal() -> None:
    new = np.array([[[1, 2, 3, 0]]], np.uint8)
    allowed = Guard(locked=frozenset({3})).allowed(OLD, new, HU)
    assert allowed.ravel().tolist() == [True, True, False, False]


def ground(label: int) -> LabelMap:
    """One label everywhere."""
    return LabelMap(np.full(SHAPE, label, np.uint8), GRID, owned=True)


EVERYWHERE = Box.whole(SHAPE)
ALL = np.ones(SHAPE, bool)


@pytest.mark.parametrize(
    ("old", "new", "guard", "words"),
    [
        (1, 1, Guard(), "all of this is kidney already"),
        (0, 0, Guard(), "all of this is background already"),
        (0, 2, Guard(locked=frozenset({2})), "tumour is locked"),
        (3, 0, Guard(locked=frozenset({3})), "cyst is locked"),
        (1, 2, Guard(over=frozenset({0})), "kidney may not be drawn over"),
        (0, 1, Guard(over=frozenset({1, 2, 3})), "background may not be drawn over"),
        (0, 1, Guard(hu_range=(500, 900)), "no voxel here has 500 to 900 HU"),
    ],
)
def test_why_nothing_changes(old: int, new: int, guard: Guard, words: str, hu: HUArray) -> None:
    refusal = why_refused(Edit(EVERYWHERE, ALL, new), ground(old), guard, hu)
    assert refusal is not None and refusal.what == words and refusal.hint


def test_a_tool_beside_the_scan_is_told_so(labels: LabelMap, hu: HUArray) -> None:
    box = Box((0, 0, 0), (0, 3, 3))
    refusal = why_refused(Edit(box, np.ones(box.shape, bool), 1), labels, Guard(), hu)
    assert refusal is not None and "nothing of the scan" in refusal.what


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits().filter(lambda edit: isinstance(edit.label, int)), guards())
def test_a_reason_is_given_exactly_when_nothing_is_written(
    labels: LabelMap, hu: HUArray, edit: Edit, guard: Guard
) -> None:
    refusal = why_refused(edit, labels, guard, hu)
    assert (refusal is None) == (apply_edit(labels.copy(), edit, guard, hu) is not None)
