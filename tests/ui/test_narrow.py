"""The smallest window cuts no word."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.edit import TOOLS, Option
from kidview.ui import opening
from kidview.ui.caret import _Caret
from kidview.ui.dialogs.key_sheet import KeySheet
from kidview.ui.main_window import MainWindow
from kidview.ui.number_box import NumberBox
from kidview.ui.option_line import OptionLine
from kidview.ui.tool_rail import ToolRail

WIDEST = {
    "threshold.where": "near",
    "islands.mode": "crosshair",
    "islands.rest": "around",
    "logic.operation": "add_near",
    "fill_between.axis": "view",
    "hollow.side": "centred",
    "margin.keeps": "labels",
}
"""The longest words there are to choose."""


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


@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_names_stay_where_the_panel_is_beside(narrow: MainWindow, size: tuple[int, int]) -> None:
    narrow.resize(*size)
    session, line = narrow.context.session, narrow.findChild(OptionLine)
    assert line is not None
    session.protect(hu_range=(-1000, 3000), over=frozenset({0}))
    for tool in (row for row in TOOLS if row.options):
        session.look(tool=tool.id, options=WIDEST)
        QApplication.processEvents()
        assert line.width() == size[0] - 350
        assert line._title.isVisible() and line._title.text() == tool.title
        own = [each.id for each in tool.in_use(WIDEST) if isinstance(each, Option)]
        shown = [id for id in own if line._own[id].isVisible()]
        assert shown == own[: len(shown)] and (shown or not own)
        for id in shown:
            assert all(words.isVisible() for words in line._own[id].findChildren(QLabel))
        held = [id for id, part in line._more._spare.items() if not part.isHidden()]
        assert sorted(held) == sorted(own[len(shown) :]) and line._more.isVisible() == bool(held)
        assert line._over_button.text().startswith("Over ")


def test_options_that_do_not_apply_are_not_shown(narrow: MainWindow) -> None:
    narrow.resize(1900, 900)
    line = narrow.findChild(OptionLine)
    assert line is not None
    session = narrow.context.session
    for tool, chosen, own in (
        ("threshold", {}, {"low", "high", "where", "is_smooth"}),
        ("threshold", {"where": "near"}, {"low", "high", "where", "near_mm", "is_smooth"}),
        ("islands", {}, {"mode", "least_ml", "rest"}),
        ("islands", {"mode": "largest"}, {"mode", "count", "rest"}),
        ("islands", {"mode": "crosshair"}, {"mode", "rest"}),
        ("logic", {}, {"operation", "with"}),
        ("logic", {"operation": "add_near"}, {"operation", "with", "mm"}),
        ("logic", {"operation": "pieces"}, {"operation", "with", "mm", "rest"}),
    ):
        options = {f"{tool}.{id}": value for id, value in chosen.items()}
        session.look(tool=tool, options=options)
        QApplication.processEvents()
        shown = {id for id, part in line._own.items() if part.isVisible()}
        assert shown == {f"{tool}.{id}" for id in own}


def test_a_condition_names_another_option_and_its_choices() -> None:
    for tool in TOOLS:
        own = {each.id: each for each in tool.options if isinstance(each, Option)}
        for each in own.values():
            if each.only_if is not None:
                id, values = each.only_if
                assert set(values) < {value for value, _title in own[id].choices}


def test_what_opens_a_list_has_a_caret(narrow: MainWindow) -> None:
    narrow.resize(1440, 900)
    narrow.context.session.look(tool="threshold")
    QApplication.processEvents()
    line = narrow.findChild(OptionLine)
    assert line is not None
    opens = [b for b in line.findChildren(QPushButton) if b.menu() and b is not line._more]
    assert len(opens) > 5
    for button in (*opens, *(b for b in narrow.header.findChildren(QToolButton) if b.menu())):
        mark = button.findChild(_Caret)
        assert mark is not None and button.rect().contains(mark.geometry())
    mark = line._over_button.findChild(_Caret)
    assert mark is not None
    words = line._over_button.fontMetrics().horizontalAdvance(line._over_button.text())
    assert mark.x() >= words + 12  # they end before it
    for theme in ("dark", "light"):
        narrow.context.settings.set("theme", theme)
        QApplication.processEvents()
        drawn = mark.grab().toImage()
        colours = {drawn.pixel(x, y) for x in range(10) for y in range(10)}
        assert len(colours) > 2


def test_the_key_sheet_has_a_title_and_a_button_that_closes_it(narrow: MainWindow) -> None:
    narrow.commands["help.keys"].trigger()
    QApplication.processEvents()
    sheet = narrow.findChild(KeySheet)
    assert sheet is not None
    assert "Keys" in [label.text() for label in sheet.findChildren(QLabel)]
    assert sheet.rect().contains(sheet.close_button.geometry())
    QTest.mouseClick(sheet.close_button, Qt.MouseButton.LeftButton)
    assert not sheet.isVisible()


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
