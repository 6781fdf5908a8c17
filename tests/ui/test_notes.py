"""Notes of the open case: written on its card, and why a case was rejected among them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from kidview.cases import Status
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.notes import NotesBox
from kidview.ui.worklist.reject_dialog import RejectDialog
from tests.ui.worklist_stage import (
    LEFT,
    SHIFT,
    case_of,
    errors,
    in_case,
    make_case,
    open_window,
    press,
    reject,
    settle,
    show_list,
)

__all__ = ["in_case", "open_window"]
CTRL = Qt.KeyboardModifier.ControlModifier


def write(window: MainWindow, qtbot: QtBot, words: str) -> NotesBox:
    """Open the pad with its key and type, with single keys that mean something elsewhere."""
    window.activateWindow()
    settle(window)
    press(window, qtbot, Qt.Key.Key_L, shift=SHIFT)
    notes = window.right.card.notes
    assert notes.is_editing and notes.pad.hasFocus()
    for number, line in enumerate(words.split("\n")):
        if number:
            qtbot.keyClick(notes.pad, Qt.Key.Key_Return)
        qtbot.keyClicks(notes.pad, line)
    return notes


def answer(window: MainWindow, title: str) -> None:
    (box,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    next(b for b in box.buttons() if b.text().replace("&", "") == title).click()
    settle(window)


def test_a_note_of_several_lines_is_kept_and_shown(in_case: MainWindow, qtbot: QtBot) -> None:
    notes = write(in_case, qtbot, "small cyst\nbright band")
    assert "No names" in notes.pad.placeholderText()
    qtbot.keyClick(notes.pad, Qt.Key.Key_Return, CTRL)
    settle(in_case)
    assert case_of(in_case).notes == "small cyst\nbright band"
    assert not notes.is_editing and notes.shown.text() == "small cyst\nbright band"
    assert notes.shown.isVisible() and "saved" in in_case.status.message.text()
    assert in_case.context.session.view.tool == "navigate"  # B is the brush elsewhere


def test_a_note_is_kept_with_the_mouse_beside_unsaved_labels(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    paint(in_case.context.session)
    notes = in_case.right.card.notes
    qtbot.mouseClick(notes.edit, LEFT)
    qtbot.keyClicks(notes.pad, "seen")
    qtbot.mouseClick(notes.keep, LEFT)
    settle(in_case)
    assert case_of(in_case).notes == "seen" and in_case.context.session.is_dirty


def test_esc_leaves_the_note_as_it_was(in_case: MainWindow, qtbot: QtBot) -> None:
    notes = write(in_case, qtbot, "first")
    qtbot.keyClick(notes.pad, Qt.Key.Key_Return, CTRL)
    settle(in_case)
    write(in_case, qtbot, " and more")
    assert notes.is_dirty
    qtbot.keyClick(notes.pad, Qt.Key.Key_Escape)
    assert not notes.is_editing and case_of(in_case).notes == notes.shown.text() == "first"


def test_notes_that_somebody_else_changed_are_told_and_not_lost(
    in_case: MainWindow, qtbot: QtBot
) -> None:
    notes = write(in_case, qtbot, "mine")
    in_case.casework.store.write_notes(case_of(in_case), "theirs")
    qtbot.keyClick(notes.pad, Qt.Key.Key_Return, CTRL)
    settle(in_case)
    (notice,) = in_case.notices.shown
    assert "was changed by somebody else meanwhile" in notice.text
    assert notes.is_editing and notes.pad.toPlainText() == "mine"
    assert in_case.casework.store.rows()[0].revision == 2
    notice.buttons[0][1]()  # read it again
    settle(in_case)
    assert notes.pad.toPlainText() == "mine" and notes.theirs.isVisible()
    assert "changed the notes meanwhile to: theirs" in notes.theirs.toolTip()
    qtbot.keyClicks(notes.pad, ", theirs")
    qtbot.keyClick(notes.pad, Qt.Key.Key_Return, CTRL)
    settle(in_case)
    assert case_of(in_case).notes == "mine, theirs" and not notes.is_editing


def test_another_change_of_the_case_does_not_stand_in_a_notes_way(
    in_case: MainWindow, qtbot: QtBot
) -> None:
    notes = write(in_case, qtbot, "mine")
    in_case.casework.store.set_status(case_of(in_case), Status.REJECTED, "Bea")
    in_case.casework.following.read_again()
    settle(in_case)
    assert not notes.theirs.isVisible()
    qtbot.keyClick(notes.pad, Qt.Key.Key_Return, CTRL)
    settle(in_case)
    assert case_of(in_case).notes == "mine" and case_of(in_case).status is Status.REJECTED


def test_a_half_written_note_is_asked_about(in_case: MainWindow, qtbot: QtBot) -> None:
    other, mine = make_case(in_case.casework.store, 5, Status.NEW), case_of(in_case)
    write(in_case, qtbot, "half")
    in_case.casework.open(other.case_id)
    answer(in_case, "Save")
    assert case_of(in_case) == other
    assert in_case.casework.store.read(mine.case_id).notes == "half"
    assert not in_case.right.card.notes.is_editing
    write(in_case, qtbot, "again")
    in_case.close()
    assert in_case.isVisible()
    answer(in_case, "Discard")
    assert not in_case.isVisible() and in_case.casework.store.read(other.case_id).notes == ""


def test_a_step_waits_for_a_half_written_note(in_case: MainWindow, qtbot: QtBot) -> None:
    notes = write(in_case, qtbot, "half")
    press(in_case, qtbot, Qt.Key.Key_R, shift=SHIFT)
    assert not in_case.findChildren(RejectDialog)
    assert errors(in_case) == [
        f"The note on case {case_of(in_case).case_id} is not saved. "
        "Save it with Ctrl+Enter in it, or leave it with Esc."
    ]
    notes.cancel()


def test_the_pad_is_found_where_the_panel_was_hidden(in_case: MainWindow, qtbot: QtBot) -> None:
    in_case.context.settings.set("has_panel", False)
    assert not in_case.right.isVisible()
    notes = write(in_case, qtbot, "there")
    assert notes.pad.isVisible()
    notes.cancel()


def test_a_long_note_takes_four_lines_and_no_more(in_case: MainWindow, qtbot: QtBot) -> None:
    long = "\n".join(f"line {n} of a very long note on this case" for n in range(30)) + " x" * 500
    case = in_case.casework.store.write_notes(case_of(in_case), long)
    height = in_case.height()
    in_case.context.session.take_record(case)
    settle(in_case)
    shown = in_case.right.card.notes.shown
    assert shown.text().count("\n") == 3 and shown.text().endswith("…")
    assert shown.toolTip() == long and in_case.height() == height
    assert shown.sizeHint().width() <= in_case.right.card.width()
    in_case.casework.write_notes("w" * 300, lambda: None)
    settle(in_case)
    assert shown.text().count("\n") >= 1  # broken within the word
    assert shown.sizeHint().width() <= in_case.right.card.width()


# -- why a case was rejected ------------------------------------------------------------


def test_the_reason_of_a_rejection_stands_on_the_card(in_case: MainWindow, qtbot: QtBot) -> None:
    reject(in_case, qtbot, "lower pole cut off")
    case = case_of(in_case)
    assert case.status is Status.REJECTED
    day = case.history[-1].at[:10]
    assert case.notes == f"Rejected by Ann, {day}: lower pole cut off"
    shown = in_case.right.card.notes.shown
    assert shown.isVisible() and shown.text().replace("\n", " ") == case.notes


def test_a_rejection_needs_no_reason_and_can_be_thought_over(
    in_case: MainWindow, qtbot: QtBot
) -> None:
    press(in_case, qtbot, Qt.Key.Key_R, shift=SHIFT)
    (dialog,) = in_case.findChildren(RejectDialog)
    qtbot.keyClicks(dialog.line, "no")
    qtbot.keyClick(dialog.line, Qt.Key.Key_Escape)
    settle(in_case)
    assert case_of(in_case).status is Status.NEW and case_of(in_case).notes == ""
    in_case.activateWindow()
    settle(in_case)
    reject(in_case, qtbot)
    assert case_of(in_case).status is Status.REJECTED and case_of(in_case).notes == ""


def test_a_reason_can_be_found_by_its_case(in_case: MainWindow, qtbot: QtBot) -> None:
    show_list(in_case, qtbot)
    reject(in_case, qtbot, "blurred")
    assert "rejected" in in_case.right.cases.model.index(0).data()
