"""The page on which a model is taught: what it begins with, how long, and how it goes."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from kidview.cases import CaseStore, Status, user_store
from kidview.core.errors import KidViewError
from kidview.core.task import Job, Task
from kidview.learning import ReplaySet, find_replay, own_models, replay_folder, user_registry
from kidview.ui.context import Context
from kidview.ui.number_box import NumberBox
from kidview.ui.pieces import push_button, role, text
from kidview.ui.teaching.curves import Curves
from kidview.ui.teaching.lessons import Lessons
from kidview.ui.teaching.verdict_page import VerdictPage

_WIDTH_PX = 680
_NUMBER_PX, _TWO_LINES_PX = 120, 36
_MINUTES = 15.0
_REPLAYED_PERCENT = 50
_WHY = (
    "A copy of the model in use goes on learning from your corrected cases. It replaces nothing: "
    "when it has learned, both are measured, and you decide."
)


_NO_REPLAY = (
    "nothing, so a little of what the model knew may be forgotten. Outlined scans or drawn samples "
    "in this folder prevent it: {folder}"
)


class TeachPage(QDialog):
    """Starts a lesson and shows how it goes; closing the page does not stop it.

    Parameters
    ----------
    context : Context
    lessons : Lessons
    """

    def __init__(self, context: Context, lessons: Lessons) -> None:
        super().__init__(context.window)
        self._context, self._lessons = context, lessons
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Teach the model")
        self.begins_with, self.learns_from = text(_model_in_use()), text("counting the cases")
        self.name = QLineEdit(_free_name())
        self.name.setAccessibleName("Name of the new model")
        self.name.textChanged.connect(self._show_state)
        self.minutes = NumberBox((0.1, 1440), "Minutes", decimals=1)
        self.minutes.setFixedWidth(_NUMBER_PX)
        self.minutes.setValue(_MINUTES)
        self._replay_title, self.replays = text("Replays", "quiet"), text("looking")
        self.replays.setWordWrap(True)
        self.replays.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.percent = NumberBox((0, 95), "Replayed share", suffix=" %")
        self.percent.setFixedWidth(_NUMBER_PX)
        self.percent.setValue(_REPLAYED_PERCENT)
        self.percent.setToolTip("Of what the model is shown; the rest is corrected cases")
        self.percent.hide()
        self._count: int | None = None
        self._taken = _names_of_the_program()
        self.curves = Curves(context.theme)
        self.curves.setFixedWidth(_WIDTH_PX - 48)
        self.state = text("", "quiet")
        self.state.setWordWrap(True)
        self.state.setMinimumHeight(_TWO_LINES_PX)
        self.start = push_button("Teach", self._start, "primary")
        self.stop = push_button("Stop", lessons.stop)
        self.stop.setToolTip("What it learned stays; the same name goes on with it")
        self.show_verdict = push_button("Compare and decide", self._open_verdict, "primary")
        self._lay_out()
        lessons.heard.connect(self._show_state)
        lessons.decided.connect(self._open_verdict)
        self._show_state()
        self._count_cases()
        self._look_for_replay()

    def _lay_out(self) -> None:
        why = text(_WHY, "quiet")
        why.setWordWrap(True)
        why.setFixedWidth(_WIDTH_PX - 48)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(8)
        replayed = QWidget()
        line = QHBoxLayout(replayed)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.percent, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self.replays, 1)
        rows: tuple[tuple[QLabel, QWidget], ...] = (
            (text("Begins with", "quiet"), self.begins_with),
            (text("Learns from", "quiet"), self.learns_from),
            (self._replay_title, replayed),
            (text("Name", "quiet"), self.name),
            (text("Minutes", "quiet"), self.minutes),
        )
        for number, (title, widget) in enumerate(rows):
            grid.addWidget(title, number, 0)
            grid.addWidget(widget, number, 1)
        grid.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.state, 1)
        for button in (push_button("Close", self.close), self.stop, self.start, self.show_verdict):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addWidget(why)
        column.addLayout(grid)
        column.addWidget(self.curves)
        column.addSpacing(12)
        column.addLayout(buttons)

    def _count_cases(self) -> None:
        store = CaseStore(user_store())

        def done(count: tuple[int, int]) -> None:
            corrected, approved = count
            self._count = corrected + approved
            self._show_state()
            count_words = (
                "1 corrected case"
                if corrected + approved == 1
                else (f"{corrected + approved} corrected cases")
            )
            words = f"{count_words}, {approved} approved"
            if not corrected + approved:
                words = "no corrected case yet: correct one and mark it as corrected"
            self.learns_from.setText(words)

        def work(task: object) -> tuple[int, int]:
            found = [row.status for row in store.rows()]
            return found.count(Status.CORRECTED), found.count(Status.APPROVED)

        self._context.jobs.start(Job("Count the cases", "count cases", work, done, is_quiet=True))

    def _look_for_replay(self) -> None:
        folder = replay_folder()

        def done(found: ReplaySet | None) -> None:
            self.percent.setVisible(found is not None)
            if found is None:
                self.replays.setText(_NO_REPLAY.format(folder=folder))
                self._replay_title.setAlignment(Qt.AlignmentFlag.AlignTop)
            else:
                self.replays.setText(f"of what it is shown, from {found.in_words()}")

        def work(task: Task) -> ReplaySet | None:
            return find_replay(folder)

        self._context.jobs.start(
            Job("Look for replay", "find replay", work, done, self._tell_replay, is_quiet=True)
        )

    def _tell_replay(self, error: Exception) -> None:
        """What is wrong with the folder; teaching is refused for the same reason."""
        self.replays.setText(str(error))

    def _start(self) -> None:
        name, minutes = self.name.text().strip(), self.minutes.value()
        self._lessons.start(name, minutes, self.percent.value() / 100)

    def done(self, result: int) -> None:
        """Close; from now on a notice tells when the model has learned."""
        self._lessons.decided.disconnect(self._open_verdict)
        super().done(result)

    def _open_verdict(self) -> None:
        VerdictPage(self._context, self._lessons).open()
        self.close()

    def _show_state(self) -> None:
        lessons, running = self._lessons, self._lessons.is_running
        self.curves.show_rows(lessons.rows)
        self.curves.setVisible(bool(lessons.rows) or running)
        name = self.name.text().strip()
        obstacle = "" if running else self._obstacle(name)
        self.state.setText(_state_in_words(lessons) or obstacle or _left_off(name))
        self.name.setEnabled(not running)
        self.minutes.setEnabled(not running)
        self.percent.setEnabled(not running)
        self.stop.setVisible(running)
        self.show_verdict.setVisible(not running and lessons.verdict is not None)
        role(self.start, "primary" if lessons.verdict is None else "plain")  # one at a time
        self.start.setVisible(not running)
        self.start.setEnabled(not obstacle)
        self.start.setToolTip(obstacle)

    def _obstacle(self, name: str) -> str:
        """Why teaching cannot start; "" when nothing is in the way."""
        if self._count == 0:
            return "Correct a case and mark it as corrected first"
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", name):
            return "A name is made of letters from a to z, digits, - and _, up to 60"
        judged = (own_models() / f"{name}.judged" / "judge.json").exists()
        if judged or name in self._taken:
            return f"There is a model {name} already: choose another name"
        return ""


def _state_in_words(lessons: Lessons) -> str:
    if lessons.problem and not lessons.is_running:
        return lessons.problem
    if not lessons.rows:
        return "The trainer starts; this takes some seconds" if lessons.is_running else ""
    last = lessons.rows[-1]
    if not lessons.is_running:
        stopped = "Stopped; what it learned stays, the same name goes on with it"
        return "" if lessons.verdict is not None or last.get("event") == "verdict" else stopped
    if last.get("event") == "case":
        return f"Measured {last['case']}, {last['number']} of {last['of']}"
    if "left_min" in last:
        return f"Step {last['step']}, {last['left_min']:.1f} minutes left"
    return ""


def _left_off(name: str) -> str:
    is_begun = (own_models() / f"{name}.run" / "last.pt").exists()
    return f"{name} was stopped earlier and goes on from there" if is_begun else ""


def _model_in_use() -> str:
    try:
        card = user_registry().in_use().card
    except KidViewError as error:
        return str(error)
    return f"{card.name} {card.version}, the model in use" if card is not None else ""


def _free_name() -> str:
    """The first of mine-1, mine-2 and so on that no model has."""
    number = 1
    while (own_models() / f"mine-{number}.json").exists():
        number += 1
    return f"mine-{number}"


def _names_of_the_program() -> frozenset[str]:
    return frozenset(entry.name for entry in user_registry().entries() if not entry.is_own)
