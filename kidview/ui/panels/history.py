"""HISTORY: named steps; a click jumps to the state after one."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from kidview.session import Change, What, why_not
from kidview.ui.context import Context
from kidview.ui.icons import follow
from kidview.ui.pieces import role, text

_ROW_PX = 26
_ROWS_SHOWN = 8


class HistoryPanel(QWidget):
    """The steps, oldest first; undone ones are dim."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self._session = context, context.session
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        role(self.list, "history")
        self.list.itemClicked.connect(lambda item: self._jump(self.list.row(item)))
        self._dropped = text("", "secondary")
        self._dropped.setContentsMargins(16, 4, 16, 0)
        self._dropped.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.list)
        column.addWidget(self._dropped)
        context.session.changed.connect(self._on_change)
        follow(context.theme, self, self._show_steps)
        self._show_steps()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.HISTORY | What.CASE):
            self._show_steps()

    def _show_steps(self) -> None:
        history, palette = self._session.history, self._context.theme.palette
        titles = ("As opened", *history.titles)
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for number, title in enumerate(titles):
            item = QListWidgetItem(title)
            if number > history.position:
                item.setForeground(QColor(palette.disabled))
            elif number == history.position:
                item.setForeground(QColor(palette.link))
            item.setToolTip("Go back to here" if number < history.position else title)
            self.list.addItem(item)
        self.list.setCurrentRow(history.position)
        del blocker
        self.list.setFixedHeight(_ROW_PX * min(len(titles), _ROWS_SHOWN) + 2)
        self.list.scrollToItem(self.list.item(history.position))
        self._dropped.setVisible(history.dropped > 0)
        self._dropped.setText(f"{history.dropped} older steps were dropped to save memory")

    def _jump(self, position: int) -> None:
        session, history = self._session, self._session.history
        why = why_not(session)
        if why is not None and history.position != position:
            self._context.window.show_error(why)
            self._show_steps()
            return
        while history.position > position:
            session.undo()
        while history.position < position:
            session.redo()
