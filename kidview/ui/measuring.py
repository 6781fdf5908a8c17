"""Measures of the open scan's labels, kept up to date while somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QTimer

from kidview.core.answers import Answered
from kidview.core.errors import KidViewError
from kidview.core.event import Event
from kidview.core.labels import Snapshot
from kidview.core.task import Job, Task
from kidview.core.uncertainty import Uncertainty
from kidview.measure import CaseMeasures, Lesion
from kidview.measure.again import answer_again, finish, measure_again, nothing_yet
from kidview.session import Change, What
from kidview.ui.context import Context
from kidview.ui.telling import as_words

KEY = "measure"
REST_MS = 300
"""After the last edit."""
_MOST = 255.0  # a uint8 that stands for full doubt


@dataclass(frozen=True, eq=False)
class Found:
    """What a job found out.

    Parameters
    ----------
    measures : CaseMeasures
    doubts : mapping of float
        Percent, by the lesion's id; lesions the network was not asked about are left out.
    is_whole : bool
        False while slow measures are to come.
    answers : tuple of Answered
        What the reader had said when it was asked for.
    """

    measures: CaseMeasures
    doubts: Mapping[str, float]
    is_whole: bool
    answers: tuple[Answered, ...] = ()


class Measuring(QObject):
    """Keeps the measures; nothing is worked out while nobody wants them.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    measures : CaseMeasures or None
        Of the labels when the hand rested last; None while nothing was measured yet.
    doubts : mapping of float
        How unsure the network was in each lesion, percent, by its id.
    trouble : str
        Why there are no measures, in one sentence; "" where nothing went wrong.
    changed : Event of Measuring
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self._session = context, context.session
        self.measures: CaseMeasures | None = None
        self.doubts: Mapping[str, float] = {}
        self.trouble = ""
        self.changed: Event[Measuring] = Event()
        self._edits = 0  # counts what may change a number
        self._measured_at = -1
        self._has_slow = False
        self._answers: tuple[Answered, ...] = ()  # what `measures` know of
        self._unsure: Uncertainty | None = None
        self._wanted_by: set[QObject] = set()
        self._waiting: list[Callable[[CaseMeasures], None]] = []
        self._timer = QTimer(self, interval=REST_MS, singleShot=True)
        self._timer.timeout.connect(self._measure)
        self._session.changed.connect(self._on_change)

    @property
    def is_current(self) -> bool:
        """Whether `measures` are those of labels and answers of now; slow ones may be to come."""
        return self._is_of_labels and self._answers == self._session.marks.answers

    @property
    def _is_of_labels(self) -> bool:
        return self.measures is not None and self._measured_at == self._edits

    @property
    def is_whole(self) -> bool:
        """Whether all measures of the labels of now are known."""
        return self.is_current and self._has_slow

    def want(self, who: QObject, is_wanted: bool) -> None:
        """A widget that shows measures says whether it can be seen."""
        if is_wanted:
            self._wanted_by.add(who)
            if not self.is_whole:
                self._timer.start()
        else:
            self._wanted_by.discard(who)
            if not self._wanted_by:
                self._timer.stop()

    def when_current(self, then: Callable[[CaseMeasures], None]) -> None:
        """Hand all measures of now to a function: at once, or when jobs have found them."""
        if self.is_whole and self.measures is not None:
            then(self.measures)
            return
        self._waiting.append(then)
        self._timer.stop()
        self._measure(is_asked=True)

    # -- keeping up -------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        is_other = self._session.uncertainty is not self._unsure
        if change.what & What.CASE:
            self._timer.stop()
            self._context.jobs.cancel(KEY)
            self.measures, self.doubts, self.trouble = None, {}, ""
            self._edits += 1
            self._unsure = self._session.uncertainty
            self._waiting.clear()
            self.changed.emit(self)
            if self._wanted_by:
                self._timer.start()
        elif change.what & What.LABELS or is_other:
            self._edits += 1
            self._unsure = self._session.uncertainty
            if self._wanted_by:
                self._timer.start()
        elif change.what & What.MARKS and self._wanted_by:
            self._answer()

    def _answer(self) -> None:
        """Scores with the answers of now; a hand that waits for them does not rest first."""
        measures, answers = self.measures, self._session.marks.answers
        if measures is None or not self._is_of_labels or answers == self._answers:
            return  # a job that runs is looked at when it ends
        doubts, is_whole = self.doubts, self._has_slow
        self._start(lambda _task: Found(answer_again(measures, answers), doubts, is_whole, answers))

    def _measure(self, is_asked: bool = False) -> None:
        session = self._session
        volume, labels = session.volume, session.labels
        if volume is None or labels is None or not (self._wanted_by or is_asked):
            return
        old, unsure = self.measures or nothing_yet(volume.hu, volume.geometry), self._unsure
        self._start(worker(labels.snapshot(), old, unsure, session.marks.answers))

    def _start(self, work: Callable[[Task], Found]) -> None:
        """A job for the labels of now; the one before is of no use any more."""
        edits = self._edits

        def done(found: Found) -> None:
            self._measured_at, self._has_slow = edits, found.is_whole
            self._answers = found.answers
            self._take_in(found)

        self._context.jobs.start(
            Job("Measure the labels", KEY, work, done, self._fail, is_quiet=True)
        )

    def _take_in(self, found: Found) -> None:
        self.measures, self.doubts, self.trouble = found.measures, found.doubts, ""
        self.changed.emit(self)
        if self._is_of_labels and found.answers != self._session.marks.answers:
            self._answer()
            return
        if not found.is_whole:
            if self.is_current:
                self._start(
                    lambda task: Found(
                        finish(found.measures, task), found.doubts, True, found.answers
                    )
                )
            elif self._waiting:  # an edit came between; the timer runs only for who looks
                self._measure(is_asked=True)
            return
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then(found.measures)

    def _fail(self, error: Exception) -> None:
        """Say it in the panel; a fault of the program comes as a dialog, once a scan."""
        self._waiting.clear()
        is_first, self.measures, self.doubts = not self.trouble, None, {}
        if isinstance(error, KidViewError):
            self.trouble = as_words(error)
        else:
            self.trouble = "These labels could not be measured"
            if is_first:
                self._context.window.show_error(error)
        self.changed.emit(self)


def worker(
    snapshot: Snapshot,
    old: CaseMeasures,
    unsure: Uncertainty | None,
    answers: tuple[Answered, ...] = (),
) -> Callable[[Task], Found]:
    """What measures the labels of one moment, in a job; slow measures are left for another."""

    def work(task: Task) -> Found:
        labels = snapshot.labels().array
        task.check()
        measures = measure_again(old, labels, task, answers, with_slow=False)
        doubts = {
            one.id: percent
            for one in measures.case.anatomy.lesions
            if (percent := doubt_percent(one, unsure)) is not None
        }
        return Found(measures, doubts, is_whole=False, answers=answers)

    return work


def doubt_percent(lesion: Lesion, unsure: Uncertainty | None) -> float | None:
    """Mean doubt of a network in a lesion, percent; None where it was not asked.

    Voxels of the lesion outside the box the network looked at are left out.
    """
    if unsure is None:
        return None
    pairs = list(
        zip(lesion.box.start, lesion.box.stop, unsure.box.start, unsure.box.stop, strict=True)
    )
    start = [max(a, c) for a, _, c, _ in pairs]
    stop = [min(b, d) for _, b, _, d in pairs]
    if any(a >= b for a, b in zip(start, stop, strict=True)):
        return None

    def seen_from(origin: tuple[int, ...]) -> tuple[slice, ...]:
        return tuple(slice(a - o, b - o) for a, b, o in zip(start, stop, origin, strict=True))

    values = unsure.values[seen_from(unsure.box.start)][lesion.mask[seen_from(lesion.box.start)]]
    return 100.0 * float(np.mean(values)) / _MOST if values.size else None
