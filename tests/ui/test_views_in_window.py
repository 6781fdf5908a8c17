"""The slice views in the window: Space, Esc, messages, scheme of keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from tests.ui.slice_stage import (
    LEFT,
    RIGHT,
    count,
    drag,
    ramp,
)

# -- Space ----------------------------------------------------------------------------


@pytest.fixture
def ready(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with a scan and the pointer over the axial slice."""
    opening.show(window.context, ramp())
    window.context.jobs.wait_all()
    window.activateWindow()
    window.setFocus()
    window.views.active = "axial"
    qtbot.mouseMove(window.views.cell("axial"), QPoint(80, 80))
    return window


def test_space_and_drag_pans_and_does_not_maximise(ready: MainWindow, qtbot: QtBot) -> None:
    view, session = ready.views.cell("axial"), ready.context.session
    session.look(tool="brush")
    centre = session.view.centre_ras
    qtbot.keyPress(ready, Qt.Key.Key_Space)
    assert session.view.maximised is None
    drag(qtbot, view, LEFT, QPoint(80, 80), QPoint(110, 90))  # type: ignore[arg-type]
    qtbot.keyRelease(ready, Qt.Key.Key_Space)
    assert session.view.maximised is None and session.view.centre_ras != centre
    assert session.history.titles == ()


def test_space_alone_maximises_when_it_is_released(ready: MainWindow, qtbot: QtBot) -> None:
    session = ready.context.session
    qtbot.keyPress(ready, Qt.Key.Key_Space)
    assert session.view.maximised is None
    qtbot.keyRelease(ready, Qt.Key.Key_Space)
    assert session.view.maximised == "axial"
    qtbot.keyClick(ready, Qt.Key.Key_Space)
    assert session.view.maximised is None


def test_space_elsewhere_is_the_shortcut(ready: MainWindow, qtbot: QtBot) -> None:
    QApplication.sendEvent(ready.views.cell("axial"), QEvent(QEvent.Type.Leave))
    qtbot.keyPress(ready, Qt.Key.Key_Space)
    assert ready.context.session.view.maximised == "axial"
    qtbot.keyRelease(ready, Qt.Key.Key_Space)
    assert ready.context.session.view.maximised == "axial"


def test_what_a_view_tells_reaches_the_window(ready: MainWindow, qtbot: QtBot) -> None:
    view, session = ready.views.cell("axial"), ready.context.session
    session.look(tool="brush")
    middle = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mouseClick(view, LEFT, pos=middle)
    assert ready.status.message.text().startswith("Brush, kidney: kidney +")
    qtbot.mouseMove(view, middle + QPoint(1, 0))
    assert " HU · kidney · (" in ready.status.probe.text()
    assert ready.views.cell("coronal")._canvas.brush.isVisible()  # type: ignore[attr-defined]


def test_esc_takes_back_the_stroke_in_hand(ready: MainWindow, qtbot: QtBot) -> None:
    view, session = ready.views.cell("axial"), ready.context.session
    session.look(tool="brush")
    middle = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mousePress(view, LEFT, pos=middle)
    assert count(session, 1) > 0
    qtbot.keyClick(ready, Qt.Key.Key_Escape)
    assert count(session, 1) == 0 and not session.is_painting
    qtbot.mouseRelease(view, LEFT, pos=middle)
    assert session.history.titles == ()


def test_the_scheme_in_the_settings_counts_at_once(ready: MainWindow, qtbot: QtBot) -> None:
    view, session = ready.views.cell("axial"), ready.context.session
    ready.context.settings.set("keys", "ITK-SNAP")
    window = session.view.window_hu
    drag(qtbot, view, RIGHT, QPoint(80, 80), QPoint(80, 60))  # type: ignore[arg-type]
    assert session.view.window_hu == window and session.view.mm_per_pixel is not None


def test_a_click_in_a_view_takes_the_keys_back(ready: MainWindow, qtbot: QtBot) -> None:
    ready.side.labels.rows[2].lock.setFocus()
    qtbot.mouseClick(ready.views.cell("axial"), LEFT, pos=QPoint(80, 80))
    assert not ready.side.labels.rows[2].lock.hasFocus()


def test_ctrl_shows_that_the_brush_would_erase(ready: MainWindow, qtbot: QtBot) -> None:
    view, session = ready.views.cell("axial"), ready.context.session
    session.look(tool="brush")
    qtbot.mouseMove(view, QPoint(81, 80))
    ring = view._canvas.brush  # type: ignore[attr-defined]
    assert ring._pen.style() == Qt.PenStyle.SolidLine
    qtbot.keyPress(ready, Qt.Key.Key_Control)
    assert ring._pen.style() == Qt.PenStyle.CustomDashLine
    qtbot.keyRelease(ready, Qt.Key.Key_Control)
    assert ring._pen.style() == Qt.PenStyle.SolidLine
    session.look(tool="eraser")
    assert ring._pen.style() == Qt.PenStyle.CustomDashLine
