"""A stroke nobody can see is told, when it begins and when it ends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from kidview.session import Session
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import LEFT, MIDDLE_PX, Heard, drag

HIDDEN = "abels are hidden, [view.peek] shows them"


def test_painting_while_labels_are_hidden_is_told(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush", label=2, are_labels_hidden=True)
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 0))
    first, last = heard.words
    assert first == f"L{HIDDEN}"
    assert last.startswith("Brush, tumour: tumour +") and last.endswith(f"; l{HIDDEN}")
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 0))
    assert heard.words[-1].endswith(f"; l{HIDDEN}")  # nothing was left to paint, for unseen reasons


def test_a_label_hidden_alone_is_named(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush", label=3, hidden=frozenset({3}))
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 0))
    assert heard.words[0] == "Cyst is hidden, its eye under Labels shows it"


@pytest.mark.parametrize("tool", ["brush", "eraser"])
def test_what_is_seen_needs_no_words(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot, tool: str
) -> None:
    session.look(tool=tool, label=2, hidden=frozenset({1}))
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 0))
    assert not any("hidden" in words for words in heard.words)
