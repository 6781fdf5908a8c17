"""A case beside other things: who is reading, closing, other cases, files elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from kidview.cases import Status
from kidview.io import write_labels
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.reader import ReaderDialog
from tests.ui.worklist_stage import (
    LEFT,
    case_of,
    in_case,
    make_case,
    mask,
    open_window,
    press,
    settle,
)

__all__ = ["in_case", "open_window"]


def question(window: MainWindow, answer: str) -> None:
    """Press a button of the question on screen."""
    (box,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    next(b for b in box.buttons() if b.text().replace("&", "") == answer).click()


# -- the reader -------------------------------------------------------------------------


def test_the_name_is_asked_once(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    in_case.context.settings.set("reader.name", "")
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_S)
    dialog = in_case.findChild(ReaderDialog)
    assert dialog is not None and not dialog.ok.isEnabled()
    qtbot.keyClicks(dialog.line, "  Ann   Miller ")
    qtbot.mouseClick(dialog.ok, LEFT)
    settle(in_case)
    assert case_of(in_case).correctors == ("Ann Miller",)
    assert in_case.right.card.reader.text() == "Reading as Ann Miller"


def test_without_a_name_nothing_is_written(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    in_case.context.settings.set("reader.name", "")
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_S)
    dialog = in_case.findChild(ReaderDialog)
    assert dialog is not None
    qtbot.keyClick(dialog.line, Qt.Key.Key_Escape)
    settle(in_case)
    assert case_of(in_case).corrected is None and in_case.context.session.is_dirty


def test_the_name_is_a_line_of_the_settings_page(window: MainWindow, qtbot: QtBot) -> None:
    window.commands["file.settings"].trigger()
    (line,) = (w for w in window.findChildren(QLineEdit) if w.accessibleName() == "Reader")
    line.setFocus()
    qtbot.keyClicks(line, "Chen")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert window.context.settings["reader.name"] == "Chen"


# -- beside the store -------------------------------------------------------------------


def test_closing_offers_to_save_in_the_case(
    in_case: MainWindow, paint: Callable[..., None]
) -> None:
    case_id, store = case_of(in_case).case_id, in_case.casework.store
    paint(in_case.context.session)
    in_case.close()
    (box,) = (b for b in in_case.findChildren(QMessageBox) if b.isVisible())
    assert box.text().startswith(f"{case_id}: labels have changes that were not saved in the case.")
    question(in_case, "Save")
    settle(in_case)
    assert not in_case.isVisible() and store.read(case_id).corrected is not None


def test_opening_another_case_asks_first(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    other = make_case(in_case.casework.store, 5, Status.NEW)
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_N)
    question(in_case, "Save")
    settle(in_case)
    assert case_of(in_case) == other
    saved = [row for row in in_case.casework.store.rows() if row.correctors == "Ann"]
    assert len(saved) == 1


def test_a_copy_elsewhere_does_not_count_as_saved_in_the_case(
    in_case: MainWindow, paint: Callable[..., None], tmp_path: Path
) -> None:
    paint(in_case.context.session)
    in_case.saving.write_to(tmp_path / "copy.nii.gz")
    settle(in_case)
    assert (tmp_path / "copy.nii.gz").exists() and in_case.context.session.is_dirty


def test_labels_opened_upon_a_case_are_not_saved_in_it(in_case: MainWindow, tmp_path: Path) -> None:
    volume = in_case.context.session.volume
    assert volume is not None
    write_labels(mask(), volume.source, tmp_path / "other_seg.nii.gz")
    opening.open_labels(in_case.context, tmp_path / "other_seg.nii.gz")
    settle(in_case)
    assert in_case.context.session.history.count == 1 and in_case.context.session.is_dirty


def test_a_file_name_is_never_proposed_inside_the_store(in_case: MainWindow, qtbot: QtBot) -> None:
    case = case_of(in_case)
    in_case.casework.open(case.case_id)
    settle(in_case)
    volume = in_case.context.session.volume
    assert volume is not None
    assert in_case.saving._proposed(volume) == Path.home() / f"{case.case_id}_labels.nii.gz"


def test_no_name_of_a_file_reaches_the_record(
    in_case: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    in_case.context.session.replace_labels(mask(), "Labels of Doe_Jane.nii.gz")
    press(in_case, qtbot, Qt.Key.Key_S)
    folder = in_case.casework.store.folder
    for path in folder.rglob("*"):
        assert not path.is_file() or b"Doe_Jane" not in path.read_bytes(), path.name


def test_a_case_that_cannot_be_opened_stands_in_nobodys_way(
    window: MainWindow, qtbot: QtBot
) -> None:
    store = window.casework.store
    cases = sorted(make_case(store, seed, Status.NEW).case_id for seed in (1, 2))
    (store.folder / cases[0] / "image.nii.gz").write_bytes(b"cut")
    window.commands["cases.next"].trigger()
    settle(window)
    (notice,) = (one for one in window.notices.shown if one.level == "error")
    assert cases[0] in notice.text and window.context.session.case is None
    title, go_on = notice.buttons[0]
    assert title == "Next undone case"
    go_on()
    settle(window)
    assert case_of(window).case_id == cases[1]
