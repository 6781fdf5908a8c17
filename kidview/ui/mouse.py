"""Mouse events to drags, clicks, slices and zoom; and what lies under the pointer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

from kidview.core.errors import KidViewError
from kidview.core.types import Index, Triple
from kidview.session import (
    Session,
    SlicePlan,
    plane_to_index,
    point_on,
    step_along,
    voxel_under,
)
from kidview.session.settings import SETTINGS
from kidview.ui.acting import act
from kidview.ui.annotating import Annotate
from kidview.ui.drags import (
    Drag,
    Navigate,
    Paint,
    Pan,
    Region,
    Scribble,
    Sight,
    Window,
    Zoom,
    look_from,
    tool_of,
    triple,
)
from kidview.ui.jobs import Jobs
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.outlining import DrawOutline
from kidview.ui.turn_handles import handle_at
from kidview.ui.turning import TurnPlanes, check_straight

_BUTTON, _KEY = Qt.MouseButton, Qt.KeyboardModifier
_NOTCH = 120  # what Qt calls one click of a plain wheel; fine wheels send parts of it
_ZOOM_PER_NOTCH = 1.15
_RADIUS_PER_NOTCH = 1.1
_RADIUS_RANGE_MM = next(row.range for row in SETTINGS if row.id == "radius_mm")
_TURN_KEYS = _KEY.ControlModifier | _KEY.AltModifier
_KEYS = _KEY.ControlModifier | _KEY.ShiftModifier | _KEY.AltModifier

DRAGS: dict[str, dict[tuple[Qt.MouseButton, Qt.KeyboardModifier], type[Drag]]] = {
    "KidView": {
        (_BUTTON.RightButton, _KEY.NoModifier): Window,
        (_BUTTON.RightButton, _KEY.ShiftModifier): Region,
        (_BUTTON.MiddleButton, _KEY.NoModifier): Pan,
    },
    "ITK-SNAP": {
        (_BUTTON.RightButton, _KEY.NoModifier): Zoom,
        (_BUTTON.RightButton, _KEY.ControlModifier): Window,
        (_BUTTON.RightButton, _KEY.ShiftModifier): Region,
        (_BUTTON.MiddleButton, _KEY.NoModifier): Pan,
    },
}
"""What a button and a key do in each scheme; the left button has the active tool."""

NAVIGATING = ("navigate", "effect", "outline3d")
"""Gestures of tools that leave the left button on a slice to the crosshair."""

_PURPOSES = {
    "stroke": "paint on it",
    "seeds": "scribble on it",
    "annotate": "measure on it",
    "click": "use this tool on it",
    "refine": "use this tool on it",
}


@dataclass(frozen=True)
class Probe:
    """What is under the pointer.

    Parameters
    ----------
    point_ras : 3 floats
        mm, RAS+.
    index_zyx : 3 ints or None
        The voxel; None outside the scan.
    hu, label : int
        Of the voxel; 0 outside the scan.
    """

    point_ras: Triple
    index_zyx: Index | None = None
    hu: int = 0
    label: int = 0


def probe_at(session: Session, plan: SlicePlan, uv: tuple[float, float]) -> Probe:
    """What is at plane coordinates (u, v) mm of a slice or turned plane of the open scan."""
    assert session.volume is not None and session.labels is not None
    geometry = session.volume.geometry
    point = point_on(geometry, plan, *uv)
    if plan.frame is None:
        at_zyx = plane_to_index(geometry, plan.axis, plan.index, *uv)
    else:
        at_zyx = triple(geometry.ras_to_index(point))
    voxel = voxel_under(geometry, at_zyx)
    if voxel is None:
        return Probe(point)
    hu, label = int(session.volume.hu[voxel]), int(session.labels.array[voxel])
    return Probe(point, voxel, hu, label)


class Mouse:
    """The drag in hand and the wheel of one slice view.

    Parameters
    ----------
    sight : Sight
        The view.
    habits : MouseHabits
    jobs : Jobs
    """

    def __init__(self, sight: Sight, habits: MouseHabits, jobs: Jobs) -> None:
        self._sight, self._habits, self._jobs = sight, habits, jobs
        self._session = sight.session
        self._drag: Drag | None = None
        self._button = _BUTTON.NoButton
        self._turned = 0

    @property
    def is_dragging(self) -> bool:
        """Whether a button is held that does something."""
        return self._drag is not None

    @property
    def is_turning(self) -> bool:
        """Whether planes are being turned."""
        return isinstance(self._drag, TurnPlanes)

    def press(self, event: QMouseEvent) -> None:
        """Begin what the button stands for; other buttons wait until it is released."""
        if self._drag is not None or self._session.volume is None:
            return
        self._button = event.button()
        x, y = event.position().x(), event.position().y()
        self._try(lambda: self._begin(event.button(), event.modifiers() & _KEYS, x, y))

    def move(self, event: QMouseEvent) -> None:
        """Go on with the drag."""
        drag = self._drag
        if drag is not None:
            self._try(lambda: drag.move(event.position().x(), event.position().y()))

    def release(self, event: QMouseEvent) -> None:
        """End the drag when its own button comes up."""
        drag = self._drag
        if drag is not None and event.button() == self._button:
            self._drag = None
            self._try(lambda: drag.end(event.position().x(), event.position().y()), drag)

    def forget(self) -> None:
        """Another scan was opened under the drag: it has nothing left to end."""
        self._drag = None

    def wheel(self, event: QWheelEvent) -> None:
        """Slices; with Ctrl zoom, with Shift the brush."""
        if self._session.volume is None:
            return
        # Some systems turn the wheel sideways while Shift or Alt is held.
        delta = event.angleDelta().y() or event.angleDelta().x()
        keys = event.modifiers()
        if keys & _KEY.ControlModifier:
            x, y = event.position().x(), event.position().y()
            factor = _ZOOM_PER_NOTCH ** (delta / _NOTCH)
            look_from(self._sight, self._sight.projection.zoomed(factor, x, y))
            return
        notches = self._notches(delta)
        if not notches:
            return
        if keys & _KEY.ShiftModifier:
            low, high = _RADIUS_RANGE_MM
            radius = self._session.view.radius_mm * _RADIUS_PER_NOTCH**notches
            self._session.look(radius_mm=min(max(round(radius, 1), low), high))
        else:
            step_to(self._session, self._sight.axis, self._sight.plan.index + notches)

    def _notches(self, delta: int) -> int:
        """Whole notches turned so far; what is left waits for more."""
        if delta * self._turned < 0:
            self._turned = 0  # turned back: a rest of the other direction would feel like play
        self._turned += delta
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        return notches

    def _begin(self, button: Qt.MouseButton, keys: Qt.KeyboardModifier, x: float, y: float) -> None:
        if button == _BUTTON.LeftButton and self.turns_at(x, y, keys):
            self._drag = TurnPlanes(self._sight, x, y)
        elif button == _BUTTON.LeftButton:
            self._begin_left(bool(keys & _KEY.ControlModifier), x, y)
        else:
            kind = DRAGS[self._habits.scheme].get((button, keys))
            if kind is not None:
                self._drag = kind(self._sight, x, y)

    def turns_at(self, x: float, y: float, keys: Qt.KeyboardModifier = _KEY.NoModifier) -> bool:
        """Whether the left button turns planes: on a handle, or anywhere with Ctrl+Alt."""
        if self._habits.is_space_held:
            return False
        return keys == _TURN_KEYS or (
            not keys
            and tool_of(self._session.view.tool).gesture in NAVIGATING
            and handle_at(self._sight.plan, self._sight.projection, x, y) is not None
        )

    def _begin_left(self, is_inverted: bool, x: float, y: float) -> None:
        if self._habits.is_space_held:
            self._habits.use_space()
            self._drag = Pan(self._sight, x, y)
            return
        gesture = tool_of(self._session.view.tool).gesture
        if gesture not in NAVIGATING:
            check_straight(self._session, self._sight.axis, _PURPOSES.get(gesture, "draw on it"))
        if gesture == "stroke":
            self._drag = Paint(self._sight, x, y, is_inverted)
        elif gesture == "seeds":
            self._drag = Scribble(self._sight, x, y, is_inverted)
        elif gesture == "outline":
            self._drag = DrawOutline(self._sight, x, y)
        elif gesture == "annotate":
            self._drag = Annotate(self._sight, x, y)
        elif gesture in NAVIGATING:
            self._drag = Navigate(self._sight, x, y)
        else:
            self._click(gesture, is_inverted, x, y)

    def _click(self, gesture: str, is_inverted: bool, x: float, y: float) -> None:
        """A click of the active tool; inverted it erases."""
        uv = self._sight.projection.to_plane(x, y)
        probe = probe_at(self._session, self._sight.plan, uv)
        if probe.index_zyx is None:
            return
        label = 0 if is_inverted else self._session.view.label
        if gesture == "refine":
            self._sight.refine(probe.index_zyx, label)
        else:
            row = tool_of(self._session.view.tool)
            at = probe.index_zyx
            act(row, self._sight, self._jobs, at_zyx=at, axis=self._sight.axis, label=label)

    def _try(self, act: Callable[[], None], ending: Drag | None = None) -> None:
        """Run one step of a gesture; any exception takes back what the drag did."""
        try:
            act()
        except Exception as error:
            drag, self._drag = self._drag or ending, None
            if drag is not None:
                drag.cancel()
            else:
                self._session.abort_stroke()  # it failed before there was a drag to ask
            if not isinstance(error, KidViewError):
                raise
            self._sight.refuse(error)


def step_to(session: Session, axis: int, index: int) -> None:
    """Move the crosshair to a slice, as far as there are any."""
    assert session.volume is not None
    session.look(cursor_ras=step_along(session.volume.geometry, session.view, axis, index))
