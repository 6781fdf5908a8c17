"""Measurements drawn on a slice, with what they measure beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kidview.ui.slice_furniture import write
from kidview.ui.theme import SMALL_PX, TEXT_PX, text_font
from kidview.ui.tokens import DARK, ON_SCAN

Pixels = npt.NDArray[np.float64]
_HANDLE_PX = 3.0
_GAP_PX = 10
_LINE_PX = 16
_FAINT = 0.35
_RIM = QColor(0, 0, 0, 150)
_WHERE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True, eq=False)
class Drawn:
    """A measurement as a view shows it.

    Parameters
    ----------
    line : (n, 2) float64
        x, y in pixels.
    handles : (n, 2) float64
    words : tuple of str
        One a line.
    is_selected : bool
    is_faint : bool
        It lies on the slice beside.
    """

    line: Pixels
    handles: Pixels
    words: tuple[str, ...] = ()
    is_selected: bool = False
    is_faint: bool = False


class MarkItem(QGraphicsItem):
    """All measurements of a slice, in the view's pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: tuple[Drawn, ...] = ()
        self._area = QRectF()

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """What it shows."""
        return self._drawn

    def show_drawn(self, drawn: tuple[Drawn, ...], size_px: tuple[int, int]) -> None:
        """Show these in a view of a size, or nothing."""
        if not drawn and not self._drawn:
            return  # most scans have none, and every move comes by here
        self.prepareGeometryChange()
        self._drawn, self._area = drawn, QRectF(0, 0, *size_px)
        self.setVisible(bool(drawn))
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole view: words may stand anywhere."""
        return self._area

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Lines first, so that none runs through words."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for one in self._drawn:
            painter.setOpacity(_FAINT if one.is_faint else 1.0)
            _draw_line(painter, one)
        for one in self._drawn:
            painter.setOpacity(_FAINT if one.is_faint else 1.0)
            _draw_words(painter, one, self._area)


def _draw_line(painter: QPainter, one: Drawn) -> None:
    """A dark rim keeps it visible on bright tissue."""
    colour = QColor(DARK.accent if one.is_selected else DARK.text)
    line = QPolygonF([QPointF(x, y) for x, y in one.line])
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(_RIM, 3.0), QPen(colour, 1.5)):
        painter.setPen(pen)
        painter.drawPolyline(line)
    painter.setPen(QPen(_RIM, 1.0))
    painter.setBrush(colour)
    for x, y in one.handles:
        painter.drawEllipse(QPointF(x, y), _HANDLE_PX, _HANDLE_PX)


def _draw_words(painter: QPainter, one: Drawn, area: QRectF) -> None:
    """To the right of the line, or to its left where there is no room."""
    if not one.words or not len(one.line):
        return
    first, other = text_font(TEXT_PX), text_font(SMALL_PX)
    first.setBold(True)
    fonts = [first, *[other] * (len(one.words) - 1)]
    width = max(
        QFontMetricsF(font).horizontalAdvance(words)
        for font, words in zip(fonts, one.words, strict=True)
    )
    right, left = one.line[one.line[:, 0].argmax()], one.line[one.line[:, 0].argmin()]
    x, y = right[0] + _GAP_PX, right[1]
    if x + width > area.right():
        x, y = left[0] - _GAP_PX - width, left[1]
    top = y - _LINE_PX * len(one.words) / 2
    for number, (font, words) in enumerate(zip(fonts, one.words, strict=True)):
        place = QRectF(x, top + number * _LINE_PX, width, _LINE_PX)
        write(painter, place, _WHERE, words, ON_SCAN if number else DARK.text, font)
