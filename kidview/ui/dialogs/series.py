"""Several scans in one place: choose one; those that cannot be opened say why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
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

from kidview.io import Found
from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text
from kidview.ui.tokens import Palette

_ROW_PX, _PICTURE = 64, QSize(48, 48)
_CHOICE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Choice:
    """One line of the picker: what was found, and a grey slice from its middle, if any."""

    found: Found
    picture: npt.NDArray[np.uint8] | None = None


class SeriesPicker(QDialog):
    """A list; double-click, Enter or Open takes one.

    Parameters
    ----------
    context : Context
    place : str
        Where they were found.
    choices : sequence of Choice
    take : callable
        Gets what was chosen.
    """

    def __init__(
        self,
        context: Context,
        place: str,
        choices: Sequence[Choice],
        take: Callable[[Found], object],
    ) -> None:
        super().__init__(context.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Choose a scan")
        self._take = take
        usable = sum(choice.found.kind == "scan" for choice in choices)
        head = text(f"{place} holds {usable} scans", "case")
        self.list = QListWidget()
        self.list.setItemDelegate(_ChoicePainter(context.theme.palette))
        for choice in choices:
            item = QListWidgetItem(choice.found.title)
            item.setData(_CHOICE, choice)
            item.setToolTip("\n".join((choice.found.title, _below(choice.found))))
            if choice.found.kind == "other":
                item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.setCurrentRow(0)  # scans come first
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
        self._take(self.list.item(row).data(_CHOICE).found)

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
            rows, columns = choice.picture.shape
            grey = QImage.Format.Format_Grayscale8
            picture = QImage(choice.picture.data, columns, rows, columns, grey)
            painter.drawImage(frame, picture)
        words = rect.adjusted(_PICTURE.width() + 24, 0, -12, 0)
        upper = words.adjusted(0, 10, 0, -_ROW_PX // 2)
        lower = words.adjusted(0, _ROW_PX // 2, 0, -10)
        metrics, end = painter.fontMetrics(), Qt.TextElideMode.ElideRight
        painter.setPen(QColor(palette.disabled if choice.found.kind == "other" else palette.text))
        painter.drawText(upper, 0, metrics.elidedText(choice.found.title, end, words.width()))
        painter.setPen(QColor(palette.secondary))
        below = metrics.elidedText(_below(choice.found), end, words.width())
        painter.drawText(lower, 0, below)
        painter.restore()


def _below(found: Found) -> str:
    """Slices and spacing, or why it cannot be opened; then what is odd."""
    if found.kind == "other":
        return found.reason
    return " · ".join((found.detail, *(note.text for note in found.notes)))
