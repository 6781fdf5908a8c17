"""From a scan to an approved case, with keys and buttons, as two readers do it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.cases import Author, Case, Status
from kidview.core.errors import WriteError
from kidview.core.task import Cancelled
from kidview.ui import segmenting
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist import keeping
from kidview.ui.worklist.reader import ReaderDialog
from tests.ui.worklist_stage import (
    FOUND,
    LEFT,
    MODEL,
    SHIFT,
    case_of,
    errors,
    found,
    in_case,
    make_case,
    open_window,
    press,
    reject,
    settle,
)

__all__ = ["in_case", "open_window"]


def test_the_whole_way_of_a_case(
    open_window: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    window, session = open_window, open_window.context.session
    press(window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    assert case_of(window).status is Status.NEW and not session.is_dirty
    session.look(tool="brush")
    paint(session)
    assert session.is_dirty and window.right.card.last.text() == "Changed, not saved"
    qtbot.mouseClick(window.right.card.save, LEFT)
    settle(window)
    case = case_of(window)
    assert case.status is Status.IN_CORRECTION and not session.is_dirty
    assert case.correctors == ("Ann",) and case.operations == {"brush": 1}
    assert "Saved in" in window.status.message.text()
    qtbot.mouseClick(window.right.card.buttons["cases.corrected"], LEFT)
    settle(window)
    assert case_of(window).status is Status.CORRECTED
    qtbot.mouseClick(window.right.card.buttons["cases.approve"], LEFT)
    settle(window)
    assert errors(window) == [
        f"Ann corrected case {case.case_id} and cannot approve it too. "
        "Ask another person to look at it and to approve it."
    ]
    assert case_of(window).status is Status.CORRECTED
    change_reader(window, qtbot, "Bea")
    qtbot.mouseClick(window.right.card.buttons["cases.approve"], LEFT)
    settle(window)
    assert case_of(window).status is Status.APPROVED and case_of(window).reviewer == "Bea"
    assert errors(window) == []
    qtbot.mouseClick(window.right.card.buttons["cases.reopen"], LEFT)
    settle(window)
    assert case_of(window).status is Status.IN_CORRECTION
    assert [move.by for move in case_of(window).history[1:]] == ["Ann", "Ann", "Bea", "Bea"]


def change_reader(window: MainWindow, qtbot: QtBot, name: str) -> None:
    """As somebody who sits down does."""
    press(window, qtbot, Qt.Key.Key_U, shift=SHIFT)
    dialog = window.findChild(ReaderDialog)
    assert dialog is not None
    dialog.line.selectAll()
    qtbot.keyClicks(dialog.line, name)
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    settle(window)
    assert window.context.settings["reader.name"] == name


def test_a_reviewer_decides_with_keys_alone(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    case = make_case(window.casework.store, 5, Status.CORRECTED, by="Bea")
    window.casework.open(case.case_id)
    settle(window)
    shown = {id for id, button in window.right.card.buttons.items() if button.isVisible()}
    assert shown == {"cases.approve", "cases.reopen", "cases.reject"}
    for key, status in (
        (Qt.Key.Key_A, Status.APPROVED),
        (Qt.Key.Key_E, Status.IN_CORRECTION),
        (Qt.Key.Key_C, Status.CORRECTED),
    ):
        press(window, qtbot, key, shift=SHIFT)
        assert case_of(window).status is status
    reject(window, qtbot)
    assert case_of(window).status is Status.REJECTED and case_of(window).notes == ""
    assert not window.commands["cases.approve"].isEnabled()
    assert "open a case that is corrected" in window.commands["cases.approve"].toolTip()


# -- adding -----------------------------------------------------------------------------


def test_a_proposal_nobody_touched_makes_a_segmented_case(
    open_window: MainWindow, qtbot: QtBot
) -> None:
    window, session = open_window, open_window.context.session
    session.propose(found(), MODEL)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    press(window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    case = case_of(window)
    assert case.status is Status.SEGMENTED and case.model_author == MODEL
    kept = window.casework.store.load_prediction(case).array
    assert kept[FOUND.slices].all() and kept.sum() == FOUND.size
    assert not session.is_dirty and session.accepted is None


def test_what_was_painted_before_is_kept_with_the_next_save(
    open_window: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    window, session = open_window, open_window.context.session
    session.propose(found(), MODEL)
    session.accept()
    paint(session)
    press(window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    assert case_of(window).status is Status.SEGMENTED and session.is_dirty
    press(window, qtbot, Qt.Key.Key_S)
    case, store = case_of(window), window.casework.store
    origin = store.load_origin(case)
    by_model, by_ann = (case.authors.index(a) + 1 for a in (MODEL, Author("person", "Ann")))
    assert (origin == by_ann).sum() == 27  # painted over the network's voxels: they are Ann's
    assert (origin == by_model).sum() == 0
    assert np.array_equal(store.load_corrected(case).array, session.labels.array)  # type: ignore[union-attr]


def test_a_voxel_painted_back_to_what_the_network_said_is_the_persons(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    session, store = in_case.context.session, in_case.casework.store
    session.propose(found(), MODEL)
    session.accept()
    press(in_case, qtbot, Qt.Key.Key_S)
    paint(session, "Brush, tumour", 2)
    paint(session, "Brush, kidney", 1)  # the network's eight voxels are among these
    press(in_case, qtbot, Qt.Key.Key_S)
    case = case_of(in_case)
    assert (store.load_origin(case)[FOUND.slices] != case.model).all()


def test_the_same_scan_twice_leads_to_its_case(open_window: MainWindow, qtbot: QtBot) -> None:
    window = open_window
    there = make_case(window.casework.store, 0, Status.SEGMENTED)
    press(window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    assert window.context.session.case is None and len(window.casework.store.rows()) == 1
    (notice,) = window.notices.shown
    assert notice.text == f"This very scan is case {there.case_id} already."
    notice.buttons[0][1]()
    settle(window)
    assert case_of(window) == there


def test_the_network_that_spoke_is_kept_with_its_checksum(
    open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window

    class Spoken:
        """A segmenter that answers at once."""

        def __init__(self, folder: Path, name: str, device: str) -> None:
            from kidview.core.modelcard import read_card

            self.card = read_card(folder / f"{name}.json")

        def run(self, volume: object, task: object) -> object:
            return found()

    monkeypatch.setattr(segmenting, "Segmenter", Spoken)
    qtbot.keyClick(window, Qt.Key.Key_S)
    settle(window)
    qtbot.keyClick(window, Qt.Key.Key_Return)
    press(window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    author = case_of(window).model_author
    assert author is not None and author.name == "kidview-small" and len(author.sha256) == 64


# -- saving -----------------------------------------------------------------------------


def test_an_accepted_proposal_alone_keeps_the_case_segmented(
    in_case: MainWindow, qtbot: QtBot
) -> None:
    in_case.context.session.propose(found(), MODEL)
    in_case.context.session.accept()
    press(in_case, qtbot, Qt.Key.Key_S)
    case = case_of(in_case)
    assert case.status is Status.SEGMENTED and case.corrected is None
    assert not in_case.context.session.is_dirty
    press(in_case, qtbot, Qt.Key.Key_C, shift=SHIFT)  # it was right as it is
    case = case_of(in_case)
    assert case.status is Status.CORRECTED and case.corrected is not None
    assert (in_case.casework.store.load_origin(case) == case.model).sum() == FOUND.size


def test_marking_keeps_what_was_not_saved(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_C, shift=SHIFT)
    case = case_of(in_case)
    assert case.status is Status.CORRECTED and not in_case.context.session.is_dirty
    assert (in_case.casework.store.load_corrected(case).array == 2).sum() == 27


def test_nothing_outlined_cannot_be_corrected(in_case: MainWindow, qtbot: QtBot) -> None:
    press(in_case, qtbot, Qt.Key.Key_C, shift=SHIFT)
    case = case_of(in_case)
    assert case.status is Status.NEW
    assert errors(in_case) == [
        f"Nothing is outlined in case {case.case_id}. Outline the kidneys, or reject the case."
    ]


def test_an_edit_made_while_saving_stays_unsaved(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    session = in_case.context.session
    paint(session)
    in_case.commands["file.save"].trigger()
    paint(session, "Brush, cyst", 3)
    settle(in_case)
    assert session.is_dirty
    assert (in_case.casework.store.load_corrected(case_of(in_case)).array == 2).sum() == 27


def test_approving_or_rejecting_waits_for_unsaved_changes(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_R, shift=SHIFT)
    case = case_of(in_case)
    assert case.status is Status.NEW
    assert errors(in_case) == [
        f"Case {case.case_id} has changes that were not saved. Save them with Ctrl+S, or undo them."
    ]


def test_a_closed_case_is_not_written_and_offers_to_be_reopened(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    reject(in_case, qtbot)
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_S)
    (notice,) = in_case.notices.shown
    assert "is rejected and does not change any more" in notice.text
    assert in_case.context.session.is_dirty
    notice.buttons[0][1]()
    settle(in_case)
    press(in_case, qtbot, Qt.Key.Key_S)
    assert case_of(in_case).corrected is not None and not in_case.context.session.is_dirty


def test_a_failed_save_is_told_loses_nothing_and_can_be_tried_again(
    in_case: MainWindow,
    paint: Callable[..., None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = in_case.context.session
    session.propose(found(), MODEL)
    session.accept()
    paint(session)

    def fail(*given: object) -> Case:
        raise WriteError("the disk is full", "make room")

    write = keeping._write_corrected
    monkeypatch.setattr(keeping, "_write_corrected", fail)
    press(in_case, qtbot, Qt.Key.Key_S)
    assert errors(in_case) == ["The disk is full. Make room."]
    assert session.is_dirty and case_of(in_case).prediction is not None  # that much went well
    monkeypatch.setattr(keeping, "_write_corrected", write)
    press(in_case, qtbot, Qt.Key.Key_S)
    assert not session.is_dirty and case_of(in_case).corrected is not None


def test_a_save_cancelled_too_late_is_known_to_the_next_one(
    in_case: MainWindow,
    paint: Callable[..., None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = in_case.context.session
    paint(session)

    def cancelled(*given: object) -> None:
        raise Cancelled

    with monkeypatch.context() as patch:
        patch.setattr(keeping, "keep_picture", cancelled)
        press(in_case, qtbot, Qt.Key.Key_S)  # it is written, but nobody hears of it
    paint(session, "Brush, cyst", 3)
    press(in_case, qtbot, Qt.Key.Key_S)
    assert errors(in_case) == [] and not session.is_dirty
    assert case_of(in_case).operations == {"navigate": 2}


def test_another_readers_change_is_not_overwritten(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    case = case_of(in_case)
    in_case.casework.store.write_notes(case, "written elsewhere")
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_S)
    (words,) = errors(in_case)
    assert "was changed by somebody else meanwhile" in words
    assert in_case.context.session.is_dirty
