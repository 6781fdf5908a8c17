"""A 3D view alone on a Session, and what its pictures show."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.session import Session
from kidview.ui.canvas import Canvas
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.scene import Scene
from kidview.ui.surface_view import SurfaceView

SIZE = 400
SOFTWARE = OpenGL("llvmpipe (for a test)")
Pixels = npt.NDArray[np.int16]


class Stage:
    """A SurfaceView alone on a Session, its jobs brought to their end on demand."""

    def __init__(self, qtbot: QtBot, opengl: OpenGL | None) -> None:
        self.session, self.jobs = Session(), Jobs()
        self.view = SurfaceView(self.session, self.jobs, probe=lambda task: opengl)
        self.view.resize(SIZE, SIZE)
        self.view.show()
        qtbot.waitExposed(self.view)
        self._qtbot = qtbot
        self.settle()

    def close(self) -> None:
        """End jobs and widget, and leave neither to the next test."""
        self.jobs.close()
        self.view.close()
        self.view.deleteLater()
        QApplication.sendPostedEvents(None, 52)  # DeferredDelete

    @property
    def scene(self) -> Scene:
        assert self.view.scene is not None
        return self.view.scene

    @property
    def canvas(self) -> Canvas:
        assert self.view.canvas is not None
        return self.view.canvas

    def settle(self) -> None:
        """Wait until no debounce and no job is left."""
        for _ in range(3):
            self._qtbot.waitUntil(lambda: not self.view._timer.isActive(), timeout=3000)
            self.jobs.wait_all()
            QApplication.processEvents()

    def picture(self) -> Pixels:
        """(rows, columns, 3) of the view as grabbed, without crosshair."""
        self.session.look(has_crosshair=False)
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(np.int16)


def orange(picture: Pixels) -> npt.NDArray[np.bool_]:
    """Where the tumour's colour is."""
    red, green, blue = np.moveaxis(picture, 2, 0)
    return np.asarray((red > 60) & (red > 1.8 * green) & (blue < 40))


def blue(picture: Pixels) -> npt.NDArray[np.bool_]:
    """Where the kidney's colour is."""
    red, _green, blue = np.moveaxis(picture, 2, 0)
    return np.asarray((blue > 50) & (blue > 1.5 * red))


def labelled(scan: Volume, *parts: tuple[Box, int]) -> LabelMap:
    labels = np.zeros(scan.geometry.shape_zyx, np.uint8)
    for box, label in parts:
        labels[box.slices] = label
    return LabelMap(labels, scan.geometry)


RIGHT_HIGH = Box((6, 8, 13), (9, 14, 19))
LEFT_LOW = Box((1, 8, 2), (4, 14, 8))
