"""A second reader at the window: blind, kept as their own, compared, made into a consensus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.cases import Case, CaseStore, Status, reading_by
from kidview.cases.agreement import compare
from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.session import Change
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.consensus_dialog import ConsensusDialog
from tests.ui.test_casework import change_reader
from tests.ui.worklist_stage import (
    LEFT,
    SHIFT,
    case_of,
    double_click,
    errors,
    make_case,
    mask,
    open_window,
    place,
    press,
    settle,
    show_list,
)

__all__ = ["open_window"]
SECOND, AGREEMENT, CONSENSUS = Qt.Key.Key_I, Qt.Key.Key_J, Qt.Key.Key_K


class Seen:
    """Every label the window was ever shown since this began."""

    def __init__(self, window: MainWindow) -> None:
        self.session = window.context.session
        self.labels = set[int]()
        self.session.changed.connect(self._look)

    def _look(self, change: Change) -> None:
        if self.session.labels is not None:
            self.labels |= set(map(int, np.unique(self.session.labels.array)))


@pytest.fixture
def first(open_window: MainWindow, qtbot: QtBot) -> Case:
    """Ann's case: the network said kidney, she made tumour of it. The list is shown, Bea reads."""
    case = make_case(open_window.casework.store, 5, Status.CORRECTED, by="Ann")
    open_window.context.settings.set("reader.name", "Bea")
    show_list(open_window, qtbot)
    return case


def choose(window: MainWindow, qtbot: QtBot, case: Case) -> None:
    """Click a row without opening it."""
    viewport = window.right.cases.view.viewport()
    qtbot.mouseClick(viewport, LEFT, pos=place(window, case.case_id))


def sit_down(window: MainWindow, qtbot: QtBot, name: str) -> None:
    """Somebody else reads from now on."""
    take_keys(window)
    change_reader(window, qtbot, name)
    take_keys(window)


def take_keys(window: MainWindow) -> None:
    """What a window manager does when a dialog closes."""
    window.activateWindow()
    window.setFocus()
    settle(window)


def read_blind(window: MainWindow, qtbot: QtBot, case: Case) -> None:
    choose(window, qtbot, case)
    press(window, qtbot, SECOND, shift=SHIFT)


def test_two_readers_from_the_list_to_an_approved_consensus(
    open_window: MainWindow, first: Case, paint: Callable[..., None], qtbot: QtBot
) -> None:
    window, session, store = open_window, open_window.context.session, open_window.casework.store
    seen = Seen(window)
    read_blind(window, qtbot, first)
    assert session.case == first and session.second_reader == "Bea"
    assert np.array_equal(session.labels.array, mask(1).array)  # type: ignore[union-attr]
    card = window.right.reading
    assert card.isVisible() and not window.right.card.isVisible()
    assert card.reader.text() == "Bea · not kept yet"
    assert card.shown.text() == "Only the network's outline is shown"
    assert window.header._series.text() == "second reading by Bea"
    session.look(tool="brush")
    paint(session, "Brush, cyst", 3)
    assert card.reader.text() == "Bea · changed, not kept"
    qtbot.mouseClick(card.keep, LEFT)
    settle(window)
    case = case_of(window)
    assert (case.status, case.correctors) == (Status.CORRECTED, ("Ann",)) and not session.is_dirty
    reading = reading_by(case, "Bea")
    assert reading is not None and card.reader.text().startswith("Bea · kept ")
    assert np.array_equal(
        store.load_reading(case, reading).array,
        session.labels.array,  # type: ignore[union-attr]
    )
    assert np.array_equal(store.load_corrected(case).array, mask(2).array)
    assert window.status.message.text() == f"Kept as Bea's reading of {case.case_id}"
    assert seen.labels == {0, 1, 3}, "Ann's tumour was never there"

    qtbot.mouseClick(card.end, LEFT)
    settle(window)
    assert session.second_reader == "" and window.right.card.isVisible()
    assert np.array_equal(session.labels.array, mask(2).array)  # type: ignore[union-attr]
    ((names, *dices),) = window.right.card.agreement.rows
    found = compare(mask(2).array, store.load_reading(case, reading).array)
    assert names == "Ann – Bea" and dices == [f"{value:.3f}" for value in found.values()]

    qtbot.mouseClick(window.right.card.agreement.make, LEFT)
    dialog = window.findChild(ConsensusDialog)
    assert dialog is not None and not dialog.buttons["staple"].isEnabled()
    assert "It needs 3 readings; here are 2." in dialog.buttons["staple"].toolTip()
    qtbot.mouseClick(dialog.buttons["majority"], LEFT)
    settle(window)
    case = case_of(window)
    assert case.has_consensus and [one.by for one in case.readings] == ["Ann", "Bea"]
    shown = session.labels.array  # type: ignore[union-attr]
    assert np.array_equal(shown, store.load_corrected(case).array) and shown.any()
    assert not session.is_dirty and not errors(window)
    (notice,) = window.notices.shown
    assert notice.text.startswith(f"{case.case_id} holds the majority of Ann, Bea. They differ in ")
    assert notice.text.endswith(" mL, all of it ties.")
    assert window.right.card.last.text().endswith(" · majority of Ann, Bea")

    qtbot.mouseClick(window.right.card.buttons["cases.approve"], LEFT)
    settle(window)
    assert errors(window) == [
        f"Bea read case {case.case_id} and cannot approve it too. "
        "Ask another person to look at it and to approve it."
    ]
    sit_down(window, qtbot, "Chen")
    press(window, qtbot, Qt.Key.Key_A, shift=SHIFT)
    assert case_of(window).status is Status.APPROVED and case_of(window).reviewer == "Chen"


def test_nobody_elses_mask_is_even_read_for_a_blind_reader(
    open_window: MainWindow,
    first: Case,
    paint: Callable[..., None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, store = open_window, open_window.casework.store
    first = store.write_reading(first, mask(3), "Dora")
    window.right.cases.refresh()
    settle(window)

    def peeked(*given: object) -> LabelMap:
        raise AssertionError("a mask of somebody else was read")

    monkeypatch.setattr(CaseStore, "load_corrected", peeked)
    monkeypatch.setattr(CaseStore, "load_reading", peeked)
    seen = Seen(window)
    read_blind(window, qtbot, first)
    assert window.context.session.second_reader == "Bea" and seen.labels == {0, 1}
    assert not window.right.card.agreement.isVisible()
    assert window.right.cases._picture(window.right.cases.model.rows[0]) is None
    paint(window.context.session, "Brush, kidney", 1)
    press(window, qtbot, Qt.Key.Key_S)
    assert reading_by(case_of(window), "Bea") is not None and errors(window) == []
    for id in ("cases.approve", "cases.reopen", "cases.reject", "cases.agreement"):
        assert not window.commands[id].isEnabled(), id
    press(window, qtbot, Qt.Key.Key_A, shift=SHIFT)
    assert case_of(window).status is Status.CORRECTED


def test_a_reader_comes_back_to_their_own_reading(
    open_window: MainWindow, first: Case, qtbot: QtBot
) -> None:
    window, session = open_window, open_window.context.session
    case = window.casework.store.write_reading(first, mask(3), "bea")
    read_blind(window, qtbot, case)
    assert np.array_equal(session.labels.array, mask(3).array)  # type: ignore[union-attr]
    assert window.right.reading.shown.text() == "Your own reading is shown, nobody else's"
    assert not window.right.reading.keep.isEnabled()
    press(window, qtbot, Qt.Key.Key_S)
    assert window.status.message.text() == f"{case.case_id} holds this reading already"
    assert case_of(window) == case


def test_who_agrees_with_the_network_can_keep_just_that(
    open_window: MainWindow, first: Case, qtbot: QtBot
) -> None:
    read_blind(open_window, qtbot, first)
    press(open_window, qtbot, Qt.Key.Key_S)
    case, store = case_of(open_window), open_window.casework.store
    reading = reading_by(case, "Bea")
    assert reading is not None
    assert np.array_equal(store.load_reading(case, reading).array, mask(1).array)


def test_the_reader_is_asked_for_and_the_corrector_refused(
    open_window: MainWindow, first: Case, qtbot: QtBot
) -> None:
    window = open_window
    window.context.settings.set("reader.name", "ann")
    read_blind(window, qtbot, first)
    assert errors(window) == [
        f"Ann corrected case {first.case_id} and cannot read it blind. "
        "Ask another reader, who has not seen it."
    ]
    assert window.context.session.second_reader == ""


def test_the_reading_is_of_who_began_it(
    open_window: MainWindow, first: Case, paint: Callable[..., None], qtbot: QtBot
) -> None:
    read_blind(open_window, qtbot, first)
    sit_down(open_window, qtbot, "Chen")
    paint(open_window.context.session)
    press(open_window, qtbot, Qt.Key.Key_S)
    assert [one.by for one in case_of(open_window).readings] == ["Bea"]


def test_leaving_a_reading_offers_to_keep_it(
    open_window: MainWindow, first: Case, paint: Callable[..., None], qtbot: QtBot
) -> None:
    from tests.ui.test_case_in_window import question

    read_blind(open_window, qtbot, first)
    paint(open_window.context.session)
    double_click(open_window, qtbot, first.case_id)
    question(open_window, "Save")
    settle(open_window)
    session = open_window.context.session
    assert session.second_reader == "" and [r.by for r in case_of(open_window).readings] == ["Bea"]
    assert np.array_equal(session.labels.array, mask(2).array)  # type: ignore[union-attr]


def test_a_reading_that_cannot_be_kept_is_told_and_stays(
    open_window: MainWindow,
    first: Case,
    paint: Callable[..., None],
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = open_window
    read_blind(window, qtbot, first)
    paint(window.context.session)

    def fail(*given: object) -> Case:
        raise WriteError("the disk is full", "make room")

    with monkeypatch.context() as patch:
        patch.setattr(CaseStore, "write_reading", fail)
        press(window, qtbot, Qt.Key.Key_S)
    assert errors(window) == ["The disk is full. Make room."]
    assert window.context.session.is_dirty and case_of(window).readings == ()
    press(window, qtbot, Qt.Key.Key_S)
    assert not window.context.session.is_dirty and len(case_of(window).readings) == 1


# -- agreement and consensus ------------------------------------------------------------


@pytest.fixture
def compared(open_window: MainWindow, first: Case, qtbot: QtBot) -> Case:
    """Ann, Dora and Emil outlined it; it is open as it stands."""
    store = open_window.casework.store
    case = store.write_reading(first, mask(2), "Dora")
    case = store.write_reading(case, mask(1), "Emil")
    double_click(open_window, qtbot, case.case_id)
    return case


def test_the_card_tells_how_readers_agree(
    open_window: MainWindow, compared: Case, qtbot: QtBot
) -> None:
    table = open_window.right.card.agreement
    assert table.rows == [
        ("Ann – Emil", "1.000", "0.000", "0.000"),
        ("Dora – Emil", "1.000", "0.000", "0.000"),
        ("Ann – Dora", "1.000", "1.000", "1.000"),
    ]
    press(open_window, qtbot, AGREEMENT, shift=SHIFT)
    assert not table.isVisible()
    press(open_window, qtbot, AGREEMENT, shift=SHIFT)
    assert table.isVisible() and len(table.rows) == 3
    other = make_case(open_window.casework.store, 7, Status.SEGMENTED)
    open_window.casework.open(other.case_id)
    settle(open_window)
    assert not table.isVisible() and not open_window.commands["cases.agreement"].isEnabled()
    tip = open_window.commands["cases.consensus"].toolTip()
    assert "Not now: open a case that two readers have outlined" in tip


def test_a_mask_that_is_damaged_is_told_in_the_table(
    open_window: MainWindow, first: Case, qtbot: QtBot
) -> None:
    store = open_window.casework.store
    case = store.write_reading(first, mask(3), "Dora")
    (store.folder / case.case_id / case.readings[0].mask.file).write_bytes(b"x")
    double_click(open_window, qtbot, case.case_id)
    assert open_window.right.card.agreement.words.text().startswith(
        "The readers cannot be compared: "
    )
    assert errors(open_window) == []


def test_three_readers_may_use_staple(
    open_window: MainWindow, compared: Case, qtbot: QtBot
) -> None:
    session = open_window.context.session
    session.look_at((4, 9, 7))
    view = session.view
    press(open_window, qtbot, CONSENSUS, shift=SHIFT)
    dialog = open_window.findChild(ConsensusDialog)
    assert dialog is not None
    qtbot.mouseClick(dialog.buttons["staple"], LEFT)
    settle(open_window)
    case = case_of(open_window)
    assert case.authors[-1].name == "STAPLE of Ann, Dora, Emil"
    assert np.array_equal(session.labels.array, mask(2).array)  # type: ignore[union-attr]
    assert session.view == view, "nothing moves"
    assert session.history.count == 0


def test_a_consensus_waits_for_unsaved_changes(
    open_window: MainWindow, compared: Case, paint: Callable[..., None], qtbot: QtBot
) -> None:
    paint(open_window.context.session)
    press(open_window, qtbot, CONSENSUS, shift=SHIFT)
    (words,) = errors(open_window)
    assert "has changes that were not saved. Save them with Ctrl+S, or undo them" in words
    assert open_window.findChild(ConsensusDialog) is None
