"""The labels of one moment, copied while edits go on."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit import Edit, Guard, History, Stroke, apply_edit
from tests.edit.conftest import GRID, edits

ANY = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Halved(np.ndarray):
    """Copied in two halves; `meanwhile` happens between them."""

    meanwhile: Callable[[], None]

    def copy(self, order: str = "C") -> LabelArray:  # type: ignore[override]
        plain = self.view(np.ndarray)
        half = len(plain) // 2
        upper = plain[half:].copy()
        self.meanwhile()
        return np.concatenate([plain[:half], upper])


class SlowMap(LabelMap):
    """Labels whose copy takes so long that edits fall into it."""

    meanwhile: Callable[[], None] | None = None

    @property
    def array(self) -> LabelArray:
        """The labels; once, with something that happens while they are copied."""
        view = super().array
        if self.meanwhile is None:
            return view
        slow, self.meanwhile = view.view(Halved), None
        slow.meanwhile = self._happens
        return slow

    def edit_while_copied(self, happens: Callable[[], None]) -> None:
        self._happens = self.meanwhile = happens


@ANY
@given(st.lists(edits(), max_size=4), st.lists(edits(), max_size=4), st.lists(edits(), max_size=4))
def test_a_snapshot_is_the_moment_it_was_taken(
    labels: LabelMap, hu: HUArray, before: list[Edit], during: list[Edit], later: list[Edit]
) -> None:
    slow = SlowMap(labels.array, GRID)

    def paint(pieces: list[Edit]) -> None:
        for piece in pieces:
            apply_edit(slow, piece, Guard(), hu)

    moment, wanted = slow.snapshot(), slow.array.copy()
    paint(before)
    slow.edit_while_copied(lambda: paint(during))
    taken = moment.labels()
    paint(later)
    np.testing.assert_array_equal(taken.array, wanted)
    assert moment.labels() is taken


def test_undo_redo_and_a_drag_taken_back_leave_a_snapshot_alone(
    labels: LabelMap, hu: HUArray
) -> None:
    history, whole = (
        History(),
        Edit(Box.whole(labels.array.shape), np.ones(GRID.shape_zyx, bool), 3),
    )

    def drag() -> Stroke:
        stroke = Stroke("Brush", labels, Guard(), hu)
        stroke.add(whole)
        return stroke

    step = drag().commit()
    assert step is not None
    history.push(step)
    for change in (lambda: history.undo(labels), lambda: history.redo(labels)):
        moment, wanted = labels.snapshot(), labels.array.copy()
        change()
        assert not np.array_equal(labels.array, wanted)
        np.testing.assert_array_equal(moment.labels().array, wanted)
    history.undo(labels)
    stroke = drag()
    moment, wanted = labels.snapshot(), labels.array.copy()
    stroke.abort()
    np.testing.assert_array_equal(moment.labels().array, wanted)


def test_each_snapshot_has_a_moment_of_its_own(labels: LabelMap, hu: HUArray) -> None:
    taken = []
    for label in (1, 2, 3):
        taken.append((labels.snapshot(), labels.array.copy()))
        box = Box((0, 0, 0), (label, 5, 5))
        apply_edit(labels, Edit(box, np.ones(box.shape, bool), label), Guard(), hu)
    for moment, wanted in reversed(taken):
        np.testing.assert_array_equal(moment.labels().array, wanted)


def test_a_worker_copies_while_another_thread_paints() -> None:
    shape = (48, 256, 256)
    labels = LabelMap.empty(Geometry.straight(shape, (1.0, 1.0, 1.0)))
    hu, random = np.zeros(shape, np.int16), np.random.default_rng(3)
    for _ in range(20):
        moment, wanted = labels.snapshot(), labels.array.copy()
        worker = threading.Thread(target=moment.labels)
        worker.start()
        while worker.is_alive():
            start = random.integers(0, np.array(shape) - 20)
            box = Box(tuple(start), tuple(start + 20))
            label = int(random.integers(0, 4))
            apply_edit(labels, Edit(box, np.ones(box.shape, bool), label), Guard(), hu)
        worker.join()
        np.testing.assert_array_equal(moment.labels().array, wanted)


def test_nothing_is_kept_for_a_snapshot_nobody_waits_for(labels: LabelMap, hu: HUArray) -> None:
    forgotten, copied = labels.snapshot(), labels.snapshot()
    copied.labels()
    del forgotten
    gc.collect()
    box = Box((0, 0, 0), (2, 2, 2))
    apply_edit(labels, Edit(box, np.ones(box.shape, bool), 1), Guard(), hu)
    apply_edit(labels, Edit(box, np.ones(box.shape, bool), 2), Guard(), hu)
    assert list(labels._snapshots) == [copied] and not copied._replaced
