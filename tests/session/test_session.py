"""The state of a window: what changes, what is told, what can be taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.core.errors import EditRefused, GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import LabelArray
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.session import Change, Session, What, step_title

SHAPE = (6, 8, 10)
GRID = Geometry.straight(SHAPE, (2.0, 1.0, 0.5), (-5.0, -12.0, 30.0))


def scan() -> Volume:
    """HU grow from 0 voxel by voxel."""
    hu = np.arange(np.prod(SHAPE), dtype=np.int16).reshape(SHAPE)
    order = AxisOrder((2, 1, 0), (False, False, False))
    return Volume(hu, GRID, Source(Path("a.nii.gz"), "NIfTI", order, np.eye(4)))


def cube(label: int | LabelArray, start: tuple[int, int, int] = (1, 2, 3), side: int = 3) -> Edit:
    """A full cube."""
    z, y, x = start
    box = Box(start, (z + side, y + side, x + side))
    return Edit(box, np.ones(box.shape, bool), label)


def proposal(start: tuple[int, int, int] = (2, 2, 2), label: int = 1) -> Proposal:
    """A cube of 2 x 2 x 2."""
    z, y, x = start
    box = Box(start, (z + 2, y + 2, x + 2))
    return Proposal(box, np.full(box.shape, label, np.uint8), GRID.voxel_ml, "m", "CPU", 1.0)


@pytest.fixture
def session() -> Session:
    """With a scan and no labels."""
    made = Session()
    made.open(scan())
    return made


@pytest.fixture
def news(session: Session) -> list[Change]:
    """Every change from now on."""
    heard: list[Change] = []
    session.changed.connect(heard.append)
    return heard


def labels_of(session: Session) -> LabelArray:
    """A copy of the labels of now."""
    assert session.labels is not None
    return session.labels.array.copy()


# -- opening --------------------------------------------------------------------------


def test_opening_starts_afresh(session: Session, news: list[Change]) -> None:
    session.edit("Brush", cube(2))
    session.propose(proposal())
    session.look(hidden=frozenset({1}), mm_per_pixel=0.1, radius_mm=9.0)
    session.open(scan())
    assert session.proposal is None and not session.is_dirty and not session.is_painting
    assert session.history.titles == () and not labels_of(session).any()
    assert session.view.hidden == frozenset() and session.view.mm_per_pixel is None
    assert session.view.radius_mm == 9.0  # tools stay as they were
    assert session.view.cursor_ras == pytest.approx(tuple(GRID.centre_ras))
    assert news[-1].what == ~What(0) and news[-1].box is None


def test_labels_of_another_grid_are_refused(session: Session) -> None:
    before = session.volume
    other = LabelMap.empty(Geometry.straight(SHAPE, (2.0, 1.0, 0.6)))
    with pytest.raises(GridMismatch):
        session.open(scan(), other)
    with pytest.raises(GridMismatch):
        session.replace_labels(other, "Labels")
    assert session.volume is before


def test_labels_taken_over_are_one_step(session: Session) -> None:
    new = LabelMap(
        np.arange(np.prod(SHAPE), dtype=np.uint16).reshape(SHAPE).astype(np.uint8) % 4, GRID
    )
    assert session.replace_labels(new, "Labels of b")
    np.testing.assert_array_equal(labels_of(session), new.array)
    assert session.history.titles == ("Labels of b",)
    assert not session.replace_labels(new, "again")
    session.undo()
    assert not labels_of(session).any()


# -- looking --------------------------------------------------------------------------


def test_looking_tells_once_and_only_what_differs(session: Session, news: list[Change]) -> None:
    asker = object()
    session.look(asker, radius_mm=3.0)
    session.look(radius_mm=3.0)
    assert news == [Change(What.VIEW, None, asker)]


def test_look_at_a_voxel(session: Session) -> None:
    session.look_at((1, 2, 3))
    assert GRID.nearest_index(session.view.cursor_ras) == (1, 2, 3)
    assert session.view.cursor_ras == pytest.approx((-5 + 1.5, -12 + 2, 30 + 2))


def test_nobody_may_change_the_session_while_it_tells(session: Session) -> None:
    session.changed.connect(lambda change: session.look(opacity=0.9))
    with pytest.raises(AssertionError, match="while a Change was out"):
        session.look(radius_mm=3.0)


def test_it_goes_on_telling_after_a_listener_failed(session: Session, news: list[Change]) -> None:
    def fail(change: Change) -> None:
        raise ZeroDivisionError

    disconnect = session.changed.connect(fail)
    with pytest.raises(ZeroDivisionError):
        session.look(radius_mm=3.0)
    disconnect()
    session.look(radius_mm=4.0)
    assert len(news) == 2


# -- editing --------------------------------------------------------------------------


def test_an_edit_is_one_step_with_news_of_its_box(session: Session, news: list[Change]) -> None:
    assert session.edit("Brush, tumour", cube(2))
    assert np.count_nonzero(labels_of(session) == 2) == 27
    assert [change.what for change in news] == [What.LABELS, What.HISTORY]
    assert news[0].box == Box((1, 2, 3), (4, 5, 6))
    assert session.is_dirty and session.history.undo_title == "Brush, tumour"


def test_an_edit_that_changes_nothing_is_no_step(session: Session, news: list[Change]) -> None:
    assert not session.edit("Brush", cube(0))
    assert news == [] and not session.is_dirty and session.history.titles == ()


def test_a_drag_is_one_step(session: Session) -> None:
    session.begin_stroke("Brush")
    for x in range(5):
        session.add_to_stroke(cube(1, (1, 2, x)))
    assert session.is_painting
    assert session.end_stroke()
    assert not session.is_painting and session.history.titles == ("Brush",)
    session.undo()
    assert not labels_of(session).any()


def test_a_drag_taken_back_leaves_nothing(session: Session, news: list[Change]) -> None:
    session.edit("Brush", cube(1))
    before = labels_of(session)
    session.begin_stroke("Brush")
    session.add_to_stroke(cube(2, (0, 0, 0)))
    session.add_to_stroke(cube(3, (1, 1, 1)))
    session.abort_stroke()
    np.testing.assert_array_equal(labels_of(session), before)
    assert session.history.titles == ("Brush",) and not session.end_stroke()
    assert news[-1] == Change(What.LABELS, Box((0, 0, 0), (4, 4, 4)))


def test_undo_and_redo_tell_and_restore(session: Session, news: list[Change]) -> None:
    states = [labels_of(session)]
    for n, label in enumerate((1, 2, 3)):
        session.edit(step_title("Brush", label), cube(label, (n, n, n)))
        states.append(labels_of(session))
    for state, title in zip(states[2::-1], ("cyst", "tumour", "kidney"), strict=True):
        assert session.undo() == f"Brush, {title}"
        np.testing.assert_array_equal(labels_of(session), state)
    assert session.undo() is None
    assert not session.is_dirty
    for state in states[1:]:
        assert session.redo() is not None
        np.testing.assert_array_equal(labels_of(session), state)
    assert session.redo() is None
    assert news[-1].what == What.LABELS | What.HISTORY
    assert news[-1].box == Box((2, 2, 2), (5, 5, 5))


def test_undo_during_a_drag_takes_back_the_drag_alone(session: Session) -> None:
    session.edit("First", cube(1))
    assert session.labels is not None
    before = session.labels.array.copy()
    session.begin_stroke("Second")
    session.add_to_stroke(cube(2, (3, 3, 3)))
    assert session.undo() == "Second"
    assert np.array_equal(session.labels.array, before)
    assert session.history.titles == ("First",) and not session.is_painting
    assert session.undo() == "First" and not session.labels.array.any()


def test_redo_during_a_drag_takes_the_drag_back_first(session: Session) -> None:
    session.edit("First", cube(1))
    done = labels_of(session)
    session.undo()
    session.begin_stroke("Second")
    session.add_to_stroke(cube(2, (2, 3, 4)))
    assert session.redo() == "First"
    np.testing.assert_array_equal(labels_of(session), done)
    session.end_stroke()
    session.undo()
    assert not labels_of(session).any()


def test_saved_is_a_place_in_the_history(session: Session) -> None:
    session.edit("One", cube(1))
    session.mark_saved()
    assert not session.is_dirty
    session.undo()
    assert session.is_dirty
    session.redo()
    assert not session.is_dirty
    session.undo()
    session.edit("Other", cube(1))
    assert session.is_dirty  # equal voxels, yet another step: saved again rather than not


def test_the_guard_holds_in_every_edit(session: Session, news: list[Change]) -> None:
    session.edit("Kidney", cube(1))
    session.protect(locked=frozenset({1}))
    assert news[-1].what == What.GUARD
    assert not session.edit("Tumour", cube(2))
    assert not session.edit("More", cube(1, (3, 3, 3)))
    session.protect(locked=frozenset(), hu_range=(0, 100))
    session.edit("Cyst", cube(3, (0, 0, 0), side=6))
    assert session.volume is not None
    assert session.volume.hu[labels_of(session) == 3].max() <= 100


def test_without_a_scan_nothing_can_be_painted() -> None:
    with pytest.raises(EditRefused, match="no scan is open"):
        Session().begin_stroke("Brush")


# -- proposals ------------------------------------------------------------------------


def test_a_proposal_is_not_a_label(session: Session, news: list[Change]) -> None:
    session.propose(proposal())
    assert not labels_of(session).any() and not session.is_dirty
    assert news == [Change(What.PROPOSAL, Box((2, 2, 2), (4, 4, 4)))]
    with pytest.raises(EditRefused, match="proposal waits"):
        session.edit("Brush", cube(1))


def test_accepting_is_one_step_for_the_whole_scan(session: Session) -> None:
    session.edit("Old", cube(3, (0, 0, 0), side=2))
    before = labels_of(session)
    session.propose(proposal((3, 4, 5), label=2))
    assert session.accept()
    expected = np.zeros(SHAPE, np.uint8)
    expected[3:5, 4:6, 5:7] = 2
    np.testing.assert_array_equal(labels_of(session), expected)
    assert session.proposal is None and session.history.undo_title == "Segmentation"
    session.undo()
    np.testing.assert_array_equal(labels_of(session), before)


def test_accepting_spares_locked_labels(session: Session) -> None:
    session.edit("Old", cube(3, (2, 2, 2), side=1))
    session.protect(locked=frozenset({3}))
    session.propose(proposal((2, 2, 2), label=1))
    session.accept()
    assert labels_of(session)[2, 2, 2] == 3
    assert np.count_nonzero(labels_of(session) == 1) == 7


def test_accepting_what_is_there_changes_nothing(session: Session) -> None:
    session.edit("Old", cube(1, (2, 2, 2), side=2))
    session.propose(proposal())
    assert not session.accept()
    assert session.proposal is None and session.history.titles == ("Old",)
    assert not session.accept()


def test_discarding_forgets_it(session: Session, news: list[Change]) -> None:
    session.propose(proposal())
    session.discard()
    assert session.proposal is None and not labels_of(session).any()
    assert news[-1] == Change(What.PROPOSAL, Box((2, 2, 2), (4, 4, 4)))
    session.discard()
    assert len(news) == 2


def test_a_proposal_takes_a_drag_back(session: Session) -> None:
    session.begin_stroke("Brush")
    session.add_to_stroke(cube(1))
    session.propose(proposal())
    assert not session.is_painting and not labels_of(session).any()
