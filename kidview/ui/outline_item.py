"""The line being drawn on a slice: its way, its points, and how it would go on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kidview.ui.tokens import DARK

Pixels = npt.NDArray[np.float64]
_HANDLE_PX = 3.5


class OutlineItem(QGraphicsItem):
    """Drawn over everything but the brush, in the view's pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._line, self._way = QPolygonF(), QPolygonF()
        self._anchors: list[QPointF] = []

    def show_points(self, line: Pixels, anchors: Pixels, way: Pixels) -> None:
        """Draw a line with handles at its anchors, and dashes along `way` back to its start.

        Parameters
        ----------
        line, anchors, way : (n, 2) float64
            x, y in pixels.
        """
        self.prepareGeometryChange()
        self._line, self._way = _polygon(line), _polygon(np.vstack([way, line[:1]]))
        self._anchors = [QPointF(x, y) for x, y in anchors]
        self.update()

    def boundingRect(self) -> QRectF:
        """Pixels covered, handles included."""
        both = self._line.boundingRect().united(self._way.boundingRect())
        return both.adjusted(-8, -8, 8, 8)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """A dark rim keeps it visible on bright tissue."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rim, accent = QColor(0, 0, 0, 150), QColor(DARK.accent)
        for pen in (QPen(rim, 3.0), QPen(accent, 1.5)):
            painter.setPen(pen)
            painter.drawPolyline(self._line)
        painter.setPen(QPen(accent, 1.0, Qt.PenStyle.DashLine))
        painter.drawPolyline(self._way)
        painter.setPen(QPen(rim, 1.0))
        for number, anchor in enumerate(self._anchors):
            painter.setBrush(QColor(DARK.text) if number == 0 else accent)
            painter.drawEllipse(anchor, _HANDLE_PX, _HANDLE_PX)


def _polygon(points: Pixels) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])
