"""Tools that act on whole labels, or on scribbles: shown first, then applied."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from kidview.core.errors import EditRefused
from kidview.core.task import Job, Task
from kidview.edit import Draft, ToolRow, draft
from kidview.session import SEEDS, Change, Session, What
from kidview.ui.acting import asked, title_of, told, why_it_cannot
from kidview.ui.context import Context
from kidview.ui.drags import tool_of
from kidview.ui.telling import as_words

_PREVIEWED = ("effect", "seeds")
_REST_MS = 120  # after the last turn of a number


class Effects(QObject):
    """Keeps the draft in step with the tool, its options and the labels.

    While an effect is the active tool its result is worked out in a job, again whenever
    something changes that it depends on. Applied or discarded, the tool before it comes back.
    A tool that cannot write says so as soon as it is chosen. Scribbles wait while another tool
    is in hand; applied, or dropped with their own, they are gone.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self._session = context, context.session
        self._asked: tuple[object, ...] = ()
        self._tool_before = self._tool = context.session.view.tool
        self._left = ""  # the tool that was put down, until that is told
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._work_out)
        self._session.changed.connect(self._on_change)

    def apply(self) -> None:
        """Write the draft, tell what it changed, and go back to the tool before."""
        if self._session.apply_draft():
            self._context.window.say(told(self._session))
            if self._session.view.tool == SEEDS:
                self._session.scribble(None)
            self._session.look(tool=self._tool_before)

    def leave(self) -> None:
        """Back to the tool before, without a change."""
        self._session.suggest(None)
        if self._session.view.tool == SEEDS and self._session.scribbles.box is not None:
            self._session.scribble(None)
            self._context.window.say("The scribbles are dropped")
        self._session.look(tool=self._tool_before)

    def _on_change(self, change: Change) -> None:
        tool = self._session.view.tool
        if tool != self._tool:
            if tool_of(self._tool).gesture not in _PREVIEWED:
                self._tool_before = self._tool
            self._left, self._tool = self._tool, tool
            self._timer.start(0)
        if self._what_it_depends_on() != self._asked:
            self._timer.start(0 if change.what & What.CASE else _REST_MS)

    def _what_it_depends_on(self) -> tuple[object, ...]:
        session, row = self._session, tool_of(self._session.view.tool)
        if row.gesture not in _PREVIEWED or session.volume is None or session.is_painting:
            return ()
        if row.gesture == "seeds" and session.scribbles.box is None:
            return ()
        view, state = session.view, session.history.state
        place = (
            (self._context.window.views.active_axis, _crosshair(session))
            if row.depends_on_place
            else ()
        )
        seeds = session.scribbles.count if row.gesture == "seeds" else 0
        why = why_it_cannot(row, session)
        rules = (session.guard, None if why is None else why.what)
        return (row.id, view.label, view.options, rules, state, session.volume, place, seeds)

    def _work_out(self) -> None:
        """Start the job for what is wanted now; an older one is cancelled by its key."""
        session, row = self._session, tool_of(self._session.view.tool)
        left, self._left = self._left, ""
        why = None if session.volume is None else why_it_cannot(row, session)
        if left:
            self._tell_choice(left, why)
        now = self._what_it_depends_on()
        if now == self._asked:
            return
        self._asked = now
        self._context.jobs.cancel("effect")
        if not now:
            session.suggest(None)
        elif why is not None:
            session.suggest(None)
            self._context.window.say(as_words(why))
        else:
            self._context.jobs.start(self._job(row, now))

    def _tell_choice(self, left: str, why: EditRefused | None) -> None:
        """That the tool chosen cannot write now, else that scribbles wait for the one put down."""
        if why is not None:
            self._context.window.say(as_words(why))
        elif left == SEEDS and self._session.scribbles.box is not None:
            self._context.window.say("The scribbles wait: [tool.seeds] takes them up again")

    def _job(self, row: ToolRow, now: tuple[object, ...]) -> Job[Draft]:
        session, axis = self._session, self._context.window.views.active_axis
        assert session.volume is not None
        hu, guard = session.volume.hu, session.guard
        work = asked(row, session, at_zyx=_crosshair(session), axis=axis)
        title = title_of(row, session.view.label)

        def compute(task: Task) -> Draft:
            edit, labels = work(task)
            found = draft(title, row.id, edit, labels, guard, hu, axis=axis)
            _ = found.gained, found.slices  # worked out here, told by the bar
            return found

        def done(found: Draft) -> None:
            if self._what_it_depends_on() == now:
                self._context.window.say("")
                session.suggest(found)

        def failed(error: Exception) -> None:
            session.suggest(None)
            if isinstance(error, EditRefused):
                self._context.window.say(as_words(error))
            else:
                self._context.window.show_error(error)

        return Job(row.title, "effect", compute, done, failed)


def _crosshair(session: Session) -> tuple[int, int, int]:
    assert session.volume is not None
    return session.volume.geometry.nearest_index(session.view.cursor_ras)
