"""Turned planes: drawn with few pixels while they move, with all of them once they rest."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from kidview.core.task import Job
from kidview.session import Change, Session, SlicePlan
from kidview.ui.jobs import Jobs
from kidview.ui.projection import Projection
from kidview.ui.sheet import Plane
from kidview.ui.slice_drawing import SliceDrawing

REST_MS = 120
"""A plane that was not moved for so long rests."""


class Sharpening(QObject):
    """Draws a view's slices, and says when one is to be drawn again, finely.

    A slab on a turned plane takes too long to wait for; a job makes it. Signal `due`: draw again.

    Parameters
    ----------
    session : Session
    drawing : SliceDrawing
    jobs : Jobs
    parent : QObject
        The view.
    """

    due = Signal()

    def __init__(
        self, session: Session, drawing: SliceDrawing, jobs: Jobs, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._drawing, self._jobs = session, drawing, jobs
        self._drawn: tuple[SlicePlan, Projection] | None = None
        self._timer = QTimer(self, interval=REST_MS, singleShot=True)
        self._timer.timeout.connect(self._rest)
        self._moved_s = -1.0

    def forget(self) -> None:
        """All is to be drawn again, perhaps of another scan."""
        self._drawn = None
        self._timer.stop()
        self._drawing.forget()

    def draw(self, change: Change, plan: SlicePlan, projection: Projection) -> None:
        """Repaint what differs; coarsely where the plane moved twice of late."""
        self._notice(None if self._drawn is None else self._drawn[0], plan)
        self._drawn = (plan, projection)
        self._drawing.draw(change, plan, projection, self._timer.isActive())
        if self._drawing.is_rough and not self._timer.isActive():
            self._timer.start()

    def finish(self) -> None:
        """Draw with all pixels now, for a picture; a slab on a turned plane takes a while."""
        self._timer.stop()
        volume = self._session.volume
        if self._drawing.is_rough and self._drawn is not None and volume is not None:
            sheet, slab = self._drawing.sheet(*self._drawn), self._drawn[0].slab
            if slab is not None:
                self._drawing.take_slab(sheet, slab, sheet.scan(volume, slab))
            self.due.emit()

    def _notice(self, old: SlicePlan | None, new: SlicePlan) -> None:
        """See whether the plane moved from one plan to the next."""
        if old is None or old.frame is None or new.frame is None:
            self._timer.stop()
        elif (old.frame, old.depth_mm) != (new.frame, new.depth_mm):
            before, self._moved_s = self._moved_s, time.monotonic()
            if self._moved_s - before < REST_MS / 1000 or self._timer.isActive():
                self._timer.start()

    def _rest(self) -> None:
        """The plane was not moved for a while."""
        volume = self._session.volume
        if volume is None or self._drawn is None or not self._drawing.is_rough:
            return
        sheet, slab = self._drawing.sheet(*self._drawn), self._drawn[0].slab
        if slab is None:
            self.due.emit()
            return

        def done(plane: Plane) -> None:
            if self._session.volume is volume:
                self._drawing.take_slab(sheet, slab, plane)
                self.due.emit()

        self._jobs.start(
            Job(
                "Slab",
                f"slab.{id(self)}",  # one a view: a newer one silences the older
                lambda task: sheet.scan(volume, slab, task.check),
                done,
                is_quiet=True,
                may_be_left=True,
            )
        )
