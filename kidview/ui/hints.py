"""What a click would do, shown under a pointer that rests."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from kidview.core.task import Job, Task
from kidview.core.types import Index
from kidview.edit import Draft, draft
from kidview.session import Change, What
from kidview.ui.acting import asked, title_of
from kidview.ui.context import Context
from kidview.ui.drags import tool_of
from kidview.ui.mouse import Probe

_KEY = "hint"
_REST_MS = 60


class Hints(QObject):
    """Keeps the hint in step with pointer and tool; gone as soon as it is no longer true.

    Where the tool would refuse there is none: the click says why.

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self._session = context, context.session
        self._at: tuple[Index, int] | None = None
        self._timer = QTimer(self, interval=_REST_MS, singleShot=True)
        self._timer.timeout.connect(self._ask)
        self._session.changed.connect(self._on_change)

    def follow(self, probe: Probe | None) -> None:
        """The pointer is over another voxel, or over none."""
        at = None if probe is None else probe.index_zyx
        now = None if at is None else (at, self._context.window.views.active_axis)
        if now != self._at:
            self._at = now
            self._restart()

    def _on_change(self, change: Change) -> None:
        if change.what & (What.CASE | What.VIEW | What.GUARD | What.HISTORY):
            self._restart()

    def _restart(self) -> None:
        """Drop what is shown unless the next one follows at once."""
        self._context.jobs.cancel(_KEY)
        if self._is_wanted():
            self._timer.start()
        else:
            self._timer.stop()
            # Not here and now: this may be the middle of a Change.
            QTimer.singleShot(0, self, self._clear)

    def _is_wanted(self) -> bool:
        session = self._session
        row = tool_of(session.view.tool)
        can = session.volume is not None and session.proposal is None and session.refusal is None
        is_free = session.outline is None and not session.is_painting
        return row.has_hint and self._at is not None and can and is_free

    def _clear(self) -> None:
        if not self._is_wanted():
            self._show(None)

    def _ask(self) -> None:
        if not self._is_wanted() or self._at is None or self._session.volume is None:
            return
        session, (at, axis) = self._session, self._at
        if session.view.is_turned(axis):
            return
        row, guard, hu = tool_of(session.view.tool), session.guard, self._session.volume.hu
        work, title = asked(row, session, at_zyx=at, axis=axis), title_of(row, session.view.label)
        state = session.history.state

        def compute(task: Task) -> Draft:
            edit, labels = work(task)
            return draft(title, row.id, edit, labels, guard, hu, is_hint=True)

        def show(found: Draft | None) -> None:
            is_true = self._at == (at, axis) and session.history.state is state
            if is_true and self._is_wanted() and tool_of(session.view.tool) is row:
                self._show(found)

        job = Job(row.title, _KEY, compute, show, lambda _error: show(None), is_quiet=True)
        self._context.jobs.start(job)

    def _show(self, found: Draft | None) -> None:
        before = self._session.draft
        if found is not None or (before is not None and before.is_hint):
            self._session.suggest(found)
