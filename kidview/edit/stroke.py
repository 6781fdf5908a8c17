"""A drag: many small edits, one undo step or none."""

from __future__ import annotations

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray
from kidview.edit.apply import apply_edit, merged, revert
from kidview.edit.delta import BoxDelta
from kidview.edit.guard import Guard
from kidview.edit.history import Step
from kidview.edit.touched import Touched
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
    keeps_touched : bool
        Remember every voxel the edits reach, for `touched`.
    """

    def __init__(
        self,
        title: str,
        labels: LabelMap,
        guard: Guard,
        hu: HUArray,
        *,
        keeps_touched: bool = False,
    ) -> None:
        self.title = title
        self._labels, self._guard, self._hu = labels, guard, hu
        self._deltas: list[BoxDelta] = []
        self._touched: list[Touched] = []
        self._keeps_touched = keeps_touched

    def add(self, edit: Edit) -> Box | None:
        """Write one more edit; returns the box that changed, None when nothing did."""
        if self._keeps_touched:
            self._note_touched(edit)
        delta = apply_edit(self._labels, edit, self._guard, self._hu)
        if delta is None:
            return None
        self._deltas.append(delta)
        return delta.box

    @property
    def touched(self) -> tuple[Touched, ...]:
        """What the guard let each edit reach, whatever label it had."""
        return tuple(self._touched)

    def _note_touched(self, edit: Edit) -> None:
        region = edit.box.slices
        old = self._labels.array[region]
        reached = edit.mask & self._guard.allowed(old, edit.label, self._hu[region])
        if reached.any():
            self._touched.append(Touched.of(edit.box, reached))

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
