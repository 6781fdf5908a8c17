"""The window, handled as a user does: keys, mouse, drops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMessageBox, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from kidview.core.errors import GridMismatch, ModelError
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.edit import TOOLS
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.option_line import OptionLine
from kidview.ui.proposal_bar import ProposalBar
from kidview.ui.tool_rail import EffectsButton, ToolButton

LEFT = Qt.MouseButton.LeftButton


def opened(window: MainWindow, scan: Volume) -> MainWindow:
    """The window with a scan, settled."""
    opening.show(window.context, scan)
    window.context.jobs.wait_all()
    window.activateWindow()
    window.setFocus()
    return window


def press(qtbot: QtBot, window: MainWindow, key: Qt.Key, **kwargs: object) -> None:
    """A key with the focus in the window."""
    qtbot.keyClick(window, key, **kwargs)


# -- the empty window -------------------------------------------------------------------


def test_the_empty_window_offers_ways_to_open(window: MainWindow) -> None:
    words = {button.text() for button in window.welcome.findChildren(QPushButton)}
    assert {"Open file…", "Open folder…", "Open the demonstration case"} <= words
    assert window.welcome.isVisible() and not window.side.isVisible()


def test_a_dropped_file_is_opened(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    dropped: list[list[Path]] = []
    monkeypatch.setattr(opening, "open_paths", lambda context, paths: dropped.append(paths))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/scans/case 1.nii.gz"), QUrl("https://example.org/x")])
    point, action = QPointF(400, 300), Qt.DropAction.CopyAction
    event = QDropEvent(point, action, data, LEFT, Qt.KeyboardModifier.NoModifier)
    window.dropEvent(event)
    assert dropped == [[Path("/scans/case 1.nii.gz")]]


# -- with a scan ------------------------------------------------------------------------


def test_opening_shows_views_and_panel(window: MainWindow, tiny_scan: Volume) -> None:
    opened(window, tiny_scan)
    assert window.views.isVisible() and window.side.isVisible()
    assert window.side.case.value("Grid") == "20 × 24 × 10"
    assert window.side.case.value("Spacing") == "0.50 × 1.00 × 2.00 mm"
    assert "tiny.nii.gz" in window.windowTitle()


def test_what_is_odd_about_a_file_is_one_line_with_details(
    window: MainWindow, odd_scan: Volume
) -> None:
    opened(window, odd_scan)
    (notice,) = window.notices.shown
    assert notice.text == "slice 7 of 10 is missing and was interpolated"
    assert "HU are stored as floats" in notice.details


def test_single_keys_choose_tools_and_labels(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    session = window.context.session
    press(qtbot, window, Qt.Key.Key_B)
    assert session.view.tool == "brush"
    press(qtbot, window, Qt.Key.Key_3)
    assert session.view.label == 3
    press(qtbot, window, Qt.Key.Key_BracketRight)
    assert session.view.radius_mm == pytest.approx(7.2)
    press(qtbot, window, Qt.Key.Key_F7)
    assert session.view.window_hu == (-1350.0, 150.0)
    press(qtbot, window, Qt.Key.Key_0)
    assert session.view.tool == "eraser"


def test_the_rail_has_a_button_for_every_tool(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    buttons = window.findChildren(ToolButton)
    effects = [tool for tool in TOOLS if tool.gesture == "effect"]
    menu = window.findChildren(EffectsButton)[0].menu()
    assert menu is not None
    assert [action.text() for action in menu.actions()] == [tool.title for tool in effects]
    own = [tool for tool in TOOLS if tool not in effects]
    for button, tool in zip(buttons, own, strict=True):
        qtbot.mouseClick(button, LEFT)
        assert window.context.session.view.tool == tool.id
        assert tool.tip in button.toolTip()


def test_the_option_line_shows_the_active_tools_options_only(
    window: MainWindow, tiny_scan: Volume
) -> None:
    opened(window, tiny_scan)
    line = window.findChild(OptionLine)
    assert line is not None
    for tool in TOOLS:
        window.context.session.look(tool=tool.id)
        parts = {**line._parts, **line._own}
        shown = {name for name, part in parts.items() if part.isVisible()}
        assert shown == {getattr(option, "id", option) for option in tool.in_use({})}


def test_radius_slider_and_number_agree(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    window.context.session.look(tool="brush", radius_mm=10.0)
    line = window.findChild(OptionLine)
    assert line is not None and line._number.value() == 10.0
    slider = line.findChild(QSlider)
    assert slider is not None
    slider.setValue(slider.maximum())
    assert window.context.session.view.radius_mm == 50.0 == line._number.value()


def test_a_number_typed_is_no_shortcut(window: MainWindow, tiny_scan: Volume, qtbot: QtBot) -> None:
    opened(window, tiny_scan)
    window.context.session.look(tool="brush", label=1)
    line = window.findChild(OptionLine)
    assert line is not None
    line._number.setFocus()
    line._number.selectAll()
    qtbot.keyClicks(line._number, "22")
    qtbot.keyClick(line._number, Qt.Key.Key_Return)
    assert window.context.session.view.radius_mm == 22.0
    assert window.context.session.view.label == 1
    press(qtbot, window, Qt.Key.Key_E)
    assert window.context.session.view.tool == "eraser"


def test_hu_range_and_draw_over_go_to_the_guard(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    window.context.session.look(tool="brush")
    line = window.findChild(OptionLine)
    assert line is not None
    qtbot.mouseClick(line._hu_chip, LEFT)
    line._high.setValue(120)
    assert window.context.session.guard.hu_range == (0, 120)
    window.resize(1700, 900)  # room for long words
    line._over_actions[1].trigger()
    assert window.context.session.guard.over == frozenset({0})
    assert line._over_button.text() == "Over background"


def test_labels_hidden_by_a_held_key_come_back(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    qtbot.keyPress(window, Qt.Key.Key_H)
    assert window.context.session.view.are_labels_hidden
    qtbot.keyRelease(window, Qt.Key.Key_H)
    assert not window.context.session.view.are_labels_hidden


def test_space_maximises_the_active_view_and_back(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    window.views.active = "coronal"
    window.commands["view.maximise"].trigger()
    assert window.context.session.view.maximised == "coronal"
    assert window.views.cell("coronal").isVisible() and not window.views.cell("axial").isVisible()
    window.commands["view.maximise"].trigger()
    assert all(window.views.cell(n).isVisible() for n in ("axial", "coronal", "sagittal"))


def test_space_presses_a_focused_button(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    button = window.side.labels.rows[2].lock
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert window.context.session.guard.locked == {2}
    assert window.context.session.view.maximised is None


def test_layouts_arrange_the_views(window: MainWindow, tiny_scan: Volume) -> None:
    opened(window, tiny_scan)
    window.commands["layout.row"].trigger()
    assert not window.views.cell("surface").isVisible()
    window.commands["layout.large"].trigger()
    axial, coronal = window.views.cell("axial"), window.views.cell("coronal")
    assert axial.height() > 2 * coronal.height()


# -- panels -----------------------------------------------------------------------------


def test_volumes_follow_the_edits(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None], qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    session, rows = window.context.session, window.side.labels.rows
    qtbot.waitUntil(lambda: rows[2].volume.text() == "–")
    paint(session)  # 27 voxels of 1 mm3
    qtbot.waitUntil(lambda: rows[2].volume.text() == "0.03 mL")
    session.undo()
    qtbot.waitUntil(lambda: rows[2].volume.text() == "–")


def test_a_click_on_a_label_makes_it_active(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    rows = window.side.labels.rows
    qtbot.mouseClick(rows[3], LEFT, pos=QPoint(40, 16))
    assert window.context.session.view.label == 3
    qtbot.mouseClick(rows[1].eye, LEFT)
    assert window.context.session.view.hidden == {1}
    assert window.context.session.view.label == 3


def test_a_click_in_the_history_jumps(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None], qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    session, history = window.context.session, window.side.history.list
    paint(session, "Brush, tumour", 2)
    paint(session, "Relabel, cyst", 3)
    assert [history.item(n).text() for n in range(3)] == [
        "As opened",
        "Brush, tumour",
        "Relabel, cyst",
    ]
    first = history.visualItemRect(history.item(0)).center()
    qtbot.mouseClick(history.viewport(), LEFT, pos=first)
    assert session.history.position == 0
    assert session.labels is not None and not session.labels.array.any()


def test_folded_sections_stay_folded(window: MainWindow, tiny_scan: Volume, qtbot: QtBot) -> None:
    opened(window, tiny_scan)
    section = next(one for one in window.side.sections if one.title == "History")
    qtbot.mouseClick(section._header, LEFT)
    assert section.is_folded and "History" in window.context.settings["folded"].split(",")


# -- news -------------------------------------------------------------------------------


def test_an_expected_error_is_a_bar_with_its_way_out(window: MainWindow) -> None:
    pressed: list[int] = []
    error = GridMismatch("the label map lies on another grid", "resample it to the scan")
    window.show_error(error, [("Resample to the scan", lambda: pressed.append(1))])
    (notice,) = window.notices.shown
    assert notice.text == "The label map lies on another grid. Resample it to the scan."
    button = next(
        b for b in window.notices.findChildren(QPushButton) if b.text() == "Resample to the scan"
    )
    button.click()
    assert pressed == [1]


def test_a_newer_error_takes_the_place_of_the_older(window: MainWindow) -> None:
    for name in ("a", "b"):
        window.show_error(ModelError(name, "hint"))
    assert [notice.text for notice in window.notices.shown] == ["B. Hint."]


def test_escape_closes_the_bars(window: MainWindow, qtbot: QtBot) -> None:
    window.show_error(ModelError("a", "b"))
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.notices.shown == () and not window.notices.isVisible()


def test_a_fault_is_told_in_a_dialog_with_a_report(window: MainWindow) -> None:
    window.show_error(ZeroDivisionError("a fault"))
    box = window.findChild(QMessageBox)
    assert box is not None and "ZeroDivisionError: a fault" in box.detailedText()
    box.close()


def test_a_long_job_shows_and_can_be_cancelled(window: MainWindow, qtbot: QtBot) -> None:
    release = threading.Event()

    def work(task: Task) -> None:
        while not release.wait(0.01):
            task.report(0.25, "tile 3 of 12")

    window.context.jobs.start(Job("Segment kidneys", "k", work, lambda v: None))
    qtbot.waitUntil(lambda: window.status.job.isVisible())
    assert "tile 3 of 12" in window.status.job._title.text()
    window.status.job._cancel.click()
    assert window.context.jobs.running == ()
    qtbot.waitUntil(lambda: not window.status.job.isVisible())
    release.set()


def test_short_work_does_not_flicker(window: MainWindow, qtbot: QtBot) -> None:
    window.context.jobs.start(Job("Blink", "k", lambda task: None, lambda v: None))
    assert not window.status.job.isVisible()
    window.context.jobs.wait_all()
    assert not window.status.job.isVisible()


# -- closing ----------------------------------------------------------------------------


def box_of(window: MainWindow) -> QMessageBox:
    """The question on screen."""
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    assert len(boxes) == 1
    return boxes[0]


def test_closing_with_changes_asks_and_cancel_keeps_the_window(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    opened(window, tiny_scan)
    paint(window.context.session)
    window.close()
    assert window.isVisible()
    box_of(window).button(QMessageBox.StandardButton.Cancel).click()
    assert window.isVisible() and window.context.session.is_dirty


def test_discarding_closes(
    window: MainWindow, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    opened(window, tiny_scan)
    paint(window.context.session)
    window.close()
    box_of(window).button(QMessageBox.StandardButton.Discard).click()
    assert not window.isVisible()


def test_closing_without_changes_does_not_ask(window: MainWindow, tiny_scan: Volume) -> None:
    opened(window, tiny_scan)
    window.close()
    assert not window.isVisible()


def test_settings_survive_the_window(window: MainWindow, tiny_scan: Volume) -> None:
    opened(window, tiny_scan)
    window.context.session.look(opacity=0.7)
    window.close()
    assert '"opacity": 0.7' in (window.folder / "settings.json").read_text(encoding="utf-8")


def test_the_proposal_bar_shows_exactly_while_one_waits(window: MainWindow) -> None:
    bar = window.findChild(ProposalBar)
    assert bar is not None and not bar.isVisible()
