"""Where a film is drawn: a slice view nobody sees, or the 3D view's camera gone round.

The user's crosshair and camera stay where they are: slices are drawn of a Session of the moment
the film was asked for, and the camera is back before the 3D view paints again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from kidview.core.labels import LabelMap
from kidview.edit import Edit
from kidview.session import Session, plan_slice
from kidview.ui.jobs import Jobs
from kidview.ui.mouse import step_to
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_rail import SliceRail
from kidview.ui.slice_view import SliceView

if TYPE_CHECKING:  # it loads VTK
    from kidview.ui.canvas import Canvas


class Stage(Protocol):
    """What a film is drawn by, GUI thread only."""

    def picture(self, number: float) -> QImage:
        """A slice's number, or how far the camera has turned (degrees)."""

    def close(self) -> None:
        """Let go of what only the film needed."""


def as_of_now(session: Session, labels: LabelMap) -> Session:
    """A Session that shows what another one shows at this moment, and may be looked through.

    Parameters
    ----------
    session : Session
        With a scan.
    labels : LabelMap
        Its labels; the new one owns them.
    """
    assert session.volume is not None
    made, scribbled = Session(), session.scribbles.copy()
    made.open(session.volume, labels)
    made.compare_with(session.compared)
    if session.proposal is not None:
        made.propose(session.proposal)
    made.suggest(session.draft)
    made.uncertainty = session.uncertainty
    if scribbled is not None:
        box, layer = scribbled
        made.scribble(Edit(box, layer != 0, layer))
    made.mark(replace(session.marks, begun=None))
    made.view = session.view
    return made


class SliceStage:
    """One plane of a Session of its own, in a view that is never on the screen.

    Parameters
    ----------
    session : Session
        Of `as_of_now`.
    axis : int
    jobs : Jobs
    seen : QSize
        Of the canvas the user sees, pixels of the view: the film shows as much.
    size : QSize
        Of the pictures.
    scale : float
        Pixels of a picture for one of the view: letters and lines grow with it.
    """

    def __init__(
        self, session: Session, axis: int, jobs: Jobs, seen: QSize, size: QSize, scale: float
    ) -> None:
        self._session, self._axis, self._size, self._scale = session, axis, size, scale
        self._view = SliceView(session, axis, jobs)
        self._view.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._view.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        for rail in self._view.findChildren(SliceRail):
            rail.hide()
        self._view.resize(seen)
        self._view.show()  # a view draws what is shown only
        canvas = self._view.findChild(SliceCanvas)
        assert canvas is not None
        self._canvas = canvas

    def picture(self, number: float) -> QImage:
        """The picture of a slice."""
        step_to(self._session, self._axis, int(number))
        self._view.finish()
        image = QImage(self._size, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self._scale)
        painter = QPainter(image)
        self._canvas.render(painter, QRectF(self._canvas.rect()), QRect(self._canvas.rect()))
        painter.end()
        return image

    def close(self) -> None:
        """Take the view away."""
        self._view.hide()
        self._view.deleteLater()


class TurnStage:
    """The 3D view as the user sees it, from all around."""

    def __init__(self, canvas: Canvas, size: QSize) -> None:
        self._canvas, self._size = canvas, size

    def picture(self, number: float) -> QImage:
        """The picture from a camera gone round by so many degrees."""
        return self._canvas.picture_from(number, (self._size.width(), self._size.height()))

    def close(self) -> None:
        """Nothing is left: the camera is back after each picture."""


def slices_of(session: Session, axis: int) -> int:
    """How many slices a view has, turned ones too."""
    assert session.volume is not None
    return plan_slice(session.volume.geometry, session.view, axis).count
