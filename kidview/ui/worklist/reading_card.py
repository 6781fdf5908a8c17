"""The foot of the right panel while a case is read blind: who reads, what is shown, keep, end."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kidview.cases import Case, reading_by
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import Elided, line, push_button, role, text
from kidview.ui.worklist.readings import start_in_words
from kidview.ui.worklist.words import when

_MARGIN = 16


class ReadingCard(QWidget):
    """In place of the case's card, whose notes and agreement a blind reader must not see."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        role(self, "panel")
        self._context = context
        self._mark = QLabel()
        self.case_id = Elided("", "secondary")
        self.reader = Elided("", "secondary")
        self.shown = Elided("", "secondary")
        self.keep = push_button("Keep my reading", commands["file.save"].trigger)
        commands.tell_key(
            "file.save", self.keep, "Keep these labels as your own reading of the case"
        )
        self.end = push_button("End the reading", commands["cases.read"].trigger, "link")
        self.end.setToolTip("Open the case as it stands, with the mask of others")
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._mark)
        head.addWidget(text("Second reading", "case"))
        head.addStretch()
        head.addWidget(self.case_id)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.keep)
        foot.addWidget(self.end)
        foot.addStretch()
        inside = QVBoxLayout()
        inside.setContentsMargins(_MARGIN, 12, _MARGIN, 12)
        inside.setSpacing(4)
        inside.addLayout(head)
        inside.addWidget(self.reader)
        inside.addWidget(self.shown)
        inside.addSpacing(4)
        inside.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(line())
        column.addLayout(inside)
        context.session.changed.connect(self._on_change)
        follow(context.theme, self, self.refresh)
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.RECORD | What.CASE | What.HISTORY):
            self.refresh()

    def refresh(self) -> None:
        """Tell the reading, or step aside."""
        session = self._context.session
        case, name = session.case, session.second_reader
        self.setVisible(case is not None and bool(name))
        if case is None or not name:
            return
        picture = icon(self._context.theme, "ph.eye-slash", "text")
        self._mark.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
        self.case_id.setText(case.case_id)
        self.reader.setText(f"{name} · {self._state_in_words(case, name)}")
        start = start_in_words(case, name)
        self.shown.setText(f"{start[:1].upper()}{start[1:]}")
        self.keep.setEnabled(session.is_dirty or reading_by(case, name) is None)

    def _state_in_words(self, case: Case, name: str) -> str:
        own = reading_by(case, name)
        if self._context.session.is_dirty:
            return "changed, not kept"
        return "not kept yet" if own is None else f"kept {when(own.at)}"
