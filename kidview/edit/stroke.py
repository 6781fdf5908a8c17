"""A drag: many small edits, one undo step or none."""

from __future__ import annotations

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit.apply import apply_edit, merged, revert
from kidview.edit.delta import BoxDelta
from kidview.edit.guard import Guard
from kidview.edit.history import Step
from kidview.edit.types import Edit


class Stroke:
    """Edits of one drag; ended by `commit` or `abort`, whichever comes first.

    Parameters
    ----------
    title : str
        Name of the undo step.
    labels : LabelMap
        Changed in place by `add`.
    guard : Guard
    hu : (Z, Y, X) int16
    """

    def __init__(self, title: str, labels: LabelMap, guard: Guard, hu: HUArray) -> None:
        self.title = title
        self._labels, self._guard, self._hu = labels, guard, hu
        self._deltas: list[BoxDelta] = []

    def add(self, edit: Edit) -> Box | None:
        """Write one more edit; returns the box that changed, None when nothing did."""
        delta = apply_edit(self._labels, edit, self._guard, self._hu)
        if delta is None:
            return None
        self._deltas.append(delta)
        return delta.box

    def commit(self) -> Step | None:
        """The whole drag as one step; None when nothing changed."""
        if not self._deltas:
            return None
        deltas = (
            (self._deltas[0],) if len(self._deltas) == 1 else (merged(self._labels, self._deltas),)
        )
        self._deltas = []
        return Step(self.title, deltas)

    def abort(self) -> Box | None:
        """Take everything back; returns the box touched."""
        if not self._deltas:
            return None
        box = revert(self._labels, self._deltas)
        self._deltas = []
        return box
