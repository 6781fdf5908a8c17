"""Never losing work: strokes are kept in a journal, and what a crash left behind is offered."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog

from kidview.cases import Case, CaseStore
from kidview.core.errors import EditRefused, KidViewError, ReadError, WriteError
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.io import Receipt, find, read_scan, write_labels
from kidview.session import What
from kidview.session.past import Past, load_past
from kidview.session.recording import Keeping, Recorder, fingerprint
from kidview.session.work_folder import ScanHeld, Unsaved, find_unsaved, remove, user_work
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.jobs import Line
from kidview.ui.notice import Notice
from kidview.ui.saving import proposed_target
from kidview.ui.telling import open_name

_OFFER, _HELD, _TROUBLE = "unsaved work", "held", "journal"


class _Told(QObject):
    """Brings what a worker says to the GUI thread."""

    keeping = Signal(object)


class Recovery:
    """The journal of one window, and the offers of what other windows left behind.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._work = user_work()
        self._line, self._slow_line = Line("journal"), Line("labels")
        self._told = _Told()
        self._told.keeping.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._recorder: Recorder | None = None
        self._left: tuple[Unsaved, ...] = ()
        self._in_trouble: Path | None = None  # told once a scan

    def start(self) -> None:
        """Keep all strokes from now on, and look for what is left of others."""
        lines = (self._line, self._slow_line)
        told = self._told.keeping.emit
        self._recorder = Recorder(self._context.session, self._work, *lines, told)
        self.look()

    def give_up(self) -> None:
        """Somebody chose not to save the labels of now."""
        if self._recorder is not None:
            self._recorder.give_up()

    def close(self) -> None:
        """The window closes, its labels saved or given up; waits until the disk knows."""
        if self._recorder is not None:
            self._recorder.close()
        self._slow_line.close()
        self._line.close()

    def look(self, tell: bool = False) -> None:
        """Offer unsaved work; `tell` says so where there is none."""
        work = self._work

        def done(found: tuple[Unsaved, ...]) -> None:
            mine = self._recorder.folder if self._recorder is not None else None
            here = tuple(one for one in self._left if one.path.parent == mine)
            self._left = (*here, *found)
            self._offer()
            if tell and not self._left:
                self._context.window.say("No unsaved work is left from before")

        self._context.jobs.start(
            Job(
                "Look for unsaved work",
                _OFFER,
                lambda task: find_unsaved(work),
                done,
                is_quiet=True,
            )
        )

    # -- offers ---------------------------------------------------------------

    def _offer(self) -> None:
        """The newest; the others wait for their turn."""
        notices = self._context.window.notices
        if not self._left:
            notices.close_notice(_OFFER)
            return
        one, more = self._left[0], len(self._left) - 1
        words = f"Unsaved work on {in_words(one)}"
        if more:
            words += f" ({more} more)"
        self._notify(
            f"{words}.",
            ("Restore", lambda: self._restore(one)),
            ("Discard…", lambda: self._ask_discard(one)),
        )

    def _notify(self, words: str, *buttons: tuple[str, Callable[[], object]]) -> None:
        self._context.window.notify(Notice(_OFFER, "warning", words, buttons))

    def _ask_discard(self, one: Unsaved) -> None:
        self._notify(
            f"Discard the unsaved work on {one.name}? It cannot be brought back.",
            ("Discard it", lambda: self._discard(one)),
            ("Keep it", self._offer),
        )

    def _discard(self, one: Unsaved) -> None:
        self._forget(one)
        self._context.jobs.start(
            Job(
                "Discard unsaved work",
                "discard",
                lambda task: remove(one.path),
                lambda none: self.look(),
                is_quiet=True,
            )
        )

    def _forget(self, one: Unsaved) -> None:
        self._left = tuple(other for other in self._left if other.path != one.path)
        self._context.window.notices.close_notice(_OFFER)

    # -- restoring --------------------------------------------------------------

    def _restore(self, one: Unsaved) -> None:
        self._context.window.saving.ask_first(lambda: self._read(one))

    def _read(self, one: Unsaved) -> None:
        store = self._context.window.casework.store
        found: list[Past] = []  # there even when its scan is not

        def work(task: Task) -> tuple[Past, Volume, Case | None]:
            found.append(load_past(one.path))
            return found[0], *scan_of(found[0], store, task)

        def failed(error: Exception) -> None:
            if found and isinstance(error, KidViewError):
                self._offer_labels(one, found[0], error)
            else:
                discard = ("Discard it…", lambda: self._ask_discard(one))
                self._context.window.show_error(error, (discard,))

        self._context.window.notices.close_notice(_OFFER)
        self._context.jobs.start(
            Job(
                f"Restore {one.name}",
                opening.KEY,
                work,
                lambda restored: self._show(one, *restored),
                failed,
            )
        )

    def _show(self, one: Unsaved, past: Past, volume: Volume, case: Case | None) -> None:
        window = self._context.window
        assert self._recorder is not None
        self._left = tuple(other for other in self._left if other.path != one.path)
        self._recorder.replace(one.path)
        reader = past.about.second_reader
        self._context.session.open(volume, case=case, second_reader=reader, past=past)
        window.show_scan()
        window.setFocus()
        window.say(f"Restored: {in_words(one)}")
        remarks = _remarks(past, case)
        if remarks:
            window.notify(Notice("restored", "warning", " ".join(remarks), ends_with=What.CASE))

    def _offer_labels(self, one: Unsaved, past: Past, error: KidViewError) -> None:
        """Without the scan there still are its labels."""
        self._notify(
            f"{one.name} cannot be opened as it was: {error.what}. "
            f"The unsaved labels can be saved without it.",
            ("Save the labels…", lambda: self._ask_name(one, past)),
            ("Discard…", lambda: self._ask_discard(one)),
        )

    def _ask_name(self, one: Unsaved, past: Past) -> None:
        dialog = QFileDialog(self._context.window, "Save the unsaved labels")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(["NIfTI (*.nii.gz)", "NIfTI (*.nii)", "NRRD (*.nrrd)"])
        target = proposed_target(Path(past.about.path))
        dialog.setDirectory(str(target.parent))
        dialog.selectFile(target.name)
        dialog.fileSelected.connect(lambda name: self.write_labels_of(one, past, Path(name)))
        dialog.open()

    def write_labels_of(self, one: Unsaved, past: Past, path: Path) -> None:
        """Write labels whose scan cannot be opened, on its grid; the dialog asked about files."""

        def work(task: Task) -> Receipt:
            return write_labels(past.labels, past.about.source, path, overwrite=True, task=task)

        def done(receipt: Receipt) -> None:
            self._notify(
                f"{receipt.summary()} Nothing else is known of {one.name}.",
                ("Discard the rest", lambda: self._discard(one)),
            )

        self._context.jobs.start(Job(f"Save {path.name}", "save", work, done))

    # -- how it stands with the journal -------------------------------------------

    def _take(self, keeping: Keeping) -> None:
        if self._recorder is None or keeping.folder != self._recorder.folder:
            return  # of a scan that is open no more
        if isinstance(keeping.error, ScanHeld):
            self._only_look(keeping.error)
        elif keeping.error is not None:
            self._tell_trouble(keeping.folder, keeping.error)
        else:
            self._tell_kept(keeping)

    def _only_look(self, error: ScanHeld) -> None:
        session, window = self._context.session, self._context.window
        name = open_name(session)
        session.only_look(EditRefused(f"{name} can only be looked at: {error.what}", error.hint))
        window.notify(
            Notice(
                _HELD,
                "warning",
                f"{name} can only be looked at here: {error.what}.",
                (("Try again", self._try_again),),
                ends_with=What.CASE,
            )
        )

    def _try_again(self) -> None:
        assert self._recorder is not None
        self._context.window.notices.close_notice(_HELD)
        self._recorder.retry()

    def _tell_trouble(self, folder: Path, error: WriteError) -> None:
        if self._in_trouble == folder:
            return
        self._in_trouble = folder
        self._context.window.notify(
            Notice(
                _TROUBLE,
                "warning",
                f"New strokes are not kept against a crash: {error.what}. "
                "Editing goes on; save the labels, elsewhere if need be.",
                (("Save as…", self._context.window.saving.save_as),),
                ends_with=What.CASE,
            )
        )

    def _tell_kept(self, keeping: Keeping) -> None:
        session, window = self._context.session, self._context.window
        if self._in_trouble == keeping.folder:
            window.notices.close_notice(_TROUBLE)
            window.say("New strokes are kept against a crash again")
        self._in_trouble = None
        if session.refusal is not None:
            if session.case is not None and not session.second_reader:
                window.casework.open(session.case.case_id)  # as the other window left it
                return
            session.only_look(None)
            window.say(f"{open_name(session)} can be changed now")
        self._left = keeping.unsaved
        self.look()  # opening the scan closed the bars, and left what was painted while it was read


def in_words(one: Unsaved) -> str:
    """'kits.nii.gz from 26 Nov, 14:05: 12 steps, the last "Brush, tumour"'."""
    when = time.strftime("%d %b, %H:%M", time.localtime(one.changed)).lstrip("0")
    words = f"{one.name} from {when}: {one.steps} step{'' if one.steps == 1 else 's'}"
    if one.about is not None and one.about.second_reader:
        words += f" of {one.about.second_reader}'s reading"
    return f'{words}, the last "{one.last}"' if one.last else words


def _remarks(past: Past, case: Case | None) -> list[str]:
    """What else is to be known of restored labels."""
    remarks = []
    if past.cut:
        remarks.append(
            f"The journal's last {past.cut} bytes were damaged and set aside: "
            "the last step may be missing."
        )
    if case is not None and case.revision != past.revision:
        remarks.append(
            f"{case.case_id} was changed since this work began: look at it before you save."
        )
    return remarks


def scan_of(past: Past, store: CaseStore, task: Task) -> tuple[Volume, Case | None]:
    """Read the very scan that labels of before lie on.

    Raises
    ------
    KidViewError
        It is gone, or another one now.
    """
    about = past.about
    if about.is_made_up:
        from kidview.demo import make_phantom

        return make_phantom(task=task)[0], None
    if about.case_id:
        case = store.read(about.case_id)
        volume = store.load_image(case, task)
        if is_scan_of(past, volume):
            return volume, case
        raise _changed(about.name)
    found = [one for one in find(Path(about.path), task.part(0.0, 0.1)) if one.kind == "scan"]
    named = [one for one in found if one.title == about.title]
    for one in named or found:
        volume = read_scan(one, task.part(0.1, 1.0))
        if is_scan_of(past, volume):
            return volume, None
    raise _changed(about.name)


def is_scan_of(past: Past, volume: Volume) -> bool:
    """Whether a scan has the grid and the voxels that labels of before lie on."""
    is_on_grid = past.about.geometry.difference(volume.geometry) is None
    return is_on_grid and past.voxels in (None, fingerprint(volume))


def _changed(name: str) -> ReadError:
    return ReadError(f"the scan {name} holds is another one now", "save the labels alone")
