"""What the window does with cases, each step a job: list, open, add, keep, move on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from kidview.cases import Case, CaseRow, CaseStore, Status, user_store
from kidview.core.errors import CaseError
from kidview.core.event import Event
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.learning import Batch, segment_new, user_registry
from kidview.segment import Segmenter
from kidview.session import Session, What
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.notice import Notice
from kidview.ui.worklist.keeping import Added, Commit, Work, add_scan, keep
from kidview.ui.worklist.pictures import load_labels
from kidview.ui.worklist.reader import with_reader
from kidview.ui.worklist.rows import next_undone

WRITING = "write case"
_LISTING, _NEXT, _BATCH = "list cases", "next case", "segment cases"
_CLOSED = (Status.APPROVED, Status.REJECTED)


class _Told(QObject):
    """Brings what a worker says to the GUI thread."""

    case = Signal(str)


class Casework:
    """The case store of one window.

    Attributes
    ----------
    store : CaseStore
    stored : Event of str
        Told the id of a case that was written.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.store = CaseStore(user_store())
        self.stored: Event[str] = Event()
        self._told = _Told()
        self._told.case.connect(self.stored.emit)
        self._commits: deque[Commit] = deque()  # workers append, the GUI thread takes

    @property
    def _session(self) -> Session:
        return self._context.session

    # -- looking ------------------------------------------------------------

    def list_rows(
        self, done: Callable[[tuple[CaseRow, ...]], None], failed: Callable[[Exception], None]
    ) -> None:
        """Read the list of cases."""
        store = self.store
        self._context.jobs.start(
            Job("List the cases", _LISTING, lambda task: store.rows(), done, failed, is_quiet=True)
        )

    def open(self, case_id: str) -> None:
        """Open a case: its scan, and upon it the corrected mask or else the network's."""
        self._context.window.saving.ask_first(lambda: self._open(case_id))

    def _open(self, case_id: str, failed: Callable[[Exception], None] | None = None) -> None:
        store = self.store

        def work(task: Task) -> tuple[Case, Volume, LabelMap | None]:
            case = store.read(case_id)
            volume = store.load_image(case, task.part(0.0, 0.9))
            return case, volume, load_labels(store, case)

        self._context.jobs.start(
            Job(f"Open {case_id}", opening.KEY, work, lambda found: self._show(*found), failed)
        )

    def _show(self, case: Case, volume: Volume, labels: LabelMap | None) -> None:
        self._session.open(volume, labels, case)
        window = self._context.window
        window.show_scan()
        window.setFocus()
        words = f"{case.case_id}, {case.status}"
        if case.status in _CLOSED:
            words += f" by {case.reviewer}: reopen it to change it"
        window.say(words)

    def open_next(self, after: str = "") -> None:
        """Open the next case a person has to correct; `after` is one that cannot be opened."""
        store, case = self.store, self._session.case
        here = after or ("" if case is None else case.case_id)

        def done(rows: tuple[CaseRow, ...]) -> None:
            found = next_undone(rows, here)
            if found is not None:
                ask_first = self._context.window.saving.ask_first
                ask_first(lambda: self._open(found, lambda error: self._offer_next(found, error)))
            elif not rows:
                self._context.window.say("There are no cases yet: open a scan and add it")
            else:
                self._context.window.say(
                    "Nothing is left to do: no other case waits to be corrected"
                )

        self._context.jobs.start(Job("Find the next case", _NEXT, lambda task: store.rows(), done))

    def _offer_next(self, case_id: str, error: Exception) -> None:
        """A case that cannot be opened stands in nobody's way."""
        on = (("Next undone case", lambda: self.open_next(after=case_id)),)
        self._context.window.show_error(error, on)

    # -- writing ------------------------------------------------------------

    def add(self) -> None:
        """Make a case of the open scan, with the network's proposal if one was accepted."""
        work, store = self._work(), self.store
        if work is None or self._is_writing():
            return

        def done(added: Added) -> None:
            if added.was_there:
                self._tell_it_is_there(added.case.case_id)
                return
            case = added.case
            if self._session.volume is work.volume:
                is_kept = added.holds_labels and self._session.history.state is work.state
                self._session.enter_case(case, holds_labels=is_kept)
                if case.prediction is not None and work.accepted is not None:
                    self._session.prediction_kept(work.accepted)
            self._tell(case, f"Added as {case.case_id}, {case.status}")
            if added.error is not None:
                self._context.window.show_error(added.error)

        self._context.jobs.start(
            Job("Add to the cases", WRITING, lambda task: add_scan(store, work, task), done)
        )

    def segment_new(self) -> None:
        """Let the network outline all new cases; the list follows case by case."""
        if self._context.jobs.is_running(_BATCH):
            self._context.window.say("The new cases are being segmented already; Ctrl+. stops it")
            return
        store, told = self.store, self._told
        device = self._context.settings["device"]

        def work(task: Task) -> Batch:
            model = user_registry().in_use()
            segmenter = Segmenter(model.folder, model.name, device)
            return segment_new(store, segmenter.run, segmenter.card, task, told.case.emit)

        self._context.jobs.start(Job("Segment all new cases", _BATCH, work, self._tell_batch))

    def _tell_batch(self, batch: Batch) -> None:
        if not batch.done and not batch.failed:
            self._context.window.say("There is no new case to segment")
            return
        details = "\n".join(f"{case_id}: {error}" for case_id, error in batch.failed.items())
        level = "warning" if batch.failed else "done"
        self._context.window.notify(Notice(_BATCH, level, f"{batch.in_words()}.", details=details))

    def _tell_it_is_there(self, case_id: str) -> None:
        self._context.window.notify(
            Notice(
                "case",
                "info",
                f"This very scan is case {case_id} already.",
                ((f"Open {case_id}", lambda: self.open(case_id)),),
                ends_with=What.CASE,
            )
        )

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Keep the labels in the open case; `then` runs after that."""
        case = self._present()
        if case is None:
            return
        if not self._session.is_dirty:
            self._context.window.say(f"{case.case_id} holds these labels already")
            if then is not None:
                then()
            return
        with_reader(self._context, lambda name: self._keep(name, then))

    def move(self, status: Status) -> None:
        """Set the open case's status; what is to be "corrected" is kept first."""
        case = self._present()
        if case is None:
            return
        if status in _CLOSED and self._session.is_dirty:
            raise CaseError(
                f"case {case.case_id} has changes that were not saved",
                "save them with Ctrl+S, or undo them",
            )
        if status is Status.CORRECTED:
            with_reader(self._context, lambda name: self._keep(name, is_finished=True))
        else:
            with_reader(self._context, lambda name: self._move(status, name))

    def _keep(
        self, by: str, then: Callable[[], object] | None = None, *, is_finished: bool = False
    ) -> None:
        case, work, store, commits = self._present(), self._work(), self.store, self._commits
        if case is None or work is None or self._is_writing():
            return
        needs_mask = self._session.is_dirty or case.corrected is None

        def run(task: Task) -> Case:
            if needs_mask:
                return keep(store, case, work, by, commits.append, task, is_finished=is_finished)
            moved = store.set_status(case, Status.CORRECTED, by)
            commits.append(Commit(moved))
            return moved

        def done(kept: Case) -> None:
            words = (
                f"{kept.case_id} is {kept.status}" if is_finished else f"Saved in {kept.case_id}"
            )
            self._tell(kept, words)
            if then is not None:
                then()

        self._write(f"Save in {case.case_id}", run, done)

    def _move(self, status: Status, by: str) -> None:
        case, store, commits = self._present(), self.store, self._commits
        if case is None or self._is_writing():
            return

        def run(task: Task) -> Case:
            moved = store.set_status(case, status, by)
            commits.append(Commit(moved))
            return moved

        self._write(
            f"Move {case.case_id}",
            run,
            lambda moved: self._tell(moved, f"{moved.case_id} is {status}"),
        )

    def _write(self, title: str, run: Callable[[Task], Case], done: Callable[[Case], None]) -> None:
        """A job that changes the open case."""

        def failed(error: Exception) -> None:
            case = self._present()  # what was committed before the failure counts
            is_closed = case is not None and case.status in _CLOSED
            reopen = ("Reopen it", lambda: self.move(Status.IN_CORRECTION))
            self._context.window.show_error(error, (reopen,) if is_closed else ())
            if case is not None:
                self.stored.emit(case.case_id)

        self._context.jobs.start(Job(title, WRITING, run, done, failed))

    # -- inside -------------------------------------------------------------

    def _present(self) -> Case | None:
        """The open case as the store has it, even when a job that wrote it was cancelled."""
        session = self._session
        while self._commits:
            commit = self._commits.popleft()
            case, work = session.case, commit.work
            if case is None or case.case_id != commit.case.case_id:
                continue
            if commit.accepted is not None:
                session.prediction_kept(commit.accepted)
            if work is not None and session.volume is work.volume:
                session.case_kept(commit.case, work.state, work.spent)
            else:
                session.take_record(commit.case)
        return session.case

    def _tell(self, case: Case, words: str) -> None:
        self._present()
        self._context.window.notices.close_notice("error")
        self._context.window.say(words)
        self.stored.emit(case.case_id)

    def _is_writing(self) -> bool:
        """Whether a case is being written; one after the other, for each needs the last one."""
        if not self._context.jobs.is_running(WRITING):
            return False
        self._context.window.say("A case is being written: try again in a moment")
        return True

    def _work(self) -> Work | None:
        session = self._session
        if session.volume is None or session.labels is None:
            return None
        return Work(
            session.volume,
            session.labels.copy(),
            session.history.state,
            session.effort.spent(session.history.count),
            session.accepted,
        )
