"""Slow work in threads: the only module that starts any."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from kidview.core.errors import KidViewError
from kidview.core.task import Done, Failed, Job, Outcome, Task, run_here

PROGRESS_MS = 100
FAREWELL_S = 10.0
_LOG = logging.getLogger(__name__)


@dataclass(eq=False)
class Running:
    """A job under way; its task tells how far it is."""

    job: Job[Any]
    task: Task = field(default_factory=Task)
    started_s: float = field(default_factory=time.monotonic)
    thread: threading.Thread | None = None

    @property
    def elapsed_s(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started_s

    @property
    def remaining_s(self) -> float | None:
        """Seconds to come, were it to go on as so far; None while nobody can tell."""
        fraction = self.task.fraction
        if fraction < 0.05 or self.elapsed_s < 1.0:
            return None
        return self.elapsed_s * (1.0 - fraction) / fraction


class Jobs(QObject):
    """Runs jobs, one thread each; results arrive on the GUI thread.

    A newer job with the key of a running one cancels it, and whatever the older still
    returns is dropped. Signals: `progressed` ten times a second while something runs and once
    when the list changes; `failed(Job, Exception)` for jobs without a `failed` of their own.
    """

    progressed = Signal()
    failed = Signal(object, object)
    _landed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Running] = []
        self._threads: list[threading.Thread] = []  # awaited at the end, cancelled ones too
        self._outcomes: queue.SimpleQueue[tuple[Running, Outcome[Any]]] = queue.SimpleQueue()
        self._landed.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self, interval=PROGRESS_MS)
        self._timer.timeout.connect(self.progressed)
        self._is_closed = False

    @property
    def running(self) -> tuple[Running, ...]:
        """Jobs whose result is still wanted, oldest first."""
        return tuple(self._running)

    def start(self, job: Job[Any]) -> Task:
        """Run a job in its own thread; returns its task."""
        self.cancel(job.key)
        running = Running(job)
        if self._is_closed:
            running.task.cancel()
            return running.task
        running.thread = threading.Thread(
            target=self._work, args=(running,), name=f"job {job.key}", daemon=True
        )
        self._threads = [t for t in self._threads if t.is_alive()]
        if not job.may_be_left:
            self._threads.append(running.thread)
        self._running.append(running)
        running.thread.start()
        self._timer.start()
        self.progressed.emit()
        return running.task

    def cancel(self, key: str) -> None:
        """Stop the job with this key, if one runs, and forget its result."""
        for running in [r for r in self._running if r.job.key == key]:
            running.task.cancel()
            self._running.remove(running)
            self._rest()

    def cancel_all(self) -> None:
        """Stop every job."""
        for running in self.running:
            self.cancel(running.job.key)

    def is_running(self, key: str) -> bool:
        """Whether a job with this key is under way."""
        return any(running.job.key == key for running in self._running)

    def wait_all(self, timeout_s: float = 30.0) -> None:
        """Block until nothing runs and all results are delivered; for tests and farewells.

        Raises
        ------
        TimeoutError
            Something still runs after `timeout_s`.
        """
        deadline = time.monotonic() + timeout_s
        while self._running:
            thread = self._running[0].thread
            assert thread is not None
            thread.join(max(deadline - time.monotonic(), 0.0))
            if thread.is_alive():
                raise TimeoutError(f"job '{self._running[0].job.title}' still runs")
            self._deliver()

    def close(self) -> None:
        """Cancel everything, wait for those that may not be left; deliver no more results."""
        self._is_closed = True
        self.cancel_all()
        deadline = time.monotonic() + FAREWELL_S
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0.0))

    def _work(self, running: Running) -> None:
        """In the worker: run, hand the outcome over, wake the GUI thread."""
        outcome = run_here(running.job.work, running.task)
        self._outcomes.put((running, outcome))
        if not self._is_closed:
            self._landed.emit()

    @Slot()
    def _deliver(self) -> None:
        while not self._outcomes.empty():
            running, outcome = self._outcomes.get()
            if running not in self._running:
                continue  # cancelled or replaced: nobody waits for it
            self._running.remove(running)
            self._rest()
            if isinstance(outcome, Done):
                try:
                    running.job.done(outcome.value)
                except KidViewError as error:  # the value is good, but nobody can take it
                    self._fail(running.job, error)
            elif isinstance(outcome, Failed):
                self._fail(running.job, outcome.error)

    def _fail(self, job: Job[Any], error: Exception) -> None:
        if job.failed is not None:
            job.failed(error)
        else:
            self.failed.emit(job, error)

    def _rest(self) -> None:
        if not self._running:
            self._timer.stop()
        self.progressed.emit()


class Line:
    """Small works in a thread of their own, one after the other in the order they were put.

    For what must neither be cancelled nor overtaken, such as a journal's records. A work takes
    care of its own errors; what it still raises is logged, and the next one follows.

    Parameters
    ----------
    name : str
        Of the thread, which starts with the first work.
    """

    def __init__(self, name: str) -> None:
        self._works: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"line {name}", daemon=True)

    def put(self, work: Callable[[], object]) -> None:
        """Add a work; returns at once."""
        self._works.put(work)
        if self._thread.ident is None:
            self._thread.start()

    def close(self) -> None:
        """Wait until all works are done, but not for ever; none is taken after that."""
        self._works.put(None)
        if self._thread.ident is not None:
            self._thread.join(FAREWELL_S)

    def _run(self) -> None:
        while (work := self._works.get()) is not None:
            try:
                work()
            except Exception as error:  # the border: a fault must not end the line
                _LOG.error("fault in %s", self._thread.name, exc_info=error)
            del work  # what it holds may be large
