"""The foot of the right panel: the open case, and what can become of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from kidview.cases import Case
from kidview.session import Change, What
from kidview.ui.actions.cases import FROM
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.panels.side_panel import PANEL_PX
from kidview.ui.pieces import Elided, line, push_button, text
from kidview.ui.theme import SMALL_PX, text_font
from kidview.ui.worklist.reader import NAME, change_reader
from kidview.ui.worklist.row_painter import two_lines
from kidview.ui.worklist.words import last_step, mark_of

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
        self.notes = text("", "secondary")
        self.reader = Elided("", "secondary")
        self.buttons = {id: _button(commands[id]) for id in FROM}
        self.save = push_button("Save", commands["file.save"].trigger, "link")
        self.save.setToolTip("Save in the case (Ctrl+S)")
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
        inside = QVBoxLayout()
        inside.setContentsMargins(_MARGIN, 12, _MARGIN, 8)
        inside.setSpacing(4)
        for part in (head, middle, self.notes, steps, foot):
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
        self.setVisible(case is not None)
        if case is not None:
            self._show_case(case)
            self._show_reader()

    def _show_case(self, case: Case) -> None:
        mark = mark_of(case.status)
        picture = icon(self._context.theme, mark.icon, mark.tone)
        self._mark.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self.status.setText(str(case.status).capitalize())
        self.case_id.setText(case.case_id)
        is_dirty = self._context.session.is_dirty
        self.last.setText("Changed, not saved" if is_dirty else last_step(case))
        self.save.setVisible(is_dirty)
        metrics, width = QFontMetrics(text_font(SMALL_PX)), PANEL_PX - 2 * _MARGIN
        self.notes.setText(two_lines(metrics, case.notes, width))
        self.notes.setToolTip(case.notes)
        self.notes.setVisible(bool(case.notes))
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
