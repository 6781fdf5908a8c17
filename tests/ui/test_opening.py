"""From files to the window, with real files of a tiny scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from kidview.ui import opening
from kidview.ui.dialogs.series import SeriesPicker
from kidview.ui.main_window import MainWindow
from kidview.ui.recent import read_recents

SHAPE_IJK = (20, 24, 10)
AFFINE = np.diag([0.5, 1.0, 2.0, 1.0])


def written(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> Path:  # type: ignore[type-arg]
    """A NIfTI file."""
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    """A CT with a bright voxel at i, j, k = 4, 5, 6."""
    hu = np.full(SHAPE_IJK, -1000, np.int16)
    hu[4, 5, 6] = 300
    return written(tmp_path / "case.nii.gz", hu)


@pytest.fixture
def label_file(tmp_path: Path) -> Path:
    """Its label map: 8 voxels of tumour."""
    labels = np.zeros(SHAPE_IJK, np.uint8)
    labels[4:6, 5:7, 6:8] = 2
    return written(tmp_path / "case_seg.nii.gz", labels)


def open_and_wait(window: MainWindow, *paths: Path) -> None:
    """Open and wait until nothing runs."""
    opening.open_paths(window.context, list(paths))
    window.context.jobs.wait_all()


def pressed(window: MainWindow, title: str) -> None:
    """Press a button of the bars."""
    buttons = window.notices.findChildren(QPushButton)
    next(button for button in buttons if button.text() == title).click()
    window.context.jobs.wait_all()


def test_a_file_is_shown_and_remembered(window: MainWindow, scan_file: Path) -> None:
    open_and_wait(window, scan_file)
    volume = window.context.session.volume
    assert volume is not None and volume.hu[6, 5, 4] == 300
    (recent,) = read_recents(window.folder)
    assert recent.path == str(scan_file) and recent.picture(window.folder).exists()
    assert window.welcome.cards[0].recent == recent


def test_the_list_of_recent_scans_can_be_emptied(window: MainWindow, scan_file: Path) -> None:
    open_and_wait(window, scan_file)
    picture = read_recents(window.folder)[0].picture(window.folder)
    window.forget_recents()
    window.context.jobs.wait_all()
    assert read_recents(window.folder) == () and not picture.exists()


def test_a_broken_file_is_a_bar_not_a_dialog(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "broken.nii.gz"
    path.write_bytes(b"this is no gzip")
    open_and_wait(window, path)
    (notice,) = window.notices.shown
    assert notice.level == "error" and "broken.nii.gz" in notice.text
    assert window.context.session.volume is None and window.welcome.isVisible()


def test_a_scan_comes_with_the_label_map_given_beside_it(
    window: MainWindow, scan_file: Path, label_file: Path
) -> None:
    open_and_wait(window, label_file, scan_file)
    session = window.context.session
    assert session.volume is not None and session.volume.source.path == scan_file
    assert session.labels is not None and (session.labels.array == 2).sum() == 8
    assert not session.is_dirty
    assert window.side.case.value("Labels") == "as in case_seg.nii.gz"


def test_a_label_map_dropped_on_a_scan_becomes_one_step(
    window: MainWindow, scan_file: Path, label_file: Path
) -> None:
    open_and_wait(window, scan_file)
    open_and_wait(window, label_file)
    session = window.context.session
    assert session.volume is not None and session.volume.source.path == scan_file
    assert session.history.titles == ("Labels of case_seg.nii.gz",)


def test_labels_of_another_grid_are_resampled_on_demand(
    window: MainWindow, scan_file: Path, tmp_path: Path
) -> None:
    other = np.zeros((10, 12, 5), np.uint8)
    other[2, 2, 2] = 3  # 2 x 2 x 2 voxels of the scan
    coarse = np.diag([1.0, 2.0, 4.0, 1.0])
    coarse[:3, 3] = (0.25, 0.5, 1.0)
    path = written(tmp_path / "coarse_seg.nii.gz", other, coarse)
    open_and_wait(window, scan_file)
    open_and_wait(window, path)
    session = window.context.session
    assert session.labels is not None and not session.labels.array.any()
    pressed(window, "Resample to the scan")
    assert (session.labels.array == 3).sum() == 8
    (notice,) = window.notices.shown
    assert notice.text.endswith("by nearest neighbour: cyst 0.01 mL → 0.01 mL.")
    assert session.history.titles == ("Labels of coarse_seg.nii.gz, resampled",)
    assert session.is_dirty


def test_several_frames_are_offered_in_a_picker(
    window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    frames = np.zeros((*SHAPE_IJK, 3), np.int16)
    frames[..., 1] = 77
    open_and_wait(window, written(tmp_path / "perfusion.nii.gz", frames))
    picker = window.findChild(SeriesPicker)
    assert picker is not None and picker.list.count() == 3
    assert window.context.session.volume is None
    picker.list.setCurrentRow(1)
    picker.open_button.click()
    window.context.jobs.wait_all()
    assert window.context.session.volume is not None
    assert (window.context.session.volume.hu == 77).all()


def test_giving_up_the_picker_leaves_all_as_it_was(window: MainWindow, tmp_path: Path) -> None:
    open_and_wait(window, written(tmp_path / "p.nii.gz", np.zeros((*SHAPE_IJK, 2), np.int16)))
    picker = window.findChild(SeriesPicker)
    assert picker is not None
    picker.reject()
    assert window.context.session.volume is None and not window.context.jobs.running


def test_opening_another_scan_asks_about_unsaved_labels(
    window: MainWindow, scan_file: Path, tmp_path: Path, paint: Callable[..., None]
) -> None:
    open_and_wait(window, scan_file)
    paint(window.context.session)
    other = written(tmp_path / "other.nii.gz", np.zeros(SHAPE_IJK, np.int16))
    open_and_wait(window, other)
    session = window.context.session
    assert session.volume is not None and session.volume.source.path == scan_file
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    box.button(QMessageBox.StandardButton.Discard).click()
    window.context.jobs.wait_all()
    assert session.volume.source.path == other and not session.is_dirty


def test_a_cancelled_opening_changes_nothing(window: MainWindow, scan_file: Path) -> None:
    opening.open_paths(window.context, [scan_file])
    window.context.jobs.cancel(opening.KEY)
    window.context.jobs.wait_all()
    assert window.context.session.volume is None and window.notices.shown == ()


def test_a_scan_named_like_labels_can_be_opened_as_a_scan(
    window: MainWindow, scan_file: Path, tmp_path: Path
) -> None:
    other = written(tmp_path / "segmented_example.nii.gz", np.full(SHAPE_IJK, -500, np.int16))
    open_and_wait(window, scan_file)
    open_and_wait(window, other)
    assert window.context.session.volume is not None
    assert window.context.session.volume.source.path == scan_file
    pressed(window, "Open it as a scan")
    assert window.context.session.volume.source.path == other
