"""Measurements, answers and bookmarks: into their case's folder by themselves, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from kidview.cases import CaseStore, Marks, read_marks, write_marks
from kidview.core.errors import KidViewError
from kidview.core.volume import Volume
from kidview.session import Change, Session, What
from kidview.ui.context import Context
from kidview.ui.jobs import Line

_REST_MS = 300


class KeepMarks(QObject):
    """Reads the marks of a case that is opened, and writes what changes of them.

    They are written as soon as the hand rests, apart from the labels: marks are no part of
    what is corrected. A scan that is no case has its marks as long as it is open, and so has a
    second reading, whose reader must not see what others measured.

    Parameters
    ----------
    context : Context
    store : CaseStore
    """

    _arrived = Signal(object, object)
    _failed = Signal(object)

    def __init__(self, context: Context, store: CaseStore) -> None:
        super().__init__(context.window)
        self._context, self._store = context, store
        self._line = Line("marks")
        self._kept = Marks()
        self._case_id = ""
        self._waiting: tuple[Path, Marks] | None = None
        self._has_told = False  # once a scan
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self.flush)
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._failed.connect(context.window.show_error, Qt.ConnectionType.QueuedConnection)
        context.session.changed.connect(self._on_change)

    @property
    def _session(self) -> Session:
        return self._context.session

    def flush(self) -> None:
        """Write what waits."""
        self._timer.stop()
        if self._waiting is not None:
            folder, marks = self._waiting
            self._waiting = None
            self._line.put(lambda: self._write(folder, marks))

    def close(self) -> None:
        """The window closes; waits until all is on the disk."""
        self.flush()
        self._line.close()

    def _on_change(self, change: Change) -> None:
        if change.what & What.CASE:
            self._open()
        elif change.what & What.RECORD and self._case_id != self._open_id():
            self._case_id, self._kept = self._open_id(), Marks()  # the open scan became a case
            self._note()
        elif change.what & What.MARKS:
            self._note()

    def _open(self) -> None:
        """Another scan: write what waits of the one before, then read."""
        self.flush()
        self._kept, self._case_id, self._has_told = Marks(), self._open_id(), False
        volume = self._session.volume
        if volume is not None and self._case_id and not self._session.second_reader:
            folder = self._store.folder / self._case_id
            self._line.put(lambda: self._read(folder, volume))

    def _open_id(self) -> str:
        case = self._session.case
        return "" if case is None else case.case_id

    def _note(self) -> None:
        """Keep what there is now, or say why it is not kept."""
        marks = self._session.marks.kept
        if marks == self._kept:
            return
        why_not = self._why_not()
        if not why_not:
            self._kept, self._waiting = marks, (self._store.folder / self._case_id, marks)
            self._timer.start()
        elif not self._has_told:
            self._has_told = True
            self._context.window.say(why_not)

    def _why_not(self) -> str:
        session = self._session
        if session.case is None:
            return "Measurements, answers, bookmarks are kept with the case once the scan is added"
        if session.second_reader:
            return "Measurements, answers and bookmarks of a second reading are not kept"
        if session.refusal is not None:
            return "Another window has this case: measurements, answers and bookmarks are not kept"
        return ""

    # -- on the line, in its thread ------------------------------------------------

    def _read(self, folder: Path, volume: Volume) -> None:
        try:
            self._arrived.emit(volume, read_marks(folder))
        except KidViewError as error:
            self._failed.emit(error)

    def _write(self, folder: Path, marks: Marks) -> None:
        try:
            write_marks(folder, marks)
        except KidViewError as error:
            self._failed.emit(error)

    # -- back in the window --------------------------------------------------------

    def _take(self, volume: Volume, marks: Marks) -> None:
        """Marks were read; what was measured meanwhile is kept beside them."""
        session = self._session
        if session.volume is not volume or marks == Marks():
            return
        self._kept = marks
        for one in session.marks.annotations:
            marks = marks.with_annotation(
                type(one)(marks.next_number, one.kind, one.axis, one.points_ras)
            )
        bookmarks = (*marks.bookmarks, *session.marks.bookmarks)
        answers = (*marks.answers, *session.marks.answers)
        session.mark(replace(marks, bookmarks=bookmarks, selected=0, answers=answers))
