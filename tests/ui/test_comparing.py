"""Another mask beside the labels: outlines, numbers, differences gone to and taken over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.other_masks import open_mask
from kidview.ui.panels.compare import ComparePanel
from tests.ui.slice_stage import LEFT

pytestmark = pytest.mark.display
SHAPE = (40, 60, 120)
CUBE = Box((18, 26, 20), (24, 34, 28))
"""Tumour in the other mask, kidney here: 0.77 mL."""
SMALL = Box((30, 10, 100), (34, 15, 105))
"""Kidney in the other mask, background here: 0.2 mL."""


def written(path: Path, array: np.ndarray, shift: float = 0.0) -> Path:  # type: ignore[type-arg]
    """A (Z, Y, X) array as NIfTI with voxels of 2 x 1 x 1 mm."""
    affine = np.diag([1.0, 1.0, 2.0, 1.0])
    affine[0, 3] = shift
    nib.save(nib.Nifti1Image(np.ascontiguousarray(array.T), affine), path)
    return path


def kidneys() -> LabelArray:
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.zeros(SHAPE, np.uint8)
    for middle in (25, 95):
        labels[(z - 20) ** 2 / 200 + (y - 30) ** 2 / 220 + (x - middle) ** 2 / 220 < 1] = 1
    return labels


def theirs() -> LabelArray:
    labels = kidneys()
    labels[CUBE.slices] = 2
    labels[SMALL.slices] = 1
    return labels


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    return written(tmp_path / "ct.nii.gz", np.full(SHAPE, 40, np.int16))


@pytest.fixture
def other_file(tmp_path: Path) -> Path:
    return written(tmp_path / "ann.nii.gz", theirs())


def settle(window: MainWindow) -> None:
    for _ in range(3):
        window.context.jobs.wait_all()
        QApplication.processEvents()


@pytest.fixture
def stage(window: MainWindow, scan_file: Path) -> MainWindow:
    """Two kidneys."""
    opening.open_paths(window.context, [scan_file])
    settle(window)
    session = window.context.session
    session.edit("Made up", Edit(Box.whole(SHAPE), np.ones(SHAPE, bool), kidneys()), tool="")
    return window


@pytest.fixture
def compared(stage: MainWindow, other_file: Path) -> MainWindow:
    """The kidneys beside Ann's."""
    open_mask(stage.context, other_file)
    settle(stage)
    return stage


def panel_of(window: MainWindow) -> ComparePanel:
    panel = window.findChild(ComparePanel)
    assert panel is not None
    return panel


def labels_of(window: MainWindow) -> LabelArray:
    labels = window.context.session.labels
    assert labels is not None
    return labels.array


def here(window: MainWindow) -> tuple[int, int, int]:
    session = window.context.session
    assert session.volume is not None
    return session.volume.geometry.nearest_index(session.view.cursor_ras)


def inside(window: MainWindow, box: Box) -> bool:
    return all(a <= i < b for a, i, b in zip(box.start, here(window), box.stop, strict=True))


def click(window: MainWindow, row: int) -> None:
    """A row of the list, with the mouse."""
    shown = panel_of(window).list
    at = shown.visualItemRect(shown.item(row)).center()
    QTest.mouseClick(shown.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, at)


def itk_dice(one: LabelArray, other: LabelArray, *members: int) -> float:
    measure: Any = sitk.LabelOverlapMeasuresImageFilter
    made = measure()
    made.Execute(*(sitk.GetImageFromArray(np.isin(a, members).astype("u1")) for a in (one, other)))
    return float(made.GetDiceCoefficient(1))


# -- what is shown -------------------------------------------------------------------------


def test_the_file_chosen_is_compared_with_and_its_numbers_are_right(
    stage: MainWindow, other_file: Path
) -> None:
    panel = panel_of(stage)
    assert not panel.isVisible()
    QTest.keyClick(stage, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    (dialog,) = stage.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(other_file))
    dialog.close()
    settle(stage)
    assert panel.isVisible() and panel.name.text() == "ann.nii.gz"
    one, other = kidneys(), theirs()
    here_ml, other_ml, dice = (cell.text() for cell in panel.numbers["kidney"])
    assert here_ml == f"{(one == 1).sum() * 2e-3:.1f} mL"
    assert other_ml == f"{(other == 1).sum() * 2e-3:.1f} mL"
    assert dice == f"{itk_dice(one, other, 1):.3f}"
    assert [cell.text() for cell in panel.numbers["tumour"]] == ["–", "0.77 mL", "0.000"]
    assert [cell.text() for cell in panel.numbers["cyst"]] == ["–", "–", "–"]
    classes = {name: label.text() for name, label in panel.classes.items()}
    assert classes == {
        "kidney_and_mass": f"{itk_dice(one, other, 1, 2, 3):.3f}",
        "mass": "0.000",
        "tumour": "0.000",
    }
    assert np.array_equal(labels_of(stage), one)
    assert stage.context.session.compared is not None


def test_a_mask_of_another_grid_is_refused_with_what_to_do(
    stage: MainWindow, tmp_path: Path
) -> None:
    path = written(tmp_path / "moved.nii.gz", theirs(), shift=3.0)
    open_mask(stage.context, path)
    settle(stage)
    (notice,) = stage.notices.shown
    assert notice.level == "error" and "another grid" in notice.text
    assert stage.context.session.compared is None and not panel_of(stage).isVisible()
    (button,) = notice.buttons
    assert button[0] == "Resample to the scan"
    button[1]()
    settle(stage)
    assert panel_of(stage).name.text() == "moved.nii.gz, resampled"


# -- going --------------------------------------------------------------------------------


def test_a_known_cube_is_listed_and_a_click_goes_there(compared: MainWindow) -> None:
    panel = panel_of(compared)
    rows = [panel.list.item(n).text() for n in range(panel.list.count())]
    assert rows == ["Kidney → tumour: 0.7 mL", "Background → kidney: 0.2 mL"]
    assert panel.hint.text() == "2 differences, here → other"
    click(compared, 1)
    assert inside(compared, SMALL)
    assert "Background here, kidney in the other" in compared.status.message.text()
    click(compared, 0)
    assert inside(compared, CUBE)


def test_u_goes_through_the_differences_and_back(compared: MainWindow) -> None:
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert inside(compared, CUBE) and panel_of(compared).list.currentRow() == 0
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert inside(compared, SMALL) and panel_of(compared).list.currentRow() == 1
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert "last difference" in compared.status.message.text()
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert inside(compared, CUBE)
    QTest.keyClick(compared, Qt.Key.Key_U)
    QTest.keyClick(compared, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert inside(compared, CUBE)
    QTest.keyClick(compared, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert "first difference" in compared.status.message.text() and inside(compared, CUBE)


def test_equal_masks_are_told_and_u_goes_nowhere(stage: MainWindow, tmp_path: Path) -> None:
    open_mask(stage.context, written(tmp_path / "same.nii.gz", kidneys()))
    settle(stage)
    panel, before = panel_of(stage), here(stage)
    assert panel.hint.text() == "The masks are the same" and not panel.take.isVisible()
    QTest.keyClick(stage, Qt.Key.Key_U)
    assert here(stage) == before and stage.status.message.text() == "The masks are the same"


# -- taking over ----------------------------------------------------------------------------


def test_the_button_takes_the_difference_over_and_undo_gives_it_back(compared: MainWindow) -> None:
    panel, session = panel_of(compared), compared.context.session
    assert not panel.take.isEnabled()
    click(compared, 0)
    assert panel.take.isEnabled()
    before = session.history.count
    QTest.mouseClick(panel.take, LEFT)
    settle(compared)
    wanted = kidneys()
    wanted[CUBE.slices] = 2
    assert np.array_equal(labels_of(compared), wanted)
    assert session.history.count == before + 1
    assert session.history.undo_title == "Taken over, tumour"
    assert "tumour +0.77 mL" in compared.status.message.text()
    assert session.compared is not None
    assert np.array_equal(session.compared.labels.array, theirs())
    session.undo()
    assert np.array_equal(labels_of(compared), kidneys())


def test_a_right_click_offers_it(compared: MainWindow) -> None:
    shown = panel_of(compared).list
    at = shown.visualItemRect(shown.item(1)).center()
    wanted = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shown.mapToGlobal(at))
    QApplication.sendEvent(shown.viewport(), wanted)
    assert inside(compared, SMALL)
    (menu,) = panel_of(compared).findChildren(QMenu)
    (action,) = menu.actions()
    action.trigger()
    menu.close()
    settle(compared)
    assert (labels_of(compared)[SMALL.slices] == 1).all()


def test_a_locked_label_is_not_taken_over(compared: MainWindow) -> None:
    session = compared.context.session
    session.protect(locked=frozenset({1}))
    click(compared, 0)
    QTest.mouseClick(panel_of(compared).take, LEFT)
    settle(compared)
    assert np.array_equal(labels_of(compared), kidneys())
    assert "Kidney is locked" in compared.status.message.text()


def test_after_one_is_taken_over_the_next_comes(compared: MainWindow, qtbot: QtBot) -> None:
    QTest.keyClick(compared, Qt.Key.Key_U)
    QTest.keyClick(compared, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    settle(compared)
    qtbot.waitUntil(lambda: panel_of(compared).list.count() == 1, timeout=3000)
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert inside(compared, SMALL)


def test_a_window_that_only_looks_compares_but_takes_nothing(compared: MainWindow) -> None:
    compared.context.session.only_look(EditRefused("open in another window", "close it there"))
    QTest.keyClick(compared, Qt.Key.Key_U)
    assert inside(compared, CUBE)
    QTest.mouseClick(panel_of(compared).take, LEFT)
    settle(compared)
    assert np.array_equal(labels_of(compared), kidneys())
    assert any("another window" in notice.text for notice in compared.notices.shown)


# -- keeping up and ending ------------------------------------------------------------------


def test_numbers_follow_an_edit_once_the_hand_rests(compared: MainWindow, qtbot: QtBot) -> None:
    panel, session = panel_of(compared), compared.context.session
    ones = np.ones(CUBE.shape, bool)
    session.edit("Brush, tumour", Edit(CUBE, ones, 2))
    settle(compared)
    assert panel.numbers["tumour"][2].text() == "0.000"  # not at once
    qtbot.waitUntil(lambda: panel.numbers["tumour"][2].text() == "1.000", timeout=3000)
    assert panel.list.count() == 1
    session.undo()
    qtbot.waitUntil(lambda: panel.list.count() == 2, timeout=3000)


def test_another_scan_ends_it(compared: MainWindow, tiny_scan: Volume) -> None:
    opening.show(compared.context, tiny_scan)
    settle(compared)
    assert compared.context.session.compared is None and compared.comparing.found is None
    assert not panel_of(compared).isVisible()
    assert not compared.commands["compare.next"].isEnabled()


def test_esc_lays_the_tool_down_first_then_ends_it(compared: MainWindow) -> None:
    session = compared.context.session
    session.look(tool="brush")
    QTest.keyClick(compared, Qt.Key.Key_Escape)
    assert session.compared is not None and session.view.tool == "navigate"
    QTest.keyClick(compared, Qt.Key.Key_Escape)
    assert session.compared is None and not panel_of(compared).isVisible()


def test_the_cross_ends_it(compared: MainWindow) -> None:
    panel = panel_of(compared)
    cross = panel.childAt(panel.width() - 24, panel.name.geometry().center().y())
    assert cross is not None
    QTest.mouseClick(cross, LEFT, pos=QPoint(8, 8))
    assert compared.context.session.compared is None
