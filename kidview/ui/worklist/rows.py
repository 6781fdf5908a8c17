"""The rows of the list of cases: which there are, which fit the filter, which is next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap

from kidview.cases import CaseRow, Status, by_falling_doubt
from kidview.ui.worklist.words import tip, when, who

ROW, PICTURE, IS_OPEN = (Qt.ItemDataRole.UserRole + n for n in range(3))
UNDONE = frozenset({Status.NEW, Status.SEGMENTED, Status.IN_CORRECTION})
"""Statuses in which a person still has to correct."""

ALL, LEFT, DAMAGED = "all", "undone", "damaged"
CHOICES = (ALL, LEFT, *Status, DAMAGED)
"""What the list can be narrowed to."""

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Filter:
    """Which rows are shown.

    Parameters
    ----------
    choice : str
        One of `CHOICES`.
    text : str
        Words, each of which must be in id, status or a name.
    """

    choice: str = ALL
    text: str = ""

    def fits(self, row: CaseRow) -> bool:
        """Whether a row is shown."""
        if not is_chosen(row, self.choice):
            return False
        told = (row.case_id, state_of(row), row.model, row.correctors, row.reviewer)
        haystack = " ".join(told).casefold()
        return all(word in haystack for word in self.text.casefold().split())


def state_of(row: CaseRow) -> str:
    """The status of a row, unless the case is damaged."""
    return DAMAGED if row.is_damaged or row.status is None else row.status


def is_undone(row: CaseRow) -> bool:
    """Whether a person still has to correct the case, and can."""
    return state_of(row) in UNDONE


def is_chosen(row: CaseRow, choice: str) -> bool:
    """Whether a row is one of a choice."""
    if choice == LEFT:
        return is_undone(row)
    return choice in (ALL, state_of(row))


def count(rows: Sequence[CaseRow]) -> dict[str, int]:
    """How many rows each choice has."""
    states = Counter(state_of(row) for row in rows)
    left = sum(states[status] for status in UNDONE)
    return {choice: states[choice] for choice in CHOICES} | {ALL: len(rows), LEFT: left}


def in_order(rows: Sequence[CaseRow], is_by_doubt: bool) -> tuple[CaseRow, ...]:
    """Rows as they come, or those first of which the network was least sure."""
    return by_falling_doubt(rows) if is_by_doubt else tuple(rows)


def next_undone(rows: Sequence[CaseRow], after: str = "") -> str | None:
    """The first undone case, or the one that follows the case `after`, round to the start.

    Parameters
    ----------
    rows : sequence of CaseRow
    after : str
        Id of the case that is open; it is never the answer.

    Returns
    -------
    str or None
        None when nothing is left to do.
    """
    place = next((n for n, row in enumerate(rows) if row.case_id == after), -1)
    turned = (*rows[place + 1 :], *rows[: max(place, 0)])
    return next((row.case_id for row in turned if is_undone(row)), None)


class CaseModel(QAbstractListModel):
    """The rows that fit.

    Parameters
    ----------
    picture : callable
        The picture of a row if it is there; asking for it has it loaded.
    """

    def __init__(self, picture: Callable[[CaseRow], QPixmap | None]) -> None:
        super().__init__()
        self._picture = picture
        self.rows: tuple[CaseRow, ...] = ()
        self.filter = Filter()
        self._is_by_doubt = False
        self._shown: list[CaseRow] = []
        self._open = ""

    def set_rows(self, rows: tuple[CaseRow, ...]) -> None:
        """Show what the store holds now."""
        if rows == self.rows:
            return
        self.rows = rows
        self._fill()

    def set_order(self, is_by_doubt: bool) -> None:
        """Show the rows in another order."""
        if is_by_doubt != self._is_by_doubt:
            self._is_by_doubt = is_by_doubt
            self._fill()

    def set_filter(self, wanted: Filter) -> None:
        """Show other rows."""
        if wanted != self.filter:
            self.filter = wanted
            self._fill()

    def set_open(self, case_id: str) -> None:
        """Mark the case that is open; "" for none."""
        if case_id != self._open:
            before, self._open = self._open, case_id
            self.repaint_case(before)
            self.repaint_case(case_id)

    def repaint_case(self, case_id: str) -> None:
        """Something about a row is told anew."""
        place = self.place_of(case_id)
        if place is not None:
            self.dataChanged.emit(self.index(place), self.index(place))

    def place_of(self, case_id: str) -> int | None:
        """Where a case is among the rows shown."""
        return next((n for n, row in enumerate(self._shown) if row.case_id == case_id), None)

    def row_at(self, index: _Index) -> CaseRow | None:
        """The row of an index."""
        return self._shown[index.row()] if index.isValid() else None

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        """Rows shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What the view asks for."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role == PICTURE:
            return self._picture(row)
        if role == IS_OPEN:
            return row.case_id == self._open
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            told = (row.case_id, state_of(row), row.error or who(row), when(row.changed))
            return ", ".join(words for words in told if words)
        return None

    def _fill(self) -> None:
        rows = in_order(self.rows, self._is_by_doubt)
        shown = [row for row in rows if self.filter.fits(row)]
        is_same = [row.case_id for row in shown] == [row.case_id for row in self._shown]
        if is_same and shown:  # the view keeps its place
            self._shown = shown
            self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
            return
        self.beginResetModel()
        self._shown = shown
        self.endResetModel()
