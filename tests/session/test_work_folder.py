"""Whose scan it is, and what happens when the disk fails."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kidview.cases import Author
from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.edit import Edit
from kidview.session import recording
from kidview.session.past import load_past
from kidview.session.work_folder import ScanHeld, find_unsaved
from tests.session.journal_stage import Recorded, check_same, labels_of
from tests.session.test_session import proposal, scan

MODEL = Author("model", "m", "1", "a" * 64)

# -- two windows ---------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from tests.session.journal_stage import Recorded
recorded = Recorded(Path(sys.argv[1]))
recorded.paint("Theirs")
print(len(recorded.told), recorded.told[-1].error, flush=True)
sys.stdin.read()
"""


def test_another_process_has_the_scan(work: Path) -> None:
    """The second window says who; the first one killed, it takes over and offers the work."""
    root = Path(__file__).resolve().parents[2]
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(work)], cwd=root, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert first.stdout is not None and first.stdin is not None
    assert first.stdout.readline() == "1 None\n"
    second = Recorded(work)
    (told,) = second.told
    assert isinstance(told.error, ScanHeld) and f"process {first.pid}" in told.error.what
    second.paint("Not kept")
    assert len(second.told) == 1 and len(list(work.glob("*/*.journal"))) == 1
    assert find_unsaved(work) == (), "its window lives"
    first.kill()
    first.wait()
    first.stdin.close()
    first.stdout.close()
    second.recorder.retry()
    assert second.told[-1].error is None
    assert [one.last for one in second.told[-1].unsaved] == ["Theirs"]
    second.recorder.give_up()
    second.recorder.close()
    assert [one.last for one in find_unsaved(work)] == ["Theirs"], "that is nobody's decision yet"


def test_two_windows_of_one_program(recorded: Recorded, work: Path) -> None:
    second = Recorded(work)
    assert isinstance(second.told[-1].error, ScanHeld)
    another = replace(scan().source, path=Path("b.nii.gz"))
    second.session.open(replace(scan(), source=another))
    assert second.told[-1].error is None
    second.session.open(scan())
    assert isinstance(second.told[-1].error, ScanHeld)
    recorded.recorder.close()
    second.recorder.retry()
    assert second.told[-1].error is None
    second.recorder.close()


def test_a_session_that_only_looks_refuses_edits(recorded: Recorded) -> None:
    session = recorded.session
    session.begin_stroke("Brush")
    session.add_to_stroke(Edit(Box((0, 0, 0), (1, 1, 1)), np.ones((1, 1, 1), bool), 1))
    session.only_look(EditRefused("it is open elsewhere", "close that"))
    assert not labels_of(session).any() and not session.is_painting
    session.propose(proposal(), MODEL)
    for edit in (lambda: recorded.paint("One"), session.accept):
        with pytest.raises(EditRefused, match="open elsewhere"):
            edit()
    assert session.proposal is not None and session.accepted is None
    session.discard()
    session.only_look(None)
    recorded.paint("One")
    session.only_look(EditRefused("it is open elsewhere", "close that"))
    session.open(scan())
    recorded.paint("Two")


# -- a disk that fails -----------------------------------------------------------------


def fails(*_words: object) -> int:
    """What the system says on a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_once_and_work_is_kept_again_later(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.paint("One")
    size, write = recorded.journal.stat().st_size, os.write
    with monkeypatch.context() as full:

        def fails_late(file: int, data: bytes) -> int:
            if len(data) > 8:
                return write(file, data[:8])
            return fails()

        full.setattr(os, "write", fails_late)
        recorded.paint("Two", (0, 0, 0), 2)
        recorded.paint("Three", (0, 0, 0), 3)
        told = recorded.told[-1]
        assert told.error is not None and "the disk is full" in told.error.what
        assert len(recorded.told) == 2
    assert recorded.journal.stat().st_size == size, "half a record was taken off again"
    assert load_past(recorded.journal).history.titles == ("One",)
    recorded.paint("Four", (2, 2, 2), 1)
    assert load_past(recorded.journal).history.titles == ("One",), "not tried again at once"
    monkeypatch.setattr(recording, "RETRY_S", 0.0)
    with monkeypatch.context() as full:
        full.setattr(os, "replace", fails)
        recorded.paint("Five", (0, 0, 3), 1)
        assert recorded.told[-1].error is not None
    assert load_past(recorded.journal).history.titles == ("One",), "the old one stays till then"
    recorded.session.undo()
    assert recorded.told[-1].error is None and len(recorded.told) == 4
    check_same(load_past(recorded.journal), recorded.session)
    recorded.session.redo()
    check_same(load_past(recorded.journal), recorded.session)


def test_a_folder_that_was_removed_is_told_and_made_again(
    recorded: Recorded, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.paint("One")
    shutil.rmtree(work.parent)
    recorded.paint("Two", (0, 0, 0), 2)
    told = recorded.told[-1]
    assert told.error is not None and "was removed" in told.error.what
    monkeypatch.setattr(recording, "RETRY_S", 0.0)
    recorded.paint("Three", (2, 2, 2), 3)
    assert recorded.told[-1].error is None
    check_same(load_past(recorded.journal), recorded.session)
    second = Recorded(work)
    assert isinstance(second.told[-1].error, ScanHeld)
    second.recorder.close()


def test_a_place_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "work").write_text("a file where the folder should be")
    recorded = Recorded(tmp_path / "work" / "me")
    assert recorded.told[-1].error is not None
    recorded.paint("One")
    assert labels_of(recorded.session).any() and len(recorded.told) == 1
    recorded.recorder.close()
