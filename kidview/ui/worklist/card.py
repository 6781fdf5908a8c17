"""The foot of the right panel: the open case, and what can become of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from kidview.cases import Case
from kidview.session import Change, What
from kidview.ui.actions.cases import FROM
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import Elided, line, push_button, text
from kidview.ui.worklist.agreement import AgreementTable
from kidview.ui.worklist.notes import NotesBox
from kidview.ui.worklist.reader import NAME, change_reader
from kidview.ui.worklist.words import MARKS, last_step

_MARGIN = 16


class CaseCard(QFrame):
    """Status, who and when, notes, the steps that can be taken, the reader's name."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._context = context
        self._mark, self.status = QLabel(), text("", "case")
        self.case_id = Elided("", "secondary")
        self.last = Elided("", "secondary")
        self.notes = NotesBox(context.session, context.window.casework.write_notes)
        tip = "Write down what the next reader should know"
        commands.tell_key("cases.notes", self.notes.edit, tip)
        self.agreement = AgreementTable(context, commands)
        self.reader = Elided("", "secondary")
        self.buttons = {id: _button(commands[id]) for id in FROM}
        self.save = push_button("Save", commands["file.save"].trigger, "link")
        commands.tell_key("file.save", self.save, "Save in the case")
        middle = QHBoxLayout()
        middle.setSpacing(4)
        middle.addWidget(self.last)
        middle.addStretch()
        middle.addWidget(self.save)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._mark)
        head.addWidget(self.status)
        head.addStretch()
        head.addWidget(self.case_id)
        steps = QHBoxLayout()
        steps.setSpacing(8)
        for button in self.buttons.values():
            steps.addWidget(button)
        steps.addStretch()
        foot = QHBoxLayout()
        foot.setSpacing(4)
        foot.addWidget(self.reader)
        foot.addWidget(push_button("Change", lambda: change_reader(context), "link"))
        foot.addStretch()
        foot.addWidget(self.notes.edit)
        inside = QVBoxLayout()
        inside.setContentsMargins(_MARGIN, 12, _MARGIN, 8)
        inside.setSpacing(4)
        for part in (head, middle, self.notes, self.agreement, steps, foot):
            inside.addLayout(part) if isinstance(part, QHBoxLayout) else inside.addWidget(part)
        inside.insertSpacing(inside.count() - 2, 4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        column.addLayout(inside)
        context.session.changed.connect(self._on_change)
        context.settings.changed.connect(lambda id: self._show_reader() if id == NAME else None)
        follow(context.theme, self, self.refresh)
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.RECORD | What.CASE | What.HISTORY):
            self.refresh()

    def refresh(self) -> None:
        """Tell the open case, or step aside."""
        case = self._context.session.case
        is_shown = case is not None and not self._context.session.second_reader
        self.setVisible(is_shown)
        if case is not None and is_shown:
            self._show_case(case)
            self._show_reader()

    def _show_case(self, case: Case) -> None:
        mark = MARKS[case.status]
        picture = icon(self._context.theme, mark.icon, mark.tone)
        self._mark.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self.status.setText(str(case.status).capitalize())
        self.case_id.setText(case.case_id)
        is_dirty = self._context.session.is_dirty
        self.last.setText("Changed, not saved" if is_dirty else last_step(case))
        self.save.setVisible(is_dirty)
        for id, button in self.buttons.items():
            button.setVisible(case.status in FROM[id])

    def _show_reader(self) -> None:
        name = self._context.settings[NAME]
        self.reader.setText(f"Reading as {name}" if name else "No reader named yet")


def _button(action: QAction) -> QPushButton:
    """A button for an action of the table, in step with it."""
    button = push_button(action.text(), action.trigger)

    def copy() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    action.changed.connect(copy)
    copy()
    return button
