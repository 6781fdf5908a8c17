"""What is saved is what was on screen at the command, whatever is painted while it is written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from kidview.core.labels import LabelMap, Snapshot
from kidview.edit import Edit
from kidview.session import Session
from kidview.ui.main_window import MainWindow
from tests.ui.worklist_stage import FOUND, case_of, in_case, open_window, settle

__all__ = ["in_case", "open_window"]


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Workers copy no labels before it is set."""
    may_copy, real = threading.Event(), Snapshot.labels

    def labels(moment: Snapshot) -> LabelMap:
        assert threading.current_thread() is not threading.main_thread()
        assert may_copy.wait(30)
        return real(moment)

    monkeypatch.setattr(Snapshot, "labels", labels)
    return may_copy


def change_much(session: Session, paint: Callable[..., None]) -> None:
    """Undo, redo, paint over, and take a drag back."""
    session.undo()
    session.redo()
    paint(session, "Brush, cyst", 3)
    session.begin_stroke("Brush", "brush")
    session.add_to_stroke(Edit(FOUND, np.ones(FOUND.shape, bool), 1))
    session.abort_stroke()
    session.undo()
    session.undo()


def test_a_case_holds_the_moment_of_the_command(
    in_case: MainWindow, paint: Callable[..., None], waiting: threading.Event
) -> None:
    session = in_case.context.session
    paint(session)
    assert session.labels is not None
    wanted = session.labels.array.copy()
    in_case.commands["file.save"].trigger()
    change_much(session, paint)
    assert not session.labels.array.any()
    waiting.set()
    settle(in_case)
    kept = in_case.casework.store.load_corrected(case_of(in_case))
    np.testing.assert_array_equal(kept.array, wanted)
    assert session.is_dirty
    session.redo()
    assert not session.is_dirty  # back to what was saved


def test_a_file_holds_the_moment_of_the_command(
    in_case: MainWindow, paint: Callable[..., None], waiting: threading.Event, tmp_path: Path
) -> None:
    session = in_case.context.session
    paint(session)
    in_case.saving.write_to(tmp_path / "mask.nii.gz")
    change_much(session, paint)
    waiting.set()
    settle(in_case)
    written = np.asarray(nib.load(tmp_path / "mask.nii.gz").dataobj)
    assert (written == 2).sum() == 27 == np.count_nonzero(written)


def test_half_a_stroke_is_not_saved(
    in_case: MainWindow, tmp_path: Path, qtbot: QtBot, paint: Callable[..., None]
) -> None:
    session = in_case.context.session
    paint(session)
    session.begin_stroke("Brush", "brush")
    session.add_to_stroke(Edit(FOUND, np.ones(FOUND.shape, bool), 1))
    for save in (
        in_case.casework.save,
        lambda: in_case.saving.write_to(tmp_path / "mask.nii.gz"),
    ):
        in_case.say("")
        save()
        settle(in_case)
        assert in_case.status.message.text() == "Finish the stroke first, then save"
    assert case_of(in_case).corrected is None and not (tmp_path / "mask.nii.gz").exists()
    assert session.end_stroke()
    in_case.casework.save()
    settle(in_case)
    assert case_of(in_case).corrected is not None and not session.is_dirty
