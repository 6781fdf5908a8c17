"""A line drawn over the 3D view, for the scissors."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from kidview.ui.tokens import DARK

_STEP_PX = 3.0


class Lasso(QWidget):
    """Lies over its parent while the scissors are in hand; a left drag draws.

    All other buttons and the wheel go to the parent, so the view can be turned between cuts.
    Signal `drawn` with the line's points in -1..1, x rightward, y upward.

    Parameters
    ----------
    parent : QWidget
    may_begin : callable
        Asked at each press; where it says no, having told why, nothing is drawn.
    """

    drawn = Signal(object)

    def __init__(self, parent: QWidget, may_begin: Callable[[], bool] = lambda: True) -> None:
        super().__init__(parent)
        self._may_begin = may_begin
        self._line = QPolygonF()
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a line."""
        if event.button() == Qt.MouseButton.LeftButton:
            if self._may_begin():
                self._line = QPolygonF([event.position()])
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if self._line.isEmpty():
            event.ignore()
            return
        if (event.position() - self._line.last()).manhattanLength() >= _STEP_PX:
            self._line.append(event.position())
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it: a line of three points and more cuts."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        line, self._line = self._line, QPolygonF()
        self.update()
        if line.size() >= 3:
            self.drawn.emit([self._in_view(point) for point in line.toList()])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick cuts are two cuts."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys are the window's."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line so far, closed by dashes."""
        if self._line.size() < 2:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(DARK.accent), 1.5))
        painter.drawPolyline(self._line)
        painter.setPen(QPen(QColor(DARK.accent), 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(self._line.last(), self._line.first())

    def _in_view(self, point: QPointF) -> tuple[float, float]:
        x = 2 * point.x() / max(self.width(), 1) - 1
        return x, 1 - 2 * point.y() / max(self.height(), 1)
