"""Several scans in one place: choose one; those that cannot be opened say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text
from kidview.ui.tokens import Palette

_ROW_PX, _PICTURE = 64, QSize(64, 48)
_CHOICE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Choice:
    """One line of the picker.

    Parameters
    ----------
    title : str
        Series description, or "Frame 3".
    line : str
        Slices and spacing.
    reason : str
        Why it cannot be opened; "" when it can.
    picture : QImage, optional
        A slice from its middle.
    """

    title: str
    line: str
    reason: str = ""
    picture: QImage | None = None


class SeriesPicker(QDialog):
    """A list; double-click, Enter or Open takes one.

    Parameters
    ----------
    context : Context
    place : str
        Where they were found.
    choices : sequence of Choice
    take : callable
        Gets the number of the choice.
    """

    def __init__(
        self,
        context: Context,
        place: str,
        choices: Sequence[Choice],
        take: Callable[[int], object],
    ) -> None:
        super().__init__(context.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a scan")
        self._take = take
        usable = sum(not choice.reason for choice in choices)
        head = text(f"{place} holds {len(choices)} scans", "case")
        self.list = QListWidget()
        self.list.setItemDelegate(_ChoicePainter(context.theme.palette))
        for choice in choices:
            item = QListWidgetItem(choice.title)
            item.setData(_CHOICE, choice)
            item.setToolTip(choice.reason or choice.line)
            if choice.reason:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        first = next((n for n, choice in enumerate(choices) if not choice.reason), -1)
        self.list.setCurrentRow(first)
        self.list.itemDoubleClicked.connect(lambda item: self.accept())
        self.list.itemSelectionChanged.connect(self._show_state)
        self.open_button = push_button("Open", self.accept, "primary")
        self.open_button.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addWidget(text("" if usable else "None of them can be opened.", "secondary"), 1)
        buttons.addWidget(push_button("Cancel", self.reject))
        buttons.addWidget(self.open_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(head)
        column.addWidget(self.list)
        column.addLayout(buttons)
        self.resize(600, min(132 + _ROW_PX * len(choices), 560))
        self.list.setFocus()
        self._show_state()

    def accept(self) -> None:
        """Take the chosen one."""
        row = self.list.currentRow()
        if row < 0 or not self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        super().accept()
        self._take(row)

    def _show_state(self) -> None:
        self.open_button.setEnabled(bool(self.list.selectedItems()))


class _ChoicePainter(QStyledItemDelegate):
    """Picture, title, and below it slices and spacing or the reason."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One row."""
        return QSize(200, _ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a row."""
        palette, rect = self._palette, QRect(option.rect)
        choice: Choice = index.data(_CHOICE)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(rect, 4, 4)
        frame = QRect(rect.left() + 8, rect.top() + 8, _PICTURE.width(), _PICTURE.height())
        painter.fillRect(frame, QColor(palette.view))
        if choice.picture is not None:
            scaled = choice.picture.size().scaled(_PICTURE, Qt.AspectRatioMode.KeepAspectRatio)
            inner = QRect(frame.topLeft(), scaled)
            inner.moveCenter(frame.center())
            painter.drawImage(inner, choice.picture)
        words = rect.adjusted(_PICTURE.width() + 24, 0, -12, 0)
        upper = words.adjusted(0, 10, 0, -_ROW_PX // 2)
        lower = words.adjusted(0, _ROW_PX // 2, 0, -10)
        metrics, end = painter.fontMetrics(), Qt.TextElideMode.ElideRight
        painter.setPen(QColor(palette.disabled if choice.reason else palette.text))
        painter.drawText(upper, 0, metrics.elidedText(choice.title, end, words.width()))
        painter.setPen(QColor(palette.secondary))
        below = choice.reason or choice.line
        painter.drawText(lower, 0, metrics.elidedText(below, end, words.width()))
        painter.restore()
