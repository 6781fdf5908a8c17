"""Whatever people do in whatever order: undo, redo and the journal give all labels again."""

from __future__ import annotations

import itertools
import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kidview.core.labels import LabelMap
from kidview.edit import TOOLS
from kidview.session import Session, recording, session
from kidview.session.effort import Effort
from kidview.session.past import load_past
from tests.session.any_hand import ACTS, Hand
from tests.session.journal_stage import Recorded, check_same, labels_of
from tests.session.small_phantom import GRID, phantom, some_labels

SCAN = phantom()
act = st.tuples(st.sampled_from(ACTS), st.integers(0, 2**20))
acts = st.one_of(  # the first alone would seldom be long; a failure shrinks to it
    st.lists(act, min_size=1, max_size=200), st.lists(act, min_size=150, max_size=200)
)


def run(what: list[tuple[str, int]], has_labels: bool, begins: bool, folder: Path) -> Hand:
    """Act in a recorded session; compare with the journal on the way and at the end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda file: None)  # there is no power cut to fear
        # Time that no step was made in is not in the journal: a busy machine has more of it.
        ticks = itertools.count()
        patch.setattr(session, "Effort", partial(Effort, clock=lambda: 1e-4 * next(ticks)))
        patch.setattr(recording, "APPENDED_TO_LABELS", 7)
        patch.setattr(recording, "MOST_BYTES", 20_000 if begins else 2**40)
        patch.setattr(recording, "RETRY_S", 0.0)
        recorded = Recorded(folder / "work" / "me", SCAN)
        if has_labels:
            recorded.session.open(SCAN, LabelMap(some_labels(np.random.default_rng(1)), GRID))
        hand = Hand(recorded.session)
        for number, (one, seed) in enumerate(what, 1):
            hand.act(one, seed)
            if number % 50 == 0:
                check_same(load_past(recorded.journal), recorded.session)
        recorded.session.scribble(None)
        check_same(load_past(recorded.journal), recorded.session)
        undo_and_redo(hand)
        check_same(load_past(recorded.journal), recorded.session)
        past = load_past(recorded.journal)
        again = Session()
        again.open(SCAN, past=past)
        while again.undo():
            pass
        np.testing.assert_array_equal(labels_of(again), hand.states[0])
        while again.redo():
            pass
        np.testing.assert_array_equal(labels_of(again), hand.states[-1])
        recorded.recorder.close()
    return hand


def undo_and_redo(hand: Hand) -> None:
    """To the beginning and to the end, each state on the way as it was."""
    shown = hand.session
    while shown.undo():
        hand.position -= 1
        hand.check()
    assert hand.position == 0
    np.testing.assert_array_equal(hand.labels, hand.states[0])
    while shown.redo():
        hand.position += 1
        hand.check()
    assert hand.position == len(hand.states) - 1


@settings(
    deadline=None,
    max_examples=15,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(what=acts, has_labels=st.booleans(), begins=st.booleans())
def test_any_order_of_acts_is_undone_redone_and_replayed(
    what: list[tuple[str, int]], has_labels: bool, begins: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(what, has_labels, begins, Path(folder))


def test_two_hundred_acts_with_every_tool(tmp_path: Path) -> None:
    """Long sequences with each act about as often; none of the tools is refused always."""
    written: set[str] = set()
    for seed in range(10):
        random = np.random.default_rng(seed)
        what = [(str(one), int(random.integers(2**20))) for one in random.choice(ACTS, 200)]
        folder = tmp_path / str(seed)
        hand = run(what, has_labels=seed % 2 == 1, begins=seed % 3 == 0, folder=folder)
        written |= set(hand.written)
    assert written == {row.id for row in TOOLS} - {"navigate", "measure"} | {"labels", "proposal"}
