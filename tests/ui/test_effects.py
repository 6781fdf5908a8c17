"""Tools that act on a whole label: shown first, then applied, options set by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.volume import Volume
from kidview.edit import TOOLS, Edit, Option
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.option_line import OptionLine
from kidview.ui.proposal_bar import ProposalBar
from kidview.ui.tool_options import ToolOption

pytestmark = pytest.mark.display
EFFECTS = [row for row in TOOLS if row.gesture == "effect"]


@pytest.fixture
def lesion(qtbot: QtBot, window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """A tumour with a hole and a crumb beside it, in a kidney."""
    opening.show(window.context, tiny_scan)
    session = window.context.session
    labels = np.zeros(tiny_scan.hu.shape, np.uint8)
    labels[2:8, 4:20, 3:17] = 1
    labels[3:7, 8:14, 6:12] = 2
    labels[5, 10, 9] = 0
    labels[3, 17, 15] = 2
    box = Box.whole(tiny_scan.hu.shape)
    session.edit("Lesion", Edit(box, np.ones(box.shape, bool), labels), tool="")
    session.look(label=2)
    return window


def settle(window: MainWindow) -> None:
    """Rest, job, news."""
    QTest.qWait(180)
    window.context.jobs.wait_all()
    QTest.qWait(20)


@pytest.mark.parametrize("row", EFFECTS, ids=lambda row: row.id)
def test_every_effect_is_shown_or_says_why_not_and_changes_nothing_yet(
    lesion: MainWindow, qtbot: QtBot, row: object
) -> None:
    session = lesion.context.session
    assert session.labels is not None
    before = session.labels.array.copy()
    lesion.commands[f"tool.{row.id}"].trigger()  # type: ignore[attr-defined]
    message = lesion.status.message
    qtbot.waitUntil(lambda: session.draft is not None or ": " in message.text(), timeout=3000)
    assert np.array_equal(session.labels.array, before)


def test_a_margin_is_shown_set_and_applied(lesion: MainWindow) -> None:
    session, bar = lesion.context.session, lesion.findChild(ProposalBar)
    assert session.labels is not None and isinstance(bar, ProposalBar)
    session.look(tool="brush")
    lesion.commands["tool.margin"].trigger()
    settle(lesion)
    assert session.draft is not None and bar.isVisible()
    first = session.draft.gained[2]
    number = next(o for o in lesion.findChildren(ToolOption) if o.isVisible())
    box = number.findChild(QPushButton) or number.children()[-1]
    box.setFocus()  # type: ignore[attr-defined]
    box.setValue(box.value() * 2)  # type: ignore[attr-defined]
    settle(lesion)
    assert session.draft is not None and session.draft.gained[2] > first
    gained, count = session.draft.gained[2], int((session.labels.array == 2).sum())
    bar.accept.click()
    assert int((session.labels.array == 2).sum()) == count + gained
    assert session.history.undo_title == "Margin, tumour"
    assert session.view.tool == "brush" and session.draft is None and not bar.isVisible()
    lesion.commands["edit.undo"].trigger()
    assert int((session.labels.array == 2).sum()) == count


def test_esc_leaves_everything_as_it_was(lesion: MainWindow) -> None:
    session = lesion.context.session
    assert session.labels is not None
    before = session.labels.array.copy()
    lesion.commands["tool.fill_holes"].trigger()
    settle(lesion)
    assert session.draft is not None
    QTest.keyClick(lesion, Qt.Key.Key_Escape)
    settle(lesion)
    assert session.draft is None and session.view.tool == "navigate"
    assert np.array_equal(session.labels.array, before) and session.history.count == 1


def test_the_draft_follows_label_lock_and_undo(lesion: MainWindow) -> None:
    session = lesion.context.session
    lesion.commands["tool.fill_holes"].trigger()
    settle(lesion)
    assert session.draft is not None and session.draft.gained == {2: 1}
    session.protect(locked=frozenset({2}))
    settle(lesion)
    assert session.draft is None and "locked" in lesion.status.message.text()
    session.protect(locked=frozenset())
    settle(lesion)
    assert session.draft is not None
    lesion.commands["edit.undo"].trigger()
    settle(lesion)
    assert session.draft is None


def test_every_own_option_has_a_widget_that_sets_it(lesion: MainWindow) -> None:
    line = lesion.findChild(OptionLine)
    assert line is not None
    options = [o for row in TOOLS for o in row.options if isinstance(o, Option)]
    assert {o.id for o in options} == set(line._own)
    for option in options:
        assert option.tip and option.title
        if isinstance(option.default, str):
            assert option.default in dict(option.choices)
        elif not isinstance(option.default, bool):
            assert option.low <= option.default <= option.high
