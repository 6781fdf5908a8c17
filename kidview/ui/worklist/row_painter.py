"""A row of the list of cases: picture, pseudonym, status, who and when."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from kidview.cases import CaseRow
from kidview.ui.icons import icon
from kidview.ui.theme import SMALL_PX, Theme, text_font
from kidview.ui.worklist.rows import IS_OPEN, PICTURE, ROW, state_of
from kidview.ui.worklist.words import Mark, error_of, mark_of, when, who

ROW_PX = 64
_PICTURE = QSize(64, 48)
_LEFT_PX, _PAD, _GAP, _MARK_PX = 16, 8, 12, 16
_State = QStyle.StateFlag
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class CasePainter(QStyledItemDelegate):
    """Draws rows in the colours of the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._marks: dict[tuple[str, str, str, float], QPixmap] = {}
        self._font, self._small = text_font(), text_font(SMALL_PX)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """One row."""
        return QSize(200, ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw a row."""
        rect = QRect(option.rect)
        row: CaseRow = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._draw_ground(painter, rect, option.state, index.data(IS_OPEN))
        frame = QRect(
            rect.left() + _LEFT_PX, rect.top() + _PAD, _PICTURE.width(), _PICTURE.height()
        )
        picture = index.data(PICTURE)
        if picture is not None:
            painter.drawPixmap(frame, picture)
        else:
            painter.fillRect(frame, QColor(self._theme.palette.window))
        left = frame.right() + 1 + _GAP
        bar = option.widget.width() - rect.width()  # a scroll bar takes its room from the margin
        right = rect.right() - max(_LEFT_PX - bar, 6)
        words = QRect(left, rect.top() + _PAD, right - left, _PICTURE.height())
        self._draw_row(painter, words, row)
        painter.restore()

    def _draw_ground(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, is_open: bool
    ) -> None:
        palette = self._theme.palette
        if state & (_State.State_Selected | _State.State_MouseOver):
            painter.fillRect(rect, QColor(palette.raised))
        if is_open:
            painter.fillRect(rect.left(), rect.top(), 2, rect.height(), QColor(palette.accent))

    def _draw_row(self, painter: QPainter, rect: QRect, row: CaseRow) -> None:
        """Id and day above; state, and who brought it there or what is wrong, below."""
        palette, mark = self._theme.palette, mark_of(row)
        first, second = QRect(rect), QRect(rect)
        first.setHeight(rect.height() // 2)
        second.setTop(first.bottom() + 1)
        changed = when(row.changed)
        painter.setFont(self._small)
        painter.setPen(QColor(palette.secondary))
        painter.drawText(first, int(_RIGHT), changed)
        taken = painter.fontMetrics().horizontalAdvance(changed) + _PAD if changed else 0
        painter.setFont(self._font)
        painter.setPen(QColor(palette.text))
        self._draw_words(painter, first.adjusted(0, 0, -taken, 0), row.case_id)
        self._draw_mark(painter, second, mark)
        second.setLeft(second.left() + _MARK_PX + 6)
        state = state_of(row)
        painter.setPen(QColor(vars(palette)[mark.tone]))
        painter.drawText(second, int(_LEFT), state)
        second.setLeft(second.left() + painter.fontMetrics().horizontalAdvance(state) + _PAD)
        painter.setFont(self._small)
        painter.setPen(QColor(palette.secondary))
        self._draw_words(painter, second, error_of(row) if row.is_damaged else who(row))

    def _draw_mark(self, painter: QPainter, rect: QRect, mark: Mark) -> None:
        ratio = painter.device().devicePixelRatioF()
        key = (self._theme.palette.name, mark.icon, mark.tone, ratio)
        if key not in self._marks:
            picture = icon(self._theme, mark.icon, mark.tone)
            self._marks[key] = picture.pixmap(QSize(_MARK_PX, _MARK_PX), ratio)
        top = rect.top() + (rect.height() - _MARK_PX) // 2
        painter.drawPixmap(rect.left(), top, _MARK_PX, _MARK_PX, self._marks[key])

    @staticmethod
    def _draw_words(painter: QPainter, rect: QRect, words: str) -> None:
        elide = Qt.TextElideMode.ElideRight
        told = painter.fontMetrics().elidedText(words, elide, rect.width())
        painter.drawText(rect, int(_LEFT), told)
