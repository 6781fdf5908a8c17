"""Two windows on one store: what one does the other shows, and neither writes over the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.cases import Case, Status
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist import following
from kidview.ui.worklist.rows import state_of
from tests.ui.conftest import SHAPE
from tests.ui.worklist_stage import (
    case_of,
    errors,
    in_case,
    make_case,
    mask,
    open_window,
    press,
    settle,
    show_list,
)

__all__ = ["in_case", "open_window"]


@pytest.fixture
def other(window: MainWindow, qtbot: QtBot) -> Iterator[MainWindow]:
    """A second window on the same store, where Bea reads."""
    from kidview.ui.app import make_app, make_window

    made = make_window(make_app())
    made.show()
    qtbot.waitExposed(made)
    made.context.settings.set("reader.name", "Bea")
    yield made
    made.context.session.mark_saved()
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def open_in(window: MainWindow, case: Case) -> None:
    window.casework.open(case.case_id)
    settle(window)


def front(window: MainWindow) -> None:
    """The window comes to the front."""
    QApplication.sendEvent(window, QEvent(QEvent.Type.WindowActivate))
    settle(window)


def shown(window: MainWindow) -> set[str]:
    return {f"{row.case_id} {state_of(row)}" for row in window.right.cases.model.rows}


def test_the_list_shows_what_the_other_window_did_when_it_comes_to_the_front(
    open_window: MainWindow, other: MainWindow, qtbot: QtBot
) -> None:
    show_list(other, qtbot)
    assert shown(other) == set()
    open_window.casework.add()
    settle(open_window)
    case = case_of(open_window)
    front(other)
    assert shown(other) == {f"{case.case_id} new"}


def test_the_list_follows_by_itself(
    window: MainWindow, other: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show_list(other, qtbot)
    other.casework.following._timer.setInterval(50)
    case = make_case(window.casework.store, 1, Status.NEW)
    qtbot.waitUntil(lambda: shown(other) == {f"{case.case_id} new"})
    window.casework.store.set_status(case, Status.REJECTED, "Ann")
    qtbot.waitUntil(lambda: shown(other) == {f"{case.case_id} rejected"})
    assert following.LOOK_MS <= 5000


def test_nobody_looks_while_nothing_on_screen_depends_on_it(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bool] = []
    monkeypatch.setattr(window.casework, "look", lambda: looked.append(True))
    front(window)
    assert not looked
    show_list(window, qtbot)
    looked.clear()
    window.showMinimized()
    front(window)
    assert not looked


def test_an_open_menu_of_the_list_survives_a_look(window: MainWindow, qtbot: QtBot) -> None:
    make_case(window.casework.store, 1, Status.NEW)
    show_list(window, qtbot)
    actions = window.right.cases._menu.actions()
    front(window)
    assert window.right.cases._menu.actions() == actions


def test_a_status_set_elsewhere_is_taken_over_and_unsaved_labels_stay(
    window: MainWindow, other: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    case = make_case(window.casework.store, 1, Status.CORRECTED)
    open_in(window, case)
    open_in(other, case)
    paint(window.context.session)
    other.casework.move(Status.APPROVED)
    settle(other)
    front(window)
    assert case_of(window).status is Status.APPROVED and case_of(window).reviewer == "Bea"
    assert window.context.session.is_dirty
    assert window.status.message.text() == f"Changed elsewhere: {case.case_id} is approved, by Bea"
    window.context.settings.set("reader.name", "Ann")
    window.casework.save()
    settle(window)
    assert "is approved and does not change any more" in errors(window)[0]


def test_a_save_over_another_outline_is_refused_and_says_what_to_do(
    window: MainWindow, other: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    window.context.settings.set("reader.name", "Ann")
    case = make_case(window.casework.store, 1, Status.IN_CORRECTION)
    open_in(window, case)
    open_in(other, case)
    paint(other.context.session, "Brush, cyst", 3)
    paint(window.context.session)
    other.casework.save()
    settle(other)
    theirs = case_of(other)
    window.casework.save()
    settle(window)
    (notice,) = (one for one in window.notices.shown if one.level == "error")
    assert "was changed by somebody else meanwhile. Read it again" in notice.text
    store = window.casework.store
    assert store.read(case.case_id) == theirs and window.context.session.is_dirty
    notice.buttons[0][1]()
    settle(window)
    (notice,) = window.notices.shown
    assert notice.level == "warning" and "Your changes cannot go over it" in notice.text
    window.casework.save()  # still not
    settle(window)
    assert store.read(case.case_id) == theirs
    discard = next(run for title, run in notice.buttons if title == "Discard mine, show theirs")
    discard()
    settle(window)
    labels = window.context.session.labels
    assert labels is not None and (labels.array == 3).sum() == 27 and (labels.array == 2).any()
    assert case_of(window) == theirs and not window.context.session.is_dirty


def test_another_outline_is_offered_and_not_put_on_screen_unasked(
    window: MainWindow, qtbot: QtBot
) -> None:
    store = window.casework.store
    case = make_case(store, 1, Status.IN_CORRECTION)
    open_in(window, case)
    store.write_corrected(case, mask(3), np.zeros(SHAPE, bool), "Bea")
    front(window)
    session = window.context.session
    assert session.labels is not None and (session.labels.array == 2).any()
    (notice,) = window.notices.shown
    assert notice.level == "info" and "Another outline" in notice.text
    front(window)
    assert len(window.notices.shown) == 1
    window.notices.clear()
    front(window)
    assert not window.notices.shown  # told once
    notice.buttons[0][1]()
    settle(window)
    assert (session.labels.array == 3).any() and case_of(window).revision == case.revision + 1


def test_what_was_refused_for_another_reason_goes_on_once_it_is_read_again(
    in_case: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    case = case_of(in_case)
    in_case.casework.store.write_notes(case, "written elsewhere")
    paint(in_case.context.session)
    press(in_case, qtbot, Qt.Key.Key_S)
    (notice,) = in_case.notices.shown
    title, again = notice.buttons[0]
    assert title == "Read it again"
    again()
    settle(in_case)
    assert errors(in_case) == [] and in_case.context.session.is_dirty
    assert f"the notes of {case.case_id}" in in_case.status.message.text()
    press(in_case, qtbot, Qt.Key.Key_S)
    kept = case_of(in_case)
    assert kept.notes == "written elsewhere" and kept.correctors == ("Ann",)


def test_a_blind_reader_hears_of_no_other_outline(window: MainWindow, qtbot: QtBot) -> None:
    store = window.casework.store
    case = make_case(store, 1, Status.IN_CORRECTION)
    window.context.settings.set("reader.name", "Chen")
    window.casework.readings._open(case.case_id, "Chen")
    settle(window)
    store.write_corrected(case, mask(3), np.zeros(SHAPE, bool), "Bea")
    front(window)
    assert not window.notices.shown and case_of(window).revision == case.revision + 1
    assert window.context.session.second_reader == "Chen"
