"""What other programs do to the cases: the list follows by itself, the open case is told.

Whatever another program wrote counts. Where only the record changed it is taken over at once;
another mask is never put in place of the one on screen, nor written over, without being asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer

from kidview.cases import Case, CaseRow, reading_by
from kidview.core.task import Job
from kidview.session import What
from kidview.ui.context import Context
from kidview.ui.notice import Notice

if TYPE_CHECKING:
    from kidview.ui.worklist.casework import Casework

LOOK_MS = 3000
_READING, _NOTICE = "read case", "case meanwhile"


class Following(QObject):
    """Looks every few seconds, and when the window comes to the front.

    Parameters
    ----------
    context : Context
    casework : Casework
    """

    def __init__(self, context: Context, casework: Casework) -> None:
        super().__init__(context.window)
        self._context, self._casework = context, casework
        self._met: tuple[str, int] | None = None  # case and revision the user was told of
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        context.window.installEventFilter(self)
        casework.listed.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window comes to the front: somebody may have worked elsewhere."""
        if event.type() == QEvent.Type.WindowActivate:
            self.look()
        return super().eventFilter(watched, event)

    def look(self) -> None:
        """Read the list, if anything on screen depends on it."""
        window = self._context.window
        is_seen = window.isVisible() and not window.isMinimized()
        depends = self._context.session.case is not None or window.right.cases.isVisible()
        if is_seen and depends and not self._casework.is_listing:
            self._casework.look()

    def read_again(self) -> None:
        """Take over what somebody else did to the open case, as far as that needs no question."""
        case = self._casework.present()
        if case is not None:
            self._read(case.case_id, is_asked=True)

    def _follow(self, rows: tuple[CaseRow, ...]) -> None:
        case = self._casework.present()
        if case is None or self._casework.is_writing:
            return
        row = next((row for row in rows if row.case_id == case.case_id), None)
        is_news = row is not None and row.revision > case.revision
        if row is not None and is_news and (row.case_id, row.revision) != self._met:
            self._read(case.case_id, is_asked=False)

    def _read(self, case_id: str, *, is_asked: bool) -> None:
        store = self._casework.store
        self._context.jobs.start(
            Job(
                f"Read {case_id}",
                _READING,
                lambda task: store.read(case_id),
                lambda new: self._meet(new, is_asked),
                None if is_asked else lambda error: None,  # the list tells what is damaged
                is_quiet=not is_asked,
            )
        )

    def _meet(self, new: Case, is_asked: bool) -> None:
        """The open case as the store has it by now."""
        session, window = self._context.session, self._context.window
        case = self._casework.present()
        if case is None or case.case_id != new.case_id:
            return
        if is_asked:  # a refusal stays in view until then
            window.notices.close_notice("error")
        self._met = (new.case_id, new.revision)
        if case.revision >= new.revision:
            if is_asked:
                window.say(f"{new.case_id} is as the store has it")
        elif _shows_the_same(case, new, session.second_reader):
            session.take_record(new)
            window.say(f"Changed elsewhere: {_news(case, new)}")
        else:
            self._tell_of_mask(new)

    def _tell_of_mask(self, case: Case) -> None:
        session, window = self._context.session, self._context.window
        words = f"Another outline of case {case.case_id} was saved meanwhile."
        level, buttons = "info", [("Show it", self._casework.reload)]
        if session.is_dirty:
            level = "warning"
            words += " Your changes cannot go over it: keep them as a file, or discard them."
            buttons = [
                ("Save mine as a file…", lambda: window.saving.save_as()),
                ("Discard mine, show theirs", self._casework.reload),
            ]
        window.notify(Notice(_NOTICE, level, words, tuple(buttons), ends_with=What.CASE))


def _shows_the_same(old: Case, new: Case, second_reader: str) -> bool:
    """Whether opening the case again would show the labels it showed before."""
    if second_reader:
        return reading_by(old, second_reader) == reading_by(new, second_reader)
    return (old.corrected, old.prediction) == (new.corrected, new.prediction)


def _news(old: Case, new: Case) -> str:
    """What the status bar says of a record that changed."""
    step = new.history[-1]
    if new.history != old.history:
        return f"{new.case_id} is {new.status}, by {step.by}"
    return f"the {'notes' if new.notes != old.notes else 'record'} of {new.case_id}"
