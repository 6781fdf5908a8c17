"""The smallest window cuts no word."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.edit import TOOLS
from kidview.ui import opening
from kidview.ui.dialogs.key_sheet import KeySheet
from kidview.ui.main_window import MainWindow
from kidview.ui.number_box import NumberBox
from kidview.ui.option_line import OptionLine
from kidview.ui.tool_rail import ToolRail


@pytest.fixture
def narrow(window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """The window at its smallest, with a scan."""
    opening.show(window.context, tiny_scan)
    window.context.jobs.wait_all()
    window.resize(window.minimumSize())
    QApplication.processEvents()
    return window


@pytest.mark.parametrize("hu_range", [None, (-1000, 3000)])
def test_the_option_line_cuts_nothing(
    narrow: MainWindow, hu_range: tuple[int, int] | None, qtbot: QtBot
) -> None:
    line = narrow.findChild(OptionLine)
    assert line is not None
    narrow.context.session.look(tool="brush")
    narrow.context.session.protect(hu_range=hu_range, over=frozenset({0}))
    QApplication.processEvents()
    assert narrow.width() == 1000
    parts = line._parts.values()
    qtbot.waitUntil(lambda: all(part.width() >= part.sizeHint().width() for part in parts))
    assert all(part.geometry().right() < line.width() for part in parts)
    for button in line.findChildren(QPushButton):
        if button.text() and button.isVisible():
            assert button.width() >= button.sizeHint().width(), button.text()
    assert line._number.isVisible() and isinstance(line._number, NumberBox)


@pytest.mark.parametrize("tool", [row.id for row in TOOLS if row.options])
def test_every_tools_options_fit(narrow: MainWindow, tool: str, qtbot: QtBot) -> None:
    line = narrow.findChild(OptionLine)
    assert line is not None
    narrow.context.session.look(tool=tool)
    QApplication.processEvents()
    shown = [part for part in line._pieces if part.isVisible()]
    assert shown and line._wanted_px() <= line.width()
    qtbot.waitUntil(lambda: all(part.width() >= part.sizeHint().width() for part in shown))


def test_the_rail_shows_every_tool_in_the_lowest_window(narrow: MainWindow) -> None:
    rail = narrow.findChild(ToolRail)
    assert rail is not None and narrow.height() == 620
    buttons = rail._buttons
    assert all(button.height() >= 30 for button in buttons)
    assert buttons[-1].geometry().bottom() < rail.height()
    pairs = zip(buttons, buttons[1:], strict=False)
    assert all(a.geometry().bottom() < b.geometry().top() for a, b in pairs)


def test_the_option_line_is_whole_in_a_wide_window(narrow: MainWindow) -> None:
    narrow.resize(1600, 900)
    narrow.context.session.look(tool="brush")
    QApplication.processEvents()
    line = narrow.findChild(OptionLine)
    assert line is not None
    words = {button.text() for button in line.findChildren(QPushButton)}
    assert {"kidney", "tumour", "cyst", "HU range", "Over everything"} <= words
    assert line._title.isVisible() and line._slider.isVisible()


def test_the_key_sheet_scrolls_instead_of_cutting(narrow: MainWindow) -> None:
    narrow.commands["help.keys"].trigger()
    QApplication.processEvents()
    sheet = narrow.findChild(KeySheet)
    assert sheet is not None and narrow.rect().contains(sheet.geometry())
    assert sheet.area.verticalScrollBar().maximum() > 0
    assert sheet.area.horizontalScrollBar().maximum() == 0
    for label in sheet.findChildren(QLabel):
        assert label.width() >= label.sizeHint().width(), label.text()
    sheet.close()
