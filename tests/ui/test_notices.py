"""Bars above the views close when what they say is over; questions say what about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenuBar
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.volume import Volume
from kidview.segment import Proposal
from kidview.ui import opening
from kidview.ui.header import MENUS
from kidview.ui.main_window import MainWindow
from kidview.ui.slice_view import SliceView
from tests.ui.test_window import box_of

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow, scan: Volume) -> MainWindow:
    """The window with a scan, settled."""
    opening.show(window.context, scan)
    window.context.jobs.wait_all()
    window.activateWindow()
    window.setFocus()
    return window


@pytest.fixture
def refused(window: MainWindow, tiny_scan: Volume, qtbot: QtBot) -> MainWindow:
    """A window with a waiting proposal, in which somebody tried to paint twice."""
    opened(window, tiny_scan)
    box = Box((3, 6, 6), (5, 9, 9))
    labels = np.full(box.shape, 2, np.uint8)
    window.context.session.look(tool="brush")
    window.context.session.propose(Proposal(box, labels, 0.001, "m", "CPU", 1.0))
    view = window.findChild(SliceView)
    assert view is not None
    for _ in range(2):
        qtbot.mouseClick(view, LEFT)
    window.setFocus()
    return window


def test_a_refusal_is_told_once(refused: MainWindow) -> None:
    (notice,) = refused.notices.shown
    assert notice.text.startswith("A proposal waits for your decision")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_deciding_a_proposal_closes_the_bar_that_asked_for_it(
    refused: MainWindow, qtbot: QtBot, key: Qt.Key
) -> None:
    qtbot.keyClick(refused, key)
    assert refused.context.session.proposal is None
    assert refused.notices.shown == () and not refused.notices.isVisible()


def test_the_receipt_goes_at_the_next_edit(
    window: MainWindow,
    tiny_scan: Volume,
    paint: Callable[..., None],
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    opened(window, tiny_scan)
    paint(window.context.session)
    window.saving.write_to(tmp_path / "mine.nii.gz")
    qtbot.waitUntil(lambda: [n.key for n in window.notices.shown] == ["save"])
    window.context.session.look(label=3)
    assert len(window.notices.shown) == 1  # looking is no edit
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.notices.shown == ()


def test_the_question_about_changes_names_file_and_step(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    opened(window, tiny_scan)
    paint(window.context.session)
    window.close()
    box = box_of(window)
    assert box.text() == (
        "tiny.nii.gz: labels have changes that were not saved. Last: Brush, tumour."
    )
    box.close()


def test_a_long_file_name_leaves_the_menus_alone(window: MainWindow, tiny_scan: Volume) -> None:
    name = "kidney_" + "very_long_name_" * 12 + ".nii.gz"
    window.resize(1440, 900)
    opened(window, replace(tiny_scan, source=replace(tiny_scan.source, path=Path(name))))
    QApplication.processEvents()  # lay out
    bar = window.header.findChild(QMenuBar)
    assert bar is not None and bar.width() >= bar.sizeHint().width()
    menus = [bar.actionGeometry(action) for action in bar.actions()]
    assert len(menus) == len(MENUS) and all(bar.rect().contains(area) for area in menus)
    case = window.header._case
    assert case.width() < case.sizeHint().width() and case.toolTip() == name
