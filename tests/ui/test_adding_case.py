"""Adding the open scan: one click, or first whose it is and where its voxels stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import choose, find, read_scan, write_scan
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist import add_dialog
from kidview.ui.worklist.add_dialog import AddDialog
from tests.ui.worklist_stage import LEFT, case_of, errors, scan, settle, show_list


def read(path: Path) -> Volume:
    return read_scan(choose(find(path, Task()), ""), Task())


def open_file(window: MainWindow, path: Path, seed: int) -> Volume:
    write_scan(scan(seed), path)
    opening.show(window.context, read(path))
    settle(window)
    window.activateWindow()
    window.setFocus()
    return scan(seed)


def ask(window: MainWindow, qtbot: QtBot) -> AddDialog:
    """Open the options with their key."""
    window.activateWindow()
    settle(window)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window, Qt.Key.Key_N, modifiers)
    settle(window)
    (dialog,) = (d for d in window.findChildren(AddDialog) if d.isVisible())
    return dialog


def test_as_it_opens_the_dialog_does_what_one_click_does(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    open_file(window, tmp_path / "a.nii.gz", 1)
    dialog = ask(window, qtbot)
    assert dialog.copy.isChecked() and dialog.patient.text() == ""
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    settle(window)
    by_dialog = case_of(window)
    assert by_dialog.image.file == "image.nii.gz"
    window.casework.store.folder.rename(tmp_path / "first")
    opening.show(window.context, read(tmp_path / "a.nii.gz"))
    (tmp_path / "data" / "cases").mkdir(parents=True)
    (tmp_path / "data" / "cases" / "pseudonym.key").write_bytes(
        (tmp_path / "first" / "pseudonym.key").read_bytes()
    )
    window.casework.add()
    settle(window)
    assert case_of(window).patient == by_dialog.patient
    assert case_of(window).image == by_dialog.image


def test_a_scan_can_stay_where_it_lies(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    open_file(window, tmp_path / "stays.nii.gz", 1)
    dialog = ask(window, qtbot)
    assert dialog.refer.isEnabled()
    qtbot.mouseClick(dialog.refer, LEFT)
    qtbot.mouseClick(dialog.ok, LEFT)
    settle(window)
    case = case_of(window)
    assert case.image.local_path == str(tmp_path / "stays.nii.gz") and not case.image.file
    folder = window.casework.store.folder / case.case_id
    assert not (folder / "image.nii.gz").exists()
    window.casework.open(case.case_id)
    settle(window)
    assert errors(window) == []


def test_what_is_no_file_of_its_own_cannot_stay(window: MainWindow, qtbot: QtBot) -> None:
    opening.show(window.context, scan(1))  # tiny.nii.gz, which is nowhere
    settle(window)
    window.activateWindow()
    dialog = ask(window, qtbot)
    assert not dialog.refer.isEnabled() and dialog.copy.isChecked()
    assert "one file of its own" in dialog._why_refer.text()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settle(window)
    assert window.context.session.case is None


def test_two_scans_of_a_patient_who_was_named_are_one_patients(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    cases = []
    for seed, words in ((1, "Doe, Jane 4711"), (2, " Doe, Jane 4711 ")):
        open_file(window, tmp_path / f"{seed}.nii.gz", seed)
        dialog = ask(window, qtbot)
        assert dialog.patient.hasFocus()
        qtbot.keyClicks(dialog.patient, words)
        qtbot.keyClick(dialog.patient, Qt.Key.Key_Return)
        settle(window)
        cases.append(case_of(window))
    assert cases[0].patient == cases[1].patient and cases[0].case_id != cases[1].case_id
    for path in window.casework.store.folder.rglob("*"):
        assert not path.is_file() or b"4711" not in path.read_bytes(), path.name


def test_a_scan_that_tells_its_patient_takes_no_other(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(add_dialog, "patient_key", lambda source: "PID 4711")
    opening.show(window.context, scan(1))
    settle(window)
    window.activateWindow()
    dialog = ask(window, qtbot)
    assert not dialog.patient.isEnabled() and "tells itself" in dialog._why_patient.text()
    assert "4711" not in dialog._why_patient.text()
    dialog.reject()


def test_options_are_beside_the_button_that_adds(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    open_file(window, tmp_path / "a.nii.gz", 1)
    show_list(window, qtbot)
    cases = window.right.cases
    assert cases._empty.options.isVisible()
    qtbot.mouseClick(cases._empty.options, LEFT)
    settle(window)
    (dialog,) = window.findChildren(AddDialog)
    dialog.accept()
    settle(window)
    assert case_of(window) and not cases.adder.isVisible()
    open_file(window, tmp_path / "b.nii.gz", 2)
    assert cases.adder.isVisible()
    window.activateWindow()
    qtbot.mouseClick(cases.adder.options, LEFT)
    settle(window)
    (dialog,) = (d for d in window.findChildren(AddDialog) if d.isVisible())
    dialog.reject()
