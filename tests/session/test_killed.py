"""kill -9 at any moment: the labels of the last finished stroke come back, and their history."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kidview.session import Session
from kidview.session.past import Past, load_past
from kidview.session.work_folder import find_unsaved
from tests.session.journal_stage import labels_of
from tests.session.killed_painter import operate, scan

KILLS = 50
ROOT = Path(__file__).resolve().parents[2]


def is_as(past: Past, session: Session) -> bool:
    """Labels and history of both are the same."""
    return (
        past.history.titles == session.history.titles
        and past.history.position == session.history.position
        and np.array_equal(past.labels.array, labels_of(session))
    )


def is_clean_after(number: int, least: int) -> bool:
    """Whether painter `number` had nothing unsaved: all was undone, or nothing done."""
    session, randomly, is_clean = Session(), np.random.default_rng(number), least < 1
    session.open(scan(number))
    for done in range(1, least + 2):
        operate(session, randomly, done)
        is_clean |= done >= least and not session.is_dirty
    return is_clean


def operations_in(past: Past, number: int, least: int) -> int:
    """After how many operations of painter `number` the session was as the journal tells."""
    session, randomly = Session(), np.random.default_rng(number)
    session.open(scan(number))
    for done in range(least + 2):
        if done >= least and is_as(past, session):
            while session.undo():
                past.history.undo(past.labels)
                assert is_as(past, session)
            return done
        operate(session, randomly, done + 1)
    raise AssertionError(
        f"painter {number}: neither the state after {least} operations nor one more"
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="painters are forked")
def test_fifty_kills_lose_no_finished_stroke(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, str(Path(__file__).with_name("killed_painter.py"))]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    work = tmp_path / "work" / "me"
    told = subprocess.run(
        [*command, str(work), str(KILLS), "7"],
        env=environment, capture_output=True, text=True, check=True, timeout=100,
    ).stdout  # fmt: skip
    reported = [int(line) for line in told.splitlines()]
    assert len(reported) == KILLS
    found = {Path(one.about.path).name: one for one in find_unsaved(work) if one.about is not None}
    recovered, cut = [], 0
    for number, last in enumerate(reported):
        one = found.pop(f"scan-{number}.nii.gz", None)
        if one is None:
            assert is_clean_after(number, last), f"painter {number}: {last} operations are lost"
            recovered.append(last)
            continue
        past = load_past(one.path)
        cut += past.cut > 0
        recovered.append(operations_in(past, number, max(last, 0)))
    assert not found
    later = sum(a > max(b, 0) for a, b in zip(recovered, reported, strict=True))
    with capsys.disabled():
        print(
            f"\n{KILLS} kills after {min(reported)} to {max(reported)} operations "
            f"({sum(max(n, 0) for n in reported)} in all): none lost, {later} times one more "
            f"than reported, {cut} damaged ends cut"
        )
