"""A tool's function runs in a job; what it returns becomes one undo step."""

from __future__ import annotations

from typing import Protocol

from kidview.core.errors import EditRefused
from kidview.core.task import Job, Task
from kidview.core.types import Index, Triple
from kidview.edit import Edit, ToolRow, Work, why_refused
from kidview.session import Session, step_title
from kidview.ui.jobs import Jobs
from kidview.ui.telling import as_words, step_in_words


class Teller(Protocol):
    """Where it happens: a view, or the window."""

    session: Session

    def say(self, words: str) -> None:
        """Tell what was done."""

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""


def act(
    row: ToolRow,
    where: Teller,
    jobs: Jobs,
    *,
    at_zyx: Index | None = None,
    axis: int | None = None,
    outline: tuple[Triple, ...] = (),
) -> None:
    """Let a tool work on the labels of now, and write what it returns.

    Labels that changed meanwhile win: the result is dropped, and that is said.
    """
    session = where.session
    if session.volume is None or session.labels is None:
        raise EditRefused("no scan is open", "open a CT first")
    volume, view, before = session.volume, session.view, session.history.state
    labels, tool_act = session.labels.snapshot(), row.act
    assert tool_act is not None  # a tool of this gesture has one
    title = step_title(row.title, view.label) if "label" in row.options else row.title

    def work(task: Task) -> Edit:
        return tool_act(
            Work(
                volume.hu,
                volume.geometry,
                labels.labels().array,
                view.label,
                at_zyx,
                axis,
                outline,
                view.options,
                task,
            )
        )

    def done(edit: Edit) -> None:
        if session.history.state is not before or session.volume is not volume:
            where.say("The labels changed meanwhile: do it again")
        elif session.edit(title, edit, tool=row.id):
            step = session.history.last
            assert step is not None
            where.say(step_in_words(step, volume.geometry.voxel_ml))
        else:
            assert session.labels is not None
            why = why_refused(edit, session.labels, session.guard, volume.hu)
            assert why is not None  # the edit changed nothing
            where.say(as_words(why))

    jobs.start(Job(row.title, "tool", work, done, where.refuse))
