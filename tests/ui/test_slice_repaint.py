"""What a slice view draws again, and its rail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.session import Session
from kidview.ui.jobs import Jobs
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.slice_rail import SliceRail
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import (
    MARK,
    air,
    blended,
    cube,
    middle_colour,
    picture,
    shown,
)

# -- repainting -----------------------------------------------------------------------


@pytest.fixture
def drawn(marked: list[SliceView], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the axial view asks of its canvas."""
    calls: list[str] = []
    canvas = marked[0]._canvas
    for name in ("show_scan", "show_labels", "show_outlines", "show_proposal", "colour_labels"):
        real: Callable[..., None] = getattr(canvas, name)

        def note(*args: Any, name: str = name, real: Callable[..., None] = real) -> None:
            calls.append(name)
            real(*args)

        monkeypatch.setattr(canvas, name, note)
    return calls


def test_only_what_differs_is_drawn_again(drawn: list[str], session: Session) -> None:
    session.look(window_hu=(0.0, 50.0))
    assert drawn == ["show_scan"]
    drawn.clear()
    session.look(opacity=0.6)
    assert drawn == ["colour_labels"]
    drawn.clear()
    session.look(tool="brush", radius_mm=3.0, has_crosshair=True, mm_per_pixel=0.5)
    session.protect(locked=frozenset({1}))
    assert drawn == []
    session.look_at((MARK[0], 3, 3))  # the same axial slice
    assert drawn == []
    session.look_at((MARK[0] + 1, 3, 3))
    assert drawn == ["show_scan", "show_labels", "show_outlines", "show_proposal"]


def test_an_edit_is_drawn_where_its_box_crosses(drawn: list[str], session: Session) -> None:
    session.edit("Above", cube(1, (13, 0, 0)))
    assert drawn == []
    session.edit("Across", cube(1, (10, 0, 0)))
    assert drawn == ["show_labels", "show_outlines"]


def test_a_hidden_view_catches_up_when_shown(marked: list[SliceView], session: Session) -> None:
    view = marked[1]
    view.hide()
    session.edit("Brush", cube(1))
    session.look_at((12, 22, 33))
    view.show()
    np.testing.assert_allclose(middle_colour(view, (12, 22, 33)), blended(1, 0.3), atol=3)


def test_another_scan_takes_the_place_of_the_first(
    marked: list[SliceView], session: Session
) -> None:
    assert middle_colour(marked[0], MARK) == (255, 255, 255)
    session.open(air(marks=((12, 5, 5),)))
    session.look_at(MARK)
    assert middle_colour(marked[0], MARK) == (0, 0, 0)
    assert middle_colour(marked[0], (12, 5, 5)) == (255, 255, 255)


def test_without_a_scan_a_view_is_black(qtbot: QtBot, jobs: Jobs, habits: MouseHabits) -> None:
    assert not picture(shown(qtbot, Session(), jobs, habits)).any()


def test_a_view_that_was_deleted_is_not_told(qtbot: QtBot, session: Session, jobs: Jobs) -> None:
    view = SliceView(session, 0, jobs)
    view.show()
    session.open(air(marks=(MARK,)))
    gone: list[bool] = []
    view.destroyed.connect(lambda: gone.append(True))
    view.deleteLater()
    qtbot.waitUntil(lambda: bool(gone))
    session.look(window_hu=(0.0, 1.0))


# -- rail -----------------------------------------------------------------------------


def test_the_rail_drags_through_all_slices(
    marked: list[SliceView], session: Session, qtbot: QtBot
) -> None:
    rail = marked[0].findChild(SliceRail)
    assert rail is not None
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(rail, left, pos=QPoint(6, 0))
    assert marked[0].index == 19  # superior is up
    qtbot.mouseMove(rail, QPoint(6, 299))
    assert marked[0].index == 0
    qtbot.mouseMove(rail, QPoint(6, 150))
    assert marked[0].index in (9, 10)
    qtbot.mouseRelease(rail, left)
    qtbot.mouseMove(rail, QPoint(6, 0))
    assert marked[0].index in (9, 10)


def test_the_rail_and_the_slices_agree(marked: list[SliceView], session: Session) -> None:
    rail = marked[2].findChild(SliceRail)
    assert rail is not None
    for index in (0, 13, 59):
        session.look_at((3, 3, index))
        middle = rail._handle().center().y()
        assert rail.index_at(middle) == index


def test_a_scan_of_one_slice_has_no_handle(views: list[SliceView], session: Session) -> None:
    hu = np.zeros((1, 8, 8), np.int16)
    geometry = Geometry.straight((1, 8, 8), (5.0, 1.0, 1.0))
    session.open(Volume(hu, geometry, air().source), LabelMap.empty(geometry))
    rail = views[0].findChild(SliceRail)
    assert rail is not None
    image = rail.grab().toImage()
    assert all(image.pixelColor(6, y) == QColor("#000000") for y in range(0, image.height(), 5))
