"""Voxels of each label, counted in a job and kept up to date slice by slice."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, QTimer, Signal

from kidview.core.labels import LABELS
from kidview.core.task import Job, Task
from kidview.core.types import LabelArray
from kidview.session import Change, Session, What
from kidview.ui.jobs import Jobs

_REST_MS = 150
_KEY = "label volumes"
_Slices = tuple[int, int]


class LabelVolumes(QObject):
    """mL of every label; `changed` when a count arrives.

    Only slices an edit touched are counted again, after the hand rests, on a copy.
    """

    changed = Signal()

    def __init__(self, session: Session, jobs: Jobs) -> None:
        super().__init__()
        self._session, self._jobs = session, jobs
        self._counts: npt.NDArray[np.int64] | None = None  # (Z, labels)
        self._stale: _Slices | None = None  # changed since the last count began
        self._counting: _Slices | None = None
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._count)
        session.changed.connect(self._on_change)

    def volume_ml(self, label: int) -> float | None:
        """mL of a label; None while it was not counted yet."""
        volume = self._session.volume
        if volume is None or self._counts is None:
            return None
        column = [row.id for row in LABELS].index(label)
        return float(self._counts[:, column].sum()) * volume.geometry.voxel_ml

    def _on_change(self, change: Change) -> None:
        labels = self._session.labels
        if change.what & What.CASE:
            self._counts, self._stale, self._counting = None, None, None
            self._jobs.cancel(_KEY)
        if labels is None or not change.what & (What.LABELS | What.CASE):
            return
        touched = (0, labels.array.shape[0])
        if change.box is not None and self._counts is not None:
            touched = (change.box.start[0], change.box.stop[0])
        self._stale = _union(touched, self._stale)
        self._timer.start()

    def _count(self) -> None:
        labels, stale = self._session.labels, self._stale
        if labels is None or stale is None:
            return
        # A count still under way is replaced by this one, which takes its slices over.
        start, stop = self._counting = _union(stale, self._counting)
        self._stale = None
        slab = labels.array[start:stop].copy()

        def done(counts: npt.NDArray[np.int64]) -> None:
            if self._counts is None:
                self._counts = np.zeros((labels.array.shape[0], len(LABELS)), np.int64)
            self._counts[start:stop] = counts
            self._counting = None
            self.changed.emit()

        self._jobs.start(Job("Count voxels", _KEY, lambda task: count(slab, task), done))


def _union(one: _Slices, other: _Slices | None) -> _Slices:
    return one if other is None else (min(one[0], other[0]), max(one[1], other[1]))


def count(slab: LabelArray, task: Task) -> npt.NDArray[np.int64]:
    """(Z, labels) voxels of each label in each slice of a (Z, Y, X) slab."""
    counts = np.zeros((len(slab), len(LABELS)), np.int64)
    for z, plane in enumerate(slab):
        task.check()
        counts[z] = [np.count_nonzero(plane == row.id) for row in LABELS]
    return counts
