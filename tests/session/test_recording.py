"""Every finished step is in the journal; whatever goes wrong with the disk, editing goes on."""

from __future__ import annotations

import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.cases import Author, CaseStore
from kidview.core.box import Box
from kidview.core.errors import BrokenFile
from kidview.core.labels import LabelMap
from kidview.edit import Edit, History
from kidview.edit.journal import read_records
from kidview.session import Session, recording
from kidview.session.past import load_past
from kidview.session.recording import fingerprint
from kidview.session.work_folder import LABELS, ScanHeld, find_unsaved
from tests.session.journal_stage import Recorded, check_same, labels_of
from tests.session.test_session import GRID, SHAPE, cube, proposal, scan

MODEL = Author("model", "m", "1", "a" * 64)
ACTS = [
    "stroke",
    "stroke",
    "stroke",
    "undo",
    "redo",
    "accept",
    "labels",
    "save",
    "abort",
    "nothing",
]


def act(session: Session, what: str, seed: int) -> None:
    """One of the things people do."""
    random = np.random.default_rng(seed)
    start = [int(n) for n in random.integers(0, 4, 3)]
    box = Box((start[0], start[1], start[2]), (start[0] + 2, start[1] + 3, start[2] + 4))
    edit = Edit(box, random.random(box.shape) < 0.6, int(random.integers(0, 4)))
    if what in ("stroke", "abort"):
        session.begin_stroke(f"Stroke {seed}")
        session.add_to_stroke(edit)
        session.add_to_stroke(Edit(Box((0, 0, 0), (1, 1, 1)), np.ones((1, 1, 1), bool), seed % 4))
        session.end_stroke() if what == "stroke" else session.abort_stroke()
    elif what == "accept":
        session.propose(proposal((seed % 4, 1, 1), 1 + seed % 3), MODEL)
        session.accept(only_unlabelled=bool(seed % 2))
    elif what == "labels":
        values = random.integers(0, 4, SHAPE).astype(np.uint8)
        session.replace_labels(LabelMap(values, GRID), f"Labels {seed}")
    elif what == "save":
        session.mark_saved()
    elif what in ("undo", "redo"):
        getattr(session, what)()


@settings(
    deadline=None,
    max_examples=5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.large_base_example],
)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=200, max_size=200), begins=st.booleans())
def test_two_hundred_acts_are_all_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, acts: list[str], begins: bool
) -> None:
    """With copies of all labels now and then, and with journals that begin anew on the way."""
    monkeypatch.setattr(os, "fsync", lambda file: None)  # there is no power cut to fear
    monkeypatch.setattr(recording, "APPENDED_TO_LABELS", 7)
    monkeypatch.setattr(recording, "MOST_BYTES", 5_000 if begins else 2**40)
    monkeypatch.setattr(recording, "RETRY_S", 0.0)
    recorded = Recorded(tmp_path / "work" / str(time.time_ns()))
    session = recorded.session
    for seed, what in enumerate(acts):
        act(session, what, seed)
        if seed % 40 == 39:
            check_same(load_past(recorded.journal), session)
    past = load_past(recorded.journal)
    check_same(past, session)
    assert past.cut == 0 and past.voxels == fingerprint(scan())
    again = Session()
    again.open(scan(), past=past)
    for one in (session, again):
        while one.redo():
            pass
        last = labels_of(one).copy()
        while one.undo():
            pass
        assert not labels_of(one).any()
        while one.redo():
            pass
        np.testing.assert_array_equal(labels_of(one), last)
    np.testing.assert_array_equal(labels_of(again), labels_of(session))
    recorded.recorder.close()


def test_work_goes_on_in_a_restored_session(recorded: Recorded, work: Path) -> None:
    """And is kept again: history, effort and what was saved go on with it."""
    recorded.paint("One")
    recorded.session.mark_saved()
    recorded.paint("Two", (0, 0, 0), 2)
    old = recorded.journal
    recorded.end_unasked()
    found = find_unsaved(work)
    assert [(one.path, one.steps, one.last) for one in found] == [(old, 2, "Two")]
    other = Recorded(work)
    assert [one.path for one in other.told[-1].unsaved] == [old]
    other.recorder.replace(old)
    other.session.open(scan(), past=load_past(old))
    assert not old.exists() and other.told[-1].unsaved == ()
    other.session.look(tool="brush")
    other.paint("Three", (3, 4, 5), 3)
    other.session.undo()
    check_same(load_past(other.journal), other.session)
    other.session.undo()
    assert not other.session.is_dirty and other.session.history.titles == ("One", "Two", "Three")
    other.recorder.close()


def test_steps_too_old_to_be_undone_stay_what_hands_did(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A journal that begins anew holds what can be undone, and the touched voxels of the rest."""
    monkeypatch.setattr(recording, "RETRY_S", 0.0)
    recorded.session.history = History(budget=150)
    for n in range(8):
        recorded.paint(f"Step {n}", (n % 4, n % 5, n), 1 + n % 3)
    assert 0 < len(recorded.session.history.titles) < 8
    assert len(load_past(recorded.journal).history.titles) == 8, "within the budget of all"
    old = recorded.journal
    monkeypatch.setattr(recording, "MOST_BYTES", 0)
    recorded.session.undo()
    assert recorded.journal != old
    monkeypatch.setattr(recording, "MOST_BYTES", 2**30)
    past = load_past(recorded.journal)
    check_same(past, recorded.session)
    assert past.about.first == recorded.session.history.dropped > 0
    recorded.paint("Later", (0, 0, 0), 3)
    check_same(load_past(recorded.journal), recorded.session)


def test_a_save_in_the_midst_of_a_stroke_waits_for_its_end(recorded: Recorded) -> None:
    """Its dabs are no step yet, so no record and no copy of labels may know them."""
    recorded.paint("One")
    size = recorded.journal.stat().st_size
    recorded.session.begin_stroke("Two")
    recorded.session.add_to_stroke(cube(2, (0, 0, 0), 2))
    recorded.session.mark_saved()
    assert recorded.journal.stat().st_size == size
    recorded.session.end_stroke()
    check_same(load_past(recorded.journal), recorded.session)


def test_a_scan_that_becomes_a_case_moves_on(recorded: Recorded, work: Path) -> None:
    """Its folder is that of the case, and what the case takes over is no effort to come."""
    store = CaseStore(work.parent.parent / "cases")
    session = recorded.session
    session.propose(proposal(), MODEL)
    session.accept()
    recorded.paint("One")
    before = recorded.recorder.folder
    case = store.add(scan())
    session.enter_case(case, holds_labels=False)
    assert recorded.recorder.folder != before and not before.exists()  # type: ignore[union-attr]
    assert load_past(recorded.journal).about.case_id == case.case_id
    check_same(load_past(recorded.journal), session)
    spent, accepted = session.effort.spent(session.history.count), session.accepted
    recorded.paint("Two", (0, 0, 0), 2)
    assert accepted is not None
    session.prediction_kept(accepted)
    session.case_kept(replace(case, revision=2), session.history.state, spent)
    past = load_past(recorded.journal)
    check_same(past, session)
    assert past.effort.spent(9).operations == {"brush": 1} and past.accepted is None
    assert past.effort.spent(9).painted(SHAPE).sum() == 8
    assert past.revision == 2
    session.take_record(replace(case, revision=3))
    assert load_past(recorded.journal).revision == 3
    other = Recorded(work)
    other.session.open(scan(), case=case)
    assert isinstance(other.told[-1].error, ScanHeld), "under whatever path it is opened"
    other.recorder.close()


# -- what is left of what ------------------------------------------------------------


def test_what_was_saved_or_given_up_leaves_nothing(recorded: Recorded, work: Path) -> None:
    recorded.paint("One")
    recorded.session.mark_saved()
    recorded.end_unasked()
    assert find_unsaved(work) == () and not list(work.glob("*/"))
    recorded.session.open(scan())
    recorded.paint("Two")
    recorded.recorder.give_up()
    recorded.recorder.close()
    assert not list(work.glob("*/"))


def test_what_nobody_decided_about_is_left(recorded: Recorded, work: Path) -> None:
    """Painted while the next scan was read, or after it could not be."""
    recorded.paint("One")
    recorded.recorder.give_up()
    recorded.paint("Two", (0, 0, 0))
    recorded.session.open(scan())
    assert [one.last for one in recorded.told[-1].unsaved] == ["Two"]


def test_a_look_at_a_scan_is_no_unsaved_work(recorded: Recorded, work: Path) -> None:
    path = recorded.journal
    assert find_unsaved(work) == (), "its window lives"
    recorded.end_unasked()
    assert find_unsaved(work) == () and not path.exists()


def test_the_folder_is_the_users_alone_and_tells_no_more_than_the_path(
    recorded: Recorded, work: Path
) -> None:
    recorded.paint("Brush, tumour")
    for path in [work.parent, *work.parent.rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    about, _ = next(read_records(recorded.journal))
    assert set(about.fields) == {
        "path", "format", "title", "case_id", "revision", "second_reader", "shape_zyx",
        "zyx_to_ras", "axes", "flips", "first", "began",
    }  # fmt: skip


def test_a_damaged_end_is_set_aside(recorded: Recorded) -> None:
    recorded.paint("One")
    kept = labels_of(recorded.session).copy()
    size = recorded.journal.stat().st_size
    recorded.paint("Two", (0, 0, 0), 2)
    path = recorded.journal
    path.write_bytes(path.read_bytes()[:-3])
    tail = path.read_bytes()[size:]
    past = load_past(path)
    assert past.cut == len(tail) and past.history.titles == ("One",)
    np.testing.assert_array_equal(past.labels.array, kept)
    assert path.with_suffix(".damaged").read_bytes() == tail
    assert path.stat().st_size == size
    assert load_past(path).cut == 0
    recorded.end_unasked()
    again = Recorded(recorded.work)
    again.recorder.replace(path)
    again.session.open(scan(), past=past)
    assert not path.exists() and again.journal.with_suffix(".damaged").read_bytes() == tail
    again.session.mark_saved()
    again.recorder.close()
    assert not list(recorded.work.rglob("*.damaged"))


def test_labels_newer_than_the_damage_are_one_step_more(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hole in the middle costs undo steps, no labels."""
    monkeypatch.setattr(recording, "APPENDED_TO_LABELS", 4)
    recorded.paint("One")
    middle = recorded.journal.stat().st_size
    before = labels_of(recorded.session).copy()
    for n in range(3):
        recorded.paint(f"More {n}", (n, n, n), 2)
    path = recorded.journal
    assert path.with_suffix(LABELS).exists()
    data = bytearray(path.read_bytes())
    data[middle + 20] ^= 1
    path.write_bytes(data)
    past = load_past(path)
    np.testing.assert_array_equal(past.labels.array, labels_of(recorded.session))
    assert past.history.titles == ("One", "Recovered labels")
    past.history.undo(past.labels)
    np.testing.assert_array_equal(past.labels.array, before)


def test_without_its_first_labels_a_journal_has_the_later_ones(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "APPENDED_TO_LABELS", 2)
    recorded = Recorded(work)
    recorded.session.open(scan(), LabelMap(np.full(SHAPE, 3, np.uint8), GRID))
    recorded.paint("One")
    recorded.paint("Two", (0, 0, 0))
    path = recorded.journal
    data = bytearray(path.read_bytes())
    data[data.index(b'"kind":"labels"') + 3] ^= 1
    path.write_bytes(data)
    past = load_past(path)
    np.testing.assert_array_equal(past.labels.array, labels_of(recorded.session))
    assert past.history.titles == () and past.history.state is not past.saved
    path.with_suffix(LABELS).unlink()
    with pytest.raises(BrokenFile, match="labels a journal began with are damaged"):
        load_past(path)
    recorded.recorder.close()


def test_a_journal_that_does_not_say_whose_it_is_is_told_and_kept(
    recorded: Recorded, work: Path
) -> None:
    recorded.paint("One")
    path = recorded.journal
    recorded.end_unasked()
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    (one,) = find_unsaved(work)
    assert one.about is None and one.name == "a scan" and path.exists()
    with pytest.raises(BrokenFile):
        load_past(path)
