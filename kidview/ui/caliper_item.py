"""What a measure stands on, drawn over a slice: calipers with ticks at their ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Triple
from kidview.session import IN_PLANE, SlicePlan
from kidview.ui.projection import Projection
from kidview.ui.slice_furniture import write
from kidview.ui.theme import TEXT_PX, text_font
from kidview.ui.tokens import DARK

Pixels = npt.NDArray[np.float64]
_TICK_PX, _GAP_PX, _LINE_PX = 6.0, 10.0, 16.0
_RIM = QColor(0, 0, 0, 170)
_DASH = (4.0, 3.0)
_WHERE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class Evidence:
    """Calipers of a number.

    Parameters
    ----------
    of : str
        Name of the kidney or lesion.
    measure : str
        Id of the measure.
    words : str
        The number with its unit.
    points_ras : tuple of (x, y, z)
        Ends in mm, RAS+, in pairs.
    geometry : Geometry
        Of the scan.
    slice_z : int, optional
        The axial slice all of it lies in.
    """

    of: str
    measure: str
    words: str
    points_ras: tuple[Triple, ...]
    geometry: Geometry
    slice_z: int | None = None


@dataclass(frozen=True, eq=False)
class Caliper:
    """One of them as a view shows it.

    Parameters
    ----------
    ends : (2, 2) float64
        x, y in pixels.
    is_across : bool
        It runs through the slice, which shows it shortened.
    """

    ends: Pixels
    is_across: bool


class CaliperItem(QGraphicsItem):
    """Whole lines for what lies in the slice shown; dashes for what runs through it."""

    def __init__(self) -> None:
        super().__init__()
        self._evidence: Evidence | None = None
        self._place: tuple[SlicePlan, Projection] | None = None
        self._area = QRectF()
        self.drawn: tuple[Caliper, ...] = ()

    def show_evidence(self, evidence: Evidence | None) -> None:
        """Draw another one, or none."""
        if evidence is not self._evidence:
            self._evidence = evidence
            self._lay_out()

    def place(self, plan: SlicePlan, projection: Projection) -> None:
        """The slice shown is another one, or lies elsewhere in the view."""
        self._place = (plan, projection)
        if self._evidence is not None or self.drawn:
            self._lay_out()

    def boundingRect(self) -> QRectF:
        """The whole view: words may stand anywhere."""
        return self._area

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """A dark rim keeps it visible on bright tissue."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for one in self.drawn:
            _draw_line(painter, one)
        if self.drawn and self._evidence is not None:
            _draw_words(painter, self.drawn[0], self._evidence.words, self._area)

    def _lay_out(self) -> None:
        self.prepareGeometryChange()
        self.drawn = ()
        if self._evidence is not None and self._place is not None:
            plan, projection = self._place
            self._area = QRectF(0, 0, *projection.size_px)
            self.drawn = calipers(self._evidence, plan, projection)
        self.setVisible(bool(self.drawn))
        self.update()


def calipers(evidence: Evidence, plan: SlicePlan, projection: Projection) -> tuple[Caliper, ...]:
    """What a slice shows of them; those that lie beside it are left out."""
    uvw, step = _in_plane(evidence, plan)
    reach = step / 2 + 1e-6
    shown = []
    for ends in uvw.reshape(-1, 2, 3):
        low, high = sorted(ends[:, 2])
        is_here = -reach <= low and high <= reach
        is_across = not is_here and evidence.slice_z is None and low <= reach and high >= -reach
        if is_here or is_across:
            pixels = np.array([projection.to_pixels(u, v) for u, v, _ in ends])
            shown.append(Caliper(pixels, is_across))
    return tuple(shown)


def _in_plane(evidence: Evidence, plan: SlicePlan) -> tuple[FloatArray, float]:
    """(n, 3) u, v and distance from the plane in mm, and how far slices are apart."""
    geometry = evidence.geometry
    if plan.frame is not None:
        uvw = plan.frame.to_plane(evidence.points_ras)
        return uvw - (0.0, 0.0, plan.depth_mm), min(geometry.spacing_zyx)
    spacing = np.array(geometry.spacing_zyx)
    index = geometry.ras_to_index(evidence.points_ras)
    index[:, plan.axis] -= plan.index
    row, column = IN_PLANE[plan.axis]
    return (index * spacing)[:, [column, row, plan.axis]], float(spacing[plan.axis])


def _draw_line(painter: QPainter, one: Caliper) -> None:
    (ax, ay), (bx, by) = one.ends.tolist()
    long = max(float(np.hypot(bx - ax, by - ay)), 1e-6)
    tx, ty = -(by - ay) / long * _TICK_PX, (bx - ax) / long * _TICK_PX
    ticks = [(QPointF(x - tx, y - ty), QPointF(x + tx, y + ty)) for x, y in ((ax, ay), (bx, by))]
    for colour, width in ((_RIM, 3.5), (QColor(DARK.text), 1.5)):
        pen = QPen(colour, width)
        painter.setPen(pen)
        for first, last in ticks:
            painter.drawLine(first, last)
        if one.is_across:
            pen.setDashPattern([part * 1.5 / width for part in _DASH])
            painter.setPen(pen)
        painter.drawLine(QPointF(ax, ay), QPointF(bx, by))


def _draw_words(painter: QPainter, one: Caliper, words: str, area: QRectF) -> None:
    """To the right of the line, or to its left where there is no room."""
    font = text_font(TEXT_PX)
    font.setBold(True)
    width = QFontMetricsF(font).horizontalAdvance(words)
    right, left = (one.ends[pick(one.ends[:, 0])] for pick in (np.argmax, np.argmin))
    x, y = right[0] + _GAP_PX, right[1]
    if x + width > area.right():
        x, y = left[0] - _GAP_PX - width, left[1]
    write(painter, QRectF(x, y - _LINE_PX / 2, width, _LINE_PX), _WHERE, words, DARK.text, font)
