"""Undo and redo within a budget of bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.edit.apply import repeat, revert
from kidview.edit.delta import BoxDelta

BUDGET_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Step:
    """What one undo takes back.

    Parameters
    ----------
    title : str
        As the menu shows it: "Brush, tumour".
    deltas : tuple of BoxDelta
        In the order they were written; at least one.
    """

    title: str
    deltas: tuple[BoxDelta, ...]

    @property
    def nbytes(self) -> int:
        """Memory the step takes."""
        return sum(delta.nbytes for delta in self.deltas)

    @cached_property
    def gained(self) -> dict[int, int]:
        """Voxels each label gained (or lost, negative); labels that kept their number left out."""
        change = np.zeros(256, np.int64)
        for delta in self.deltas:
            change += np.bincount(delta.after().ravel(), minlength=256)
            change -= np.bincount(delta.before().ravel(), minlength=256)
        return {int(label): int(change[label]) for label in np.flatnonzero(change)}


class History:
    """Steps done and undone.

    Parameters
    ----------
    budget : int
        Bytes of deltas kept; the oldest steps are dropped beyond it, never the newest.
    """

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._budget = budget
        self._steps: list[Step] = []
        self._base: object = object()
        self._position = 0
        self._bytes = 0
        self.dropped = 0

    @classmethod
    def of(
        cls, steps: Sequence[Step], count: int, dropped: int = 0, budget: int = BUDGET_BYTES
    ) -> History:
        """A history found again: `dropped` steps are too old for it, `count` are in effect."""
        made = cls(budget)
        made._steps, made._bytes = list(steps), sum(step.nbytes for step in steps)
        made.dropped, made._position = dropped, count - dropped
        while made._bytes > budget and made._position > 1:
            made._drop_oldest()
        return made

    @property
    def steps(self) -> tuple[Step, ...]:
        """All kept steps, oldest first, undone ones included."""
        return tuple(self._steps)

    @property
    def titles(self) -> tuple[str, ...]:
        """Titles of all kept steps, oldest first, undone ones included."""
        return tuple(step.title for step in self._steps)

    @property
    def position(self) -> int:
        """How many of the kept steps are in effect."""
        return self._position

    @property
    def count(self) -> int:
        """How many steps are in effect, dropped ones included."""
        return self.dropped + self._position

    @property
    def state(self) -> object:
        """Identifies the state of the labels: equal objects mean equal labels."""
        return self._steps[self._position - 1] if self._position else self._base

    def state_of(self, count: int | None) -> object:
        """The `state` in which `count` steps are in effect; None stands for one gone for ever."""
        if count is None or not self.dropped <= count <= self.dropped + len(self._steps):
            return object()
        return self._steps[count - self.dropped - 1] if count > self.dropped else self._base

    def count_in(self, state: object) -> int | None:
        """How many steps are in effect in a `state`; None when it cannot come back."""
        if state is self._base:
            return self.dropped
        for number, step in enumerate(self._steps, self.dropped + 1):
            if step is state:
                return number
        return None

    @property
    def nbytes(self) -> int:
        """Memory of all kept steps."""
        return self._bytes

    @property
    def undo_title(self) -> str | None:
        """What `undo` would take back."""
        return self._steps[self._position - 1].title if self._position else None

    @property
    def last(self) -> Step | None:
        """The step `undo` would take back."""
        return self._steps[self._position - 1] if self._position else None

    @property
    def redo_title(self) -> str | None:
        """What `redo` would do again."""
        return self._steps[self._position].title if self._position < len(self._steps) else None

    def push(self, step: Step) -> None:
        """Keep a step just done; undone steps are forgotten."""
        self._bytes += step.nbytes - sum(gone.nbytes for gone in self._steps[self._position :])
        del self._steps[self._position :]
        self._steps.append(step)
        self._position = len(self._steps)
        while self._bytes > self._budget and len(self._steps) > 1:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        self._base = gone = self._steps.pop(0)
        self._bytes -= gone.nbytes
        self._position -= 1
        self.dropped += 1

    def undo(self, labels: LabelMap) -> Box | None:
        """Take the last step back; returns the box touched, None when there is none."""
        if self._position == 0:
            return None
        self._position -= 1
        return revert(labels, self._steps[self._position].deltas)

    def redo(self, labels: LabelMap) -> Box | None:
        """Do the next undone step again; returns the box touched, None when there is none."""
        if self._position == len(self._steps):
            return None
        self._position += 1
        return repeat(labels, self._steps[self._position - 1].deltas)
