"""Draw assets/icons/*.png from assets/kidview.svg: ``python docs/make_icons.py``."""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from kidview.cli.desktop import ICON_SIZES

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def draw(size: int) -> QImage:
    """The icon, `size` pixels wide and high; needs a QGuiApplication."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(ASSETS / "kidview.svg")).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


if __name__ == "__main__":
    app = QGuiApplication([])
    (ASSETS / "icons").mkdir(exist_ok=True)
    for size in ICON_SIZES:
        draw(size).save(str(ASSETS / "icons" / f"{size}.png"))
