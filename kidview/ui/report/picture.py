"""A picture of a report: a ground of pixels, and what is drawn upon it as lines and letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QImage, QPainter

RATIO = 3
"""Pixels of a PNG for one of the picture: sharp on paper of a hand's width."""

Drawing = Callable[[QPainter], None]


@dataclass(frozen=True, eq=False)
class Picture:
    """Evidence.

    In a PDF the drawings stay lines and letters, so they are sharp at any size; and the ground
    may be coarse, which matters: Qt packs pixels into a PDF while nothing else of Python runs.

    Parameters
    ----------
    ground : QImage
    drawings : tuple of callable
        Each gets a painter whose units are the picture's pixels.
    size_px : (width, height)
    caption : str
        What it shows, for who cannot see it as well.
    """

    ground: QImage
    drawings: tuple[Drawing, ...]
    size_px: tuple[int, int]
    caption: str

    def draw(self, painter: QPainter, place: QRectF) -> None:
        """Draw it into a place of its own proportions."""
        painter.save()
        painter.setClipRect(place)
        painter.drawImage(place, self.ground)
        painter.translate(place.topLeft())
        painter.scale(place.width() / self.size_px[0], place.height() / self.size_px[1])
        for drawing in self.drawings:
            drawing(painter)
        painter.restore()

    def png(self) -> bytes:
        """The picture as a PNG with nothing but its pixels."""
        width, height = (RATIO * n for n in self.size_px)
        image = QImage(width, height, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.draw(painter, QRectF(0, 0, width, height))
        painter.end()
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
        return bytes(buffer.data().data())


@dataclass(frozen=True, eq=False)
class Evidence:
    """All pictures of a report.

    Parameters
    ----------
    overview : Picture
    lesions : mapping of tuple of Picture
        By the lesion's id: the axial slice; of a single lesion the other planes as well.
    solid : Picture, optional
        In 3D, of the overview's height.
    """

    overview: Picture
    lesions: Mapping[str, tuple[Picture, ...]]
    solid: Picture | None = None

    @property
    def whole(self) -> tuple[Picture, ...]:
        """What shows the kidneys as a whole."""
        return (self.overview,) if self.solid is None else (self.overview, self.solid)
