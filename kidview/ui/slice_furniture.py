"""What stands around a slice: letters, numbers, scale bar, crosshair."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from kidview.session import IN_PLANE, PLANES, SlicePlan
from kidview.ui.paint import PLANE_COLOURS, length_in_words, scale_bar_mm
from kidview.ui.projection import Projection
from kidview.ui.theme import SMALL_PX, TEXT_PX, text_font
from kidview.ui.tokens import DARK

GAP_PX = 20
"""Opening of the crosshair, so that it never covers what it points at."""

_PAD = 8
_LINE_PX = 16
_ROOM_FOR_BADGE_PX = 300
_ROOM_FOR_SCALE_PX = 280
_SIDE = ("S", "I"), ("A", "P"), ("R", "L")
_HALO = QColor(0, 0, 0, 170)
_ALIGN = Qt.AlignmentFlag


def draw_furniture(painter: QPainter, plan: SlicePlan, projection: Projection) -> None:
    """All of it, in pixels of the view."""
    if plan.has_crosshair:
        _draw_crosshair(painter, plan, projection)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    _draw_letters(painter, plan, projection.size_px)
    _draw_corners(painter, plan, projection.size_px)
    if projection.size_px[0] >= _ROOM_FOR_SCALE_PX:
        _draw_scale_bar(painter, projection)


def _draw_crosshair(painter: QPainter, plan: SlicePlan, projection: Projection) -> None:
    """Each line in the colour of the plane it stands for."""
    width, height = projection.size_px
    x, y = (round(value) + 0.5 for value in projection.to_pixels(*plan.cursor_uv))
    row, column = IN_PLANE[plan.axis]
    half = GAP_PX / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for axis, ends in (
        (row, ((0.0, y, x - half, y), (x + half, y, width, y))),
        (column, ((x, 0.0, x, y - half), (x, y + half, x, height))),
    ):
        colour = QColor(PLANE_COLOURS[axis])
        colour.setAlphaF(0.65)
        painter.setPen(QPen(colour, 1))
        for x0, y0, x1, y1 in ends:
            painter.drawLine(QPointF(x0, y0), QPointF(x1, y1))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _draw_letters(painter: QPainter, plan: SlicePlan, size_px: tuple[int, int]) -> None:
    """Orientation letters in the middle of the four edges, always."""
    width, height = size_px
    painter.setFont(_font(TEXT_PX, True))
    area = QRectF(_PAD, _PAD, width - 2 * _PAD, height - 2 * _PAD)
    for letter, where in zip(
        plan.letters,
        (
            _ALIGN.AlignLeft | _ALIGN.AlignVCenter,
            _ALIGN.AlignRight | _ALIGN.AlignVCenter,
            _ALIGN.AlignHCenter | _ALIGN.AlignTop,
            _ALIGN.AlignHCenter | _ALIGN.AlignBottom,
        ),
        strict=True,
    ):
        write(painter, area, where, letter, DARK.text)


def _draw_corners(painter: QPainter, plan: SlicePlan, size_px: tuple[int, int]) -> None:
    """Plane and slice, convention, grey scale."""
    width, height = size_px
    area = QRectF(_PAD, _PAD, width - 2 * _PAD, height - 2 * _PAD)
    top_left = _ALIGN.AlignLeft | _ALIGN.AlignTop
    name = PLANES[plan.axis].capitalize()
    bold = _font(SMALL_PX, True)
    painter.setFont(bold)
    write(painter, area, top_left, name, PLANE_COLOURS[plan.axis])
    indent = QFontMetricsF(bold).horizontalAdvance(name) + 6
    painter.setFont(_font(SMALL_PX))
    write(painter, area.adjusted(indent, 0, 0, 0), top_left, slice_in_words(plan), DARK.text)
    write(
        painter, area.adjusted(0, _LINE_PX, 0, 0), top_left, position_in_words(plan), DARK.secondary
    )
    low, high = plan.window_hu
    window = f"W {high - low:.0f}  L {(low + high) / 2:.0f}"
    write(painter, area, _ALIGN.AlignLeft | _ALIGN.AlignBottom, window, DARK.secondary)
    if width >= _ROOM_FOR_BADGE_PX and plan.axis != 2:
        badge = "radiological"
        write(painter, area, _ALIGN.AlignRight | _ALIGN.AlignTop, badge, DARK.secondary)


def _draw_scale_bar(painter: QPainter, projection: Projection) -> None:
    """A length to measure by, at the bottom right."""
    width, height = projection.size_px
    length_mm = scale_bar_mm(projection.mm_per_pixel)
    length_px = length_mm / projection.mm_per_pixel
    right, bottom = width - _PAD, height - _PAD - 4
    words = QRectF(right - 120, bottom - 22, 120, 16)
    painter.setFont(_font(SMALL_PX))
    where = _ALIGN.AlignRight | _ALIGN.AlignVCenter
    write(painter, words, where, length_in_words(length_mm), DARK.secondary)
    bar = QRectF(right - length_px, bottom, length_px, 2)
    painter.fillRect(bar.adjusted(-1, -1, 1, 1), _HALO)
    painter.fillRect(bar, QColor(DARK.text))


def slice_in_words(plan: SlicePlan) -> str:
    """ "41 / 96", counted from 1."""
    return f"{plan.index + 1} / {plan.count}"


def position_in_words(plan: SlicePlan) -> str:
    """ "S 123.4 mm": the side's letter instead of a sign."""
    letters = _SIDE[plan.axis]
    return f"{letters[0] if plan.position_mm >= 0 else letters[1]} {abs(plan.position_mm):.1f} mm"


def write(
    painter: QPainter, area: QRectF, where: Qt.AlignmentFlag, words: str, colour: str
) -> None:
    """Words that stay readable on bright bone: a dark rim around each letter."""
    painter.setPen(_HALO)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        painter.drawText(area.translated(dx, dy), int(where), words)
    painter.setPen(QColor(colour))
    painter.drawText(area, int(where), words)


@lru_cache
def _font(pixels: int, is_bold: bool = False) -> QFont:
    font = text_font(pixels)
    if is_bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font
