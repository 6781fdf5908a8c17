"""Sessions that are recorded, with lines that work where they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from kidview.core.box import Box
from kidview.core.types import Index, LabelArray
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.session import Session
from kidview.session.past import Past
from kidview.session.recording import Keeping, Recorder
from tests.session.test_session import scan


class AtOnce:
    """A line that does each work as it comes."""

    def put(self, work: Callable[[], object]) -> None:
        work()


class Recorded:
    """A session on a scan, its journal in a folder, and what the recorder told."""

    def __init__(self, work: Path, volume: Volume | None = None) -> None:
        self.work = work
        self.told: list[Keeping] = []
        self.session = Session()
        self.recorder = Recorder(self.session, work, AtOnce(), AtOnce(), self.told.append)
        self.session.open(volume or scan())
        self.session.look(tool="brush")

    @property
    def journal(self) -> Path:
        """The one journal there is."""
        (path,) = self.work.glob("*/*.journal")
        return path

    def end_unasked(self) -> None:
        """As far as files go: locks end with their process, and nothing is removed."""
        folder, self.recorder._folder = self.recorder._folder, None
        assert folder is not None
        folder.leave()

    def paint(self, title: str, start: Index = (1, 2, 3), label: int = 1, side: int = 2) -> None:
        z, y, x = start
        box = Box(start, (z + side, y + side, x + side))
        self.session.edit(title, Edit(box, np.ones(box.shape, bool), label))


def labels_of(session: Session) -> LabelArray:
    """The labels of now."""
    assert session.labels is not None
    return session.labels.array


def check_same(past: Past, session: Session) -> None:
    """A journal gives all that a session has."""
    assert session.volume is not None
    shape = session.volume.geometry.shape_zyx
    np.testing.assert_array_equal(past.labels.array, labels_of(session))
    assert past.history.titles == session.history.titles
    assert past.history.position == session.history.position
    is_dirty = past.history.state is not past.saved
    assert is_dirty == session.is_dirty
    ours = past.effort.spent(past.history.count)
    theirs = session.effort.spent(session.history.count)
    np.testing.assert_array_equal(ours.painted(shape), theirs.painted(shape))
    assert ours.operations == theirs.operations
    assert abs(ours.seconds - theirs.seconds) < 0.2
    assert (past.accepted is None) == (session.accepted is None)
    if past.accepted is not None and session.accepted is not None:
        mine, its = past.accepted, session.accepted
        assert mine.author == its.author and mine.proposal.box == its.proposal.box
        np.testing.assert_array_equal(mine.proposal.labels, its.proposal.labels)
