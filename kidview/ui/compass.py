"""The cross of letters in the 3D view's corner: which way is right, front and up."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from kidview.core.types import Triple
from kidview.ui.theme import SMALL_PX, text_font
from kidview.ui.tokens import DARK

DIRECTIONS: dict[str, Triple] = {
    "R": (1.0, 0.0, 0.0),
    "L": (-1.0, 0.0, 0.0),
    "A": (0.0, 1.0, 0.0),
    "P": (0.0, -1.0, 0.0),
    "S": (0.0, 0.0, 1.0),
    "I": (0.0, 0.0, -1.0),
}
"""Unit vectors of the letters, RAS+."""

ARM = 26.0
"""Pixels from the middle to a letter that lies in the picture's plane."""

_MARGIN = 14.0
_REACH = 9.0  # pixels around a letter that are its own
_APART = 12.0


@dataclass(frozen=True)
class Letter:
    """A letter of the cross as it is seen.

    Parameters
    ----------
    name : str
    x, y : float
        Pixels from the middle, y downward.
    depth : float
        -1 away from the viewer .. 1 toward the viewer.
    """

    name: str
    x: float
    y: float
    depth: float


def place_letters(right: Triple, up: Triple, toward: Triple) -> list[Letter]:
    """The letters a viewer sees, farthest first.

    Parameters
    ----------
    right, up, toward : 3 floats
        Unit vectors in RAS+ that point to the picture's right, its top and out of it.

    A letter that would be written over a nearer one is left out.
    """
    placed = [
        Letter(name, ARM * _along(at, right), -ARM * _along(at, up), _along(at, toward))
        for name, at in DIRECTIONS.items()
    ]
    seen: list[Letter] = []
    for letter in sorted(placed, key=lambda one: -one.depth):
        if all(math.hypot(letter.x - one.x, letter.y - one.y) > _APART for one in seen):
            seen.append(letter)
    return seen[::-1]


def letter_at(letters: list[Letter], x: float, y: float) -> str | None:
    """The nearest letter under a point (pixels from the middle), the front one first."""
    for letter in reversed(letters):
        if math.hypot(letter.x - x, letter.y - y) <= _REACH:
            return letter.name
    return None


def middle(height: int) -> QPointF:
    """Where the cross stands in a view of that height: its lower left corner."""
    return QPointF(_MARGIN + ARM, height - _MARGIN - ARM)


def draw_compass(painter: QPainter, letters: list[Letter], at: QPointF) -> None:
    """Lines to the letters; what points away is fainter."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = text_font(SMALL_PX)
    font.setWeight(font.Weight.DemiBold)
    painter.setFont(font)
    for letter in letters:
        colour = QColor(DARK.text if letter.depth > 0.3 else DARK.secondary)
        colour.setAlphaF(1.0 + 0.5 * min(letter.depth, 0.0))
        length = math.hypot(letter.x, letter.y)
        end = max(length - _REACH, 0.0) / max(length, 1e-6)
        line = QColor(colour)
        line.setAlphaF(colour.alphaF() * 0.5)
        painter.setPen(QPen(line, 1.0))
        painter.drawLine(at, at + QPointF(letter.x, letter.y) * end)
        painter.setPen(colour)
        box = QRectF(at.x() + letter.x - 10, at.y() + letter.y - 10, 20, 20)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, letter.name)
    painter.restore()


def _along(one: Triple, other: Triple) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
