"""A damaged case: told in its row and on a card, counted as such, and in nobody's way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.cases import Case, CaseRow, CaseStore, Status
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.rows import Filter, count, next_undone, state_of
from kidview.ui.worklist.words import DAMAGED, mark_of
from tests.ui.worklist_stage import (
    LEFT,
    case_of,
    double_click,
    errors,
    make_case,
    place,
    press,
    settle,
    show_list,
)

BROKEN = CaseRow("P-00000001-1", status=Status.NEW, error="P-00000001-1/image.nii.gz is missing")
WHOLE = CaseRow("P-00000002-1", status=Status.NEW)


def test_a_damaged_row_is_no_new_one() -> None:
    assert state_of(BROKEN) == "damaged" and mark_of(BROKEN) == DAMAGED
    assert Filter("damaged").fits(BROKEN) and Filter(text="damaged").fits(BROKEN)
    assert not Filter("new").fits(BROKEN) and not Filter("undone").fits(BROKEN)
    numbers = count([BROKEN, WHOLE])
    assert (numbers["all"], numbers["new"], numbers["undone"], numbers["damaged"]) == (2, 1, 1, 1)
    assert next_undone([BROKEN, WHOLE]) == WHOLE.case_id
    assert next_undone([BROKEN]) is None


@pytest.fixture
def store(window: MainWindow) -> CaseStore:
    return window.casework.store


def image_of(store: CaseStore, case: Case) -> Path:
    return store.folder / case.case_id / "image.nii.gz"


def two_new(store: CaseStore) -> tuple[Case, Case]:
    """In the order of the list."""
    first, second = sorted((make_case(store, n, Status.NEW) for n in (1, 2)), key=_id_of)
    return first, second


def _id_of(case: Case) -> str:
    return case.case_id


def told(window: MainWindow, case: Case) -> str:
    model = window.right.cases.model
    row = model.place_of(case.case_id)
    assert row is not None
    return str(model.index(row).data())


def test_a_case_without_its_scan_is_damaged_at_once_and_whole_once_it_is_back(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    lost, whole = two_new(store)
    image = image_of(store, lost)
    aside = image.rename(store.folder.parent / "aside.nii.gz")
    show_list(window, qtbot)
    cases = window.right.cases
    assert ", damaged, " in told(window, lost) and ", new, " in told(window, whole)
    assert cases.left.text() == "2 cases, 1 undone"
    assert not cases.damage.isVisible()
    qtbot.mouseClick(cases.view.viewport(), LEFT, pos=place(window, lost.case_id))
    assert cases.damage.isVisible() and cases.damage.case_id.text() == lost.case_id
    assert cases.damage.what.text() == f"{lost.case_id}/image.nii.gz is missing."
    assert cases.damage.hint.text() == "Put it back, or take the case from a backup."
    press(window, qtbot, Qt.Key.Key_N)
    assert case_of(window) == whole
    aside.rename(image)
    qtbot.mouseClick(cases.view.viewport(), LEFT, pos=place(window, lost.case_id))
    qtbot.mouseClick(cases.damage.again, LEFT)
    settle(window)
    assert case_of(window) == lost and ", new, " in told(window, lost)
    assert not cases.damage.isVisible()


def test_a_scan_that_turns_out_damaged_is_told_from_then_on(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    bad, whole = two_new(store)
    image_of(store, bad).write_bytes(b"cut")
    press(window, qtbot, Qt.Key.Key_N)
    assert bad.case_id in errors(window)[0]
    show_list(window, qtbot)
    assert ", damaged, " in told(window, bad)
    for _ in range(2):
        press(window, qtbot, Qt.Key.Key_N)
        assert case_of(window) == whole
    entry = next(a for a in window.right.cases._menu.actions() if a.text().startswith("Damaged"))
    assert entry.text() == "Damaged\t1"
    entry.trigger()
    assert [row.case_id for row in window.right.cases.model._shown] == [bad.case_id]


def test_drawing_its_picture_is_enough_to_notice(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    bad, _ = two_new(store)
    image_of(store, bad).write_bytes(b"cut")
    show_list(window, qtbot)
    qtbot.waitUntil(lambda: ", damaged, " in told(window, bad))
    assert window.right.cases.left.text() == "2 cases, 1 undone"


def test_the_card_names_file_field_and_way_out_of_a_record(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    case = make_case(store, 1, Status.NEW)
    path = store.folder / case.case_id / "case.json"
    table = json.loads(path.read_text())
    table["editing"]["seconds"] = "long"
    path.write_text(json.dumps(table))
    show_list(window, qtbot)
    card = window.right.cases.damage
    qtbot.mouseClick(window.right.cases.view.viewport(), LEFT, pos=place(window, case.case_id))
    assert card.what.text() == (
        f"{case.case_id}/case.json: field 'editing.seconds' must be a number from 0, not text."
    )
    assert card.hint.text().startswith("Correct the field by hand")
    double_click(window, qtbot, case.case_id)
    assert window.context.session.volume is None


def test_a_filter_that_hides_the_damaged_row_takes_its_card_along(
    window: MainWindow, store: CaseStore, qtbot: QtBot
) -> None:
    lost, _ = two_new(store)
    image_of(store, lost).unlink()
    show_list(window, qtbot)
    cases = window.right.cases
    qtbot.mouseClick(cases.view.viewport(), LEFT, pos=place(window, lost.case_id))
    assert cases.damage.isVisible()
    cases.choose("new")
    assert not cases.damage.isVisible()
