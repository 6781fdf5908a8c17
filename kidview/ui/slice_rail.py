"""A slim slider at the edge of a slice: its place among all slices, and a drag through them."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kidview.ui.tokens import DARK

WIDTH_PX = 12
_PAD_PX = 8
_HANDLE_PX = 28


class SliceRail(QWidget):
    """The last slice (superior, anterior, right) is at the top.

    Signal `chosen` has the slice the handle was dragged to, from 0.
    """

    chosen = Signal(int)

    def __init__(self, colour: str) -> None:
        super().__init__()
        self.setFixedWidth(WIDTH_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._colour = colour
        self._index, self._count = 0, 0
        self._is_held = False

    def show_slice(self, index: int, count: int) -> None:
        """Where the handle stands; no slices, no handle."""
        if (index, count) != (self._index, self._count):
            self._index, self._count = index, count
            self.update()

    def index_at(self, y: float) -> int:
        """The slice whose handle would be centred at a height of the rail."""
        first, length = self._track()
        fraction = (first + length - y) / max(length, 1)
        return round(min(max(fraction, 0.0), 1.0) * max(self._count - 1, 0))

    def _track(self) -> tuple[float, float]:
        """Top and length of the way of the handle's middle."""
        first = _PAD_PX + _HANDLE_PX / 2
        return first, max(self.height() - 2 * first, 0)

    def _handle(self) -> QRectF:
        first, length = self._track()
        fraction = self._index / (self._count - 1) if self._count > 1 else 0.5
        middle = first + (1 - fraction) * length
        width = 4 if self._is_held or self.underMouse() else 3
        return QRectF((WIDTH_PX - width) / 2, middle - _HANDLE_PX / 2, width, _HANDLE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A faint track and a handle, in the plane's colour while one may take hold of it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(DARK.view))
        if self._count < 2:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(DARK.line))
        x = (WIDTH_PX - 1) / 2
        painter.drawRect(QRectF(x, _PAD_PX, 1, self.height() - 2 * _PAD_PX))
        is_near = self._is_held or self.underMouse()
        painter.setBrush(QColor(self._colour if is_near else DARK.secondary))
        painter.drawRoundedRect(self._handle(), 2, 2)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of it anywhere."""
        if event.button() == Qt.MouseButton.LeftButton and self._count > 1:
            self._is_held = True
            self._choose(event.position().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Through the slices."""
        if self._is_held:
            self._choose(event.position().y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._is_held = False
            self.update()

    def enterEvent(self, event: object) -> None:
        """Show that one may take hold of it."""
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Step back."""
        self.update()

    def _choose(self, y: float) -> None:
        self.update()
        index = self.index_at(y)
        if index != self._index:
            self.chosen.emit(index)
