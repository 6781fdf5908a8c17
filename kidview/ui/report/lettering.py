"""Letters of a report: its fonts, and words upon a scan.

Fonts are made anew and belong to who made them. A worker may not write with a font the window
writes with: Qt keeps what a font was drawn with inside it, for one thread.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPainterPathStroker

from kidview.ui.report.papers import FAMILIES

_RIM_PX = 3.0  # half of it outside the letters
_ALIGN = Qt.AlignmentFlag


def new_font(is_bold: bool = False) -> QFont:
    """The report's font with figures of one width; its size is still to be set."""
    font = QFont()
    font.setFamilies(list(FAMILIES))
    font.setBold(is_bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


def write_on_scan(
    painter: QPainter,
    area: QRectF,
    where: Qt.AlignmentFlag,
    words: str,
    colour: str,
    pixels: int,
    is_bold: bool = False,
) -> None:
    """Words with a dark rim around each letter, as the window's views have them.

    Parameters
    ----------
    painter : QPainter
    area : QRectF
        The words' outline lies at its edges.
    where : Qt.AlignmentFlag
    words, colour : str
    pixels : int
        Size of the letters.
    is_bold : bool
    """
    font = new_font(is_bold)
    font.setPixelSize(pixels)
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(words), metrics.capHeight()
    x, y = area.left(), area.top() + height
    if where & _ALIGN.AlignRight:
        x = area.right() - width
    elif where & _ALIGN.AlignHCenter:
        x = area.center().x() - width / 2
    if where & _ALIGN.AlignBottom:
        y = area.bottom()
    elif where & _ALIGN.AlignVCenter:
        y = area.center().y() + height / 2
    letters = QPainterPath()
    letters.addText(QPointF(x, y), font, words)
    # Made simple here: as a PDF's writer strokes letters they are a thousand points a word.
    stroker = QPainterPathStroker()
    stroker.setWidth(_RIM_PX)
    stroker.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.fillPath(stroker.createStroke(letters).simplified(), QColor(0, 0, 0, 140))
    painter.fillPath(letters, QColor(colour))
