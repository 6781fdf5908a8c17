"""The journal gives labels, undo and redo again, as far as it is whole."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.errors import BrokenFile
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit import Edit, Guard, History, Step, Stroke, Touched, apply_edit
from kidview.edit.journal import (
    MAGIC,
    Record,
    Replay,
    effort_record,
    labels_of,
    labels_record,
    read_records,
    step_record,
)
from tests.edit.conftest import GRID, SHAPE, edits

OPERATIONS = 200


def played(path: Path, labels: LabelMap) -> Replay:
    """All records of a file, on a copy of the labels they began with."""
    replay = Replay()
    replay.labels = labels.copy()
    for record, _ in read_records(path):
        replay.take(record)
    return replay


@dataclass
class Book:
    """Labels with their history, and a journal of all that happens to them."""

    labels: LabelMap
    hu: HUArray
    history: History = field(default_factory=History)
    packed: list[bytes] = field(default_factory=lambda: [MAGIC])

    def do(self, act: Edit | str, title: str) -> None:
        """Edit, undo or redo."""
        if isinstance(act, Edit):
            delta = apply_edit(self.labels, act, Guard(), self.hu)
            if delta is not None:
                number, step = self.history.count, Step(title, (delta,))
                self.history.push(step)
                self.packed.append(step_record(number, step).pack())
            return
        (self.history.undo if act == "undo" else self.history.redo)(self.labels)
        self.packed.append(Record("at", {"number": self.history.count}).pack())

    def write(self, path: Path) -> Path:
        path.write_bytes(b"".join(self.packed))
        return path


# -- records ----------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.text(max_size=8),
            st.dictionaries(st.sampled_from("abc"), st.integers() | st.text()),
            st.lists(st.binary(max_size=50), max_size=3),
        ),
        max_size=6,
    )
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read(
    tmp_path: Path, rows: list[tuple[str, dict[str, object], list[bytes]]]
) -> None:
    records = [Record(kind, fields, tuple(blobs)) for kind, fields, blobs in rows]
    path = tmp_path / "a.journal"
    path.write_bytes(MAGIC + b"".join(record.pack() for record in records))
    found = list(read_records(path))
    assert [(r.kind, r.fields, list(r.blobs)) for r, _ in found] == rows
    assert found == [] or found[-1][1] == path.stat().st_size


@pytest.mark.parametrize("content", [b"", b"KidView", b"KidView journal 2\n" + b"x" * 50])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.journal"
    path.write_bytes(content)
    with pytest.raises(BrokenFile, match="no journal of this version"):
        list(read_records(path))
    with pytest.raises(BrokenFile, match="cannot be read"):
        list(read_records(tmp_path / "gone.journal"))


def test_whole_labels_come_back(labels: LabelMap) -> None:
    record = labels_record(labels.array)
    np.testing.assert_array_equal(labels_of(record, GRID).array, labels.array)
    assert not labels_of(labels_record(np.zeros(SHAPE, np.uint8)), GRID).array.any()
    with pytest.raises(BrokenFile):
        labels_of(Record("labels", {"box": [0, 0, 0, 9, 9, 9]}, record.blobs), GRID)


def test_a_drag_of_many_dabs_is_kept_as_one_mask(labels: LabelMap, hu: HUArray) -> None:
    stroke = Stroke("Brush", labels, Guard(), hu, keeps_touched=True)
    reached = np.zeros(SHAPE, bool)
    for start in ((0, 0, 0), (1, 2, 2), (2, 3, 4)):
        box = Box(start, (start[0] + 2, start[1] + 3, start[2] + 4))
        stroke.add(Edit(box, np.ones(box.shape, bool), 2))
        reached[box.slices] = True
    step, touched = stroke.commit(), stroke.touched
    assert step is not None and len(touched) == 3
    replay = Replay()
    replay.take(step_record(0, step, touched, 4.25, {"brush": 1}))
    ((one,),) = replay.touched
    found = np.zeros(SHAPE, bool)
    found[one.box.slices] = one.mask()
    np.testing.assert_array_equal(found, reached)
    assert (replay.seconds, replay.operations) == (4.2, {"brush": 1})
    assert Touched.merged(()) == ()


# -- replay -------------------------------------------------------------------------


@settings(
    deadline=None,
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)
@given(
    acts=st.lists(
        st.one_of(edits(), st.sampled_from(["undo", "redo"])),
        min_size=OPERATIONS,
        max_size=OPERATIONS,
    )
)
def test_two_hundred_operations_there_and_back(
    tmp_path: Path, labels: LabelMap, hu: HUArray, acts: list[Edit | str]
) -> None:
    """Undo all is the start, redo all the end, and the journal tells the same."""
    book = Book(labels.copy(), hu)
    for number, act in enumerate(acts):
        book.do(act, f"Step {number}")
    replay = played(book.write(tmp_path / "a.journal"), labels)
    assert replay.labels is not None
    np.testing.assert_array_equal(replay.labels.array, book.labels.array)
    again = History.of(replay.steps, replay.count)
    assert again.titles == book.history.titles and again.position == book.history.position
    assert again.nbytes == book.history.nbytes
    for history, map_ in ((book.history, book.labels), (again, replay.labels)):
        while history.redo(map_) is not None:
            pass
        latest = map_.array.copy()
        while history.undo(map_) is not None:
            pass
        np.testing.assert_array_equal(map_.array, labels.array)
        while history.redo(map_) is not None:
            pass
        np.testing.assert_array_equal(map_.array, latest)
    np.testing.assert_array_equal(replay.labels.array, book.labels.array)


def small_book(hu: HUArray) -> tuple[Book, list[LabelArray], list[int]]:
    """Six records, the labels after each number of them, and where each ends."""
    book = Book(LabelMap.empty(GRID), hu)
    random = np.random.default_rng(3)
    states, ends = [book.labels.array.copy()], [len(MAGIC)]
    for number, act in enumerate(["edit", "edit", "edit", "undo", "edit", "redo"]):
        box = Box((number % 3, 1, 2), (number % 3 + 2, 5, 7))
        edit = Edit(box, random.random(box.shape) < 0.7, 1 + number % 3)
        book.do(edit if act == "edit" else act, f"Step {number}")
        states.append(book.labels.array.copy())
        ends.append(ends[-1] + len(book.packed[-1]))
    assert len(book.packed) == 7
    return book, states, ends


def test_a_journal_cut_anywhere_gives_its_whole_records(tmp_path: Path, hu: HUArray) -> None:
    """At every byte: what a kill or a full disk leaves."""
    book, states, ends = small_book(hu)
    whole = book.write(tmp_path / "whole.journal").read_bytes()
    for size in range(ends[0], len(whole) + 1):
        path = tmp_path / "cut.journal"
        path.write_bytes(whole[:size])
        replay = played(path, LabelMap.empty(GRID))
        number = sum(end <= size for end in ends) - 1
        assert replay.labels is not None
        np.testing.assert_array_equal(replay.labels.array, states[number], err_msg=str(size))


@pytest.mark.parametrize("bit", [0, 5])
def test_a_byte_that_changed_ends_the_journal_there(tmp_path: Path, hu: HUArray, bit: int) -> None:
    """Each byte of the last three records in turn."""
    book, states, ends = small_book(hu)
    whole = bytearray(book.write(tmp_path / "whole.journal").read_bytes())
    for place in range(ends[3], len(whole)):
        whole[place] ^= 1 << bit
        path = tmp_path / "bad.journal"
        path.write_bytes(whole)
        whole[place] ^= 1 << bit
        replay = played(path, LabelMap.empty(GRID))
        number = sum(end <= place for end in ends) - 1
        assert replay.labels is not None
        np.testing.assert_array_equal(replay.labels.array, states[number], err_msg=str(place))


def test_zeros_at_the_end_are_no_records(tmp_path: Path, hu: HUArray) -> None:
    """A file may be as long as it should and hold zeros after a power cut; their CRC-32 fits."""
    assert zlib.crc32(b"") == 0
    book, states, ends = small_book(hu)
    path = book.write(tmp_path / "a.journal")
    path.write_bytes(path.read_bytes() + bytes(4096))
    found = list(read_records(path))
    assert len(found) == 6 and found[-1][1] == ends[-1]
    replay = played(path, LabelMap.empty(GRID))
    assert replay.labels is not None
    np.testing.assert_array_equal(replay.labels.array, states[-1])


def test_a_record_that_does_not_follow_is_refused(hu: HUArray) -> None:
    book, _, _ = small_book(hu)
    step = book.history.steps[0]
    for record in (
        step_record(1, step),  # step 0 is missing
        Record("at", {"number": 1}),
        Record("at", {}),
        Record("step", {"number": 0, "title": "x", "boxes": [[1, 2]], "touched": []}),
        Record("effort", {"seconds": 1.0}),
    ):
        with pytest.raises(BrokenFile):
            Replay().take(record)
    Replay().take(Record("something newer"))


# -- what was saved, what hands did -----------------------------------------------


def test_unsaved_is_what_differs_from_the_state_saved_last(hu: HUArray) -> None:
    book, _, _ = small_book(hu)
    first, second = book.history.steps[:2]
    replay = Replay()
    assert not replay.is_dirty
    replay.take(step_record(0, first))
    assert replay.is_dirty
    replay.take(Record("saved", {"number": 1}))
    assert not replay.is_dirty
    replay.take(Record("at", {"number": 0}))
    assert replay.is_dirty
    replay.take(step_record(0, second))  # the saved state is gone for ever
    assert replay.is_dirty and replay.saved is None
    assert History.of(replay.steps, 1).state_of(replay.saved) is not replay.steps[0]


def test_what_a_case_took_over_is_told_once(hu: HUArray) -> None:
    book, _, _ = small_book(hu)
    mask = Touched.of(Box((0, 0, 0), (1, 1, 2)), np.ones((1, 1, 2), bool))
    replay = Replay(first=2)
    for number in (2, 3):
        step = book.history.steps[number - 2]
        replay.take(step_record(number, step, (mask,), 5.0 * number, {"brush": number}))
    assert [len(one) for one in replay.touched] == [0, 0, 1, 1]
    replay.take(effort_record(1.0, {"brush": 1}, [3], mask))
    assert [len(one) for one in replay.touched] == [1, 0, 0, 1]
    assert (replay.seconds, replay.operations) == (1.0, {"brush": 1})


def test_a_history_found_again_keeps_its_budget(hu: HUArray) -> None:
    book, _, _ = small_book(hu)
    steps = book.history.steps
    made = History.of(steps, 4 + len(steps), dropped=4, budget=steps[-1].nbytes)
    assert made.steps == steps[-1:] and made.position == 1
    assert made.count == 4 + len(steps) and made.dropped == made.count - 1
    made = History.of(steps, 5, dropped=4)
    assert made.position == 1 and made.count_in(made.state_of(4)) == 4
    assert made.count_in(steps[0]) == 5 and made.count_in(object()) is None
