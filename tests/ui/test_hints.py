"""What a click would do shows under the resting pointer, and is what the click then does."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kidview.ui.main_window import MainWindow
from kidview.ui.proposal_bar import ProposalBar
from tests.ui.test_tools_by_hand import ball, stage, view_of

pytestmark = pytest.mark.display
__all__ = ["stage"]  # a fixture


def rest(stage: MainWindow, qtbot: QtBot, offset: QPoint) -> None:
    """Move the pointer there and wait until everything asked is answered."""
    view = view_of(stage, 0)
    QTest.mouseMove(view, view._canvas.geometry().center() + offset)
    qtbot.wait(120)
    stage.context.jobs.wait_all()
    qtbot.wait(20)


@pytest.mark.parametrize("tool", ["grow", "level_trace"])
def test_the_hint_is_what_the_click_writes(stage: MainWindow, qtbot: QtBot, tool: str) -> None:
    session = stage.context.session
    session.look(tool=tool)
    offset = QPoint(0, 0) if tool == "grow" else QPoint(45, 0)
    rest(stage, qtbot, offset)
    hint = session.draft
    assert hint is not None and hint.is_hint
    assert session.labels is not None and not session.labels.array.any(), "nothing is written"
    assert not stage.findChildren(ProposalBar)[0].isVisible(), "it waits for no yes"
    shown = np.zeros(session.labels.array.shape, np.uint8)
    shown[hint.edit.box.slices][hint.edit.mask] = 2
    view = view_of(stage, 0)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view._canvas.geometry().center() + offset)
    qtbot.waitUntil(lambda: session.history.count == 1, timeout=3000)
    assert np.array_equal(session.labels.array, shown)
    if tool == "grow":
        overlap = 2 * (ball() & (shown > 0)).sum() / (ball().sum() + (shown > 0).sum())
        assert overlap > 0.8


def test_enter_does_not_apply_a_hint(stage: MainWindow, qtbot: QtBot) -> None:
    session = stage.context.session
    session.look(tool="grow")
    rest(stage, qtbot, QPoint(0, 0))
    assert session.draft is not None
    assert not session.apply_draft()
    assert session.history.count == 0


def test_it_goes_with_the_pointer_and_with_the_tool(stage: MainWindow, qtbot: QtBot) -> None:
    session = stage.context.session
    session.look(tool="grow")
    rest(stage, qtbot, QPoint(0, 0))
    assert session.draft is not None
    session.look(tool="brush")
    qtbot.waitUntil(lambda: session.draft is None, timeout=1000)
    session.look(tool="grow")
    rest(stage, qtbot, QPoint(1, 0))
    assert session.draft is not None
    stage.hints.follow(None)
    qtbot.waitUntil(lambda: session.draft is None, timeout=1000)


def test_where_the_tool_would_refuse_there_is_none(stage: MainWindow, qtbot: QtBot) -> None:
    session = stage.context.session
    options = {**session.view.options, "grow.most_ml": 0.1}
    session.look(tool="grow", options=options)
    rest(stage, qtbot, QPoint(0, 0))
    assert session.draft is None


def test_a_tool_without_hints_asks_for_nothing(stage: MainWindow, qtbot: QtBot) -> None:
    session = stage.context.session
    session.look(tool="relabel")
    rest(stage, qtbot, QPoint(0, 0))
    assert session.draft is None
