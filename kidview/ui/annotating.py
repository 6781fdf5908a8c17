"""Measuring on a slice with the mouse, and what a view shows of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF

from kidview.cases import Annotation
from kidview.core.types import Triple
from kidview.core.volume import Volume
from kidview.edit.tools.measure import KIND
from kidview.session import Session, measured_in_words, plane_to_index, slice_of
from kidview.ui.drags import Drag, Sight
from kidview.ui.mark_item import Drawn, MarkItem
from kidview.ui.outlining import in_pixels

Pixels = npt.NDArray[np.float64]
_NEAR_PX = 8.0
_NEAR_LINE_PX = 5.0
_STEP_PX = 4.0  # a shorter way is a click
_TURN = np.linspace(0, 2 * np.pi, 73)


class Annotate(Drag):
    """A press with the measuring tool.

    Near a point or a line of a measurement it takes hold of it. Else it begins a distance or an
    ellipse, which the drag opens, or sets the next point of an angle.
    """

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        session = self.session
        self._before = session.marks
        self._kind = str(session.view.options.get(KIND.id, KIND.default))
        self._begun = begun_here(session, sight) if self._kind == "angle" else None
        self._from = self._point(x, y)
        self._held: Annotation | None = None
        self._number: int | None = None  # of the point held; None holds all of it
        self._was_moved = False
        if self._begun is None:
            self._take_hold(x, y)
        if self._held is None and self._kind == "angle":
            self._set_point(x, y)

    def move(self, x: float, y: float) -> None:
        """Move what is held, or open a new one."""
        (x0, y0), point = self.start, self._point(x, y)
        if not self._was_moved and np.hypot(x - x0, y - y0) < _STEP_PX:
            return
        self._was_moved = True
        if self._held is None:
            if self._kind == "angle":
                return
            number = self.session.marks.next_number
            self._held = Annotation(number, self._kind, self.sight.axis, (self._from, self._from))
            self._number = 1
        if self._number is not None:
            changed = self._held.moved(self._number, point)
        else:
            dx, dy, dz = (float(v) for v in np.subtract(point, self._from))
            changed = self._held.shifted((dx, dy, dz))
        self.session.mark(self.session.marks.with_annotation(changed))

    def end(self, x: float, y: float) -> None:
        """Say what a click should have been."""
        if self._held is None and self._kind != "angle":
            self.sight.say("Drag to measure; press on a measurement to select or move it")

    def cancel(self) -> None:
        """Leave all as it was."""
        self.session.mark(self._before)

    def _take_hold(self, x: float, y: float) -> None:
        """Select what is under the pointer, or nothing."""
        marks = self.session.marks
        for one in reversed(marks.annotations):  # what was drawn last lies on top
            if not lies_here(one, self.session, self.sight):
                continue
            handles, line = seen(one, self.session, self.sight)
            away = np.hypot(*(handles - (x, y)).T)
            if away.min() <= _NEAR_PX:
                self._held, self._number = one, int(away.argmin())
            elif distance_to_line((x, y), line) <= _NEAR_LINE_PX:
                self._held = one
            if self._held is not None:
                break
        selected = 0 if self._held is None else self._held.number
        self.session.mark(replace(marks, selected=selected, begun=None))

    def _set_point(self, x: float, y: float) -> None:
        """The next point of an angle; the second click of a double-click is none."""
        marks, begun = self.session.marks, self._begun
        if begun is None:
            begun = Annotation(marks.next_number, "angle", self.sight.axis, ())
        else:
            last = seen(begun, self.session, self.sight)[0][-1]
            if np.hypot(*(last - (x, y))) < _STEP_PX:
                return
        begun = begun.with_point(self._from)
        if begun.is_whole:
            self.session.mark(marks.with_annotation(begun))
        else:
            self.session.mark(replace(marks, selected=0, begun=begun))

    def _point(self, x: float, y: float) -> Triple:
        uv = self.sight.projection.to_plane(x, y)
        at = plane_to_index(self.geometry, self.sight.axis, self.sight.index, *uv)
        right, front, up = (float(v) for v in self.geometry.index_to_ras(at))
        return (right, front, up)


class MarksInView:
    """What a view shows of the measurements on its slice and, faint, on the two beside it.

    Parameters
    ----------
    sight : Sight
        The view.
    """

    def __init__(self, sight: Sight) -> None:
        self._sight, self._session = sight, sight.session
        self._volume: Volume | None = None
        self._words: dict[Annotation, tuple[str, str]] = {}

    def draw(self, item: MarkItem, pointer: QPointF | None) -> None:
        """Show them; an angle that lacks points is led on to the pointer."""
        session, sight = self._session, self._sight
        assert session.volume is not None
        drawn = []
        for one in session.marks.annotations:
            away = _slices_away(one, session, sight)
            if away is None or away > 1:
                continue
            is_selected = one.number == session.marks.selected and _is_measuring(session)
            handles, line = seen(one, session, sight)
            words, more = self._told(one, session.volume)
            said = (words, more) if more and is_selected and not away else (words,)
            if away or (one.kind == "ellipse" and not is_selected):
                handles = handles[:0]
            drawn.append(Drawn(line, handles, said, is_selected, bool(away)))
        begun = begun_here(session, sight)
        if begun is not None and _is_measuring(session):
            handles, line = seen(begun, session, sight)
            if pointer is not None:
                line = np.vstack([line, [pointer.x(), pointer.y()]])
            drawn.append(Drawn(line, handles, is_selected=True))
        item.show_drawn(tuple(drawn), sight.projection.size_px)

    def _told(self, one: Annotation, volume: Volume) -> tuple[str, str]:
        """What one measures, counted once."""
        if volume is not self._volume or len(self._words) > 500:  # a drag makes many
            self._volume, self._words = volume, {}
        if one not in self._words:
            self._words[one] = measured_in_words(one, volume)
        return self._words[one]


def begun_here(session: Session, sight: Sight) -> Annotation | None:
    """The angle that lacks points, where it lies on the slice shown."""
    begun = session.marks.begun
    return begun if begun is not None and lies_here(begun, session, sight) else None


def lies_here(one: Annotation, session: Session, sight: Sight) -> bool:
    """Whether it lies on the slice shown."""
    return _slices_away(one, session, sight) == 0


def has_one_in_hand(session: Session) -> bool:
    """Whether a measurement is selected that can be seen, or one is begun."""
    volume, one = session.volume, session.marks.begun or session.marks.in_hand
    if volume is None or one is None or not _is_measuring(session):
        return False
    if session.view.is_turned(one.axis):
        return False
    shown = volume.geometry.nearest_index(session.view.cursor_ras)[one.axis]
    return slice_of(one, volume.geometry) == shown


def _is_measuring(session: Session) -> bool:
    return session.view.tool == "measure"


def _slices_away(one: Annotation, session: Session, sight: Sight) -> int | None:
    """From the slice shown; None in another plane."""
    assert session.volume is not None
    if one.axis != sight.axis:
        return None
    return abs(slice_of(one, session.volume.geometry) - sight.index)


def seen(one: Annotation, session: Session, sight: Sight) -> tuple[Pixels, Pixels]:
    """Its points and its line, (n, 2) x, y in pixels of a view."""
    assert session.volume is not None
    index = session.volume.geometry.ras_to_index(one.points_ras)
    zyx = tuple((float(z), float(y), float(x)) for z, y, x in index)
    points = in_pixels(session, zyx, sight)
    if one.kind != "ellipse":
        return points, points
    middle, half = points.mean(axis=0), np.abs(points[1] - points[0]) / 2
    return points, middle + np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1) * half


def distance_to_line(at: tuple[float, float], line: Pixels) -> float:
    """From a point to the nearest of a line's pieces, pixels."""
    starts, ways = line[:-1], np.diff(line, axis=0)
    long = np.maximum((ways**2).sum(axis=1), 1e-12)
    along = np.clip(((np.array(at) - starts) * ways).sum(axis=1) / long, 0, 1)
    nearest = starts + along[:, None] * ways
    return float(np.hypot(*(nearest - at).T).min())
