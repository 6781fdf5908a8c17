"""Another mask beside the labels: shown, told once, ended with the scan, never written."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.session import Change, Compared, Session, What
from tests.session.test_session import GRID, SHAPE, cube, scan


def other(label: int = 2) -> Compared:
    """A cube of 27 voxels."""
    array = np.zeros(SHAPE, np.uint8)
    array[1:4, 2:5, 3:6] = label
    return Compared.of("theirs", LabelMap(array, GRID))


@pytest.fixture
def session() -> Session:
    made = Session()
    made.open(scan())
    return made


def test_it_knows_where_its_labels_are() -> None:
    assert other().box == Box((1, 2, 3), (4, 5, 6))
    assert Compared.of("none", LabelMap.empty(GRID)).box is None


def test_a_part_of_a_scan_is_background_elsewhere() -> None:
    box = Box((1, 2, 3), (4, 5, 6))
    made = Compared.of_part("theirs", box, np.full(box.shape, 2, np.uint8), GRID)
    assert np.array_equal(made.labels.array, other().labels.array) and made.box == box


def test_each_change_of_it_is_told_once(session: Session) -> None:
    news: list[Change] = []
    session.changed.connect(news.append)
    mask = other()
    session.compare_with(mask)
    session.compare_with(mask)
    assert session.compared is mask and [one.what for one in news] == [What.COMPARED]
    session.compare_with(None)
    session.compare_with(None)
    assert session.compared is None and len(news) == 2


def test_another_scan_ends_it(session: Session) -> None:
    session.compare_with(other())
    session.open(scan())
    assert session.compared is None


def test_another_grid_is_refused_and_what_was_shown_stays(session: Session) -> None:
    mask = other()
    session.compare_with(mask)
    moved = Geometry.straight(SHAPE, (2.0, 1.0, 0.5), (-5.0, -12.0, 33.0))
    with pytest.raises(GridMismatch, match="another grid"):
        session.compare_with(Compared.of("moved", LabelMap.empty(moved)))
    assert session.compared is mask


def test_edits_leave_it_alone(session: Session) -> None:
    mask = other()
    before = mask.labels.array.copy()
    session.compare_with(mask)
    session.edit("Brush", cube(1))
    session.undo()
    assert np.array_equal(mask.labels.array, before) and session.compared is mask
    with pytest.raises(ValueError, match="read-only"):
        mask.labels.array[0, 0, 0] = 1
