"""Second readers: a case read blind, its reading kept, a consensus made of all of them.

Who reads blind sees the scan and what the network proposed, or their own reading where they
come back to it; the corrected mask and the readings of others are not even loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kidview.cases import (
    Case,
    CaseRow,
    CaseStore,
    Consensus,
    make_consensus,
    reading_by,
    readings_of,
    refuse_reader,
)
from kidview.core.errors import CaseError
from kidview.core.labels import LabelMap
from kidview.core.task import Job, Task
from kidview.core.volume import Volume
from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.notice import Notice
from kidview.ui.telling import in_ml
from kidview.ui.worklist.consensus_dialog import ConsensusDialog
from kidview.ui.worklist.keeping import Commit, Work
from kidview.ui.worklist.pictures import keep_picture
from kidview.ui.worklist.reader import with_reader

if TYPE_CHECKING:
    from kidview.ui.worklist.casework import Casework

Then = Callable[[], object] | None


class Readings:
    """What the window does for second readers.

    Attributes
    ----------
    chosen : callable
        The row that the list of cases is on; the list sets it.
    """

    def __init__(self, context: Context, casework: Casework) -> None:
        self._context, self._casework = context, casework
        self.chosen: Callable[[], CaseRow | None] = lambda: None

    # -- reading ------------------------------------------------------------

    def toggle(self) -> None:
        """Read the chosen case blind, or end that and open the case as it stands."""
        session = self._context.session
        case_id = self.case_to_read()
        if session.second_reader and session.case is not None:
            self._casework.open(session.case.case_id)
        elif case_id:
            with_reader(self._context, lambda name: self._ask_first(case_id, name))

    def case_to_read(self) -> str:
        """Id of the case that is chosen in the list, else of the open one; "" for none."""
        row, case = self.chosen(), self._context.session.case
        if row is not None and row.status is not None:
            return row.case_id
        return "" if case is None else case.case_id

    def reopen(self) -> None:
        """Go back to the reading as the store has it."""
        session = self._context.session
        if session.case is not None and session.second_reader:
            self._open(session.case.case_id, session.second_reader)

    def _ask_first(self, case_id: str, name: str) -> None:
        self._context.window.saving.ask_first(lambda: self._open(case_id, name))

    def _open(self, case_id: str, name: str) -> None:
        store = self._casework.store

        def work(task: Task) -> tuple[Case, Volume, LabelMap | None]:
            case = store.read(case_id)
            refuse_reader(case, name)
            volume = store.load_image(case, task.part(0.0, 0.9))
            return case, volume, labels_to_start_from(store, case, name)

        self._context.jobs.start(
            Job(
                f"Open {case_id} for a second reading",
                opening.KEY,
                work,
                lambda found: self._show(name, *found),
            )
        )

    def _show(self, name: str, case: Case, volume: Volume, labels: LabelMap | None) -> None:
        self._context.session.open(volume, labels, case, second_reader=name)
        window = self._context.window
        window.show_scan()
        window.setFocus()
        window.say(f"{case.case_id}, second reading by {name}: {start_in_words(case, name)}")

    def save(self, then: Then = None) -> None:
        """Keep the labels as the second reader's own; `then` runs after that."""
        session, store = self._context.session, self._casework.store
        name, case = session.second_reader, session.case
        if case is not None and reading_by(case, name) is not None and not session.is_dirty:
            self._context.window.say(f"{case.case_id} holds this reading already")
            if then is not None:
                then()
            return

        def run(case: Case, work: Work, task: Task) -> Commit:
            return Commit(store.write_reading(case, work.labels, name, task), work)

        self._casework.change(
            "Keep the reading",
            run,
            lambda kept: f"Kept as {name}'s reading of {kept.case_id}",
            then,
        )

    # -- consensus ----------------------------------------------------------

    def ask_consensus(self) -> None:
        """Ask which way a consensus of the open case's readers shall be made."""
        session = self._context.session
        if session.case is None:
            return
        if session.is_dirty:
            raise CaseError(
                f"case {session.case.case_id} has changes that were not saved",
                "save them with [file.save], or undo them",
            )

        def chosen(method: str) -> None:
            with_reader(self._context, lambda name: self._make_consensus(method, name))

        ConsensusDialog(self._context.window, readings_of(session.case), chosen).open()

    def _make_consensus(self, method: str, by: str) -> None:
        store = self._casework.store
        made: list[tuple[Work, Consensus, LabelMap]] = []

        def run(case: Case, work: Work, task: Task) -> Commit:
            consensus = make_consensus(store, case, method, by, task.part(0.0, 0.9))
            labels = store.load_corrected(consensus.case)
            keep_picture(store, consensus.case, work.volume, labels)
            made.append((work, consensus, labels))
            return Commit(consensus.case)

        self._casework.change("Make a consensus", run, lambda case: self._show_made(*made[0]))

    def _show_made(self, work: Work, made: Consensus, labels: LabelMap) -> str:
        """Show the consensus where the view is; what the status bar says."""
        session, view = self._context.session, self._context.session.view
        if session.volume is work.volume and session.case == made.case:
            session.open(work.volume, labels, made.case)
            session.look(
                cursor_ras=view.cursor_ras,
                centre_ras=view.centre_ras,
                mm_per_pixel=view.mm_per_pixel,
                hidden=view.hidden,
            )
        self._context.window.notify(Notice("consensus", "done", consensus_in_words(made)))
        return f"{made.case.case_id} is {made.case.status}"


def labels_to_start_from(store: CaseStore, case: Case, name: str) -> LabelMap | None:
    """The reader's own reading, else the network's outline, else none; never another's mask."""
    own = reading_by(case, name)
    if own is not None:
        return store.load_reading(case, own)
    return None if case.prediction is None else store.load_prediction(case)


def start_in_words(case: Case, name: str) -> str:
    """What a blind reader is shown at first."""
    if reading_by(case, name) is not None:
        return "your own reading is shown, nobody else's"
    if case.prediction is not None:
        return "only the network's outline is shown"
    return "nothing is outlined yet"


def consensus_in_words(made: Consensus) -> str:
    """ "P-1 holds the majority of Ann, Bea. They differ in 3.1 mL, all of it ties." """
    words = f"{made.case.case_id} holds the {made.method} of {', '.join(made.readers)}."
    if not made.disputed_ml:
        return f"{words} They agree everywhere."
    words += f" They differ in {in_ml(made.disputed_ml)}"
    if not made.tied_ml:
        return f"{words}."
    is_all = made.tied_ml == made.disputed_ml
    return f"{words}, {'all' if is_all else in_ml(made.tied_ml)} of it ties."
