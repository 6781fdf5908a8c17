"""What stands around a slice: letters, numbers, scale bar, crosshair."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from kidview.session import IN_PLANE, PLANES, SlicePlan
from kidview.ui.paint import length_in_words, scale_bar_mm
from kidview.ui.projection import Projection
from kidview.ui.theme import SMALL_PX, TEXT_PX, text_font
from kidview.ui.tokens import DARK, ON_SCAN, PLANE_COLOURS

GAP_PX = 20
"""Opening of the crosshair, so that it never covers what it points at."""

_PAD = 8
_RIM_PX = 2
_CLEAR_PX = 28  # of the edges, where lines would run through the letters
_LINE_PX = 16
_ROOM_FOR_BADGE_PX = 300
_ROOM_FOR_SCALE_PX = 280
_SIDE = ("S", "I"), ("A", "P"), ("R", "L")
_HALO = QColor(0, 0, 0, 150)
_ALIGN = Qt.AlignmentFlag


def draw_furniture(painter: QPainter, plan: SlicePlan, projection: Projection) -> None:
    """All of it, in pixels of the view."""
    if plan.has_crosshair:
        _draw_crosshair(painter, plan, projection)
    _draw_letters(painter, plan, projection.size_px)
    _draw_corners(painter, plan, projection.size_px)
    if projection.size_px[0] >= _ROOM_FOR_SCALE_PX:
        _draw_scale_bar(painter, projection)


def _draw_crosshair(painter: QPainter, plan: SlicePlan, projection: Projection) -> None:
    """Each line in the colour of the plane it stands for."""
    for axis, line in zip(IN_PLANE[plan.axis], crosshair_lines(plan, projection), strict=True):
        colour = QColor(PLANE_COLOURS[axis])
        colour.setAlphaF(0.65)
        painter.setPen(QPen(colour, 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, line.is_slanting)
        half = GAP_PX / 2
        for near, far in ((line.first, min(-half, line.last)), (max(half, line.first), line.last)):
            if near <= far:  # else the middle is too near the edge, or outside
                painter.drawLine(QPointF(*line.at(near)), QPointF(*line.at(far)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


@dataclass(frozen=True)
class CrosshairLine:
    """A line through the crosshair as far as a view has room for it.

    Parameters
    ----------
    middle, direction : (x, y) pixels
        Places are counted from the middle along the direction, which is one pixel long.
    first, last : float
        Places of the ends; none of the line is in sight where `first` is larger.
    """

    middle: tuple[float, float]
    direction: tuple[float, float]
    first: float
    last: float

    @property
    def is_slanting(self) -> bool:
        """Whether it runs neither along rows nor along columns of pixels."""
        return 0.0 not in self.direction

    def at(self, place: float) -> tuple[float, float]:
        """(x, y) pixels of a place."""
        (x, y), (dx, dy) = self.middle, self.direction
        return x + place * dx, y + place * dy


def crosshair_lines(plan: SlicePlan, projection: Projection) -> list[CrosshairLine]:
    """The planes across the row axis and across the column axis, as they cut a plan's plane."""
    x, y = (round(value) + 0.5 for value in projection.to_pixels(*plan.cursor_uv))
    lines = []
    for u, v in plan.lines:
        direction = (abs(u), -v if u < 0 else v)  # rightward on the screen, where u falls
        if direction[0] == 0:
            direction = (0.0, 1.0)
        first, last = -math.inf, math.inf
        for middle, way, size in zip((x, y), direction, projection.size_px, strict=True):
            if way:
                ends = sorted(((_CLEAR_PX - middle) / way, (size - _CLEAR_PX - middle) / way))
                first, last = max(first, ends[0]), min(last, ends[1])
        lines.append(CrosshairLine((x, y), direction, first, last))
    return lines


def _draw_letters(painter: QPainter, plan: SlicePlan, size_px: tuple[int, int]) -> None:
    """Orientation letters in the middle of the four edges, always."""
    width, height = size_px
    font = _font(TEXT_PX, True)
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
        write(painter, area, where, letter, DARK.text, font)


def _draw_corners(painter: QPainter, plan: SlicePlan, size_px: tuple[int, int]) -> None:
    """Plane and slice, convention, grey scale."""
    width, height = size_px
    area = QRectF(_PAD, _PAD, width - 2 * _PAD, height - 2 * _PAD)
    top_left = _ALIGN.AlignLeft | _ALIGN.AlignTop
    name = PLANES[plan.axis].capitalize()
    bold, font = _font(SMALL_PX, True), _font(SMALL_PX)
    write(painter, area, top_left, name, PLANE_COLOURS[plan.axis], bold)
    indent = QFontMetricsF(bold).horizontalAdvance(name) + 6
    write(painter, area.adjusted(indent, 0, 0, 0), top_left, slice_in_words(plan), DARK.text, font)
    below = area.adjusted(0, _LINE_PX, 0, 0)
    if plan.frame is None:
        write(painter, below, top_left, position_in_words(plan), ON_SCAN, font)
        below = below.adjusted(0, _LINE_PX, 0, 0)
    if plan.slab is not None:
        write(painter, below, top_left, plan.slab.in_words(), DARK.text, font)
    low, high = plan.window_hu
    window = f"W {high - low:.0f}  L {(low + high) / 2:.0f}"
    write(painter, area, _ALIGN.AlignLeft | _ALIGN.AlignBottom, window, ON_SCAN, font)
    if width >= _ROOM_FOR_BADGE_PX and plan.axis != 2:
        badge = "radiological"
        write(painter, area, _ALIGN.AlignRight | _ALIGN.AlignTop, badge, ON_SCAN, font)


def _draw_scale_bar(painter: QPainter, projection: Projection) -> None:
    """A length to measure by, at the bottom right."""
    width, height = projection.size_px
    length_mm = scale_bar_mm(projection.mm_per_pixel)
    length_px = length_mm / projection.mm_per_pixel
    right, bottom = width - _PAD, height - _PAD - 4
    words = QRectF(right - 120, bottom - 22, 120, 16)
    where = _ALIGN.AlignRight | _ALIGN.AlignVCenter
    write(painter, words, where, length_in_words(length_mm), ON_SCAN, _font(SMALL_PX))
    bar = QRectF(right - length_px, bottom, length_px, 2)
    painter.fillRect(bar.adjusted(-1, -1, 1, 1), _HALO)
    painter.fillRect(bar, QColor(DARK.text))


def slice_in_words(plan: SlicePlan) -> str:
    """ "41 / 96", counted from 1; "oblique 12°" of a turned plane, which has no slice."""
    if plan.frame is not None:
        return f"oblique {plan.degrees:.{0 if plan.degrees >= 1 else 1}f}°"
    return f"{plan.index + 1} / {plan.count}"


def position_in_words(plan: SlicePlan) -> str:
    """ "S 123.4 mm": the side's letter instead of a sign."""
    letters = _SIDE[plan.axis]
    return f"{letters[0] if plan.position_mm >= 0 else letters[1]} {abs(plan.position_mm):.1f} mm"


def write(
    painter: QPainter,
    area: QRectF,
    where: Qt.AlignmentFlag,
    words: str,
    colour: str,
    font: QFont,
) -> None:
    """Words that stay readable on bright bone: a dark rim around each letter."""
    image = _written(words, colour, font.pixelSize(), font.bold(), _ratio(painter))
    size = image.deviceIndependentSize()
    x, y = area.left() - _RIM_PX, area.top() - _RIM_PX
    if where & _ALIGN.AlignRight:
        x = area.right() + _RIM_PX - size.width()
    elif where & _ALIGN.AlignHCenter:
        x = area.center().x() - size.width() / 2
    if where & _ALIGN.AlignBottom:
        y = area.bottom() + _RIM_PX - size.height()
    elif where & _ALIGN.AlignVCenter:
        y = area.center().y() - size.height() / 2
    painter.drawImage(QPointF(round(x), round(y)), image)


def _ratio(painter: QPainter) -> float:
    """Pixels of the screen for a pixel of the view."""
    return float(painter.deviceTransform().m11())


@lru_cache(maxsize=256)  # the same few words are drawn at every move of the pointer
def _written(words: str, colour: str, pixels: int, is_bold: bool, ratio: float) -> QImage:
    """The words with their rim, `_RIM_PX` wide on every side.

    An image and no pixmap: pixmaps may not outlive the application.
    """
    font = _font(pixels, is_bold)
    metrics = QFontMetricsF(font)
    width = math.ceil(metrics.horizontalAdvance(words)) + 2 * _RIM_PX
    height = math.ceil(metrics.height()) + 2 * _RIM_PX
    image = QImage(
        math.ceil(width * ratio),
        math.ceil(height * ratio),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    origin = QPointF(_RIM_PX, _RIM_PX + metrics.ascent())
    letters = QPainterPath()
    letters.addText(origin, font, words)
    for width_px, alpha in ((2 * _RIM_PX, 70), (2 * _RIM_PX - 1.5, 150)):  # fading outward
        rim = QPen(QColor(0, 0, 0, alpha), width_px)
        rim.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(letters, rim)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.drawText(origin, words)
    painter.end()
    return image


@lru_cache
def _font(pixels: int, is_bold: bool = False) -> QFont:
    font = text_font(pixels)
    font.setBold(is_bold)
    return font
