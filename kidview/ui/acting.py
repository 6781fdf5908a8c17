"""A tool's function runs in a job; what it returns becomes one undo step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Job, Task
from kidview.core.types import FloatArray, Index, Triple
from kidview.edit import Edit, ToolRow, Work, why_refused
from kidview.session import Session, step_title, why_not
from kidview.ui.jobs import Jobs
from kidview.ui.telling import as_words, step_in_words

_UNLOCK = "unlock it in the list of labels"


class Teller(Protocol):
    """Where it happens: a view, or the window."""

    session: Session

    def say(self, words: str) -> None:
        """Tell what was done."""

    def refuse(self, error: Exception) -> None:
        """Tell why something cannot be done."""


def asked(
    row: ToolRow,
    session: Session,
    *,
    at_zyx: Index | None = None,
    axis: int | None = None,
    outline: tuple[Triple, ...] = (),
    label: int | None = None,
    to_view: FloatArray | None = None,
) -> Callable[[Task], tuple[Edit, LabelMap]]:
    """What a worker runs: the tool's function on the labels of now, which it returns too.

    `label` is the active one unless given; 0 erases.

    Raises
    ------
    EditRefused
        No scan is open.
    """
    if session.volume is None or session.labels is None:
        raise EditRefused("no scan is open", "open a CT first")
    volume, view, act = session.volume, session.view, row.act
    snapshot, seeds = session.labels.snapshot(), session.scribbles.copy()
    wanted, locked = view.label if label is None else label, session.guard.locked
    assert act is not None  # a tool of this gesture has one

    def work(task: Task) -> tuple[Edit, LabelMap]:
        labels, grid = snapshot.labels(), volume.geometry
        values = (wanted, at_zyx, axis, outline, view.options, task)
        asked_of = Work(volume.hu, grid, labels.array, *values, seeds=seeds, to_view=to_view)
        try:
            return act(asked_of), labels
        except EditRefused as refusal:
            under = 0 if at_zyx is None or row.gesture != "click" else int(labels.array[at_zyx])
            if under in locked:  # a lock is the first thing in the way, whatever the tool found
                raise EditRefused(f"{LABEL_NAMES[under]} is locked", _UNLOCK) from refusal
            raise

    return work


def why_it_cannot(row: ToolRow, session: Session, label: int | None = None) -> EditRefused | None:
    """Why a tool cannot begin, asked before anybody draws or waits; None where it can.

    `label` is the active one unless given; 0 erases. Scribbles and what is cut in space may be of
    other labels than the active one, so that its lock does not count there.
    """
    if row.gesture in ("navigate", "annotate"):
        return None
    wanted = session.view.label if label is None else label
    gives_it = "label" in row.options and row.gesture not in ("seeds", "outline3d")
    return why_not(session, wanted if gives_it else None)


def title_of(row: ToolRow, label: int) -> str:
    """Name of the undo step of a tool."""
    is_of_one = "label" in row.options and row.gesture != "seeds"
    return step_title(row.title, label) if is_of_one else row.title


def act(
    row: ToolRow,
    where: Teller,
    jobs: Jobs,
    *,
    at_zyx: Index | None = None,
    axis: int | None = None,
    outline: tuple[Triple, ...] = (),
    label: int | None = None,
    to_view: FloatArray | None = None,
) -> None:
    """Let a tool work on the labels of now, and write what it returns.

    Labels that changed meanwhile win: the result is dropped, and that is said.

    Raises
    ------
    EditRefused
        Nothing may be painted now, or nothing with this label.
    """
    session = where.session
    why = why_it_cannot(row, session, label)
    if why is not None:
        raise why
    work = asked(
        row, session, at_zyx=at_zyx, axis=axis, outline=outline, label=label, to_view=to_view
    )
    write = writer(row.id, title_of(row, session.view.label if label is None else label), where)

    def done(result: tuple[Edit, LabelMap]) -> None:
        write(result[0])

    jobs.start(Job(row.title, "tool", work, done, where.refuse))


def writer(tool: str, title: str, where: Teller) -> Callable[[Edit], bool]:
    """What writes an edit of the labels of now once it is worked out, and tells what it did.

    False where it changed nothing: the labels are others by then, or are protected.
    """
    session = where.session
    volume, before = session.volume, session.history.state

    def write(edit: Edit) -> bool:
        if session.volume is not volume or session.history.state is not before:
            where.say("The labels changed meanwhile: do it again")
            return False
        try:
            is_written = session.edit(title, edit, tool=tool)
        except EditRefused as refusal:  # a proposal arrived, or another window has the scan
            where.refuse(refusal)
            return False
        if is_written:
            where.say(told(session))
            return True
        assert session.labels is not None and session.volume is not None
        why = why_refused(edit, session.labels, session.guard, session.volume.hu)
        assert why is not None  # the edit changed nothing
        where.say(as_words(why))
        return False

    return write


def told(session: Session) -> str:
    """The last step in words."""
    step = session.history.last
    assert step is not None and session.volume is not None
    return step_in_words(step, session.volume.geometry.voxel_ml)
