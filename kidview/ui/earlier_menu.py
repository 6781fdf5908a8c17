"""Other cases of the open case's patient, below the actions that compare: one line each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from kidview.cases import CaseRow
from kidview.session import Change, What
from kidview.ui.context import Context
from kidview.ui.earlier_scan import open_earlier_case


class EarlierMenu(QObject):
    """One line of a menu for each other case of the patient.

    Parameters
    ----------
    context : Context
    menu : QMenu
        Its other actions stay above.
    """

    def __init__(self, context: Context, menu: QMenu) -> None:
        super().__init__(menu)
        self._context, self._menu = context, menu
        self._actions: list[QAction] = []
        self._rows: tuple[CaseRow, ...] = ()
        context.session.changed.connect(self._on_change)
        context.window.casework.listed.connect(self._take)

    def _on_change(self, change: Change) -> None:
        if not change.what & (What.RECORD | What.CASE):
            return
        self._fill()
        if change.what & What.CASE and self._context.session.case is not None:
            self._context.window.casework.look()

    def _take(self, rows: tuple[CaseRow, ...]) -> None:
        self._rows = rows
        self._fill()

    def _fill(self) -> None:
        for action in self._actions:
            self._menu.removeAction(action)
            action.deleteLater()
        self._actions = []
        case = self._context.session.case
        others = [] if case is None else others_of(case.case_id, case.patient, self._rows)
        if others:
            self._actions.append(self._menu.addSeparator())
        for case_id in others:
            action = self._menu.addAction(f"With the earlier scan {case_id}")
            action.setToolTip("Show this case of the patient beside the open one")
            action.triggered.connect(self._opener(case_id))
            self._actions.append(action)

    def _opener(self, case_id: str) -> Callable[[bool], None]:
        return lambda _checked: open_earlier_case(self._context, case_id)


def others_of(case_id: str, patient: str, rows: tuple[CaseRow, ...]) -> list[str]:
    """Ids of the patient's other cases that are whole."""
    return [
        row.case_id
        for row in rows
        if row.patient == patient and row.case_id != case_id and not row.error
    ]
