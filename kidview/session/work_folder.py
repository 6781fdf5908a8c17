"""The folder where the strokes on one scan are kept: its lock, its journal, what is left of others.

```
DATA/work/USER/          lock.sqlite: held while folders come and go
  KEY/                   one for each scan
    lock.sqlite          held by the window that may change the labels
    holder.json          which window that is
    TIME.journal         see `edit.journal`; appended to and never changed
    TIME.labels          the labels after some of its records, so that replay is short
    TIME.damaged         an end that was cut off
```
"""

from __future__ import annotations

import getpass
import json
import os
import shutil
import socket
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from kidview.cases import locked, user_store
from kidview.core.errors import BrokenFile, KidViewError, WriteError
from kidview.core.labels import Snapshot
from kidview.edit.journal import MAGIC, Record, Replay, labels_record, read_records
from kidview.io import flush_folder
from kidview.session.about import About

JOURNAL, LABELS, DAMAGED = ".journal", ".labels", ".damaged"
HOLDER_FILE, LOCK_FILE = "holder.json", "lock.sqlite"
_WAIT_S = 10.0
_WRITE = os.O_WRONLY | getattr(os, "O_BINARY", 0)  # Windows would change line ends


class ScanHeld(WriteError):
    """Another window may change this scan's labels."""


def user_work() -> Path:
    """Where the user's working folders lie, beside the case store."""
    return user_store().parent / "work" / getpass.getuser()


class WorkFolder:
    """The working folder of the open scan; used by one thread.

    Parameters
    ----------
    folder : Path
        Made by `begin`.

    Attributes
    ----------
    size : int
        Bytes of the journal.
    error : WriteError or None
        Why nothing is appended; other threads may read both.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.size = 0
        self.error: WriteError | None = None
        self._path: Path | None = None
        self._file: int | None = None
        self._lock: ExitStack | None = None
        self._is_flushed = True

    def begin(self, path: Path, records: Iterable[Record], replaces: Path | None = None) -> None:
        """Start a journal that is there whole or not at all.

        Parameters
        ----------
        path : Path
            In this folder.
        records : Records
            The state from which it goes on.
        replaces : Path, optional
            A journal that is removed once this one is there, as is the one begun before.

        Raises
        ------
        ScanHeld
            Another window has the scan.
        WriteError, OSError
        """
        self._hold()
        self._close_file()
        self.size = _write(path, chain((MAGIC,), (record.pack() for record in records)))
        self._file = os.open(path, os.O_APPEND | _WRITE)
        old, self._path, self.error = self._path, path, None
        for gone in (old, replaces):
            if gone is not None:
                with suppress(OSError):
                    os.replace(gone.with_suffix(DAMAGED), path.with_suffix(DAMAGED))
                remove(gone)

    def append(self, record: Record) -> None:
        """Add a record; it survives the end of the program, and after `flush` a power cut."""
        if self._file is None:
            return
        if os.fstat(self._file).st_nlink == 0:
            raise WriteError("the folder of the journal was removed", "save the labels elsewhere")
        data, done = record.pack(), 0
        try:
            while done < len(data):
                done += os.write(self._file, data[done:])
        except OSError:
            with suppress(OSError):  # else the next start cuts it
                os.ftruncate(self._file, self.size)
            raise
        self.size += len(data)
        self._is_flushed = False

    def flush(self) -> None:
        """Bring all that was appended to the disk."""
        if self._file is not None and not self._is_flushed:
            os.fsync(self._file)
            self._is_flushed = True

    def fail(self, error: WriteError) -> None:
        """Append no more, until another `begin`; what was written stays."""
        self.error = error
        self._close_file()

    def others(self) -> tuple[Unsaved, ...]:
        """Journals that ended without a decision about them."""
        return _unsaved_in(self.folder, self._path)

    def discard(self) -> None:
        """Remove the journal: its labels are saved, or were given up."""
        self._close_file()
        if self._path is not None:
            remove(self._path)
            self._path = None

    def leave(self) -> None:
        """Let others have the scan."""
        self._close_file()
        lock, self._lock = self._lock, None
        if lock is None:
            return
        with ExitStack() as stack:
            with suppress(KidViewError):
                stack.enter_context(locked(self.folder.parent, wait_s=_WAIT_S))
            lock.close()
            _sweep(self.folder)

    def _hold(self) -> None:
        """Take the lock, unless it is held and still means something."""
        if self._lock is not None and (self.folder / LOCK_FILE).exists():
            return
        self.leave()
        self.folder.parent.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_folder(self.folder.parent)
        with ExitStack() as stack, locked(self.folder.parent, wait_s=_WAIT_S):
            _make_folder(self.folder)
            stack.enter_context(locked(self.folder, wait_s=0.0, busy=_held_by(self.folder)))
            self._lock = stack.pop_all()
        holder = {"user": getpass.getuser(), "host": socket.gethostname(), "process": os.getpid()}
        _write(self.folder / HOLDER_FILE, (json.dumps(holder).encode(),))

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def write_labels_beside(path: Path, snapshot: Snapshot, appended: int) -> None:
    """Keep the labels of a moment with their journal, so that replay need not start at its start.

    Parameters
    ----------
    path : Path
        Of the journal; nothing is written where there is none any more.
    snapshot : Snapshot
    appended : int
        How many records were appended before the moment.
    """
    if path.exists():
        record = labels_record(snapshot.labels().array, appended=appended)
        with suppress(FileNotFoundError):  # the folder goes away just now
            _write(path.with_suffix(LABELS), (MAGIC, record.pack()))


def read_labels_beside(path: Path) -> Record | None:
    """What `write_labels_beside` wrote; None where there is nothing whole."""
    try:
        return next((record for record, _ in read_records(path.with_suffix(LABELS))), None)
    except BrokenFile:
        return None


def remove(path: Path) -> None:
    """Remove a journal and what belongs to it."""
    for suffix in (JOURNAL, LABELS, DAMAGED):
        path.with_suffix(suffix).unlink(missing_ok=True)


def cut_tail(path: Path, good: int) -> int:
    """Move what follows the last good record aside; returns how many bytes those are."""
    with path.open("r+b") as stream:
        stream.seek(good)
        tail = stream.read()
        if tail:
            _write(path.with_suffix(DAMAGED), (tail,))
            stream.truncate(good)
            os.fsync(stream.fileno())
    return len(tail)


# -- what was left behind --------------------------------------------------------


@dataclass(frozen=True)
class Unsaved:
    """Work that a program left behind which did not end by itself.

    Parameters
    ----------
    path : Path
        The journal.
    about : About or None
        None when even that cannot be read.
    changed : float
        Seconds since 1970.
    steps : int
        Strokes and other steps, undone ones included.
    last : str
        Title of the last step in effect; "" for none.
    """

    path: Path
    about: About | None
    changed: float
    steps: int = 0
    last: str = ""

    @property
    def name(self) -> str:
        """As the window called it."""
        return "a scan" if self.about is None else self.about.name


def find_unsaved(work: Path) -> tuple[Unsaved, ...]:
    """All work left behind, newest first; what was saved, and empty folders, are removed.

    Raises
    ------
    WriteError
        The folder cannot be locked.
    """
    found: list[Unsaved] = []
    for folder in sorted(work.iterdir()) if work.is_dir() else ():
        if not folder.is_dir():
            continue
        with locked(work, wait_s=_WAIT_S):
            try:
                with locked(folder, wait_s=0.0, busy=_held_by(folder)):
                    here = _unsaved_in(folder, None)
            except ScanHeld:
                continue  # a window lives there
            found += here
            _sweep(folder)
    return tuple(sorted(found, key=lambda one: one.changed, reverse=True))


def _unsaved_in(folder: Path, but: Path | None) -> tuple[Unsaved, ...]:
    found = []
    for path in sorted(folder.glob(f"*{JOURNAL}")):
        if path != but:
            one = _summary(path)
            if one is None:
                remove(path)
            else:
                found.append(one)
    return tuple(reversed(found))


def _summary(path: Path) -> Unsaved | None:
    """What a journal holds; None for nothing that is not saved."""
    changed, about, replay = path.stat().st_mtime, None, Replay()
    with suppress(BrokenFile):
        for record, _ in read_records(path):
            if about is None:
                about = About.from_fields(record.fields)
                replay = Replay(about.first)
            else:
                replay.take(record)
    if about is not None and not replay.is_dirty:
        return None
    in_effect = replay.steps[: replay.count - replay.first]
    last = in_effect[-1].title if in_effect else ""
    return Unsaved(path, about, changed, replay.first + len(replay.steps), last)


# -- files ----------------------------------------------------------------------


def _held_by(folder: Path) -> ScanHeld:
    """Who has it, as far as that can be told."""
    try:
        row = json.loads((folder / HOLDER_FILE).read_text())
        who = f" ({row['user']} on {row['host']}, process {row['process']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = ""
    return ScanHeld(f"it is open in another window{who}", "close that one, then try again")


def _make_folder(folder: Path) -> None:
    """A folder of the user's alone, with its lock."""
    folder.mkdir(mode=0o700, exist_ok=True)
    os.close(os.open(folder / LOCK_FILE, os.O_CREAT | os.O_RDWR, 0o600))


def _sweep(folder: Path) -> None:
    """Remove a folder without journals."""
    if not any(folder.glob(f"*{JOURNAL}")):
        shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, parts: Iterable[bytes]) -> int:
    """Write a file beside `path`, flush it and move it into place; returns its size."""
    beside = path.with_name(f"{path.name}.new")
    size = 0
    try:
        number = os.open(beside, os.O_CREAT | os.O_TRUNC | _WRITE, 0o600)
        with os.fdopen(number, "wb") as stream:
            for part in parts:
                size += stream.write(part)
            stream.flush()
            os.fsync(number)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(path.parent)
    return size
