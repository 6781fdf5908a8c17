"""Writing, lines and pictures on a sheet of paper, in mm from its upper left corner."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintDevice, QPainter, QPen

from kidview.ui.report.lettering import new_font
from kidview.ui.report.picture import Picture
from kidview.ui.tokens import LIGHT

INCH_MM = 25.4
_WRAP = Qt.TextFlag.TextWordWrap


@dataclass(frozen=True)
class Ink:
    """How words are written.

    Parameters
    ----------
    points : float
        Size of the letters.
    colour : str
    is_bold : bool
    """

    points: float
    colour: str = LIGHT.text
    is_bold: bool = False

    def plain(self) -> Ink:
        """The same in the colour of text."""
        return replace(self, colour=LIGHT.text)

    def quiet(self) -> Ink:
        """The same, less loud."""
        return replace(self, colour=LIGHT.secondary)


TITLE = Ink(17, is_bold=True)
HEAD = Ink(11, is_bold=True)
BODY = Ink(8.5)
STRONG = Ink(8.5, is_bold=True)
SMALL = Ink(7.5, LIGHT.secondary)


class Sheet:
    """What a page is drawn on, with a painter that thinks in mm.

    Parameters
    ----------
    device : QPaintDevice
        A page writer without margins, or an image that knows how fine it is.
    """

    def __init__(self, device: QPaintDevice) -> None:
        self._device = device
        self._dots = device.logicalDpiX() / INCH_MM
        self._fonts: dict[tuple[float, bool], QFont] = {}
        self.painter: QPainter | None = None

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the page."""
        return self._device.width() / self._dots, self._device.height() / self._dots

    def font(self, ink: Ink) -> QFont:
        """The font of an ink."""
        key = (ink.points, ink.is_bold)
        if key not in self._fonts:
            font = new_font(ink.is_bold)
            font.setPointSizeF(ink.points)
            self._fonts[key] = font
        return self._fonts[key]

    def width(self, words: str, ink: Ink) -> float:
        """How much room words take on one line, mm."""
        return self._metrics(ink).horizontalAdvance(words) / self._dots

    def height(self, words: str, ink: Ink, width_mm: float) -> float:
        """How high words stand, wrapped to a width, mm."""
        room = QRectF(0, 0, width_mm * self._dots, 1e6)
        return self._metrics(ink).boundingRect(room, _WRAP, words).height() / self._dots

    def write(
        self,
        words: str,
        ink: Ink,
        left: float,
        top: float,
        width_mm: float,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> float:
        """Write wrapped words; returns their height, mm."""
        assert self.painter is not None
        height = self.height(words, ink, width_mm)
        self.painter.setFont(self.font(ink))
        self.painter.setPen(QColor(ink.colour))
        # A hair wider than measured, else rounding may wrap a line that fits.
        room = self._rect(left, top, width_mm + 0.05, height + 1)
        self.painter.drawText(room, int(_WRAP) | int(align), words)
        return height

    def write_line(
        self,
        words: str,
        ink: Ink,
        left: float,
        top: float,
        width_mm: float,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        """Write words on one line; what does not fit is left out of their middle."""
        assert self.painter is not None
        metrics = self._metrics(ink)
        # A hair wider than measured, else rounding may cut words that fit.
        room = self._rect(left, top, width_mm + 0.05, metrics.height() / self._dots + 1)
        told = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room.width())
        self.painter.setFont(self.font(ink))
        self.painter.setPen(QColor(ink.colour))
        self.painter.drawText(room, int(Qt.TextFlag.TextSingleLine) | int(align), told)

    def line(
        self,
        left: float,
        top: float,
        width_mm: float,
        colour: str,
        thick_mm: float,
        dashes: tuple[float, ...] = (),
    ) -> None:
        """A level line; dashes are counted in its thickness."""
        assert self.painter is not None
        pen = QPen(QColor(colour), thick_mm * self._dots)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        if dashes:
            pen.setDashPattern(dashes)
        self.painter.setPen(pen)
        y = top * self._dots
        self.painter.drawLine(QLineF(left * self._dots, y, (left + width_mm) * self._dots, y))

    def picture(self, picture: Picture, left: float, top: float, width_mm: float) -> None:
        """A picture of a width."""
        assert self.painter is not None
        across, down = picture.size_px
        picture.draw(self.painter, self._rect(left, top, width_mm, width_mm * down / across))

    def _metrics(self, ink: Ink) -> QFontMetricsF:
        return QFontMetricsF(self.font(ink), self._device)

    def _rect(self, left: float, top: float, width_mm: float, height_mm: float) -> QRectF:
        dots = self._dots
        return QRectF(left * dots, top * dots, width_mm * dots, height_mm * dots)
