"""What a person did to the labels since a case took them over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kidview.cases import Author, Case, CaseStore
from kidview.core.labels import LabelMap
from kidview.session import Change, Effort, Session, Spent, What
from tests.session.test_session import GRID, SHAPE, cube, proposal, scan

MODEL = Author("model", "m", "1", "a" * 64)


class Clock:
    """Seconds that pass on demand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def session(clock: Clock) -> Session:
    made = Session()
    made.open(scan())
    made.effort = Effort(clock)
    made.look(tool="brush")
    return made


def spent(session: Session) -> Spent:
    return session.effort.spent(session.history.count)


def painted(session: Session) -> int:
    return int(spent(session).painted(SHAPE).sum())


def test_painted_are_all_voxels_a_stroke_reached(session: Session) -> None:
    session.edit("Brush", cube(1))
    assert painted(session) == 27
    session.begin_stroke("Brush")
    session.add_to_stroke(cube(1))  # they have that label already
    session.add_to_stroke(cube(1, start=(0, 0, 0), side=1))
    session.end_stroke()
    session.effort.settle(Spent(0.0, {}, spent(session).touched[:1]))
    assert painted(session) == 28


def test_a_stroke_taken_back_painted_nothing_but_was_work(session: Session) -> None:
    session.edit("Brush", cube(1))
    session.edit("Brush", cube(2, start=(0, 0, 0), side=1))
    session.undo()
    assert painted(session) == 27
    assert spent(session).operations == {"brush": 2}
    session.redo()
    assert painted(session) == 28
    session.undo()
    session.edit("Brush", cube(3, start=(0, 0, 0), side=2))  # in place of the undone one
    assert painted(session) == 27 + 8


def test_proposals_and_opened_labels_are_nobodys_hand(session: Session) -> None:
    session.propose(proposal())
    session.accept()
    session.replace_labels(LabelMap(np.full(SHAPE, 1, np.uint8), GRID), "Labels of Doe.nii.gz")
    assert painted(session) == 0 and spent(session).operations == {}


def test_a_pause_over_a_minute_is_no_editing(session: Session, clock: Clock) -> None:
    session.edit("Brush", cube(1))
    for pause in (20.0, 61.0, 15.0):
        clock.now += pause
        session.edit("Brush", cube(1 + session.history.count % 2))
    assert spent(session).seconds == 35.0


def test_steps_dropped_to_save_memory_stay_painted(session: Session) -> None:
    session.history._budget = 1
    session.edit("Brush", cube(1))
    session.edit("Brush", cube(2, start=(0, 0, 0), side=1))
    assert session.history.dropped == 1 and painted(session) == 28


def a_case(folder: Path) -> Case:
    return CaseStore(folder).add(scan())


def test_what_a_case_took_over_is_not_kept_twice(
    session: Session, clock: Clock, tmp_path: Path
) -> None:
    session.enter_case(a_case(tmp_path), holds_labels=True)
    session.edit("Brush", cube(1))
    clock.now += 10
    session.edit("Brush", cube(2))
    kept, state = spent(session), session.history.state
    session.edit("Eraser", cube(0, start=(0, 0, 0), side=4), tool="eraser")  # while it is written
    assert session.case is not None
    session.case_kept(session.case, state, kept)
    left = spent(session)
    assert session.is_dirty and left.operations == {"eraser": 1} and left.seconds == 0
    session.case_kept(session.case, session.history.state, left)
    assert not session.is_dirty and painted(session) == 0


def test_the_case_is_one_field_told_in_one_change(session: Session, tmp_path: Path) -> None:
    heard: list[Change] = []
    session.changed.connect(heard.append)
    case = a_case(tmp_path)
    session.enter_case(case, holds_labels=False)
    assert session.is_dirty and [change.what for change in heard] == [What.RECORD | What.HISTORY]
    session.take_record(case)
    assert heard[-1].what == What.RECORD
    session.open(scan(), case=case)
    assert session.case is case and len(heard) == 3
    session.open(scan())
    assert session.case is None


def test_the_accepted_proposal_waits_until_a_case_has_it(session: Session) -> None:
    made = proposal()
    session.propose(made, MODEL)
    assert session.accepted is None
    session.accept()
    accepted = session.accepted
    assert accepted is not None and accepted.proposal is made and accepted.author == MODEL
    session.prediction_kept(accepted)
    assert session.accepted is None
    session.propose(made)  # nobody knows by which network
    session.accept()
    assert session.accepted is None
