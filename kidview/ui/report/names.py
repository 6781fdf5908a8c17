"""Where names of lesions stand on a picture, so that each can be read."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from kidview.ui.report.lettering import new_font

MOST = 8
"""Names on the picture of the whole."""

_RIM_PX = 2.0
_BESIDE = ((0, -1), (0, 1), (1, 0), (-1, 0), (1, -1), (-1, -1), (1, 1), (-1, 1))
_STEPS = ((0, 0), *_BESIDE, *((2 * right, 2 * down) for right, down in _BESIDE))
"""Away from the place in sizes of the name, if something is there."""


def placed(
    names: Sequence[tuple[str, QPointF]],
    pixels: int,
    area: QRectF,
    taken: Sequence[QRectF] = (),
) -> list[tuple[str, QRectF]]:
    """Rectangles for names that do not overlap, at their places or right beside them.

    Parameters
    ----------
    names : sequence of (name, place)
        The most important first; at most `MOST` get a rectangle.
    pixels : int
        Size of the bold letters.
    area : QRectF
        No name stands outside.
    taken : sequence of QRectF
        Where other words stand.

    Returns
    -------
    list of (name, QRectF)
        A name that finds no room is not among them.
    """
    font = new_font(is_bold=True)
    font.setPixelSize(pixels)
    metrics = QFontMetricsF(font)
    height = metrics.capHeight() + 2 * _RIM_PX
    found: list[tuple[str, QRectF]] = []
    rooms = list(taken)
    for name, place in names[:MOST]:
        width = metrics.horizontalAdvance(name) + 2 * _RIM_PX
        for right, down in _STEPS:
            middle = place + QPointF(right * width, down * height)
            room = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
            if area.contains(room) and not any(map(room.intersects, rooms)):
                found.append((name, room))
                rooms.append(room)
                break
    return found
