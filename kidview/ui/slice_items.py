"""The pieces a slice is drawn with: image, outlines, brush, what stands around it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kidview.core.labels import LABELS
from kidview.edit import GONE
from kidview.session import SlicePlan
from kidview.ui.outline import outlines
from kidview.ui.paint import OUTLINES, BrushCut, Stroke
from kidview.ui.projection import Projection
from kidview.ui.slice_furniture import draw_furniture
from kidview.ui.tokens import DARK

_HATCH_PX = 8
_GONE = (GONE, DARK.text, "dashed")


class PlaneImage(pg.ImageItem):  # type: ignore[misc]
    """A (rows, columns) array, true to scale in the plane's mm, nearest or linear."""

    def __init__(self) -> None:
        super().__init__(axisOrder="row-major")
        self.is_smooth = False

    def place(
        self, spacing: tuple[float, float], start: tuple[float, float], transform: QTransform
    ) -> None:
        """Row and column spacing (mm), the first pixel, and plane mm to pixels of the view.

        Voxel centres lie at multiples of the spacing; `start` (row, column) counts them.
        """
        row, column = spacing
        shift = QTransform.fromScale(column, row).translate(start[1] - 0.5, start[0] - 0.5)
        self.setTransform(shift * transform)

    def paint(self, painter: QPainter, *args: object) -> None:
        """Draw with the interpolation wanted."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.is_smooth)
        super().paint(painter, *args)


@dataclass(frozen=True)
class Line:
    """Outlines of one label.

    Parameters
    ----------
    path : QPainterPath
        Closed lines, plane coordinates in mm.
    colour : str
    stroke : Stroke
    is_hatched : bool
        Filled with slanting lines: proposed, not yet a label.
    """

    path: QPainterPath
    colour: str
    stroke: Stroke
    is_hatched: bool


def label_lines(
    labels: npt.NDArray[np.generic],
    spacing: tuple[float, float],
    hidden: frozenset[int],
    *,
    is_smooth: bool,
    is_hatched: bool = False,
    start: tuple[float, float] = (0.0, 0.0),
) -> list[Line]:
    """Outlines of every label of a plane; hatched, also of what would become background.

    Parameters
    ----------
    labels : (rows, columns) uint8
    spacing : (row, column) mm
    hidden : frozenset of int
        Labels left out.
    is_smooth : bool
        Corners of voxels cut.
    is_hatched : bool
    start : (row, column)
        Where the array begins in its slice, in pixels.
    """
    lines = []
    for id, colour, style in (*((row.id, row.colour, row.line) for row in LABELS), _GONE):
        if id in hidden or (id == GONE and not is_hatched):
            continue
        path = QPainterPath()
        for ring in outlines(labels == id, is_smooth):
            u, v = (ring[:, 0] + start[1]) * spacing[1], (ring[:, 1] + start[0]) * spacing[0]
            path.addPolygon(pg.functions.arrayToQPolygonF(u, v))
            path.closeSubpath()
        if not path.isEmpty():
            lines.append(Line(path, colour, OUTLINES[style], is_hatched))
    return lines


def scribble_lines(
    plane: npt.NDArray[np.generic],
    spacing: tuple[float, float],
    start: tuple[float, float] = (0.0, 0.0),
) -> list[Line]:
    """Outlines of scribbles on labels and, white, on background."""
    lines = label_lines(plane, spacing, frozenset(), is_smooth=True, is_hatched=True, start=start)
    return [replace(line, stroke=OUTLINES["thick"], is_hatched=False) for line in lines]


class LineItem(QGraphicsItem):
    """Outlines of constant width on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self._mapped: list[QPainterPath] = []
        self._transform = QTransform()
        self._bounds = QRectF()

    def show_lines(self, lines: list[Line]) -> None:
        """Draw others."""
        self._lines = lines
        self._map()

    def place(self, transform: QTransform) -> None:
        """Plane mm to pixels."""
        self._transform = transform
        self._map()

    def _map(self) -> None:
        self.prepareGeometryChange()
        self._mapped = [self._transform.map(line.path) for line in self._lines]
        self._bounds = QRectF()
        for path in self._mapped:
            self._bounds = self._bounds.united(path.controlPointRect().adjusted(-4, -4, 4, 4))
        self.update()

    def boundingRect(self) -> QRectF:
        """Pixels covered."""
        return self._bounds

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Hatching below, outlines above."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line, path in zip(self._lines, self._mapped, strict=True):
            if line.is_hatched:
                painter.fillPath(path, hatching(line.colour))
        for line, path in zip(self._lines, self._mapped, strict=True):
            painter.strokePath(path, pen_of(line.colour, line.stroke))


def pen_of(colour: str, stroke: Stroke) -> QPen:
    """The pen of an outline."""
    pen = QPen(QColor(colour), stroke.width_px)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    if stroke.dashes:
        pen.setDashPattern(list(stroke.dashes))
    return pen


def hatching(colour: str) -> QBrush:
    """Slanting lines, the same on the screen at every zoom."""
    tile = QPixmap(_HATCH_PX, _HATCH_PX)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1.5))
    for shift in (-_HATCH_PX, 0, _HATCH_PX):
        painter.drawLine(shift, _HATCH_PX, shift + _HATCH_PX, 0)
    painter.end()
    return QBrush(tile)


class BrushItem(QGraphicsItem):
    """Where the brush would paint, to scale."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = QRectF()
        self._is_round = True
        self._pen = QPen()

    def show_cut(
        self, cut: BrushCut | None, projection: Projection, colour: str, is_erasing: bool
    ) -> None:
        """Draw a circle, the edge of a disc, or nothing."""
        self.prepareGeometryChange()
        self._shape = QRectF()
        if cut is not None:
            x, y = projection.to_pixels(*cut.centre_uv)
            half_x, half_y = (max(h / projection.mm_per_pixel, 1.0) for h in cut.half_uv)
            self._shape = QRectF(x - half_x, y - half_y, 2 * half_x, 2 * half_y)
            self._is_round = cut.is_round
            self._pen = pen_of(colour, Stroke(1.5, (3.0, 2.0)) if is_erasing else Stroke(1.5))
        self.update()

    def boundingRect(self) -> QRectF:
        """Pixels covered, rim included."""
        return self._shape if self._shape.isNull() else self._shape.adjusted(-3, -3, 3, 3)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """A dark rim keeps the ring visible on bright tissue."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen in (QPen(QColor(0, 0, 0, 150), 3.5), self._pen):
            painter.setPen(pen)
            if self._is_round:
                painter.drawEllipse(self._shape)
            else:
                painter.drawRect(self._shape)


class FurnitureItem(QGraphicsItem):
    """Letters, numbers and crosshair over the whole view.

    An item, not the view's foreground: all that changes at once is then painted in one go.
    """

    def __init__(self) -> None:
        super().__init__()
        self._plan: SlicePlan | None = None
        self._projection: Projection | None = None

    def show_plan(self, plan: SlicePlan, projection: Projection) -> None:
        """Draw what belongs to a plan."""
        self.prepareGeometryChange()
        self._plan, self._projection = plan, projection
        self.update()

    def boundingRect(self) -> QRectF:
        """All of the view."""
        size = (0, 0) if self._projection is None else self._projection.size_px
        return QRectF(0, 0, *size)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Above all but the brush."""
        if self._plan is not None and self._projection is not None:
            draw_furniture(painter, self._plan, self._projection)
