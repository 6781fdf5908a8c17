"""A list of lesions, whatever it tells of them: how its rows are drawn."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from kidview.core.labels import LABELS
from kidview.ui.pieces import role
from kidview.ui.theme import SMALL_PX, TEXT_PX, Theme, text_font

ROW = Qt.ItemDataRole.UserRole
"""Where an item keeps its `LesionRow`."""

_COLOURS = {row.name: row.colour for row in LABELS}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_TOP_PX, _LINE_PX, _FOOT_PX = 24, 17, 4

Cell = tuple[str, int | None]
"""Words, and how far from the right edge they end; None begins them at the left."""


class LesionRow(Protocol):
    """What a row shows: colour and name, where it is, a number; then lines of small words."""

    @property
    def name(self) -> str:
        """Such as T1."""

    @property
    def kind(self) -> str:
        """Name of its label."""

    @property
    def where(self) -> str:
        """Small, behind the name."""

    @property
    def number(self) -> str:
        """At the right of the first line."""

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """Below the first line."""


def lesion_list(theme: Theme, name: str, lines: int) -> QListWidget:
    """An empty list whose items keep a `LesionRow` with so many lines in `ROW`."""
    made = QListWidget()
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setAccessibleName(name)
    made.setItemDelegate(_Delegate(theme, row_px(lines), made))
    role(made, "history")
    theme.changed.connect(lambda palette: made.viewport().update())
    return made


def row_px(lines: int) -> int:
    """Height of a row with so many lines below its first."""
    return _TOP_PX + _LINE_PX * lines + _FOOT_PX


def fit(made: QListWidget, lines: int, most_rows: int) -> None:
    """As high as its rows, up to a number from which on it scrolls; hidden without any."""
    made.setVisible(made.count() > 0)
    made.setFixedHeight(row_px(lines) * min(made.count(), most_rows) + 2)


class _Delegate(QStyledItemDelegate):
    """Numbers end in columns, whatever the row."""

    def __init__(self, theme: Theme, height_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._height_px = theme, height_px

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As wide as the list."""
        return QSize(0, self._height_px)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The first line, then the small ones."""
        row: LesionRow = index.data(ROW)
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_ground(painter, area, option.state)
        first = QRectF(area.left() + 28, area.top() + 4, area.width() - 36, 20)
        painter.fillRect(
            QRectF(area.left() + 8, first.top() + 4, 12, 12), QColor(_COLOURS[row.kind])
        )
        self._draw_first(painter, first, row)
        for n, line in enumerate(row.lines):
            below = QRectF(first.left(), first.bottom() + _LINE_PX * n, first.width(), _LINE_PX)
            for words, from_right in line:
                side = _LEFT if from_right is None else _RIGHT
                painter.drawText(below.adjusted(0, 0, -(from_right or 0), 0), side, words)
        painter.restore()

    def _draw_ground(self, painter: QPainter, area: QRectF, state: QStyle.StateFlag) -> None:
        palette = self._theme.palette
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 4, 4)
        if state & QStyle.StateFlag.State_Selected:
            bar = QRectF(area.left(), area.top() + 8, 2, area.height() - 16)
            painter.fillRect(bar, QColor(palette.accent))

    def _draw_first(self, painter: QPainter, first: QRectF, row: LesionRow) -> None:
        """Name and number; what stands between them is shortened. Leaves the small font set."""
        name = f"{row.name} {row.kind}"
        painter.setFont(text_font(TEXT_PX))
        painter.setPen(QColor(self._theme.palette.text))
        painter.drawText(first, _LEFT, name)
        painter.drawText(first, _RIGHT, row.number)
        indent, taken = (
            painter.fontMetrics().horizontalAdvance(words) + 8 for words in (name, row.number)
        )
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(self._theme.palette.secondary))
        beside = first.adjusted(indent, 1, -taken, 0)
        room = max(int(beside.width()), 0)
        where = painter.fontMetrics().elidedText(row.where, Qt.TextElideMode.ElideRight, room)
        painter.drawText(beside, _LEFT, where)
