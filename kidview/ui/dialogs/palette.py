"""Ctrl+K: every action by a few of its letters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from kidview.ui.actions.row import ActionRow
from kidview.ui.context import Context
from kidview.ui.dialogs.overlay import Overlay

_WIDTH, _ROWS, _ROW_PX = 560, 11, 32
_SELECTED = QStyle.StateFlag.State_Selected
_ROW, _KEYS, _REASON = (Qt.ItemDataRole.UserRole + n for n in range(3))


class CommandPalette(Overlay):
    """A line to type in and what fits it; Enter runs."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context = context
        self._commands = context.window.commands
        self.line = QLineEdit()
        self.line.setPlaceholderText("What do you want to do?")
        self.line.setMinimumHeight(32)
        self.line.textChanged.connect(self._fill)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_RowPainter(context))
        self.list.setFixedHeight(_ROWS * _ROW_PX)
        self.list.itemClicked.connect(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.list)
        self.setFocusProxy(self.line)
        self._fill("")

    def sizeHint(self) -> QSize:
        """Wide enough for a title, where it is and its key."""
        return QSize(_WIDTH, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down move, Enter runs."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentItem())
        else:
            super().keyPressEvent(event)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.close()
            self._commands.trigger(item.data(_ROW))

    def _fill(self, typed: str) -> None:
        self.list.clear()
        for row in matches(self._commands.rows, typed):
            item = QListWidgetItem(self._commands[row.id].text())
            item.setData(_ROW, row)
            item.setData(_KEYS, self._commands.shown_key(row.id))
            item.setData(_REASON, self._commands.reason(row) or "")
            item.setToolTip(row.tip)
            self.list.addItem(item)
        self.list.setCurrentRow(0)


class _RowPainter(QStyledItemDelegate):
    """Title, menu and key in one line; dim with the reason when it cannot run."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._palette = context.theme.palette

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One row."""
        return QSize(100, _ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a row."""
        palette, rect = self._palette, QRect(option.rect)
        is_current = bool(option.state & _SELECTED)
        reason, row = index.data(_REASON), index.data(_ROW)
        painter.save()
        if is_current:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(rect, 4, 4)
        inner = rect.adjusted(12, 0, -12, 0)
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        painter.setPen(QColor(palette.disabled if reason else palette.text))
        painter.drawText(inner, flags, index.data())
        taken = painter.fontMetrics().horizontalAdvance(index.data()) + 12
        painter.setPen(QColor(palette.secondary))
        beside = reason or row.menu.replace("/", " › ")
        painter.drawText(inner.adjusted(taken, 0, -90, 0), flags, beside)
        painter.drawText(inner, flags | int(Qt.AlignmentFlag.AlignRight), index.data(_KEYS))
        painter.restore()


def matches(rows: Sequence[ActionRow], typed: str) -> list[ActionRow]:
    """Rows that contain all typed words or their letters in order, best first.

    A title that starts with what was typed comes before one that holds it, that before a
    hit in menu or tip, and that before scattered letters.
    """
    wanted = typed.lower().strip()
    ranked = [(rank, n, row) for n, row in enumerate(rows) if (rank := _rank(row, wanted)) < 9]
    return [row for _rank_, _n, row in sorted(ranked, key=lambda entry: entry[:2])]


def _rank(row: ActionRow, wanted: str) -> int:
    title = row.title.lower()
    if title.startswith(wanted):
        return 0
    words = wanted.split()
    if all(any(part.startswith(word) for part in title.split()) for word in words):
        return 1
    if wanted in title:
        return 2
    if all(word in f"{title} {row.menu} {row.tip}".lower() for word in words):
        return 3
    letters = iter(title)
    return 4 if all(letter in letters for letter in wanted.replace(" ", "")) else 9


def show_palette(context: Context) -> None:
    """Open the palette."""
    CommandPalette(context).place(top=64)
