"""The list of cases: what it shows, how it is narrowed, how a case is opened."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from kidview.cases import CaseRow, CaseStore, Status
from kidview.core.errors import CaseError
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.pictures import PICTURE_FILE, PICTURE_PX
from kidview.ui.worklist.rows import CHOICES, Filter, count, next_undone
from kidview.ui.worklist.words import MARKS, error_of, when, who
from tests.ui.worklist_stage import (
    double_click,
    make_case,
    mask,
    place,
    press,
    scan,
    settle,
    show_list,
)


@pytest.fixture
def store(window: MainWindow) -> CaseStore:
    """Where the window looks, with a case of each status and one that is unusable."""
    store = window.casework.store
    for seed, status in enumerate(Status):
        make_case(store, seed, status)
    broken = make_case(store, 99, Status.NEW)
    path = store.folder / broken.case_id / "case.json"
    table = json.loads(path.read_text())
    table["editing"]["seconds"] = "long"
    path.write_text(json.dumps(table))
    return store


def of_status(store: CaseStore, status: Status | None) -> str:
    return next(row.case_id for row in store.rows() if row.status is status)


def rows(*statuses: Status | None) -> list[CaseRow]:
    return [CaseRow(f"P-0000000{n}-1", status=status) for n, status in enumerate(statuses)]


# -- what a row says --------------------------------------------------------------------


def test_every_status_has_a_shape_of_its_own() -> None:
    assert set(MARKS) == set(Status)
    assert len({mark.icon for mark in MARKS.values()}) == len(Status)


def test_a_row_names_who_did_the_last_thing() -> None:
    row = CaseRow("x", model="kidview 1.0")
    assert who(row) == "kidview 1.0"
    assert who(CaseRow("x", model="m", correctors="Ann, Bea")) == "Bea"
    assert who(CaseRow("x", correctors="Ann, Bea", reviewer="Chen")) == "Chen"


def test_a_moment_is_told_as_one_reads_it() -> None:
    now = datetime(2026, 3, 12, 15, 0, tzinfo=UTC).astimezone()

    def told(moment: datetime) -> str:
        return when(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), now)

    assert told(now - timedelta(minutes=5)) == (now - timedelta(minutes=5)).strftime("%H:%M")
    assert told(now - timedelta(days=1)) == "yesterday"
    assert told(now - timedelta(days=9)) == "3 Mar"
    assert told(now - timedelta(days=365)) == "12 Mar 2025"
    assert when("") == ""


# -- which rows, which next -------------------------------------------------------------


def test_words_and_status_narrow_the_list() -> None:
    row = CaseRow("P-7F3A2C9K-1", status=Status.IN_CORRECTION, correctors="Ann Miller")
    assert Filter().fits(row) and Filter("in correction").fits(row) and Filter("undone").fits(row)
    assert Filter(text="7f3a miller").fits(row) and Filter(text="CORRECTION").fits(row)
    assert not Filter(text="7f3a bea").fits(row) and not Filter("approved").fits(row)
    assert Filter("damaged").fits(CaseRow("x")) and not Filter("undone").fits(CaseRow("x"))


def test_each_choice_is_counted() -> None:
    numbers = count(rows(*Status, None))
    assert set(numbers) == set(CHOICES)
    assert numbers["all"] == 7 and numbers["undone"] == 3 and numbers["damaged"] == 1


def test_the_next_undone_is_the_first_or_the_one_after_the_open_one() -> None:
    many = rows(Status.APPROVED, Status.NEW, Status.CORRECTED, None, Status.IN_CORRECTION)
    first, second = many[1].case_id, many[4].case_id
    assert next_undone(many) == first
    assert next_undone(many, after=first) == second
    assert next_undone(many, after=second) == first  # round to the start
    assert next_undone(many, after="gone") == first
    assert next_undone(many[:2], after=first) is None
    assert next_undone([]) is None


# -- in the window ----------------------------------------------------------------------


def test_the_list_takes_no_room_until_it_is_asked_for(window: MainWindow, qtbot: QtBot) -> None:
    opening.show(window.context, scan(0))
    settle(window)
    width = window.views.width()
    assert not window.right.cases.isVisible()
    show_list(window, qtbot)
    assert window.right.cases.isVisible() and window.views.width() == width
    qtbot.keyClick(window, Qt.Key.Key_Q)
    assert not window.right.cases.isVisible() and window.side.isVisible()


def test_side_panel_and_cases_change_places(window: MainWindow, qtbot: QtBot) -> None:
    opening.show(window.context, scan(0))
    show_list(window, qtbot)
    window.commands["view.panel"].trigger()
    assert window.side.isVisible() and not window.right.cases.isVisible()
    window.commands["view.panel"].trigger()
    assert not window.right.isVisible()
    qtbot.mouseClick(window.right._cases_tab, Qt.MouseButton.LeftButton)
    assert window.right.cases.isVisible()


def test_the_rows_are_there_with_their_errors(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    model = window.right.cases.model
    told = [model.index(n).data() for n in range(model.rowCount())]
    assert len(told) == 7 and window.right.cases.left.text() == "7 cases, 3 undone"
    for status in Status:
        assert any(f", {status}" in words for words in told)
    (unusable,) = (row for row in model.rows if row.status is None)
    assert error_of(unusable).startswith("field 'editing.seconds' must be a number")


def test_an_unusable_case_says_why_instead_of_opening(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    double_click(window, qtbot, of_status(store, None))
    (notice,) = window.notices.shown
    assert "field 'editing.seconds' must be a number from 0" in notice.text
    assert "correct the field by hand" in notice.text.lower()
    assert window.context.session.volume is None


def test_an_unusable_case_asks_nothing_about_unsaved_labels(
    window: MainWindow, store: CaseStore, paint: Callable[..., None], qtbot: QtBot
) -> None:
    opening.show(window.context, scan(50))
    paint(window.context.session)
    show_list(window, qtbot)
    double_click(window, qtbot, of_status(store, None))
    assert not [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    assert len(window.notices.shown) == 1 and window.context.session.is_dirty


def test_a_list_that_cannot_be_read_says_why_until_it_can(
    window: MainWindow, store: CaseStore, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise CaseError("the folder of the case store cannot be read", "choose another")

    cases = window.right.cases
    with monkeypatch.context() as patch:
        patch.setattr(store, "rows", fail)
        show_list(window, qtbot)
        assert cases._empty.isVisible() and not cases.next.isEnabled()
        told = "The folder of the case store cannot be read.\nChoose another."
        assert cases._empty._words.text() == told
    qtbot.mouseClick(cases._empty.again, Qt.MouseButton.LeftButton)
    settle(window)
    assert cases.view.isVisible() and cases.next.isEnabled()
    with monkeypatch.context() as patch:
        patch.setattr(store, "rows", fail)
        cases.refresh()
        settle(window)
        assert cases._empty.isVisible()
    window.casework.following.look()  # by itself, with the very rows that were there before
    settle(window)
    assert cases.view.isVisible() and cases.model.rowCount() == 7


def test_typing_and_choosing_narrow_what_is_shown(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    cases = window.right.cases
    cases.search.setFocus()
    qtbot.keyClicks(cases.search, "bea")  # B is the brush elsewhere
    assert {row.status for row in cases.model._shown} == {Status.APPROVED, Status.REJECTED}
    qtbot.keyClick(cases.search, Qt.Key.Key_Escape)
    entry = next(a for a in cases._menu.actions() if a.text().startswith("In correction"))
    entry.trigger()
    assert [row.status for row in cases.model._shown] == [Status.IN_CORRECTION]
    qtbot.keyClicks(cases.search, "zzz")
    assert cases._empty.isVisible() and not cases.view.isVisible()
    qtbot.mouseClick(cases._empty.all, Qt.MouseButton.LeftButton)
    assert cases.model.rowCount() == 7


def test_a_double_click_opens_the_corrected_mask(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    wanted = of_status(store, Status.IN_CORRECTION)
    double_click(window, qtbot, wanted)
    session = window.context.session
    assert session.case is not None and session.case.case_id == wanted
    assert session.labels is not None and np.array_equal(session.labels.array, mask(2).array)
    assert not session.is_dirty and wanted in window.windowTitle()
    assert window.right.card.isVisible() and window.right.card.status.text() == "In correction"


def test_enter_opens_the_networks_mask_where_there_is_no_other(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    view, model = window.right.cases.view, window.right.cases.model
    row = model.place_of(of_status(store, Status.SEGMENTED))
    assert row is not None
    view.setCurrentIndex(model.index(0))
    for _ in range(row):
        qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    settle(window)
    labels = window.context.session.labels
    assert labels is not None and np.array_equal(labels.array, mask(1).array)


def test_next_undone_goes_round_and_says_when_nothing_is_left(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    seen = []
    for _ in range(4):
        press(window, qtbot, Qt.Key.Key_N)
        case = window.context.session.case
        assert case is not None
        seen.append(case.case_id)
    undone = {of_status(store, s) for s in (Status.NEW, Status.SEGMENTED, Status.IN_CORRECTION)}
    assert set(seen[:3]) == undone and seen[3] == seen[0]


def test_next_undone_without_any_case_says_what_to_do(window: MainWindow, qtbot: QtBot) -> None:
    press(window, qtbot, Qt.Key.Key_N)
    assert window.status.message.text() == "There are no cases yet: open a scan and add it"


def test_a_case_whose_scan_is_gone_is_told_in_a_bar(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    wanted = of_status(store, Status.NEW)
    (store.folder / wanted / "image.nii.gz").unlink()
    show_list(window, qtbot)
    double_click(window, qtbot, wanted)
    (notice,) = window.notices.shown
    assert f"The scan of case {wanted} is gone or damaged." in notice.text


# -- pictures ---------------------------------------------------------------------------


def test_pictures_are_drawn_once_and_follow_the_mask(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    wanted = of_status(store, Status.SEGMENTED)
    path = store.folder / wanted / PICTURE_FILE
    qtbot.waitUntil(path.exists)
    image = QImage(str(path))
    assert (image.width(), image.height()) == PICTURE_PX
    case = store.read(wanted)
    assert case.prediction is not None and image.text("shows") == case.prediction.sha256
    settle(window)
    written = path.stat().st_mtime_ns
    case = store.write_corrected(case, mask(3), np.zeros_like(mask().array, bool), "Ann")
    assert case.corrected is not None
    window.right.cases.refresh()
    qtbot.waitUntil(lambda: path.stat().st_mtime_ns != written)
    assert QImage(str(path)).text("shows") == case.corrected.mask.sha256


def test_a_picture_holds_no_more_than_pixels_and_a_checksum(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    show_list(window, qtbot)
    path = store.folder / of_status(store, Status.NEW) / PICTURE_FILE
    qtbot.waitUntil(path.exists)
    assert QImage(str(path)).textKeys() == ["shows"]
    assert b"tiny" not in path.read_bytes()


# -- many -------------------------------------------------------------------------------


def test_a_thousand_rows_are_shown_and_scrolled_without_a_stop(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(
        CaseRow(f"P-{n:08d}-1", status=list(Status)[n % 6], changed="2026-01-01T10:00:00Z")
        for n in range(1000)
    )
    monkeypatch.setattr(window.casework.store, "rows", lambda: many)
    monkeypatch.setattr(window.right.cases.model, "_picture", lambda row: None)
    show_list(window, qtbot)
    view = window.right.cases.view
    assert window.right.cases.model.rowCount() == 1000
    longest = 0.0
    for step in range(0, view.verticalScrollBar().maximum(), 1500):
        began = time.perf_counter()
        view.verticalScrollBar().setValue(step)
        view.viewport().repaint()
        longest = max(longest, time.perf_counter() - began)
    assert longest < 0.1  # 16 ms by rights; a shared processor may be away for a while
    began = time.perf_counter()
    window.right.cases.choose("undone")
    assert time.perf_counter() - began < 0.2
    QApplication.processEvents()
    assert place(window, many[1].case_id) is not None
