"""N goes from one doubtful place to the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import Edit
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.places import PlacesPanel

pytestmark = pytest.mark.display
SHAPE = (40, 60, 120)
PIECES = ((20, 30, 60), (8, 8, 8))


@pytest.fixture
def stage(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Two kidneys, and two lesions of 1.7 and 0.5 mL that touch none."""
    geometry = Geometry.straight(SHAPE, (2.0, 1.0, 1.0))
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    source = Source(Path("two.nii.gz"), "NIfTI", order, affine, "two.nii.gz")
    opening.show(window.context, Volume(np.full(SHAPE, 40, np.int16), geometry, source))
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.zeros(SHAPE, np.uint8)
    for middle in (25, 95):
        labels[(z - 20) ** 2 / 200 + (y - 30) ** 2 / 220 + (x - middle) ** 2 / 220 < 1] = 1
    for (a, b, c), label, radius in zip(PIECES, (2, 3), (7.4, 5.0), strict=True):
        labels[4 * (z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 < radius**2] = label
    box = Box.whole(SHAPE)
    window.context.session.edit("Made up", Edit(box, np.ones(SHAPE, bool), labels), tool="")
    return window


def settle(window: MainWindow) -> None:
    window.context.jobs.wait_all()
    QTest.qWait(20)


def here(window: MainWindow) -> tuple[int, int, int]:
    session = window.context.session
    assert session.volume is not None
    return session.volume.geometry.nearest_index(session.view.cursor_ras)


def test_n_goes_to_the_worst_then_the_next_and_back(stage: MainWindow) -> None:
    panel = stage.findChild(PlacesPanel)
    assert panel is not None and panel.hint.isVisibleTo(panel) and panel.list.count() == 0
    QTest.keyClick(stage, Qt.Key.Key_N)
    settle(stage)
    assert np.abs(np.subtract(here(stage), PIECES[0])).max() <= 1
    assert "umour" in stage.status.message.text() and panel.list.count() == 2
    QTest.keyClick(stage, Qt.Key.Key_N)
    assert np.abs(np.subtract(here(stage), PIECES[1])).max() <= 1
    assert panel.list.currentRow() == 1
    QTest.keyClick(stage, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert np.abs(np.subtract(here(stage), PIECES[0])).max() <= 1
    QTest.keyClick(stage, Qt.Key.Key_N)
    assert "last doubtful place" in stage.status.message.text()  # both were seen
    QTest.keyClick(stage, Qt.Key.Key_N)
    assert np.abs(np.subtract(here(stage), PIECES[0])).max() <= 1


def test_what_was_mended_is_no_place_any_more(stage: MainWindow) -> None:
    session = stage.context.session
    QTest.keyClick(stage, Qt.Key.Key_N)
    settle(stage)
    assert session.labels is not None
    box = Box.whole(SHAPE)
    session.edit("Mended", Edit(box, session.labels.array == 2, 0), tool="")
    QTest.keyClick(stage, Qt.Key.Key_N)
    settle(stage)
    assert np.abs(np.subtract(here(stage), PIECES[1])).max() <= 1
    assert len(stage.looking.places) == 1
    session.edit("Mended", Edit(box, session.labels.array == 3, 0), tool="")
    QTest.keyClick(stage, Qt.Key.Key_N)
    settle(stage)
    assert stage.status.message.text() == "No place looks doubtful"


def test_a_click_in_the_list_goes_there(stage: MainWindow) -> None:
    panel = stage.findChild(PlacesPanel)
    assert panel is not None
    QTest.keyClick(stage, Qt.Key.Key_N)
    settle(stage)
    rectangle = panel.list.visualItemRect(panel.list.item(1))
    QTest.mouseClick(
        panel.list.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        rectangle.center(),
    )
    assert np.abs(np.subtract(here(stage), PIECES[1])).max() <= 1
