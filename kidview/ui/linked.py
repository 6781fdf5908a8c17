"""Two windows on one patient at two times: a hand on one moves the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Triple
from kidview.follow import Overlay
from kidview.session import Change, Session, What
from kidview.session.planes import Rotation, Turn, frame_of
from kidview.session.view import ViewState

_SHARED = (
    "mm_per_pixel",
    "window_hu",
    "opacity",
    "is_outline",
    "is_smooth",
    "are_labels_hidden",
    "hidden",
    "has_crosshair",
    "slab",
    "maximised",
)
_PLACES = ("cursor_ras", "centre_ras")


class Linked:
    """Keeps two Sessions on the same place of the patient, at the same scale and window.

    A point is carried over by the kidney nearest to it. Only what changed in the one is changed
    in the other, so that nothing wanders by going to and fro.

    Parameters
    ----------
    then, now : Session
        The earlier and the later scan.
    over : Overlay

    Attributes
    ----------
    is_turned_along : bool
        The earlier scan is shown in the planes of the later one, whatever its slices.
    """

    def __init__(self, then: Session, now: Session, over: Overlay) -> None:
        self._then, self._now, self._over = then, now, over
        self._seen = {id(then): then.view, id(now): now.view}
        self._is_passing_on = False
        self.is_turned_along = False
        self._ends = (
            now.changed.connect(lambda change: self._pass_on(change, now, then, over.to_then)),
            then.changed.connect(lambda change: self._pass_on(change, then, now, over.to_now)),
        )
        self._show(now, then, now.view, over.to_then, (*_SHARED, *_PLACES))

    def turn_along(self, is_wanted: bool) -> None:
        """Show the earlier scan in the planes of the later one, or its own slices again."""
        self.is_turned_along = is_wanted
        self._then.look(turn=self._turn() if is_wanted else None)

    def _turn(self) -> Turn | None:
        """What turns the earlier scan's planes into those of the later one, as shown now."""
        then, now, view = self._then.volume, self._now.volume, self._now.view
        if then is None or now is None:
            return None
        motion = self._over.near_now(view.cursor_ras).matrix[:3, :3]
        own, others = _directions(then.geometry), _directions(now.geometry)
        turned = (view.turn or Turn()).rotations
        made = [motion.T @ np.array(turned[axis]) @ others.T @ own for axis in range(3)]
        first, second, third = (_rows(matrix) for matrix in made)
        return Turn((first, second, third))

    def end(self) -> None:
        """Let both go their own ways."""
        for disconnect in self._ends:
            disconnect()

    def _pass_on(
        self, change: Change, of: Session, to: Session, carry: Callable[[Triple], Triple]
    ) -> None:
        if self._is_passing_on or not change.what & What.VIEW or of.volume is None:
            return
        before, view = self._seen[id(of)], of.view
        if of is self._now and self.is_turned_along:
            self._is_passing_on = True
            self._then.look(turn=self._turn())
            self._is_passing_on = False
        changed = tuple(n for n in (*_SHARED, *_PLACES) if getattr(before, n) != getattr(view, n))
        self._show(of, to, view, carry, changed)

    def _show(
        self,
        of: Session,
        to: Session,
        view: ViewState,
        carry: Callable[[Triple], Triple],
        names: tuple[str, ...],
    ) -> None:
        changes: dict[str, Any] = {name: getattr(view, name) for name in names}
        for name in _PLACES:
            if name in changes:
                changes[name] = carry(changes[name])
        self._is_passing_on = True
        try:
            to.look(**changes)
        finally:
            self._is_passing_on = False
        self._seen = {id(of): of.view, id(to): to.view}


def _directions(geometry: Geometry) -> FloatArray:
    """(3, 3) rows z, y, x: unit RAS directions of a grid's axes."""
    return np.array([frame_of(geometry, None, axis).normal for axis in range(3)])


def _rows(matrix: FloatArray) -> Rotation:
    first, second, third = ((float(a), float(b), float(c)) for a, b, c in matrix)
    return first, second, third
