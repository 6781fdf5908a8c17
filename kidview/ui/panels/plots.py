"""PLOTS: HU of the lesion in hand beside its kidney's, and its area slice by slice."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QHideEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QShowEvent,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from kidview.core.labels import LABELS
from kidview.core.task import Job
from kidview.core.types import FloatArray
from kidview.measure.curves import BIN_HU, Curves, find_curves
from kidview.session import Change, What
from kidview.ui.context import Context
from kidview.ui.findings import Findings
from kidview.ui.pieces import text
from kidview.ui.theme import SMALL_PX, text_font
from kidview.ui.tokens import LIGHT

KEY = "curves"
_HEIGHT_PX, _FOOT_PX, _TOP_PX, _LEFT_PX = 124, 18, 18, 34
_COLOURS = {row.name: row.colour for row in LABELS}
_DARKER_PERCENT = 130
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
_NONE = "Choose a finding to see its curves"


class PlotsPanel(QWidget):
    """Two plots of the lesion in hand.

    Parameters
    ----------
    context : Context
    findings : Findings
    """

    def __init__(self, context: Context, findings: Findings) -> None:
        super().__init__()
        self._context, self._findings, self._session = context, findings, context.session
        self.hu, self.area = HuPlot(context), AreaPlot(context, self._go)
        self.hint = text(_NONE, "secondary")
        self._shown_of: object = None
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(8)
        for widget in (self.hint, self.hu, self.area):
            column.addWidget(widget)
        findings.changed.connect(lambda _findings: self._refresh())
        context.session.changed.connect(self._on_change)
        self._show(None)

    def _refresh(self) -> None:
        """Work the curves out where somebody sees them; the old ones stay meanwhile."""
        findings, measures = self._findings, self._findings.measuring.measures
        if findings.one is None or measures is None:
            self._context.jobs.cancel(KEY)
            self._show(None)
            return
        lesion, case = findings.lesion(findings.selected), measures.case
        if not self.isVisible() or self._shown_of is lesion:
            return

        def done(curves: Curves) -> None:
            if findings.selected == curves.name:
                self._shown_of = lesion
                self._show(curves)

        self._context.jobs.start(
            Job("Draw curves", KEY, lambda task: find_curves(case, lesion), done, is_quiet=True)
        )

    def _show(self, curves: Curves | None) -> None:
        if curves is None:
            self._shown_of = None
        for plot in (self.hu, self.area):
            plot.show_curves(curves)
            plot.setVisible(curves is not None)
        self.hint.setVisible(curves is None)

    def _go(self, slice_z: int) -> None:
        """The crosshair on another slice, above or below where it is."""
        volume = self._session.volume
        if volume is not None:
            _, y, x = volume.geometry.nearest_index(self._session.view.cursor_ras)
            self._context.window.views.go_to((slice_z, y, x))

    def _on_change(self, change: Change) -> None:
        if change.what & What.VIEW and self.isVisible():
            self.area.update()

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: keep the curves up to date."""
        super().showEvent(event)
        self._findings.measuring.want(self, True)
        self._refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        """Folded or hidden: work nothing out."""
        super().hideEvent(event)
        self._findings.measuring.want(self, False)


class _Plot(QWidget):
    """A frame with a title, a floor and a few numbers at both axes."""

    def __init__(self, context: Context, name: str) -> None:
        super().__init__()
        self._theme, self._session = context.theme, context.session
        self.curves: Curves | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        context.theme.changed.connect(lambda _palette: self.update())

    def sizeHint(self) -> QSize:
        """As wide as the panel."""
        return QSize(200, _HEIGHT_PX)

    def show_curves(self, curves: Curves | None) -> None:
        """Draw others, or none."""
        self.curves = curves
        self.update()

    def _colour(self, kind: str) -> QColor:
        """A label's; darker on white, where the cyst's yellow would not be seen."""
        colour = QColor(_COLOURS[kind])
        return colour.darker(_DARKER_PERCENT) if self._theme.palette is LIGHT else colour

    @property
    def _area(self) -> QRectF:
        """Where curves are drawn."""
        width, height = self.width() - _LEFT_PX, self.height() - _FOOT_PX - _TOP_PX
        return QRectF(_LEFT_PX, _TOP_PX, max(width, 1), height)

    def _begin(self, title: str, unit: str) -> QPainter:
        painter, palette, area = QPainter(self), self._theme.palette, self._area
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(palette.secondary))
        painter.drawText(QPointF(0, 11), title)
        right = QRectF(0, area.bottom() + 3, self.width(), _FOOT_PX - 3)
        painter.drawText(right, Qt.AlignmentFlag.AlignRight, unit)
        painter.setPen(QColor(palette.line))
        painter.drawLine(
            QPointF(area.left(), area.bottom() + 0.5), QPointF(area.right(), area.bottom() + 0.5)
        )
        return painter

    def _draw_numbers(self, painter: QPainter, low: float, high: float, room_px: float) -> None:
        """Below the floor; none where the unit stands."""
        area = self._area
        painter.setPen(QColor(self._theme.palette.secondary))
        for value in ticks(low, high, int(area.width() // 48)):
            x = area.left() + (value - low) / (high - low) * area.width()
            if x <= area.right() - room_px:
                box = QRectF(x - 24, area.bottom() + 3, 48, _FOOT_PX - 3)
                painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, _told(value))

    def _draw_top(self, painter: QPainter, top: float) -> None:
        """Two numbers at the left."""
        area = self._area
        painter.setPen(QColor(self._theme.palette.secondary))
        for value in ticks(0, top, 2)[1:]:
            y = area.bottom() - value / top * area.height()
            box = QRectF(0, y - 8, _LEFT_PX - 5, 16)
            where = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, where, _told(value))
            painter.fillRect(QRectF(area.left(), y, 3, 1), QColor(self._theme.palette.line))


class HuPlot(_Plot):
    """Percent of the voxels over HU: parenchyma as a filled hill, the lesion as a line."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, "HU of the lesion and of the kidney")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both hills over one floor."""
        curves = self.curves
        if curves is None or not curves.lesion.size:
            return
        painter = self._begin(f"HU of {curves.name} and of the kidney, % of voxels", "HU")
        high = curves.first_hu + BIN_HU * len(curves.lesion)
        top = max(float(curves.lesion.max()), float(curves.parenchyma.max(initial=0.0)), 1e-6)
        for shares, kind in ((curves.parenchyma, "kidney"), (curves.lesion, curves.kind)):
            if shares.size:
                self._draw_hill(painter, shares / top, self._colour(kind))
        self._draw_top(painter, top)
        self._draw_numbers(painter, curves.first_hu, high, 34)

    def _draw_hill(self, painter: QPainter, heights: FloatArray, colour: QColor) -> None:
        area = self._area
        step = area.width() / len(heights)
        points = [
            QPointF(area.left() + (n + 0.5) * step, area.bottom() - float(h) * area.height())
            for n, h in enumerate(heights)
        ]
        ends = (QPointF(area.left(), area.bottom()), QPointF(area.right(), area.bottom()))
        fill = QColor(colour)
        fill.setAlpha(50)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(QPolygonF([ends[0], *points, ends[1]]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.5))
        painter.drawPolyline(QPolygonF(points))


class AreaPlot(_Plot):
    """mm2 over slices; a click goes to the slice.

    Parameters
    ----------
    context : Context
    go : callable
        Called with the index of a slice.
    """

    def __init__(self, context: Context, go: Callable[[int], None]) -> None:
        super().__init__(context, "area of the lesion in each slice")
        self._go = go
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click to go to the slice")

    def slice_at(self, x: float) -> int:
        """Index of the slice under a pixel column."""
        assert self.curves is not None
        count, area = len(self.curves.areas_mm2), self._area
        n = int((x - area.left()) / area.width() * count)
        return self.curves.first_z + min(max(n, 0), count - 1)

    def x_of(self, slice_z: int) -> float:
        """Pixel column of the middle of a slice's bar."""
        assert self.curves is not None
        area = self._area
        part = (slice_z - self.curves.first_z + 0.5) / len(self.curves.areas_mm2)
        return area.left() + part * area.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar a slice; that of the crosshair's slice is whole."""
        curves, volume = self.curves, self._session.volume
        if curves is None or volume is None:
            return
        painter = self._begin(f"Area of {curves.name} in each axial slice, mm²", "slice")
        here = volume.geometry.nearest_index(self._session.view.cursor_ras)[0]
        area, top = self._area, max(float(curves.areas_mm2.max()), 1e-6)
        width = area.width() / len(curves.areas_mm2)
        whole, faint = self._colour(curves.kind), self._colour(curves.kind)
        faint.setAlpha(110)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for n, mm2 in enumerate(curves.areas_mm2):
            height = float(mm2) / top * area.height()
            bar = QRectF(area.left() + n * width, area.bottom() - height, width, height)
            gap = 1.0 if width >= 4 else 0.0
            is_here = curves.first_z + n == here
            painter.fillRect(bar.adjusted(0, 0, -gap, 0), whole if is_here else faint)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_top(painter, top)
        low = curves.first_z + 0.5  # slices are counted from 1
        self._draw_numbers(painter, low, low + len(curves.areas_mm2), 40)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the slice."""
        if event.button() == Qt.MouseButton.LeftButton and self.curves is not None:
            self._go(self.slice_at(event.position().x()))


def ticks(low: float, high: float, most: int) -> list[int]:
    """Round numbers between two ends, at most so many and a few more."""
    step = next((s for s in _STEPS if (high - low) / s <= max(most, 1) + 0.5), _STEPS[-1])
    return [int(v) for v in np.arange(np.ceil(low / step) * step, high + 1e-9, step)]


def _told(value: int) -> str:
    return f"{value}".replace("-", "\N{MINUS SIGN}")
