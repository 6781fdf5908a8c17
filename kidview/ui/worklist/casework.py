"""What the window does with cases, each step a job: list, open, add, keep, move on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from kidview.cases import Case, CaseRow, CaseStore, Status, user_store
from kidview.core.errors import CaseChanged, CaseError
from kidview.core.event import Event
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.session import Session, What
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.notice import Notice
from kidview.ui.worklist.add_dialog import AddDialog
from kidview.ui.worklist.following import Following
from kidview.ui.worklist.keeping import PLAIN, Added, Commit, Way, Work, add_scan, keep
from kidview.ui.worklist.pictures import load_labels
from kidview.ui.worklist.reader import with_reader
from kidview.ui.worklist.readings import Readings
from kidview.ui.worklist.reject_dialog import RejectDialog
from kidview.ui.worklist.rows import in_order, next_undone
from kidview.ui.worklist.segment_all import SegmentAll

WRITING = "write case"
_LISTING, _NEXT = "list cases", "next case"
_CLOSED = (Status.APPROVED, Status.REJECTED)


class Casework:
    """The case store of one window.

    Attributes
    ----------
    store : CaseStore
    readings : Readings
    following : Following
    segment_all : SegmentAll
    listed : Event of tuple of CaseRow
        Told the cases there are, whenever they were looked at.
    not_listed : Event of Exception
        Told why they cannot be.
    stored : Event of str
        Told the id of a case that was written, or that turned out to be damaged.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self.store = CaseStore(user_store())
        self.readings: Readings = Readings(context, self)
        self.listed: Event[tuple[CaseRow, ...]] = Event()
        self.not_listed: Event[Exception] = Event()
        self.stored: Event[str] = Event()
        self.following: Following = Following(context, self)
        self.segment_all: SegmentAll = SegmentAll(context, self.store, self.stored.emit)
        self._commits: deque[Commit] = deque()  # workers append, the GUI thread takes

    @property
    def _session(self) -> Session:
        return self._context.session

    # -- looking ------------------------------------------------------------

    def look(self) -> None:
        """Read the list of cases; `listed` tells it."""
        store = self.store
        self._context.jobs.start(
            Job(
                "List the cases",
                _LISTING,
                lambda task: store.rows(),
                self.listed.emit,
                self.not_listed.emit,
                is_quiet=True,
            )
        )

    @property
    def is_listing(self) -> bool:
        """Whether somebody reads the list already."""
        return self._context.jobs.is_running(_LISTING)

    def open(self, case_id: str) -> None:
        """Open a case: its scan, and upon it the corrected mask or else the network's."""
        self._context.window.saving.ask_first(lambda: self._open(case_id))

    def reload(self) -> None:
        """Open the open case again as the store has it; what was not saved is given up."""
        case = self._session.case
        if case is not None and self._session.second_reader:
            self.readings.reopen()
        elif case is not None:
            self._open(case.case_id)

    def _open(self, case_id: str, failed: Callable[[Exception], None] | None = None) -> None:
        store, tell = self.store, failed or self._context.window.show_error

        def not_opened(error: Exception) -> None:
            tell(error)
            self.stored.emit(case_id)  # the list knows by now what is damaged

        def work(task: Task) -> tuple[Case, Volume, LabelMap | None]:
            case = store.read(case_id)
            volume = store.load_image(case, task.part(0.0, 0.9))
            return case, volume, load_labels(store, case)

        self._context.jobs.start(
            Job(f"Open {case_id}", opening.KEY, work, lambda found: self._show(*found), not_opened)
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
            found = next_undone(in_order(rows, self._context.settings["is_by_doubt"]), here)
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

    def ask_how_to_add(self) -> None:
        """Ask whose scan it is and whether it is copied, then add it."""
        volume = self._session.volume
        if volume is not None:
            AddDialog(self._context, volume, self.add).open()

    def add(self, way: Way = PLAIN) -> None:
        """Make a case of the open scan, with the network's proposal if one was accepted."""
        work, store = self._work(), self.store
        if work is None or self._must_wait():
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
            Job("Add to the cases", WRITING, lambda task: add_scan(store, work, way, task), done)
        )

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
        case = self.present()
        if case is None:
            return
        if self._session.second_reader:
            self.readings.save(then)
            return
        if not self._session.is_dirty:
            self._context.window.say(f"{case.case_id} holds these labels already")
            if then is not None:
                then()
            return
        with_reader(self._context, lambda name: self._keep(name, then))

    def move(self, status: Status) -> None:
        """Set the open case's status; what is to be "corrected" is kept first."""
        case = self.present()
        if case is None or self._session.second_reader:
            return
        if self._context.window.right.card.notes.is_dirty:
            raise CaseError(
                f"the note on case {case.case_id} is not saved",
                "save it with Ctrl+Enter in it, or leave it with Esc",
            )
        if status in _CLOSED and self._session.is_dirty:
            raise CaseError(
                f"case {case.case_id} has changes that were not saved",
                "save them with [file.save], or undo them",
            )
        if status is Status.CORRECTED:
            with_reader(self._context, lambda name: self._keep(name, is_finished=True))
        elif status is Status.REJECTED:
            with_reader(self._context, lambda name: self._ask_why(case.case_id, name))
        else:
            with_reader(self._context, lambda name: self._move(status, name))

    def _ask_why(self, case_id: str, by: str) -> None:
        dialog = RejectDialog(
            self._context.window, case_id, lambda why: self._move(Status.REJECTED, by, why)
        )
        dialog.open()

    def _move(self, status: Status, by: str, why: str = "") -> None:
        store = self.store
        self.change(
            "Move",
            lambda case, work, task: Commit(store.set_status(case, status, by, why)),
            lambda moved: f"{moved.case_id} is {status}",
        )

    def write_notes(self, notes: str, then: Callable[[], object]) -> None:
        """Keep another text about the open case; `then` runs once the case holds it."""
        store = self.store
        self.change(
            "Keep the notes",
            lambda case, work, task: Commit(store.write_notes(case, notes)),
            lambda case: f"The notes of {case.case_id} are saved",
            then,
        )

    def change(
        self,
        title: str,
        run: Callable[[Case, Work, Task], Commit],
        words: Callable[[Case], str],
        then: Callable[[], object] | None = None,
    ) -> None:
        """Let a worker change the open case in one step.

        Parameters
        ----------
        title : str
        run : callable
            Gets the case and the labels of now; what it returns reached the disk.
        words : callable
            What is said of the changed case.
        then : callable, optional
            Runs after that.
        """
        case, work, commits = self.present(), self._work(), self._commits
        if case is None or work is None or self._must_wait():
            return

        def step(task: Task) -> Case:
            commit = run(case, work, task)
            commits.append(commit)
            return commit.case

        def done(changed: Case) -> None:
            self.present()
            self._tell(changed, words(changed))
            if then is not None:
                then()

        self._write(f"{title}, {case.case_id}", step, done)

    def _keep(
        self, by: str, then: Callable[[], object] | None = None, *, is_finished: bool = False
    ) -> None:
        case, work, store, commits = self.present(), self._work(), self.store, self._commits
        if case is None or work is None or self._must_wait():
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

    def _write(self, title: str, run: Callable[[Task], Case], done: Callable[[Case], None]) -> None:
        """A job that changes the open case."""

        def failed(error: Exception) -> None:
            case = self.present()  # what was committed before the failure counts
            is_blind = bool(self._session.second_reader)
            is_closed = case is not None and case.status in _CLOSED and not is_blind
            buttons: list[tuple[str, Callable[[], object]]] = []
            if isinstance(error, CaseChanged):
                buttons.append(("Read it again", self.following.read_again))
            elif is_closed:
                buttons.append(("Reopen it", lambda: self.move(Status.IN_CORRECTION)))
            self._context.window.show_error(error, buttons)
            if case is not None:
                self.stored.emit(case.case_id)

        self._context.jobs.start(Job(title, WRITING, run, done, failed))

    # -- inside -------------------------------------------------------------

    def present(self) -> Case | None:
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
        self.present()
        self._context.window.notices.close_notice("error")
        self._context.window.say(words)
        self.stored.emit(case.case_id)

    @property
    def is_writing(self) -> bool:
        """Whether a worker changes a case."""
        return self._context.jobs.is_running(WRITING)

    def _must_wait(self) -> bool:
        """Whether nothing can be written now: one after the other, and never half a stroke."""
        if self._session.is_painting:
            self._context.window.say("Finish the stroke first, then save")
        elif self.is_writing:
            self._context.window.say("A case is being written: try again in a moment")
        else:
            return False
        return True

    def _work(self) -> Work | None:
        session = self._session
        if session.volume is None or session.labels is None:
            return None
        return Work(
            session.volume,
            session.labels.snapshot(),
            session.history.state,
            session.effort.spent(session.history.count),
            session.accepted,
        )
