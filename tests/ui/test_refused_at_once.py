"""A tool that cannot write says so when it is chosen or begun, not when all is drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.volume import Volume
from kidview.edit import TOOLS, Edit
from kidview.segment import Proposal
from kidview.session import PLANES
from kidview.ui import opening
from kidview.ui.lasso import Lasso
from kidview.ui.main_window import MainWindow
from kidview.ui.outlining import CLOSING
from kidview.ui.panels.history import HistoryPanel
from kidview.ui.pieces import Elided
from kidview.ui.slice_view import SliceView
from tests.ui.test_effects import settle

pytestmark = pytest.mark.display
LEFT, PLAIN, CTRL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
)
WRITING = [row for row in TOOLS if row.gesture not in ("navigate", "annotate")]


@pytest.fixture
def open_window(window: MainWindow, tiny_scan: Volume, paint: Callable[..., None]) -> MainWindow:
    """One step painted, the crosshair on it, tumour active."""
    opening.show(window.context, tiny_scan)
    session = window.context.session
    paint(session)
    session.look_at((4, 7, 7))
    session.look(label=2, mm_per_pixel=0.1, centre_ras=session.view.cursor_ras)
    return window


def propose(window: MainWindow) -> None:
    box = Box((1, 1, 1), (2, 2, 2))
    proposal = Proposal(box, np.ones(box.shape, np.uint8), 0.002, "m", "CPU", 1.0)
    window.context.session.propose(proposal)


def only_look(window: MainWindow) -> None:
    session = window.context.session
    session.only_look(EditRefused("this scan can only be looked at", "close the other window"))


def axial(window: MainWindow) -> SliceView:
    cell = window.views.cell(PLANES[0])
    assert isinstance(cell, SliceView)
    return cell


def click(window: MainWindow, dx: int = 0, dy: int = 0, keys: Qt.KeyboardModifier = PLAIN) -> None:
    view = axial(window)
    middle = QPoint(view.width() // 2, view.height() // 2)
    QTest.mouseClick(view, LEFT, keys, middle + QPoint(dx, dy))


def told(window: MainWindow) -> str:
    return str(window.status.message.text())


def in_bar(window: MainWindow) -> str:
    return " ".join(notice.text for notice in window.notices.shown)


@pytest.mark.parametrize("stop", [propose, only_look], ids=["proposal", "only looked at"])
def test_choosing_a_tool_says_why_it_cannot_write(
    open_window: MainWindow, qtbot: QtBot, stop: Callable[[MainWindow], None]
) -> None:
    stop(open_window)
    session = open_window.context.session
    words = {propose: "A proposal waits"}.get(stop, "This scan can only be")
    for row in WRITING:
        session.look(tool="navigate")
        QTest.qWait(5)
        open_window.say("")
        open_window.commands[f"tool.{row.id}"].trigger()
        qtbot.waitUntil(lambda: told(open_window).startswith(words), timeout=2000)
        assert session.draft is None and not open_window.context.jobs.is_running("effect"), row.id


@pytest.mark.parametrize("tool", ["polygon", "live_wire", "seeds", "grow", "level_trace", "refine"])
def test_a_locked_label_is_named_at_the_first_click(open_window: MainWindow, tool: str) -> None:
    session = open_window.context.session
    open_window.commands[f"tool.{tool}"].trigger()
    session.protect(locked=frozenset({2}))
    click(open_window, dx=-30)  # beside the tumour that is there
    settle(open_window)
    assert "Tumour is locked" in in_bar(open_window)
    assert session.outline is None and session.scribbles.box is None
    assert not open_window.context.jobs.running and session.history.count == 1


def test_background_may_be_scribbled_while_the_active_label_is_locked(
    open_window: MainWindow,
) -> None:
    session = open_window.context.session
    open_window.commands["tool.seeds"].trigger()
    session.protect(locked=frozenset({2}))
    click(open_window, keys=CTRL)
    assert session.scribbles.box is not None and not open_window.notices.shown


@pytest.mark.parametrize("tool", ["grow", "level_trace"])
def test_a_locked_label_under_the_click_is_named(open_window: MainWindow, tool: str) -> None:
    """Whatever else keeps the tool from finding anything there: tissue here has one HU."""
    session = open_window.context.session
    session.protect(locked=frozenset({2}))
    session.look(label=1, options={"grow.gap_mm": 20.0})
    open_window.commands[f"tool.{tool}"].trigger()
    click(open_window)
    settle(open_window)
    assert "Tumour is locked" in in_bar(open_window)


@pytest.mark.parametrize("stop", [propose, only_look], ids=["proposal", "only looked at"])
def test_a_refine_click_is_refused_in_the_bar(
    open_window: MainWindow, stop: Callable[[MainWindow], None]
) -> None:
    open_window.commands["tool.refine"].trigger()
    stop(open_window)
    click(open_window)
    assert len(open_window.notices.shown) == 1 and not open_window.context.jobs.running


def test_an_effect_is_shown_once_the_proposal_is_gone(open_window: MainWindow) -> None:
    session = open_window.context.session
    propose(open_window)
    open_window.commands["tool.margin"].trigger()
    settle(open_window)
    assert session.draft is None
    session.discard()
    settle(open_window)
    assert session.draft is not None


def test_undo_under_a_proposal_is_refused_by_key_and_by_the_list(open_window: MainWindow) -> None:
    session = open_window.context.session
    propose(open_window)
    open_window.commands["edit.undo"].trigger()
    assert "A proposal waits" in in_bar(open_window) and session.history.position == 1
    open_window.notices.clear()
    panel = open_window.findChildren(HistoryPanel)[0]
    panel.list.itemClicked.emit(panel.list.item(0))
    assert "A proposal waits" in in_bar(open_window) and session.history.position == 1
    assert panel.list.currentRow() == 1


def test_segment_is_refused_where_one_only_looks(open_window: MainWindow) -> None:
    only_look(open_window)
    open_window.commands["segment.run"].trigger()
    assert "can only be looked at" in in_bar(open_window)
    assert not open_window.context.jobs.is_running("segment")


def test_a_lasso_that_may_not_begin_draws_nothing(window: MainWindow) -> None:
    asked: list[int] = []
    lasso = Lasso(window, lambda: bool(asked.append(1)))
    lasso.resize(100, 100)
    drawn: list[object] = []
    lasso.drawn.connect(drawn.append)
    QTest.mousePress(lasso, LEFT, PLAIN, QPoint(10, 10))
    for place in (QPoint(60, 10), QPoint(60, 60), QPoint(10, 60)):
        QTest.mouseMove(lasso, place)
    QTest.mouseRelease(lasso, LEFT, PLAIN, QPoint(10, 60))
    assert asked == [1] and not drawn


# Scribbles wait for their tool


def scribbled(window: MainWindow) -> Edit:
    window.commands["tool.seeds"].trigger()
    window.context.session.look(radius_mm=0.5)
    click(window)
    click(window, dx=-40, keys=CTRL)
    settle(window)
    kept = window.context.session.scribbles.copy()
    assert kept is not None and window.context.session.draft is not None
    return Edit(kept[0], kept[1] != 0, kept[1])


def test_scribbles_stay_while_another_tool_is_in_hand(open_window: MainWindow) -> None:
    session = open_window.context.session
    before = scribbled(open_window)
    open_window.commands["tool.brush"].trigger()
    settle(open_window)
    assert told(open_window) == "The scribbles wait: J takes them up again"
    assert session.draft is None and axial(open_window)._canvas.scribbles.opacity() < 0.5
    click(open_window, dx=30)
    assert session.history.count == 2
    QTest.keyClick(open_window, Qt.Key.Key_Return)
    open_window.commands["edit.undo"].trigger()
    assert session.history.position == 1
    QTest.keyClick(open_window, Qt.Key.Key_Escape)  # puts the brush down, and nothing else
    assert session.view.tool == "navigate"
    open_window.commands["tool.refine"].trigger()
    settle(open_window)
    kept = session.scribbles.copy()
    assert kept is not None and kept[0] == before.box and np.array_equal(kept[1], before.label)
    open_window.commands["tool.seeds"].trigger()
    settle(open_window)
    assert session.draft is not None and axial(open_window)._canvas.scribbles.opacity() == 1.0
    open_window.commands["edit.undo"].trigger()
    assert session.scribbles.box is not None and session.history.position == 1


def test_an_effect_applied_meanwhile_leaves_them(open_window: MainWindow) -> None:
    session = open_window.context.session
    scribbled(open_window)
    open_window.commands["tool.margin"].trigger()
    settle(open_window)
    QTest.keyClick(open_window, Qt.Key.Key_Return)
    settle(open_window)
    assert session.history.undo_title == "Margin, tumour" and session.scribbles.box is not None


def test_esc_in_their_tool_drops_them_and_says_so(open_window: MainWindow) -> None:
    session = open_window.context.session
    scribbled(open_window)
    QTest.keyClick(open_window, Qt.Key.Key_Escape)
    assert session.scribbles.box is None and told(open_window) == "The scribbles are dropped"
    settle(open_window)
    assert told(open_window) == "The scribbles are dropped" and session.history.count == 1


def test_the_polygon_tells_how_to_close_it(open_window: MainWindow) -> None:
    open_window.resize(1700, 900)
    open_window.commands["tool.polygon"].trigger()
    words = open_window.commands.with_keys(CLOSING)
    settle(open_window)
    tips = open_window.findChildren(Elided)
    assert any(tip.isVisible() and tip.text() == words for tip in tips)
    click(open_window)
    assert told(open_window).startswith(words)
