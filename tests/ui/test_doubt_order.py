"""The list of cases with the most doubtful first, and the next case in that order."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kidview.cases import CaseRow, Status
from kidview.ui.main_window import MainWindow
from kidview.ui.worklist.rows import in_order
from tests.ui.worklist_stage import MODEL, mask, scan, settle, show_list

DOUBTS = (0.2, 0.7, None, 0.4)


def test_rows_without_doubt_come_last_and_equals_stay() -> None:
    rows = [
        CaseRow(f"P-0000000{n}-1", doubt=doubt) for n, doubt in enumerate((0.1, None, 0.3, 0.3))
    ]
    assert [row.case_id[9] for row in in_order(rows, True)] == ["2", "3", "0", "1"]
    assert in_order(rows, False) == tuple(rows)


@pytest.mark.display
def test_a_key_orders_the_list_and_the_next_case_follows(window: MainWindow, qtbot: QtBot) -> None:
    store = window.casework.store
    for seed, doubt in enumerate(DOUBTS):
        store.write_prediction(store.add(scan(seed)), mask(), MODEL, doubt=doubt)
    show_list(window, qtbot)
    told = [row.doubt for row in store.rows()]
    model = window.right.cases.model
    assert [shown(model, n).doubt for n in range(4)] == told
    shift_ctrl = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window, Qt.Key.Key_Y, shift_ctrl)
    assert [shown(model, n).doubt for n in range(4)] == [0.7, 0.4, 0.2, None]
    window.commands["cases.next"].trigger()
    settle(window)
    case = window.context.session.case
    assert case is not None and case.doubt == 0.7 and case.status is Status.SEGMENTED


def shown(model: object, place: int) -> CaseRow:
    return model.row_at(model.index(place))  # type: ignore[attr-defined]
