"""Places to come back to: added, visited and removed with keys, kept with the case."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.cases import Marks, Status, read_marks
from kidview.core.volume import Volume
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from tests.ui.worklist_stage import in_case, make_case, open_window, settle

__all__ = ["in_case", "open_window"]
pytestmark = pytest.mark.display
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def opened(window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """The tiny scan."""
    opening.show(window.context, tiny_scan)
    return focused(window)


def focused(window: MainWindow) -> MainWindow:
    window.activateWindow()
    window.setFocus()
    QApplication.processEvents()
    return window


def key(window: MainWindow, modifiers: Qt.KeyboardModifier) -> None:
    QTest.keyClick(window, Qt.Key.Key_D, modifiers)


def names(window: MainWindow) -> list[str]:
    return [place.name for place in window.context.session.marks.bookmarks]


def offered(window: MainWindow) -> list[str]:
    """What the menu has below its own actions."""
    actions = window.header.menus["View/Bookmarks"].actions()
    return [action.text() for action in actions[3:] if not action.isSeparator()]


def test_places_are_added_visited_and_removed(opened: MainWindow) -> None:
    session = opened.context.session
    session.look_at((2, 5, 6))
    session.look(window_hu=(-100.0, 300.0), mm_per_pixel=0.2)
    key(opened, CTRL)
    first = session.view.cursor_ras
    session.look_at((7, 8, 9))
    key(opened, CTRL)
    second = session.view.cursor_ras
    key(opened, CTRL)
    assert names(opened) == offered(opened) == ["Axial 3", "Axial 8", "Axial 8 (2)"]
    session.look_at((0, 0, 0))
    session.look(window_hu=(0.0, 10.0))
    key(opened, ALT)
    assert (session.view.cursor_ras, session.view.window_hu) == (first, (-100.0, 300.0))
    assert session.view.centre_ras == first
    key(opened, ALT)
    assert session.view.cursor_ras == second
    key(opened, CTRL | ALT)
    assert names(opened) == offered(opened) == ["Axial 3", "Axial 8 (2)"]
    session.look_at((0, 0, 0))
    key(opened, CTRL | ALT)  # nothing is here
    assert (
        len(names(opened)) == 2
        and "go to a bookmark first" in opened.commands["bookmark.remove"].toolTip()
    )


def test_the_menu_leads_there_and_shows_the_view_it_was_set_in(opened: MainWindow) -> None:
    session = opened.context.session
    session.look(maximised="coronal")
    opened.views.active = "coronal"
    session.look_at((2, 5, 6))
    key(opened, CTRL)
    (place,) = session.marks.bookmarks
    assert (place.name, place.axis) == ("Coronal 6", 1)
    session.look(maximised="axial")
    session.look_at((0, 0, 0))
    action = opened.header.menus["View/Bookmarks"].actions()[-1]
    assert action.text() == place.name
    action.trigger()
    assert session.view.cursor_ras == place.point_ras
    assert session.view.maximised == "coronal"


def test_bookmarks_come_back_with_their_case(in_case: MainWindow, qtbot: QtBot) -> None:
    case, store = in_case.context.session.case, in_case.casework.store
    assert case is not None
    key(focused(in_case), CTRL)
    wanted = in_case.context.session.marks
    assert len(wanted.bookmarks) == 1
    other = make_case(store, 7, Status.NEW)
    in_case.casework.open(other.case_id)
    settle(in_case)
    assert in_case.context.session.marks == Marks() and offered(in_case) == []
    in_case.casework.open(case.case_id)
    settle(in_case)
    qtbot.waitUntil(lambda: in_case.context.session.marks == wanted)
    assert offered(in_case) == [wanted.bookmarks[0].name]
    assert read_marks(store.folder / case.case_id) == wanted
