"""Exporting: asks once, never over the scan, tells what was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QPushButton

from kidview.core.errors import WriteError
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.saving import proposed_target


@pytest.fixture
def painted(window: MainWindow, tmp_path: Path, paint: Callable[..., None]) -> MainWindow:
    """A window on a file with 27 voxels of tumour painted."""
    path = tmp_path / "case.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((20, 24, 10), np.int16), np.diag([0.5, 1, 2, 1])), path)
    opening.open_paths(window.context, [path])
    window.context.jobs.wait_all()
    paint(window.context.session)
    return window


def box_of(window: MainWindow) -> QMessageBox:
    """The question on screen."""
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    return box


def save_to(window: MainWindow, path: Path) -> None:
    """Take a name and wait."""
    window.saving.write_to(path)
    window.context.jobs.wait_all()


def test_the_name_proposed_lies_beside_the_scan(tmp_path: Path) -> None:
    (tmp_path / "CT.nii.gz").touch()
    assert proposed_target(tmp_path / "CT.nii.gz") == tmp_path / "CT_labels.nii.gz"
    (tmp_path / "series").mkdir()
    assert proposed_target(tmp_path / "series") == tmp_path / "series_labels.nii.gz"
    (tmp_path / "ircad_17.zip").touch()
    assert proposed_target(tmp_path / "ircad_17.zip") == tmp_path / "ircad_17_labels.nii.gz"


def test_a_scan_that_is_no_file_is_saved_in_the_home_folder() -> None:
    assert proposed_target(Path("/nowhere/phantom")) == Path.home() / "phantom_labels.nii.gz"


def test_the_first_save_asks_for_a_name(painted: MainWindow, tmp_path: Path) -> None:
    painted.commands["file.save"].trigger()
    dialog = painted.findChild(QFileDialog)
    assert dialog is not None and dialog.selectedFiles() == [str(tmp_path / "case_labels.nii.gz")]
    dialog.reject()


def test_saving_writes_the_voxels_and_tells(painted: MainWindow, tmp_path: Path) -> None:
    save_to(painted, tmp_path / "mine.nii.gz")
    assert (np.asarray(nib.load(tmp_path / "mine.nii.gz").dataobj) == 2).sum() == 27
    assert not painted.context.session.is_dirty
    assert painted.side.case.value("Labels") == "saved as mine.nii.gz"
    (notice,) = painted.notices.shown
    assert notice.level == "done" and "mine.nii.gz" in notice.text
    buttons = {b.text(): b for b in painted.notices.findChildren(QPushButton)}
    buttons["Copy receipt"].click()
    assert "sha256" in QGuiApplication.clipboard().text()


def test_the_next_save_writes_the_same_file_without_asking(
    painted: MainWindow, tmp_path: Path
) -> None:
    save_to(painted, tmp_path / "mine.nii.gz")
    painted.context.session.undo()
    painted.commands["file.save"].trigger()
    painted.context.jobs.wait_all()
    assert not np.asarray(nib.load(tmp_path / "mine.nii.gz").dataobj).any()


def test_a_name_without_suffix_gets_one(painted: MainWindow, tmp_path: Path) -> None:
    save_to(painted, tmp_path / "mine")
    assert (tmp_path / "mine.nii.gz").exists()


def test_another_file_is_overwritten_only_after_asking(painted: MainWindow, tmp_path: Path) -> None:
    target = tmp_path / "old.nii.gz"
    target.write_bytes(b"old")
    save_to(painted, target)
    box = box_of(painted)
    assert target.read_bytes() == b"old"
    next(b for b in box.buttons() if b.text() == "Overwrite").click()
    painted.context.jobs.wait_all()
    assert target.read_bytes() != b"old" and not painted.context.session.is_dirty


def test_the_scan_itself_is_never_overwritten(painted: MainWindow, tmp_path: Path) -> None:
    before = (tmp_path / "case.nii.gz").read_bytes()
    with pytest.raises(WriteError, match="the scan itself"):
        painted.saving.write_to(tmp_path / "case.nii.gz")
    assert (tmp_path / "case.nii.gz").read_bytes() == before


def test_a_failed_save_is_told_and_loses_nothing(painted: MainWindow, tmp_path: Path) -> None:
    save_to(painted, tmp_path / "no such folder" / "mine.nii.gz")
    (notice,) = painted.notices.shown
    assert notice.level == "error"
    assert painted.context.session.is_dirty and painted.saving.target is None


def test_an_edit_made_while_saving_stays_unsaved(
    painted: MainWindow, tmp_path: Path, paint: Callable[..., None]
) -> None:
    painted.saving.write_to(tmp_path / "mine.nii.gz")
    paint(painted.context.session, "Brush, cyst", 3)
    painted.context.jobs.wait_all()
    assert painted.context.session.is_dirty
    assert (np.asarray(nib.load(tmp_path / "mine.nii.gz").dataobj) == 2).sum() == 27


def test_what_is_undone_while_it_is_saved_is_not_as_on_disk(
    painted: MainWindow, tmp_path: Path
) -> None:
    session = painted.context.session
    painted.saving.write_to(tmp_path / "mask.nii.gz")
    session.undo()
    painted.context.jobs.wait_all()
    assert session.is_dirty  # though nothing is painted, as when the scan was opened
    session.redo()
    assert not session.is_dirty


def test_closing_can_save_first(painted: MainWindow, tmp_path: Path) -> None:
    painted.saving.target = tmp_path / "mine.nii.gz"
    painted.close()
    box_of(painted).button(QMessageBox.StandardButton.Save).click()
    painted.context.jobs.wait_all()
    assert (tmp_path / "mine.nii.gz").exists() and not painted.isVisible()
