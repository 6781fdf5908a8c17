"""A widget that shows a scene: off-screen OpenGL drawn as a picture, a mouse that turns it."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkInteractionStyle import vtkInteractorStyleTrackballCamera
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor

from kidview.core.types import FloatArray, Triple
from kidview.ui.compass import draw_compass, letter_at, middle, place_letters
from kidview.ui.opengl import off_screen_window
from kidview.ui.scene import Scene
from kidview.ui.tokens import DARK

_BUTTONS = {
    Qt.MouseButton.LeftButton: "Left",
    Qt.MouseButton.MiddleButton: "Middle",
    Qt.MouseButton.RightButton: "Right",
}
_STILL = 4.0  # pixels a hand may move within a click
_REST_MS = 180
_ZOOM_A_NOTCH = 1.15


class Canvas(QWidget):
    """Shows a Scene; left turns, middle or Shift+left moves, right or wheel zooms.

    A click on a letter of the compass looks from there at all that is shown.

    Rendering happens in paintEvent only, so many events make one picture. Crosshair and
    letters are painted over it: moving the crosshair renders nothing.

    Parameters
    ----------
    scene : Scene

    Signals: `clicked` with a surface's point (RAS+ mm); `resting` False when the hand begins to
    move the camera and True after it rests, the moments to draw coarsely and finely;
    `maximise_requested`.
    """

    clicked = Signal(object)
    resting = Signal(bool)
    maximise_requested = Signal()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self._scene = scene
        self._window = off_screen_window()
        self._window.AddRenderer(scene.renderer)
        self._turner = vtkGenericRenderWindowInteractor()
        self._turner.SetRenderWindow(self._window)
        self._turner.EnableRenderOff()
        self._turner.SetInteractorStyle(vtkInteractorStyleTrackballCamera())
        self._turner.Initialize()
        self._bytes = vtkUnsignedCharArray()
        self._picture: QImage | None = None
        self._is_stale = True
        self._to_fit: tuple[FloatArray | None] | None = None  # waits for the picture's size
        self._is_to_follow = False
        self._is_closed = False
        self._pressed: tuple[Qt.MouseButton, QPointF] | None = None
        self._is_dragging = False
        self._is_resting = True
        self._cursor: Triple | None = None
        self._words = ""
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._come_to_rest)
        # A child widget gets no close event; both moments come before Qt or Python end.
        farewell = partial(_end, self._window)
        self.destroyed.connect(farewell)
        app = QApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.close_window)

    @property
    def pixels(self) -> int:
        """Device pixels of the picture."""
        width, height = self._window.GetSize()
        return int(width * height)

    def refresh(self) -> None:
        """Render again with the next paint."""
        self._is_stale = True
        self.update()

    def fit(self, corners_ras: FloatArray | None = None) -> None:
        """Fill the next picture with (n, 3) corners in RAS+ mm, or with all that is shown."""
        self._to_fit = (corners_ras,)
        self.refresh()

    def fit_if_left(self) -> None:
        """Fill the next picture with all that is shown if some of it lay far outside."""
        self._is_to_follow = True
        self.refresh()

    def show_cursor(self, point_ras: Triple | None) -> None:
        """Mark a point; None marks none."""
        if point_ras != self._cursor:
            self._cursor = point_ras
            self.update()

    def show_words(self, words: str) -> None:
        """A quiet sentence in the middle."""
        if words != self._words:
            self._words = words
            self.update()

    def close_window(self) -> None:
        """Let go of OpenGL; the last picture stays."""
        if not self._is_closed:
            self._is_closed = True
            _end(self._window)

    # -- painting -----------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture and, over it, crosshair, letters and words."""
        self._match_size()
        if self._is_stale and not self._is_closed:
            self._render()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(DARK.view))
        if self._picture is not None:
            painter.drawImage(QRectF(self.rect()), self._picture)
        self._draw_over(painter)

    def picture_from(self, degrees: float, size: tuple[int, int]) -> QImage:
        """The picture with the camera gone round what it looks at; it is back afterwards.

        Parameters
        ----------
        degrees : float
            About the picture's upward direction.
        size : (width, height)
            Device pixels; in the widget's proportions.
        """
        if self._to_fit is not None or self._is_to_follow:
            self._match_size()
            self._render()
        camera, shown = self._scene.renderer.GetActiveCamera(), self._picture
        place, reach = camera.GetPosition(), camera.GetClippingRange()
        before, is_stale = self._window.GetSize(), self._is_stale
        self._window.SetSize(*size)
        camera.Azimuth(degrees)
        self._scene.renderer.ResetCameraClippingRange()
        self._render()
        assert self._picture is not None
        image = QImage(*size, QImage.Format.Format_RGB32)  # on others Qt writes bolder
        under = QPainter(image)
        under.drawImage(0, 0, self._picture)
        under.end()
        image.setDevicePixelRatio(size[1] / max(self.height(), 1))
        painter = QPainter(image)
        painter.setFont(self.font())
        self._draw_over(painter)
        painter.end()
        camera.SetPosition(*place)  # the focal point and what is up stay in an azimuth
        camera.SetClippingRange(*reach)
        self._window.SetSize(*before)
        self._picture, self._is_stale = shown, is_stale
        return image

    def _draw_over(self, painter: QPainter) -> None:
        """Crosshair, letters and words."""
        if self._cursor is not None:
            _draw_mark(painter, self._to_widget(self._scene.to_display(self._cursor)))
        draw_compass(painter, place_letters(*self._scene.axes()), middle(self.height()))
        beneath = QRectF(0, self.height() / 2, self.width(), self.height() / 2)
        draw_words(painter, beneath, self._words)  # not across the crosshair in the middle

    def _match_size(self) -> None:
        """As many pixels as the screen has for us, also after a move to another screen."""
        ratio = self.devicePixelRatioF()
        size = (max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1))
        if tuple(self._window.GetSize()) != size and not self._is_closed:
            self._window.SetSize(*size)
            self._turner.SetSize(*size)
            self._is_stale = True

    def _render(self) -> None:
        if self._to_fit is not None:
            self._scene.fit(*self._to_fit)
            self._to_fit = None
        if self._is_to_follow:
            self._is_to_follow = False
            if self._scene.has_left():
                self._scene.fit()
        self._window.Render()
        width, height = self._window.GetSize()
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 1, self._bytes, 0)
        rows = vtk_to_numpy(self._bytes).reshape(height, width, 4)[::-1]  # VTK begins at the bottom
        pixels = np.ascontiguousarray(rows)
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGBX8888)
        self._picture = image.copy()  # the image does not own numpy's memory
        self._is_stale = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another size is another picture."""
        self.refresh()

    # -- the hand -----------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if self._pressed is None and event.button() in _BUTTONS:
            self._pressed = (event.button(), event.position())
            self._is_dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn, move or zoom once the hand has left its place."""
        if self._pressed is None:
            is_letter = self._letter_under(event.position()) is not None
            shape = Qt.CursorShape.PointingHandCursor if is_letter else Qt.CursorShape.ArrowCursor
            if self.cursor().shape() != shape:
                self.setCursor(shape)
            return
        button, start = self._pressed
        if not self._is_dragging:
            if (event.position() - start).manhattanLength() < _STILL:
                return
            self._is_dragging = True
            self._pass_on(start, event.modifiers(), f"{_BUTTONS[button]}ButtonPressEvent")
        self._move()
        self._pass_on(event.position(), event.modifiers(), "MouseMoveEvent")
        self._scene.keep_outside()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; without one it was a click."""
        if self._pressed is None or event.button() != self._pressed[0]:
            return
        button, start = self._pressed
        self._pressed = None
        if self._is_dragging:
            name = f"{_BUTTONS[button]}ButtonReleaseEvent"
            self._pass_on(event.position(), event.modifiers(), name)
        elif button == Qt.MouseButton.LeftButton:
            self._click(start)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """All the room, or the other views again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.maximise_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Come nearer or go away; a touchpad's small steps count in proportion."""
        notches = event.angleDelta().y() / 120
        if notches:
            self._move()
            self._scene.zoom(_ZOOM_A_NOTCH**notches)
            self.refresh()
        event.accept()

    def _click(self, at: QPointF) -> None:
        letter = self._letter_under(at)
        if letter is not None:
            self._scene.look_from(letter)
            self.fit()
            return
        point = self._scene.pick(*self._to_display(at))
        if point is not None:
            self.clicked.emit(point)

    def _letter_under(self, at: QPointF) -> str | None:
        from_middle = at - middle(self.height())
        letters = place_letters(*self._scene.axes())
        return letter_at(letters, from_middle.x(), from_middle.y())

    def _pass_on(self, at: QPointF, keys: Qt.KeyboardModifier, name: str) -> None:
        x, y = self._to_display(at)
        has_ctrl = bool(keys & Qt.KeyboardModifier.ControlModifier)
        has_shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        self._turner.SetEventInformation(int(x), int(y), int(has_ctrl), int(has_shift))
        self._turner.InvokeEvent(name)
        self.refresh()

    def _move(self) -> None:
        if self._is_resting:
            self._is_resting = False
            self.resting.emit(False)
        self._rest.start()

    def _come_to_rest(self) -> None:
        if self._is_dragging and self._pressed is not None:
            self._rest.start()  # the hand holds still, but the button is down
            return
        self._is_resting = True
        self.resting.emit(True)

    def _to_display(self, at: QPointF) -> tuple[float, float]:
        """Widget point to device pixels from the lower left corner."""
        ratio = self.devicePixelRatioF()
        return (at.x() * ratio, (self.height() - at.y()) * ratio - 1)

    def _to_widget(self, display: tuple[float, float]) -> QPointF:
        ratio = self._window.GetSize()[1] / max(self.height(), 1)
        return QPointF(display[0] / ratio, self.height() - (display[1] + 1) / ratio)


def draw_words(painter: QPainter, area: QRectF, words: str) -> None:
    """A sentence in the middle of a dark view."""
    painter.setPen(QColor(DARK.secondary))
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    painter.drawText(area.adjusted(24, 16, -24, -16), int(flags), words)


def _draw_mark(painter: QPainter, at: QPointF) -> None:
    """Four short lines around a point, dark beneath so that they show on any colour."""
    ways = (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1))
    for colour, width in ((DARK.view, 3.0), (DARK.text, 1.0)):
        painter.setPen(QPen(QColor(colour), width))
        for way in ways:
            painter.drawLine(at + way * 4, at + way * 9)


def _end(window: vtkRenderWindow, *_gone: object) -> None:
    """Free what the driver holds while Qt and Python still stand."""
    window.Finalize()
