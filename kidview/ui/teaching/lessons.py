"""The teaching of one window: what runs, what it said so far, and what was decided."""

from __future__ import annotations

import math
import threading
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import SIGNAL, QObject, Signal

from kidview.cases import user_store
from kidview.core.errors import KidViewError
from kidview.core.task import Job, Task
from kidview.learning import (
    Entry,
    Teaching,
    Verdict,
    find_replay,
    measure,
    own_models,
    read_verdict,
    refuse_without_trainer,
    regression_set,
    replay_folder,
    teach,
    user_registry,
)
from kidview.ui.context import Context
from kidview.ui.notice import Notice

KEY = "teach"
_CHANGE = "change model"
_NOTICE = "teaching"


class Lessons(QObject):
    """Teaches, measures, promotes and goes back, each as a job.

    Signals: `heard` after every report of the trainer; `decided` when a verdict is there.

    Attributes
    ----------
    rows : list of dict
        Reports of the present or last teaching, oldest first.
    child : Path or None
        The model that is being made, ``folder/name``.
    verdict : Verdict or None
        On the last child, until it is put to use.
    problem : str
        Why the last teaching ended early; "" otherwise.
    """

    heard = Signal()
    decided = Signal()
    _said = Signal()  # from the worker; delivered on the GUI thread

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.rows: list[dict[str, Any]] = []
        self.child: Path | None = None
        self.verdict: Verdict | None = None
        self._reports: deque[dict[str, Any]] = deque()  # the worker appends, the GUI takes
        self._said.connect(self._hear)
        self._one_at_a_time = threading.Lock()
        self.problem = ""
        work = find_open_verdict
        context.jobs.start(Job("Find a verdict", "verdict", work, self._remember, is_quiet=True))

    @property
    def is_running(self) -> bool:
        """Whether a model is learning or being measured."""
        return self._context.jobs.is_running(KEY)

    @property
    def pictures(self) -> list[Path]:
        """Of the cases on which the models differ most for the worse."""
        return sorted(self._evidence.glob("worst-*.png")) if self.child is not None else []

    @property
    def _evidence(self) -> Path:
        assert self.child is not None
        return self.child.with_name(f"{self.child.name}.judged")

    def start(self, name: str, minutes: float, replay_share: float = 0.5) -> None:
        """Teach a copy of the model in use, then measure it; one that has learned is measured.

        Parameters
        ----------
        name : str
        minutes : float
        replay_share : float
            Of what is shown to it, where there is something to replay.
        """
        try:
            refuse_without_trainer()
            parent = user_registry().in_use()
        except KidViewError as error:
            self._fail(error)
            return
        self.child, self.verdict, self.rows, self.problem = own_models() / name, None, [], ""
        lesson = Teaching(user_store(), parent.folder / parent.name, self.child, minutes)
        has_learned = self.child.with_name(f"{name}.json").exists()

        def work(task: Task) -> Verdict:
            with self._one_at_a_time:  # a trainer that was stopped may still write its checkpoint
                always = regression_set(user_store().parent / "regression", task.part(0.0, 0.05))
                if not has_learned:
                    replay = find_replay(replay_folder())
                    whole = replace(
                        lesson,
                        replay=None if replay is None else replay.folder,
                        replay_share=replay_share,
                        regression=always,
                    )
                    teach(whole, task.part(0.05, 0.8), self._tell)
                return self._measure(parent, always, task.part(0.8, 1.0))

        job = Job(f"Teach {name}", KEY, work, self._decide, self._fail, may_be_left=True)
        self._context.jobs.start(job)
        self.heard.emit()

    def in_words(self) -> str:
        """How far a running lesson is, in one sentence; "" where none runs."""
        if not self.is_running or self.child is None:
            return ""
        name, last = self.child.name, self.rows[-1] if self.rows else {}
        if last.get("left_min", 0) > 0:
            minutes = math.ceil(last["left_min"])
            left = "1 minute is left" if minutes == 1 else f"{minutes} minutes are left"
            return f"{name} is learning: {left}."
        if "left_min" in last or last.get("event") in ("exported", "case"):
            return f"{name} has learned and is being measured."
        return f"{name} is about to learn."

    def stop(self) -> None:
        """End the trainer; what it learned stays, teaching under the same name goes on with it."""
        self._context.jobs.cancel(KEY)
        self.heard.emit()

    def promote(self, by: str, against: bool = False) -> None:
        """Put the child to use; tells why where that is refused."""
        if self.child is None or self.verdict is None:
            return
        name, verdict = self.child.name, self.verdict

        def work(task: Task) -> Entry:
            return user_registry().promote(name, verdict, by, against=against)

        def done(entry: Entry) -> None:
            self.verdict = None
            self.heard.emit()
            words = f"{entry.name} outlines scans from now on."
            buttons = (("Go back", lambda: self.roll_back(by)),)
            self._context.window.notify(Notice(_NOTICE, "done", words, buttons))

        self._context.jobs.start(Job(f"Use {name}", _CHANGE, work, done))

    def roll_back(self, by: str) -> None:
        """Put the model of before to use again."""

        def done(entry: Entry) -> None:
            self._context.window.notify(Notice(_NOTICE, "done", f"{entry.name} is in use again."))

        def work(task: Task) -> Entry:
            return user_registry().roll_back(by)

        self._context.jobs.start(Job("Go back to the model before", _CHANGE, work, done))

    # -- inside -------------------------------------------------------------

    def _measure(self, parent: Entry, regression: Path, task: Task) -> Verdict:
        assert self.child is not None
        old, out = parent.folder / parent.name, self._evidence
        measure(old, self.child, out, user_store(), regression, task, self._tell)
        return read_verdict(out / "judge.json")

    def _tell(self, row: dict[str, Any]) -> None:
        """In the worker."""
        self._reports.append(row)
        self._said.emit()

    def _hear(self) -> None:
        while self._reports:
            self.rows.append(self._reports.popleft())
        self.heard.emit()

    def _decide(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self._hear()  # a job's result may overtake what the worker said before
        if self.receivers(SIGNAL("decided()")):
            self.decided.emit()
            return
        words = f"{verdict.new['name']} has learned and was measured."
        decide = self._context.window.commands["teach.decide"].trigger
        self._context.window.notify(
            Notice(_NOTICE, "info", words, (("Compare and decide", decide),))
        )

    def _remember(self, found: tuple[Path, Verdict] | None) -> None:
        if found is not None and self.child is None:
            self.child, self.verdict = found
            self.heard.emit()

    def _fail(self, error: Exception) -> None:
        parts = (error.what, error.hint) if isinstance(error, KidViewError) else (str(error),)
        self.problem = " ".join(f"{part[:1].upper()}{part[1:]}." for part in parts)
        self.heard.emit()
        self._context.window.show_error(error)


def find_open_verdict(task: Task) -> tuple[Path, Verdict] | None:
    """The newest verdict on a model that could replace the one in use now."""
    try:
        present = user_registry().in_use()
    except KidViewError:
        return None
    assert present.card is not None  # one in use has a card
    made = sorted(own_models().glob("*.judged/judge.json"), key=lambda path: path.stat().st_mtime)
    for path in reversed(made):
        child = path.parent.with_suffix("")
        try:
            verdict = read_verdict(path)
        except KidViewError:
            continue
        is_there = child.with_name(f"{child.name}.json").exists()
        if is_there and verdict.old["sha256"] == present.card.checksums:
            return child, verdict
    return None
