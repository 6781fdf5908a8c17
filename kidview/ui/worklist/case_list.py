"""The list of cases: find one, open it, go to the next that waits."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QSize
from PySide6.QtGui import QActionGroup, QPixmap, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from kidview.cases import CaseRow
from kidview.core.errors import KidViewError
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.caret import caret
from kidview.ui.context import Context
from kidview.ui.icons import follow, tinted
from kidview.ui.pieces import line, push_button, role, text
from kidview.ui.telling import as_sentence
from kidview.ui.worklist.case_view import CaseView, FindLine
from kidview.ui.worklist.casework import Casework
from kidview.ui.worklist.damage_card import DamageCard
from kidview.ui.worklist.offers import Adder, EmptyList
from kidview.ui.worklist.pictures import Pictures
from kidview.ui.worklist.row_painter import CasePainter
from kidview.ui.worklist.rows import ALL, CHOICES, LEFT, CaseModel, Filter, count


class CaseList(QWidget):
    """Filter, rows, and how many are left."""

    def __init__(self, context: Context, commands: Commands, casework: Casework) -> None:
        super().__init__()
        role(self, "panel")
        self._context, self._commands, self._casework = context, commands, casework
        self._pictures = Pictures(casework.store, context.jobs)
        self.model = CaseModel(self._picture)
        self._pictures.arrived.connect(self.model.repaint_case)
        self._pictures.failed.connect(self.refresh)
        self.search = FindLine()
        self.search.textChanged.connect(self._narrow)
        self.search.left.connect(self._enter_list)
        self.choice = push_button("", lambda: None)
        self._menu = QMenu(self)
        self.choice.setMenu(self._menu)
        caret(self.choice)
        tinted(self.choice, context.theme, "ph.funnel", "secondary")
        self.choice.setIconSize(QSize(16, 16))
        self.view = CaseView()
        self.view.setModel(self.model)
        self._painter = CasePainter(context.theme)
        self.view.setItemDelegate(self._painter)
        self.view.chosen.connect(self._open)
        casework.readings.chosen = self._chosen_row
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self._is_listed = False
        self._empty = EmptyList(commands, self._show_all, self.refresh)
        self.damage = DamageCard(context.theme, self._try_again, casework.store.folder)
        self.left = text("", "secondary")
        self.adder = Adder(context, commands)
        self._lay_out()
        self._fill_menu()
        casework.listed.connect(self._take)
        casework.not_listed.connect(self._fail)
        casework.stored.connect(self._on_stored)
        context.session.changed.connect(self._on_change)
        context.settings.changed.connect(lambda id: self._order())
        self._order()
        follow(context.theme, self, self.view.viewport().update)

    def _order(self) -> None:
        self.model.set_order(self._context.settings["is_by_doubt"])

    def refresh(self) -> None:
        """Read the list again, if anybody sees it."""
        if self.isVisible():
            self._casework.look()

    def _chosen_row(self) -> CaseRow | None:
        """The row one is on, while the list is shown."""
        return self.model.row_at(self.view.currentIndex()) if self.isVisible() else None

    def _on_current(self) -> None:
        self._commands.refresh_row("cases.read")
        self.damage.show_row(self.model.row_at(self.view.currentIndex()))

    def _picture(self, row: CaseRow) -> QPixmap | None:
        """A row's picture, but not of a case that is being read blind: it shows the mask."""
        session = self._context.session
        is_open = session.case is not None and session.case.case_id == row.case_id
        return None if is_open and session.second_reader else self._pictures.of(row)

    def _on_stored(self, case_id: str) -> None:
        self._pictures.look_again(case_id)
        self.refresh()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(16, 8, 16, 8)
        top.setSpacing(8)
        top.addWidget(self.search, 1)
        top.addWidget(self.choice)
        rows = QWidget()
        self._stack = QStackedLayout(rows)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self._empty)
        foot = QHBoxLayout()
        foot.setContentsMargins(16, 8, 16, 8)
        foot.addWidget(self.left, 1)
        next_ = self._commands["cases.next"]
        self.next = push_button("Next undone", next_.trigger)
        self.next.setToolTip(next_.toolTip())
        foot.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(line())
        column.addWidget(rows, 1)
        column.addWidget(line())
        column.addWidget(self.damage)
        column.addWidget(self.adder)
        column.addLayout(foot)

    # -- what is there ------------------------------------------------------

    def _take(self, rows: tuple[CaseRow, ...]) -> None:
        if self._is_listed and rows == self.model.rows:
            return  # most looks find nothing new, and an open menu stays as it is
        self._is_listed = True
        here = self.model.row_at(self.view.currentIndex())
        self.model.set_rows(rows)
        self._fill_menu()
        self._settle(here)

    def _fail(self, error: Exception) -> None:
        self._is_listed = False
        what, hint = (
            (error.what, error.hint)
            if isinstance(error, KidViewError)
            else (repr(error), "this is a fault, report it")
        )
        self._empty.tell_failure(f"{as_sentence(what)}\n{as_sentence(hint)}")
        self._stack.setCurrentWidget(self._empty)
        self.left.setText("")
        self.next.setEnabled(False)
        self.damage.show_row(None)

    def _settle(self, here: CaseRow | None) -> None:
        """Stay on the row one was on; tell what is there."""
        place = self.model.place_of(here.case_id) if here is not None else None
        if place is not None:
            self.view.setCurrentIndex(self.model.index(place))
        has_rows = self.model.rowCount() > 0
        if not has_rows:
            self._empty.tell(has_cases=bool(self.model.rows))
        self._stack.setCurrentWidget(self.view if has_rows else self._empty)
        self.damage.show_row(self.model.row_at(self.view.currentIndex()))
        numbers = count(self.model.rows)
        self.left.setText(self._in_words(numbers))
        self.next.setEnabled(numbers[LEFT] > 0)
        self.adder.offer(bool(self.model.rows))

    def _in_words(self, numbers: dict[str, int]) -> str:
        """ "30 cases, 17 undone", or "4 of 30 cases" under a filter."""
        if not self.model.rows:
            return ""
        cases = f"{numbers[ALL]} case{'' if numbers[ALL] == 1 else 's'}"
        if self.model.filter != Filter():
            return f"{self.model.rowCount()} of {cases}"
        return f"{cases}, {numbers[LEFT]} undone"

    def _fill_menu(self) -> None:
        numbers, chosen = count(self.model.rows), self.model.filter.choice
        self._menu.clear()
        group = QActionGroup(self._menu)
        for choice in CHOICES:
            action = self._menu.addAction(f"{choice.capitalize()}\t{numbers[choice]}")
            action.setCheckable(True)
            action.setChecked(choice == chosen)
            action.setEnabled(numbers[choice] > 0 or choice in (ALL, chosen))
            action.triggered.connect(lambda _=False, choice=choice: self.choose(choice))
            group.addAction(action)
            if choice == LEFT:
                self._menu.addSeparator()
        self.choice.setText(chosen.capitalize())
        self.choice.setToolTip("Show only cases of one status")
        self.choice.setAccessibleName(f"Status: {chosen}")

    # -- what is shown ------------------------------------------------------

    def choose(self, choice: str) -> None:
        """Show the cases of one status only."""
        self._apply(Filter(choice, self.model.filter.text))

    def _narrow(self, typed: str) -> None:
        self._apply(Filter(self.model.filter.choice, typed))

    def _show_all(self) -> None:
        self.search.clear()
        self.choose(ALL)

    def _apply(self, wanted: Filter) -> None:
        here = self.model.row_at(self.view.currentIndex())
        self.model.set_filter(wanted)
        self._fill_menu()
        self._settle(here)

    # -- what is done -------------------------------------------------------

    def _enter_list(self, is_opening: bool) -> None:
        """Enter in the line opens the first row, Down goes to the rows."""
        if self.model.rowCount() == 0:
            return
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0))
        if is_opening:
            self._open(self.view.currentIndex())
        else:
            self.view.setFocus()

    def _open(self, index: QModelIndex) -> None:
        row = self.model.row_at(index)
        if row is None:
            return
        if row.status is None:
            self._context.window.show_error(_as_error(row))
        else:
            self._casework.open(row.case_id)

    def _try_again(self) -> None:
        """Open the damaged case one is on; perhaps it was mended."""
        self._open(self.view.currentIndex())
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.CASE | What.RECORD):
            case = self._context.session.case
            self.model.set_open("" if case is None else case.case_id)
            self.model.repaint_case("" if case is None else case.case_id)
            self._go_to_open()

    def _go_to_open(self) -> None:
        case = self._context.session.case
        place = None if case is None else self.model.place_of(case.case_id)
        if place is not None:
            self.view.setCurrentIndex(self.model.index(place))

    def take_keys(self) -> None:
        """Arrows and Enter act on the rows from now on."""
        self.view.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        """Others may have written meanwhile."""
        super().showEvent(event)
        self.refresh()


def _as_error(row: CaseRow) -> KidViewError:
    """What is wrong with an unusable row, for the window's bar."""
    what, _, hint = row.error.partition(" - ")
    return KidViewError(what, hint or "take the case from a backup")
