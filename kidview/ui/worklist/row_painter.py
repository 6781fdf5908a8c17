"""A row of the list of cases: picture, pseudonym, status, who and when."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from kidview.cases import CaseRow
from kidview.ui.icons import icon
from kidview.ui.theme import SMALL_PX, Theme, text_font
from kidview.ui.worklist.rows import IS_OPEN, PICTURE, ROW
from kidview.ui.worklist.words import Mark, mark_of, when, who

ROW_PX = 64
_PICTURE = QSize(64, 48)
_LEFT_PX, _PAD, _GAP, _MARK_PX = 16, 8, 12, 16
_LINE_PX = 18  # of the head of an unusable row, above two lines of small print
_State = QStyle.StateFlag
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
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
        self._draw_picture(painter, frame, index.data(PICTURE))
        left = frame.right() + 1 + _GAP
        bar = option.widget.width() - rect.width()  # a scroll bar takes its room from the margin
        right = rect.right() - max(_LEFT_PX - bar, 6)
        words = QRect(left, rect.top() + _PAD, right - left, _PICTURE.height())
        if row.status is None:
            self._draw_unusable(painter, words, row)
        else:
            self._draw_case(painter, words, row)
        painter.restore()

    def _draw_ground(
        self, painter: QPainter, rect: QRect, state: QStyle.StateFlag, is_open: bool
    ) -> None:
        palette = self._theme.palette
        if state & (_State.State_Selected | _State.State_MouseOver):
            painter.fillRect(rect, QColor(palette.raised))
        if is_open:
            painter.fillRect(rect.left(), rect.top(), 2, rect.height(), QColor(palette.accent))

    def _draw_picture(self, painter: QPainter, frame: QRect, picture: QPixmap | None) -> None:
        if picture is not None:
            painter.drawPixmap(frame, picture)
        else:
            painter.fillRect(frame, QColor(self._theme.palette.raised))

    def _draw_case(self, painter: QPainter, rect: QRect, row: CaseRow) -> None:
        palette, mark = self._theme.palette, mark_of(row.status)
        first, second = QRect(rect), QRect(rect)
        first.setHeight(rect.height() // 2)
        second.setTop(first.bottom() + 1)
        changed = when(row.changed)
        painter.setFont(self._small)
        painter.setPen(QColor(palette.secondary))
        painter.drawText(first, int(_RIGHT), changed)
        taken = painter.fontMetrics().horizontalAdvance(changed) + _PAD
        painter.setFont(self._font)
        painter.setPen(QColor(palette.text))
        self._draw_words(painter, first.adjusted(0, 0, -taken, 0), row.case_id)
        self._draw_mark(painter, second, mark)
        second.setLeft(second.left() + _MARK_PX + 6)
        status = str(row.status)
        painter.setPen(QColor(vars(palette)[mark.tone]))
        painter.drawText(second, int(_LEFT), status)
        second.setLeft(second.left() + painter.fontMetrics().horizontalAdvance(status) + _PAD)
        painter.setPen(QColor(palette.secondary))
        self._draw_words(painter, second, who(row))

    def _draw_unusable(self, painter: QPainter, rect: QRect, row: CaseRow) -> None:
        """The id, and as much of the sentence as two lines of small print hold."""
        mark = mark_of(None)
        self._draw_mark(painter, QRect(rect.left(), rect.top(), _MARK_PX, _LINE_PX), mark)
        painter.setFont(self._font)
        painter.setPen(QColor(vars(self._theme.palette)[mark.tone]))
        head = rect.adjusted(_MARK_PX + 6, 0, 0, 0)
        head.setHeight(_LINE_PX)
        self._draw_words(painter, head, row.case_id)
        painter.setFont(self._small)
        painter.setPen(QColor(self._theme.palette.secondary))
        body = rect.adjusted(0, _LINE_PX + 2, 0, 2)
        painter.drawText(
            body, int(_WRAPPED), two_lines(painter.fontMetrics(), error_of(row), body.width())
        )

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


def two_lines(metrics: QFontMetrics, words: str, width: int) -> str:
    """Words broken once where a line is full; the second line gives way at its end."""
    first = ""
    for word in words.split():
        longer = f"{first} {word}".strip()
        if metrics.horizontalAdvance(longer) > width:
            break
        first = longer
    rest = words[len(first) :].strip()
    if not rest:
        return first
    return f"{first}\n{metrics.elidedText(rest, Qt.TextElideMode.ElideRight, width)}"


def error_of(row: CaseRow) -> str:
    """The sentence of an unusable row without the name of its file, which stands above."""
    return row.error.removeprefix(f"{row.case_id}/case.json: ").removeprefix(f"{row.case_id}/")
