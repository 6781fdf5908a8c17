"""Real mouse events on a slice view: pointing, wheel and drags in both schemes."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.edit import TOOLS, Edit
from kidview.session import Session
from kidview.ui.actions import SCHEMES
from kidview.ui.jobs import Jobs
from kidview.ui.mouse import DRAGS, Probe
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import (
    CTRL,
    LEFT,
    MIDDLE,
    MIDDLE_PX,
    PLAIN,
    RIGHT,
    SHIFT,
    Heard,
    drag,
    index_of,
    ramp,
    shown,
    turn,
    turned,
)

# -- pointing -------------------------------------------------------------------------


@pytest.mark.parametrize("geometry", [PLAIN, turned(17.0, 11.0)], ids=["plain", "oblique"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_voxel_under_the_pointer(
    axis: int,
    geometry: Geometry,
    qtbot: QtBot,
    session: Session,
    jobs: Jobs,
    habits: MouseHabits,
) -> None:
    """Found anew by the nearest voxel centre in mm, from pixels right and down of the middle."""
    session.open(ramp(geometry))
    session.look_at((10, 20, 30))
    session.look(mm_per_pixel=0.5, centre_ras=session.view.cursor_ras)
    view = shown(qtbot, session, jobs, habits, axis)
    heard = Heard(view)
    column, row = {0: (2, 1), 1: (2, 0), 2: (1, 0)}[axis]
    unit = geometry.zyx_to_ras[:3, :3] / np.array(geometry.spacing_zyx)
    for right, down in ((0, 0), (24, 0), (0, 30), (-18, -8), (14, -22)):
        qtbot.mouseMove(view, MIDDLE_PX + QPoint(right, down))
        probe = heard.probes[-1]
        assert probe is not None
        here = geometry.index_to_ras((10, 20, 30))
        wanted = here - 0.5 * right * unit[:, column] - 0.5 * down * unit[:, row]
        np.testing.assert_allclose(probe.point_ras, wanted, atol=1e-6)
        assert probe.index_zyx == geometry.nearest_index(wanted)
        assert probe.hu == 100 * probe.index_zyx[0] + probe.index_zyx[1]


def test_beside_the_scan_there_is_a_point_but_no_voxel(
    view: SliceView, heard: Heard, qtbot: QtBot, session: Session
) -> None:
    session.look(mm_per_pixel=2.0)
    qtbot.mouseMove(view, QPoint(5, 150))
    probe = heard.probes[-1]
    assert probe is not None and probe.index_zyx is None


def test_the_probe_follows_slices_and_labels(
    view: SliceView, heard: Heard, qtbot: QtBot, session: Session
) -> None:
    qtbot.mouseMove(view, MIDDLE_PX)
    assert heard.probes[-1] == Probe(heard.probes[-1].point_ras, (10, 20, 30), 1020, 0)  # type: ignore[union-attr]
    turn(view, 120)
    assert heard.probes[-1].index_zyx == (11, 20, 30)  # type: ignore[union-attr]
    box = Box((11, 20, 30), (12, 21, 31))
    session.edit("Brush", Edit(box, np.ones((1, 1, 1), bool), 2))
    assert heard.probes[-1].label == 2  # type: ignore[union-attr]


def test_leaving_tells_nothing(view: SliceView, heard: Heard, qtbot: QtBot) -> None:
    qtbot.mouseMove(view, MIDDLE_PX)
    assert view.has_pointer
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert heard.probes[-1] is None and not view.has_pointer


# -- wheel ----------------------------------------------------------------------------


def test_the_wheel_steps_through_slices(view: SliceView, session: Session) -> None:
    turn(view, 120)
    assert index_of(session) == (11, 20, 30)
    turn(view, -360)
    assert index_of(session) == (8, 20, 30)
    turn(view, 120 * 50)
    assert index_of(session) == (19, 20, 30)


def test_a_fine_wheel_adds_up(view: SliceView, session: Session) -> None:
    for _ in range(7):
        turn(view, 30)
    assert index_of(session)[0] == 11
    turn(view, 30)
    assert index_of(session)[0] == 12
    turn(view, 90)
    turn(view, -120)  # turning back starts at once
    assert index_of(session)[0] == 11


@pytest.mark.parametrize("tool", [row.id for row in TOOLS])
def test_the_wheel_is_slices_with_every_tool(tool: str, view: SliceView, session: Session) -> None:
    session.look(tool=tool)
    turn(view, 120)
    assert index_of(session)[0] == 11


def test_ctrl_wheel_zooms_about_the_pointer(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    place = QPoint(260, 90)
    qtbot.mouseMove(view, place)
    before = heard.probes[-1]
    turn(view, 240, CTRL, place)
    assert session.view.mm_per_pixel == pytest.approx(0.5 / 1.15**2)
    after = heard.probes[-1]
    assert before is not None and after is not None
    assert after.point_ras == pytest.approx(before.point_ras, abs=1e-6)
    assert index_of(session) == (10, 20, 30)


def test_zooming_out_of_fit_starts_at_what_is_seen(view: SliceView, session: Session) -> None:
    session.look(mm_per_pixel=None)
    seen = view.projection.mm_per_pixel
    turn(view, -120, CTRL)
    assert session.view.mm_per_pixel == pytest.approx(seen * 1.15)


def test_shift_wheel_sizes_the_brush_within_its_range(view: SliceView, session: Session) -> None:
    turn(view, 120, SHIFT)
    assert session.view.radius_mm == 4.4
    turn(view, -120 * 100, SHIFT)
    assert session.view.radius_mm == 0.5
    turn(view, 120 * 100, SHIFT)
    assert session.view.radius_mm == 50.0
    assert index_of(session)[0] == 10


# -- drags ----------------------------------------------------------------------------


def test_middle_drag_pans_and_keeps_the_scale(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    qtbot.mouseMove(view, QPoint(100, 100))
    held = heard.probes[-1]
    drag(qtbot, view, MIDDLE, QPoint(100, 100), QPoint(130, 90), QPoint(160, 140))
    assert held is not None and heard.probes[-1] is not None
    assert heard.probes[-1].point_ras == pytest.approx(held.point_ras, abs=1e-6)
    assert session.view.mm_per_pixel == 0.5 and index_of(session) == (10, 20, 30)


def test_panning_a_fitting_view_leaves_it_fitting(
    view: SliceView, session: Session, qtbot: QtBot
) -> None:
    session.look(mm_per_pixel=None)
    drag(qtbot, view, MIDDLE, QPoint(100, 100), QPoint(120, 100))
    assert session.view.mm_per_pixel is None


def test_right_drag_is_window_and_level(view: SliceView, session: Session, qtbot: QtBot) -> None:
    session.look(window_hu=(-100.0, 200.0))  # one HU a pixel
    drag(qtbot, view, RIGHT, QPoint(100, 100), QPoint(120, 100))
    assert session.view.window_hu == (-110.0, 210.0)
    drag(qtbot, view, RIGHT, QPoint(100, 100), QPoint(100, 70))
    low, high = session.view.window_hu
    assert high - low == pytest.approx(320.0) and (low + high) / 2 < 50  # brighter
    drag(qtbot, view, RIGHT, QPoint(390, 100), QPoint(1, 100), QPoint(-2000, 100))
    low, high = session.view.window_hu
    assert high > low


def test_shift_right_drag_takes_the_window_of_a_region(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    top, bottom = QPoint(180, 130), QPoint(220, 170)  # 20 mm: rows 30 down to 10
    qtbot.mousePress(view, RIGHT, SHIFT, top)
    qtbot.mouseMove(view, bottom)
    assert view._canvas._region.isVisible()
    qtbot.mouseRelease(view, RIGHT, SHIFT, bottom)
    assert not view._canvas._region.isVisible()
    wanted = np.percentile(np.repeat(1000 + np.arange(10, 31), 51), (1, 99))
    assert session.view.window_hu == pytest.approx(tuple(wanted))
    assert heard.words[-1].startswith("Window of the region: ")
    drag(qtbot, view, RIGHT, QPoint(200, 150), QPoint(200, 150), keys=SHIFT)
    assert session.view.window_hu == (1015.0, 1025.0)  # a point: 10 HU around it


def test_left_drag_moves_the_crosshair_inside_the_scan(
    view: SliceView, session: Session, qtbot: QtBot
) -> None:
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(16, -10))
    assert index_of(session) == (10, 25, 20)  # 8 mm to the right of the screen, 5 mm up
    drag(qtbot, view, LEFT, QPoint(1, 1))
    assert index_of(session) == (10, 39, 59)


def test_the_scheme_of_itk_snap(qtbot: QtBot, session: Session, jobs: Jobs) -> None:
    view = shown(qtbot, session, jobs, MouseHabits(lambda: "ITK-SNAP"))
    window = session.view.window_hu
    drag(qtbot, view, RIGHT, QPoint(200, 150), QPoint(200, 100))
    assert session.view.window_hu == window
    assert session.view.mm_per_pixel == pytest.approx(0.5 / 1.01**50)
    drag(qtbot, view, RIGHT, QPoint(200, 150), QPoint(230, 150), keys=CTRL)
    assert session.view.window_hu != window
    centre = session.view.centre_ras
    drag(qtbot, view, MIDDLE, QPoint(200, 150), QPoint(230, 150))
    assert session.view.centre_ras != centre
    drag(qtbot, view, LEFT, QPoint(200, 150))
    assert index_of(session)[0] == 10


def test_every_scheme_has_its_drags() -> None:
    assert set(DRAGS) == set(SCHEMES)


def test_a_second_button_waits(view: SliceView, session: Session, qtbot: QtBot) -> None:
    session.look(tool="brush")
    qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    window = session.view.window_hu
    drag(qtbot, view, RIGHT, MIDDLE_PX, MIDDLE_PX + QPoint(30, 30))
    assert session.view.window_hu == window and session.is_painting
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    assert session.history.titles == ("Brush, kidney",)


def test_double_click_maximises_while_navigating(
    view: SliceView, heard: Heard, qtbot: QtBot
) -> None:
    qtbot.mouseDClick(view, LEFT, pos=MIDDLE_PX)
    assert heard.maximised == 1


def test_two_quick_dabs_are_two_dabs(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush")
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    qtbot.mouseDClick(view, LEFT, pos=MIDDLE_PX + QPoint(40, 0))
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX + QPoint(40, 0))
    assert heard.maximised == 0 and len(session.history.titles) == 2


def test_without_a_scan_nothing_happens(qtbot: QtBot, jobs: Jobs, habits: MouseHabits) -> None:
    view = shown(qtbot, Session(), jobs, habits)
    for button in (LEFT, RIGHT, MIDDLE):
        drag(qtbot, view, button, QPoint(10, 10), QPoint(50, 50))
    for keys in (Qt.KeyboardModifier.NoModifier, CTRL, SHIFT):
        turn(view, 120, keys)
