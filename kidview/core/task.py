"""Slow work as values: a Job is described here, run in `ui.jobs` or on the command line."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class Cancelled(Exception):
    """Raised inside a job's work after somebody asked it to stop."""


class Task:
    """What running work sees: a way to report progress and to notice a cancel.

    `report` is called in the worker; `cancel`, `fraction` and `note` by anybody. Plain
    attributes written by one thread and read by others need no lock in CPython.
    """

    def __init__(self) -> None:
        self.fraction = 0.0
        self.note = ""
        self._stop = threading.Event()
        self._on_cancel: Callable[[], None] | None = None

    def report(self, fraction: float, note: str = "") -> None:
        """Say how far the work is (0..1); raises `Cancelled` after a cancel."""
        self.fraction, self.note = fraction, note or self.note
        self.check()

    def check(self) -> None:
        """Raise `Cancelled` if the work shall stop."""
        if self._stop.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop; returns at once."""
        self._stop.set()
        if self._on_cancel is not None:
            self._on_cancel()

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked the work to stop."""
        return self._stop.is_set()

    def on_cancel(self, interrupt: Callable[[], None] | None) -> None:
        """Set what `cancel` also does, such as ending a running onnxruntime call."""
        self._on_cancel = interrupt
        if interrupt is not None and self._stop.is_set():
            interrupt()

    def part(self, start: float, stop: float) -> Task:
        """A task whose 0..1 is `start`..`stop` of this one; cancels with it."""
        return _Part(self, start, stop)


class _Part(Task):
    """A share of another task's progress."""

    def __init__(self, whole: Task, start: float, stop: float) -> None:
        super().__init__()
        self._whole, self._start, self._width = whole, start, stop - start

    def report(self, fraction: float, note: str = "") -> None:
        self._whole.report(self._start + self._width * fraction, note)

    def check(self) -> None:
        self._whole.check()

    def cancel(self) -> None:
        self._whole.cancel()

    @property
    def is_cancelled(self) -> bool:
        return self._whole.is_cancelled

    def on_cancel(self, interrupt: Callable[[], None] | None) -> None:
        self._whole.on_cancel(interrupt)


@dataclass(frozen=True)
class Done(Generic[T]):
    """The work returned `value`."""

    value: T


@dataclass(frozen=True)
class Failed:
    """The work raised `error`."""

    error: Exception


@dataclass(frozen=True)
class Stopped:
    """The work was cancelled."""


Outcome = Done[T] | Failed | Stopped


@dataclass(frozen=True)
class Job(Generic[T]):
    """Slow work and what to do with its value.

    Parameters
    ----------
    title : str
        Shown beside the progress line, such as "Segment kidneys".
    key : str
        A new job with the same key cancels the older one.
    work : callable
        Runs in a worker with a `Task`; gets values, never widgets or the Session.
    done : callable
        Runs on the GUI thread with the work's value.
    failed : callable, optional
        Runs on the GUI thread instead of the window's error bar.
    is_quiet : bool
        Nobody waits for it: no progress line.
    may_be_left : bool
        The window closes without waiting for its end: cancelled, it leaves nothing half done.
    """

    title: str
    key: str
    work: Callable[[Task], T]
    done: Callable[[T], None]
    failed: Callable[[Exception], None] | None = None
    is_quiet: bool = False
    may_be_left: bool = False


def run_here(work: Callable[[Task], T], task: Task | None = None) -> Outcome[T]:
    """Run work in this thread; errors come back as values."""
    try:
        return Done(work(task or Task()))
    except Cancelled:
        return Stopped()
    except Exception as error:  # the border: whatever work raises becomes a value
        return Failed(error)
