"""What may not be changed is refused with the same words wherever one begins."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.session import SEEDS, Session, why_not
from tests.session.small_phantom import phantom

BOX = Box((1, 1, 1), (3, 3, 3))


@pytest.fixture
def session() -> Session:
    made = Session()
    made.open(phantom())
    return made


def dab(label: int = 2) -> Edit:
    return Edit(BOX, np.ones(BOX.shape, bool), label)


def propose(session: Session) -> None:
    session.propose(Proposal(BOX, np.ones(BOX.shape, np.uint8), 0.0, "m", "CPU", 1.0))


def test_nothing_open_only_looked_at_a_proposal_and_a_lock_in_that_order(session: Session) -> None:
    assert why_not(session, 2) is None
    session.protect(locked=frozenset({2}))
    locked = why_not(session, 2)
    assert locked is not None and locked.what == "tumour is locked"
    assert why_not(session) is why_not(session, 1) is why_not(session, 0) is None
    propose(session)
    waits = why_not(session, 2)
    assert waits is not None and "proposal waits" in waits.what
    session.only_look(EditRefused("open in another window", "close it there"))
    held = why_not(session, 2)
    assert held is not None and (held.what, held.hint) == (
        "open in another window",
        "close it there",
    )
    empty = why_not(Session(), 2)
    assert empty is not None and empty.what == "no scan is open"


def test_each_refusal_is_a_fresh_one(session: Session) -> None:
    """An exception raised again grows its traceback, and with it all that its frames hold."""
    session.only_look(EditRefused("open in another window", "close it there"))
    seen: list[EditRefused] = []
    for _ in range(3):
        with pytest.raises(EditRefused, match="another window") as caught:
            session.edit("Brush", dab())
        seen.append(caught.value)
    assert len({id(each) for each in seen}) == 3 and session.refusal not in seen


def test_steps_under_a_waiting_proposal_are_neither_undone_nor_redone(session: Session) -> None:
    assert session.labels is not None
    session.edit("First", dab(1))
    session.edit("Second", dab(2))
    session.undo()
    before = session.labels.array.copy()
    propose(session)
    for again in (session.undo, session.redo):
        with pytest.raises(EditRefused, match="proposal waits"):
            again()
    assert np.array_equal(session.labels.array, before) and session.proposal is not None
    session.discard()
    assert session.redo() == "Second" and session.undo() == "Second"


def test_scribbles_wait_for_their_tool_while_steps_are_undone(session: Session) -> None:
    session.look(tool=SEEDS)
    session.scribbles.begin()
    session.scribble(dab(3))
    session.look(tool="brush")
    session.edit("Brush", dab(2))
    assert session.undo() == "Brush" and session.scribbles.box == BOX
    assert session.undo() is None and session.scribbles.box == BOX
    session.look(tool=SEEDS)
    assert session.undo() == "Scribble" and session.scribbles.box is None
