"""What turned planes refuse, and how they become straight again."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kidview.core.errors import EditRefused
from kidview.core.volume import Volume
from kidview.session import Outline, Session, Slab, turned
from kidview.ui import opening
from kidview.ui.jobs import Jobs
from kidview.ui.main_window import MainWindow
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.slice_view import SliceView
from kidview.ui.turning import straighten, turn_by
from tests.ui.slice_stage import (
    LEFT,
    MIDDLE_PX,
    PLAIN,
    SHAPE,
    Heard,
    air,
    count,
    cube,
    drag,
    index_of,
    picture,
    shown,
)


@pytest.mark.parametrize(
    "tool", ["brush", "eraser", "polygon", "live_wire", "grow", "relabel", "refine", "measure"]
)
def test_tools_that_act_in_a_view_are_refused_on_a_turned_plane(
    tool: str, qtbot: QtBot, oblique: list[SliceView], session: Session, jobs: Jobs
) -> None:
    session.edit("Cube", cube(1))
    before, marks = count(session, 1), session.marks
    session.look(tool=tool)
    heard = Heard(oblique[1])
    asked: list[object] = []
    oblique[1].refine_clicked.connect(lambda *args: asked.append(args))
    drag(qtbot, oblique[1], LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 20))
    jobs.wait_all()
    (error,) = heard.errors
    assert isinstance(error, EditRefused) and error.what == "the coronal plane is turned"
    assert "straighten the planes with [oblique.straight]" in error.hint
    assert count(session, 1) == before and session.marks == marks
    assert session.outline is None and not session.is_painting and not asked
    assert oblique[1].cursor().shape() == Qt.CursorShape.ForbiddenCursor


def test_a_plane_that_is_still_straight_can_be_painted_on(
    qtbot: QtBot, oblique: list[SliceView], session: Session
) -> None:
    """Turned in the axial view, the axial slice is the grid's own."""
    session.look(tool="brush")
    drag(qtbot, oblique[0], LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(20, 0))
    assert session.labels is not None
    z, y, x = np.nonzero(session.labels.array)
    assert set(z) == {10} and (y.min(), y.max()) == (16, 24) and x.max() <= 35


def test_a_turn_by_key_ends_a_scribble_in_hand(
    qtbot: QtBot, views: list[SliceView], session: Session
) -> None:
    session.look(tool="seeds")
    heard = Heard(views[1])
    qtbot.mousePress(views[1], LEFT, Qt.KeyboardModifier.NoModifier, MIDDLE_PX)
    scribbled = session.scribbles.count
    turn_by(session, 0, 5)
    qtbot.mouseMove(views[1], MIDDLE_PX + QPoint(40, 0))
    assert session.scribbles.count == scribbled and len(heard.errors) == 1


def test_marks_and_lines_of_the_grid_are_not_drawn_on_a_turned_plane(
    oblique: list[SliceView], session: Session
) -> None:
    session.look(tool="polygon", turn=None)
    session.draw_outline(Outline("polygon", 1, 20).with_anchor((10.0, 20.0, 30.0)))
    assert oblique[1]._canvas.outline_in_hand.isVisible()
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    assert not oblique[1]._canvas.outline_in_hand.isVisible()


# -- in the window ----------------------------------------------------------------------


def test_keys_turn_by_five_degrees_and_straighten(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opening.show(window.context, tiny_scan)
    session, commands = window.context.session, window.commands
    assert not commands["oblique.straight"].isEnabled()
    at = index_of(session)
    for _ in range(3):
        commands["oblique.clockwise"].trigger()
    commands["oblique.anticlockwise"].trigger()
    assert session.view.turn is not None
    assert [session.view.turn.degrees(axis) for axis in range(3)] == pytest.approx([0, 10, 10])
    assert window.status.message.text() == ("Coronal and sagittal plane turned 5° anticlockwise")
    commands["oblique.straight"].trigger()
    assert session.view.turn is None
    assert index_of(session) == at


def test_a_bookmark_of_a_turned_plane_is_refused(window: MainWindow, tiny_scan: Volume) -> None:
    opening.show(window.context, tiny_scan)
    turn_by(window.context.session, 1, 20)  # the axial view is the active one
    window.commands["bookmark.add"].trigger()
    assert not window.context.session.marks.bookmarks


def test_straight_planes_are_those_of_before(
    oblique: list[SliceView], session: Session, qtbot: QtBot
) -> None:
    session.look(turn=None, slab=Slab("max", 6.0))
    before = [picture(view) for view in oblique]
    turn_by(session, 2, 37.0)
    assert any((picture(v) != b).any() for v, b in zip(oblique, before, strict=True))
    straighten(session)
    for view, old in zip(oblique, before, strict=True):
        np.testing.assert_array_equal(picture(view), old)


def test_another_scan_opens_straight(oblique: list[SliceView], session: Session) -> None:
    session.open(air())
    assert session.view.turn is None
    assert all(view.plan.frame is None for view in oblique)
    assert SHAPE[0] == oblique[0].plan.count


def test_a_turned_view_can_be_shown_for_the_first_time(
    qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits
) -> None:
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    assert picture(shown(qtbot, session, jobs, habits, axis=1)).any()
