"""What people did to the labels since a case took them over: voxels, time, tools."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kidview.core.types import Index, MaskArray
from kidview.edit import Touched

IDLE_S = 60.0
"""A longer pause between two edits is no editing."""


@dataclass(frozen=True)
class Spent:
    """What went into the labels of one moment; a worker may have it.

    Parameters
    ----------
    seconds : float
        From edit to edit, pauses over a minute left out.
    operations : dict
        How often each tool was used, strokes taken back included.
    touched : tuple of Touched
        Of the steps that are in effect.
    """

    seconds: float
    operations: Mapping[str, int]
    touched: tuple[Touched, ...]

    def painted(self, shape_zyx: Index) -> MaskArray:
        """(Z, Y, X) bool: voxels a person's tools reached."""
        painted = np.zeros(shape_zyx, bool)
        for one in self.touched:
            painted[one.box.slices] |= one.mask()
        return painted


class Effort:
    """Counts while a scan is open; steps are told by how many were in effect before them.

    Parameters
    ----------
    clock : callable
        Seconds.
    spent : Spent, optional
        What there was before, in an earlier run of the program.
    steps : sequence of tuples of Touched
        What each of the steps there were reached.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        spent: Spent | None = None,
        steps: Sequence[tuple[Touched, ...]] = (),
    ) -> None:
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0 if spent is None else spent.seconds
        self._operations: Counter[str] = Counter({} if spent is None else spent.operations)
        # (): not by hand, or in the case already
        self._steps: list[tuple[Touched, ...]] = list(steps)

    @property
    def steps(self) -> tuple[tuple[Touched, ...], ...]:
        """What each step reached, undone ones included; () for what no case waits for."""
        return tuple(self._steps)

    def notice(self) -> None:
        """Labels change just now."""
        now = self._clock()
        if now - self._last <= IDLE_S:
            self._seconds += now - self._last
        self._last = now

    def add(self, number: int, tool: str, touched: tuple[Touched, ...]) -> None:
        """A step was made when `number` of them were in effect; `tool` "" is nobody's hand."""
        del self._steps[number:]
        self._steps.append(touched if tool else ())
        if tool:
            self._operations[tool] += 1

    def spent(self, count: int) -> Spent:
        """All there is to keep when `count` steps are in effect."""
        touched = tuple(one for step in self._steps[:count] for one in step)
        return Spent(self._seconds, dict(self._operations), touched)

    def settle(self, spent: Spent) -> None:
        """A case holds this now; what came since is still to be kept."""
        kept = set(map(id, spent.touched))
        self._steps = [() if kept & set(map(id, step)) else step for step in self._steps]
        self._seconds = max(self._seconds - spent.seconds, 0.0)
        self._operations -= Counter(spent.operations)
