"""Turning the planes about the crosshair by hand, and what they forbid while they are turned."""

from __future__ import annotations

import math

from kidview.core.errors import EditRefused
from kidview.session import IN_PLANE, PLANES, Session, turned
from kidview.ui.drags import Drag, Sight

STRAIGHTEN_KEY, CLOCKWISE_KEY, BACK_KEY = "Alt+R", "Alt+Right", "Alt+Left"
STEP_DEGREES = 5.0
_DECIMALS = 1  # of the degrees a hand turns by


class TurnPlanes(Drag):
    """The lines of the crosshair follow the pointer round: the two other planes turn.

    Raises
    ------
    EditRefused
        Something drawn on a slice of the grid is not finished.
    """

    def __init__(self, sight: Sight, x: float, y: float) -> None:
        super().__init__(sight, x, y)
        check_turnable(self.session)
        self._from = self.session.view.turn
        self._angle = self._degrees(x, y)

    def move(self, x: float, y: float) -> None:
        """Turn by the way round the crosshair since the start."""
        way = (self._degrees(x, y) - self._angle + 180.0) % 360.0 - 180.0
        by = round(way, _DECIMALS)
        turn = turned(self.geometry, self._from, self.sight.axis, by) if by else self._from
        self.session.look(turn=turn)
        self.sight.say(told(self.sight.axis, by))

    def cancel(self) -> None:
        """Turn back."""
        self.session.look(turn=self._from)

    def _degrees(self, x: float, y: float) -> float:
        """Of the pointer, seen from the crosshair; clockwise grows."""
        cursor_x, cursor_y = self.sight.projection.to_pixels(*self.sight.plan.cursor_uv)
        return math.degrees(math.atan2(y - cursor_y, x - cursor_x))


def turn_by(session: Session, axis: int, degrees: float) -> str:
    """Turn the two other planes about the normal of plane `axis`; returns what was done.

    Raises
    ------
    EditRefused
        Something drawn on a slice of the grid is not finished.
    """
    check_turnable(session)
    assert session.volume is not None
    session.look(turn=turned(session.volume.geometry, session.view.turn, axis, degrees))
    return told(axis, degrees)


def straighten(session: Session) -> None:
    """Show the planes of the grid again, through the voxel nearest to the crosshair."""
    if session.volume is not None and session.view.turn is not None:
        geometry = session.volume.geometry
        at = geometry.index_to_ras(geometry.nearest_index(session.view.cursor_ras))
        x, y, z = (float(value) for value in at)
        session.look(turn=None, cursor_ras=(x, y, z))


def told(axis: int, degrees: float) -> str:
    """ "Coronal and sagittal plane turned 12° clockwise"."""
    first, second = (PLANES[other] for other in IN_PLANE[axis])
    way = "clockwise" if degrees >= 0 else "anticlockwise"
    return f"{first.capitalize()} and {second} plane turned {abs(degrees):.0f}° {way}"


def check_turnable(session: Session) -> None:
    """Raise EditRefused while something is being drawn on a slice of the grid."""
    if session.is_painting:
        raise EditRefused("a stroke is being painted", "release the mouse button, then turn")
    if session.outline is not None:
        raise EditRefused(
            f"an outline waits on {PLANES[session.outline.axis]} slice {session.outline.index + 1}",
            "close it with [segment.accept] or drop it with [segment.discard], then turn",
        )


def check_straight(session: Session, axis: int, purpose: str = "draw on it") -> None:
    """Raise EditRefused where plane `axis` is turned: what is done on it needs the grid's."""
    if session.view.is_turned(axis):
        raise EditRefused(
            f"the {PLANES[axis]} plane is turned",
            f"straighten the planes with [oblique.straight] to {purpose}",
        )
