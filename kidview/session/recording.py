"""Hears what happens to the open scan's labels and puts it into a journal, in other threads."""

from __future__ import annotations

import hashlib
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from kidview.cases import Case
from kidview.core.errors import KidViewError, WriteError
from kidview.core.labels import Snapshot
from kidview.core.volume import Volume
from kidview.edit import Step, Touched
from kidview.edit.journal import Record, effort_record, labels_record, step_record
from kidview.io import as_write_error
from kidview.session.about import About
from kidview.session.accepted import Accepted, accepted_record
from kidview.session.change import Change, What
from kidview.session.effort import Spent
from kidview.session.session import Session
from kidview.session.work_folder import (
    JOURNAL,
    ScanHeld,
    Unsaved,
    WorkFolder,
    write_labels_beside,
)

APPENDED_TO_LABELS = 200
"""So many records are appended between two copies of the whole labels."""

MOST_BYTES = 2**29
"""A journal that grew longer is begun anew with the steps that can still be undone."""

RETRY_S = 10.0
_FLUSH_S = 0.5
_HEARD = What.HISTORY | What.RECORD | What.PROPOSAL


class Line(Protocol):
    """Works done one after the other, in the order they were put, by somebody else."""

    def put(self, work: Callable[[], object]) -> None:
        """Add a work."""


@dataclass(frozen=True)
class Keeping:
    """How it stands with the journal of the open scan; the worker tells it.

    Parameters
    ----------
    folder : Path
        The working folder.
    error : WriteError or None
        Why strokes are not kept; `ScanHeld` when another window has the scan.
    unsaved : tuple of Unsaved
        Earlier work on this scan that nobody decided about.
    """

    folder: Path
    error: WriteError | None = None
    unsaved: tuple[Unsaved, ...] = ()


@dataclass(frozen=True, eq=False)
class _Start:
    """All there is when a journal begins."""

    about: About
    volume: Volume
    snapshot: Snapshot
    steps: tuple[Step, ...]
    count: int
    saved: int | None
    spent: Spent
    touched: tuple[tuple[Touched, ...], ...]
    accepted: Accepted | None

    def records(self) -> Iterator[Record]:
        """The journal's first records; slow."""
        first = self.about.first
        yield Record("about", self.about.fields())
        yield Record("scan", {"voxels": fingerprint(self.volume)})
        # The labels of now will do, for each step holds its box before and after it.
        yield labels_record(self.snapshot.labels().array)
        for number, step in enumerate(self.steps, first):
            yield step_record(number, step, self.touched[number])
        yield Record("at", {"number": self.count})
        yield Record("saved", {"number": self.saved})
        earlier = Touched.merged([one for step in self.touched[:first] for one in step])
        yield effort_record(
            self.spent.seconds,
            self.spent.operations,
            range(first + len(self.steps)),
            earlier[0] if earlier else None,
        )
        if self.accepted is not None:
            yield accepted_record(self.accepted)
        yield Record("begun")


@dataclass
class _Seen:
    """What the journal holds already, or will when the works put so far are done."""

    steps: tuple[Step, ...]
    dropped: int
    count: int
    state: object
    saved_state: object
    accepted: Accepted | None
    case: Case | None


class Recorder:
    """Keeps the labels of one Session against a crash.

    It only looks: after each Change it compares what there is with what it saw before, and
    puts the difference on a line. Nothing waits for the disk.

    Parameters
    ----------
    session : Session
    work : Path
        The folder of working folders.
    line : Line
        Writes the journal.
    slow_line : Line
        Writes copies of all labels, so that no stroke has to wait for them.
    told : callable
        Gets a `Keeping` from the line's thread whenever it became another one.
    """

    def __init__(
        self,
        session: Session,
        work: Path,
        line: Line,
        slow_line: Line,
        told: Callable[[Keeping], object],
    ) -> None:
        self._session, self._work = session, work
        self._line, self._slow_line, self._told = line, slow_line, told
        self._folder: WorkFolder | None = None
        self._path: Path | None = None
        self._seen: _Seen | None = None
        self._replaces: Path | None = None
        self._given_up: object = None
        self._appended = self._appended_to_labels = 0
        self._tried_s = self._flushed_s = 0.0
        session.changed.connect(self._on_change)

    def replace(self, path: Path) -> None:
        """The scan opened next goes on where this journal ends."""
        self._replaces = path

    @property
    def folder(self) -> Path | None:
        """The working folder of what is open."""
        return None if self._folder is None else self._folder.folder

    def retry(self) -> None:
        """Try again to keep what could not be kept."""
        if self._folder is not None:
            self._begin(self._folder)

    def give_up(self) -> None:
        """Somebody decided that the labels of now need not be kept."""
        self._given_up = self._session.history.state

    def close(self) -> None:
        """Let others have the scan; of labels that were saved or given up the journal goes, too."""
        folder, seen, self._folder = self._folder, self._seen, None
        if folder is None or seen is None:
            return
        if seen.state is seen.saved_state or seen.state is self._given_up:
            self._put(folder, folder.discard)
        self._put(folder, folder.leave)

    # -- news -----------------------------------------------------------------

    def _on_change(self, change: Change) -> None:
        if change.what & What.CASE:
            self._open()
        elif change.what & _HEARD and self._folder is not None:
            if self._session.is_painting:
                return  # its dabs are in the labels and in no step; what is new waits for its end
            if self._folder.folder != self._place():
                self._move()
            else:
                self._note(self._folder)

    def _open(self) -> None:
        self.close()
        place = self._place()
        replaces, self._replaces = self._replaces, None
        if place is not None:
            self._folder = WorkFolder(place)
            self._begin(self._folder, replaces)

    def _move(self) -> None:
        """The scan became a case, which other windows may open under that name."""
        place, old = self._place(), self._folder
        assert place is not None and old is not None
        self._folder = new = WorkFolder(place)
        self._begin(new)

        def leave() -> None:
            if new.error is None:
                old.discard()
            old.leave()

        self._put(old, leave)

    def _place(self) -> Path | None:
        """The working folder of what is open: one for a case, wherever its scan lies."""
        volume, case = self._session.volume, self._session.case
        if volume is None:
            return None
        source = volume.source
        if case is not None:
            words = [case.case_id, self._session.second_reader]
        elif source.format == "phantom":
            words = [source.title, str(os.getpid()), str(id(volume))]  # each window has its own
        else:
            shape = repr(volume.geometry.shape_zyx)
            words = [str(source.path.absolute()), source.title, shape]
        return self._work / hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]

    def _note(self, folder: WorkFolder) -> None:
        """Append what is new, or begin anew where that is better."""
        path = self._path
        assert path is not None
        is_broken = folder.error is not None and not isinstance(folder.error, ScanHeld)
        is_late = time.monotonic() - self._tried_s > RETRY_S
        if is_late and (is_broken or folder.size > MOST_BYTES):
            self._begin(folder)
            return
        for record in self._news():
            self._append(folder, record)
        if self._appended - self._appended_to_labels >= APPENDED_TO_LABELS:
            self._appended_to_labels = appended = self._appended
            assert self._session.labels is not None
            snapshot = self._session.labels.snapshot()
            self._slow_line.put(lambda: _keep_labels(path, snapshot, appended))

    def _news(self) -> list[Callable[[], Record]]:
        """What the session has and the journal has not; the line's thread makes the records."""
        session, seen, now = self._session, self._seen, self._look()
        assert seen is not None
        effort, count = session.effort, seen.count
        spent, news = effort.spent(0), list[Callable[[], Record]]()
        for number, step in _new_steps(seen, now):
            if number != count:
                news.append(partial(Record, "at", {"number": number}))
            count, touched = number + 1, effort.steps[number]
            all_spent = (spent.seconds, spent.operations)
            news.append(partial(step_record, number, step, touched, *all_spent))
        if now.count != count:
            news.append(partial(Record, "at", {"number": now.count}))
        if now.saved_state is not seen.saved_state:
            saved = session.history.count_in(now.saved_state)
            news.append(partial(Record, "saved", {"number": saved}))
        if now.case is not None and now.case is not seen.case:
            news.append(partial(Record, "case", {"revision": now.case.revision}))
            waiting = [n for n, touched in enumerate(effort.steps) if touched]
            news.append(partial(effort_record, spent.seconds, spent.operations, waiting, None))
        if now.accepted is not seen.accepted:
            news.append(partial(accepted_record, now.accepted))
        self._seen = now
        return news

    def _look(self) -> _Seen:
        session, history = self._session, self._session.history
        return _Seen(
            history.steps,
            history.dropped,
            history.count,
            history.state,
            session.saved_state,
            session.accepted,
            session.case,
        )

    # -- for the lines ----------------------------------------------------------

    def _begin(self, folder: WorkFolder, replaces: Path | None = None) -> None:
        """Have a journal begun with the state of now."""
        session, history, effort = self._session, self._session.history, self._session.effort
        assert session.volume is not None and session.labels is not None
        start = _Start(
            About.of(session.volume, session.case, session.second_reader, history.dropped),
            session.volume,
            session.labels.snapshot(),
            history.steps,
            history.count,
            history.count_in(session.saved_state),
            effort.spent(0),
            effort.steps,
            session.accepted,
        )
        self._seen, self._tried_s = self._look(), time.monotonic()
        self._appended = self._appended_to_labels = 0
        self._path = path = folder.folder / f"{time.time_ns()}{JOURNAL}"

        def begin() -> None:
            folder.begin(path, start.records(), replaces)
            self._told(Keeping(folder.folder, None, folder.others()))

        self._put(folder, begin)

    def _append(self, folder: WorkFolder, record: Callable[[], Record]) -> None:
        self._appended = number = self._appended + 1

        def append() -> None:
            folder.append(record())
            now = time.monotonic()  # flushed once for all that waits, but within the second
            if number == self._appended or now - self._flushed_s > _FLUSH_S:
                folder.flush()
                self._flushed_s = now

        self._put(folder, append)

    def _put(self, folder: WorkFolder, work: Callable[[], object]) -> None:
        def run() -> None:
            try:
                work()
            except (OSError, KidViewError) as error:
                folder.fail(_as_write_error(folder.folder, error))
                self._told(Keeping(folder.folder, folder.error))

        self._line.put(run)


def fingerprint(volume: Volume) -> int:
    """CRC-32 of a scan's voxels: tells whether a file still holds the scan it held."""
    return zlib.crc32(volume.hu.data)


def _new_steps(seen: _Seen, now: _Seen) -> list[tuple[int, Step]]:
    """Steps the journal has not, with their numbers."""
    start = len(now.steps)
    while start:
        place = now.dropped + start - 1 - seen.dropped
        if place < len(seen.steps) and seen.steps[place] is now.steps[start - 1]:
            break
        start -= 1
    return list(enumerate(now.steps[start:], now.dropped + start))


def _keep_labels(path: Path, snapshot: Snapshot, appended: int) -> None:
    with suppress(OSError, KidViewError):  # the journal tells what is wrong with the disk
        write_labels_beside(path, snapshot, appended)


def _as_write_error(folder: Path, error: Exception) -> WriteError:
    if isinstance(error, WriteError):
        return error
    if isinstance(error, OSError):
        return as_write_error(folder / "the journal", error)
    return WriteError(str(error), "save the labels elsewhere")
