"""Handles near the ends of the crosshair's lines, which turn the planes those stand for."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kidview.session import IN_PLANE, SlicePlan
from kidview.ui.projection import Projection
from kidview.ui.slice_furniture import GAP_PX, crosshair_lines
from kidview.ui.tokens import DARK, PLANE_COLOURS

_FROM_END_PX = 14.0
_LEAST_PX = GAP_PX / 2 + 3 * _FROM_END_PX  # a shorter line has none: it would be in the way
_RADIUS_PX, _NEAR_PX, _RIM_PX = 4.5, 10.0, 4.0
_CURSOR_PX = 24

Handle = tuple[int, float, float]
"""Axis of the plane whose line it sits on, and x, y in pixels."""


def handles(plan: SlicePlan, projection: Projection) -> tuple[Handle, ...]:
    """Where the handles of a view are: up to two a line; none without a crosshair."""
    if not plan.has_crosshair:
        return ()
    width, height = projection.size_px
    found = []
    for axis, line in zip(IN_PLANE[plan.axis], crosshair_lines(plan, projection), strict=True):
        for end, inward in ((line.first, _FROM_END_PX), (line.last, -_FROM_END_PX)):
            x, y = line.at(end + inward)
            is_outward = inward * end < 0
            if is_outward and abs(end) >= _LEAST_PX and 0 < x < width and 0 < y < height:
                found.append((axis, x, y))
    return tuple(found)


def handle_at(plan: SlicePlan, projection: Projection, x: float, y: float) -> Handle | None:
    """The handle under a pixel."""
    for handle in handles(plan, projection):
        if math.hypot(handle[1] - x, handle[2] - y) <= _NEAR_PX:
            return handle
    return None


class HandleItem(QGraphicsItem):
    """Small rings in the colours of the planes; the one under the pointer is filled."""

    def __init__(self) -> None:
        super().__init__()
        self._handles: tuple[Handle, ...] = ()
        self._under: Handle | None = None
        self._bounds = QRectF()

    def show_handles(self, handles: tuple[Handle, ...], under: Handle | None) -> None:
        """Draw others; `under` is the one the pointer is on."""
        if (handles, under) == (self._handles, self._under) and handles:
            self.show()
            return
        self.prepareGeometryChange()
        self._handles, self._under = handles, under
        self._bounds = QRectF()
        for _, x, y in handles:
            reach = _RADIUS_PX + _RIM_PX
            self._bounds |= QRectF(x - reach, y - reach, 2 * reach, 2 * reach)
        self.setVisible(bool(handles))
        self.update()

    def boundingRect(self) -> QRectF:
        """Pixels covered, rims included."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """A dark rim keeps a ring visible on bright tissue."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for handle in self._handles:
            axis, x, y = handle
            colour = QColor(PLANE_COLOURS[axis])
            painter.setBrush(colour if handle == self._under else QColor(DARK.view))
            for pen in (QPen(QColor(0, 0, 0, 150), _RIM_PX), QPen(colour, 1.5)):
                painter.setPen(pen)
                painter.drawEllipse(QPointF(x, y), _RADIUS_PX, _RADIUS_PX)


def turning_cursor() -> QCursor:
    """An arrow that goes round."""
    pixmap = QPixmap(_CURSOR_PX, _CURSOR_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    middle, radius = _CURSOR_PX / 2, 7.0
    path = QPainterPath()
    box = QRectF(middle - radius, middle - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(box, 60)
    path.arcTo(box, 60, 290)
    tip = path.currentPosition()
    for dx, dy in ((-5.5, 0.5), (1.5, 5.0)):
        path.moveTo(tip)
        path.lineTo(tip + QPointF(dx, dy))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for colour, width in ((QColor(DARK.view), 4.5), (QColor(DARK.text), 2.0)):
        pen = QPen(colour, width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(path)
    painter.end()
    return QCursor(pixmap)
