"""A store with cases in every state, and hands for the list of them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.cases import Author, Case, CaseStore, Status
from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.segment import Proposal
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.reject_dialog import RejectDialog
from tests.ui.conftest import SHAPE, tiny_volume

MODEL = Author("model", "kidview-small", "1.0", "a" * 64)
LEFT = Qt.MouseButton.LeftButton
SHIFT = True
FOUND = Box((3, 6, 6), (5, 8, 8))


def scan(seed: int) -> Volume:
    """Another seed, another scan."""
    volume = tiny_volume()
    hu = volume.hu.copy()
    hu[0, 0, 0] = seed
    return Volume(hu, volume.geometry, volume.source)


def mask(label: int = 1) -> LabelMap:
    """One slab of a label."""
    array = np.zeros(SHAPE, np.uint8)
    array[4:6, 8:14, 6:12] = label
    return LabelMap(array, tiny_volume().geometry, owned=True)


def found() -> Proposal:
    """Eight voxels of kidney."""
    labels = np.ones(FOUND.shape, np.uint8)
    return Proposal(FOUND, labels, tiny_volume().geometry.voxel_ml, "kidview-small", "CPU", 1.0)


def make_case(store: CaseStore, seed: int, status: Status, by: str = "Ann") -> Case:
    """A case brought to a status; Bea approves and rejects."""
    case = store.add(scan(seed))
    if status is Status.NEW:
        return case
    case = store.write_prediction(case, mask(), MODEL)
    if status is Status.REJECTED:
        return store.set_status(case, status, "Bea")
    if status is Status.SEGMENTED:
        return case
    case = store.write_corrected(case, mask(2), np.zeros(SHAPE, bool), by)
    for later in (Status.CORRECTED, Status.APPROVED):
        if case.status is status:
            break
        case = store.set_status(case, later, by if later is Status.CORRECTED else "Bea")
    return case


def settle(window: MainWindow) -> None:
    """Wait until nothing runs, what is asked for while drawing included."""
    for _ in range(4):
        QApplication.processEvents()
        window.context.jobs.wait_all()
    QApplication.processEvents()


def show_list(window: MainWindow, qtbot: QtBot) -> None:
    """Open the list with its key."""
    window.activateWindow()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Q)
    settle(window)


def place(window: MainWindow, case_id: str) -> QPoint:
    """The middle of a case's row."""
    row = window.right.cases.model.place_of(case_id)
    assert row is not None
    view, index = window.right.cases.view, window.right.cases.model.index(row)
    view.scrollTo(index)
    return view.visualRect(index).center()


def double_click(window: MainWindow, qtbot: QtBot, case_id: str) -> None:
    """Open a case with the mouse."""
    viewport = window.right.cases.view.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=place(window, case_id))
    qtbot.mouseDClick(viewport, LEFT, pos=place(window, case_id))
    settle(window)


def press(window: MainWindow, qtbot: QtBot, key: Qt.Key, *, shift: bool = False) -> None:
    """Ctrl and a key, perhaps with Shift, then wait."""
    modifier = Qt.KeyboardModifier.ControlModifier
    if shift:
        modifier |= Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, key, modifier)
    settle(window)


def reject(window: MainWindow, qtbot: QtBot, why: str = "") -> None:
    """Reject the open case with keys alone, for a reason or none."""
    press(window, qtbot, Qt.Key.Key_R, shift=SHIFT)
    (dialog,) = (d for d in window.findChildren(RejectDialog) if d.isVisible())
    qtbot.keyClicks(dialog.line, why)
    qtbot.keyClick(dialog.line, Qt.Key.Key_Return)
    window.activateWindow()
    settle(window)


def case_of(window: MainWindow) -> Case:
    """The open case, which is what the store has."""
    case = window.context.session.case
    assert case is not None
    assert window.casework.store.read(case.case_id) == case
    return case


def errors(window: MainWindow) -> list[str]:
    return [notice.text for notice in window.notices.shown if notice.level == "error"]


@pytest.fixture
def open_window(window: MainWindow) -> MainWindow:
    """With a scan that is no case yet; the reader is Ann."""
    opening.show(window.context, scan(0))
    window.context.settings.set("reader.name", "Ann")
    settle(window)
    window.activateWindow()
    window.setFocus()
    return window


@pytest.fixture
def in_case(open_window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The same, added."""
    press(open_window, qtbot, Qt.Key.Key_N, shift=SHIFT)
    return open_window
