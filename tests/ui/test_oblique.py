"""Planes turned by a hand on the crosshair: what is seen, and what still works."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray
from kidview.edit import Draft, Edit
from kidview.session import Compared, Outline, Session, Slab, slab_on, turned
from kidview.ui import sheet
from kidview.ui.jobs import Jobs
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.sharpening import REST_MS
from kidview.ui.slice_view import SliceView
from kidview.ui.tokens import PLANE_COLOURS
from kidview.ui.turn_handles import handles
from kidview.ui.turning import straighten, turn_by
from tests.ui.slice_stage import (
    CTRL,
    LEFT,
    MIDDLE,
    MIDDLE_PX,
    PLAIN,
    RIGHT,
    SHIFT,
    Heard,
    air,
    blended,
    count,
    cube,
    drag,
    index_of,
    picture,
    shown,
    turn,
)

ALT = Qt.KeyboardModifier.AltModifier
REACH = 120


def round_the_crosshair(view: SliceView, degrees: float, reach: float = REACH) -> QPoint:
    """A place seen from the crosshair; 0 is to the right, clockwise grows."""
    x, y = view.projection.to_pixels(*view.plan.cursor_uv)
    angle = np.deg2rad(degrees)
    return QPoint(round(x + reach * np.cos(angle)), round(y + reach * np.sin(angle)))


def degrees_of(view: SliceView) -> float:
    return view.plan.degrees


# -- turning ----------------------------------------------------------------------------


def test_a_drag_on_a_handle_turns_the_two_other_planes(
    qtbot: QtBot, views: list[SliceView], session: Session
) -> None:
    view, heard, cursor = views[0], Heard(views[0]), session.view.cursor_ras
    _, x, y = next(h for h in handles(view.plan, view.projection) if h[1] > 300)
    start = round_the_crosshair(view, 0, x - 200)
    assert abs(y - start.y()) <= 1
    drag(qtbot, view, LEFT, start, *(round_the_crosshair(view, d) for d in (10, 20, 30)))
    assert [degrees_of(one) for one in views] == pytest.approx([0, 30, 30], abs=0.5)
    assert session.view.cursor_ras == cursor
    assert heard.words[-1] == "Coronal and sagittal plane turned 30° clockwise"
    drag(qtbot, view, LEFT, *(round_the_crosshair(view, d) for d in (30, 15, 0)), keys=CTRL | ALT)
    assert [degrees_of(one) for one in views] == pytest.approx([0, 0, 0], abs=0.5)


def test_handles_show_only_while_the_pointer_is_there_and_the_tool_leaves_room(
    qtbot: QtBot, view: SliceView, session: Session
) -> None:
    item = view._canvas.handles
    QApplication.sendEvent(view, QEvent(QEvent.Type.Leave))
    assert not item.isVisible()
    qtbot.mouseMove(view, MIDDLE_PX + QPoint(40, 40))
    assert item.isVisible() and len(item._handles) == 4
    assert view.cursor().shape() == Qt.CursorShape.CrossCursor
    _, x, y = item._handles[0]
    qtbot.mouseMove(view, QPoint(round(x), round(y)))
    assert view.cursor().shape() == Qt.CursorShape.BitmapCursor
    session.look(tool="brush")
    assert not item.isVisible() and view.cursor().shape() == Qt.CursorShape.CrossCursor
    session.look(tool="navigate", has_crosshair=False)
    assert not item.isVisible()


def test_a_brush_paints_where_a_handle_would_be(
    qtbot: QtBot, views: list[SliceView], session: Session
) -> None:
    _, x, y = handles(views[0].plan, views[0].projection)[0]
    session.look(tool="brush", centre_ras=session.view.cursor_ras, mm_per_pixel=0.1)
    drag(qtbot, views[0], LEFT, QPoint(round(x), round(y)))
    assert session.view.turn is None and count(session, 1) > 0


def test_ctrl_alt_and_a_drag_turn_with_a_brush_in_hand(
    qtbot: QtBot, views: list[SliceView], session: Session
) -> None:
    session.look(tool="brush")
    way = [round_the_crosshair(views[1], degrees, 70) for degrees in (100, 90, 60)]
    drag(qtbot, views[1], LEFT, *way, keys=CTRL | ALT)
    assert [degrees_of(one) for one in views] == pytest.approx([40, 0, 40], abs=1)
    assert count(session, 1) == 0


def test_the_lines_of_the_crosshair_are_drawn_where_the_planes_cut(
    oblique: list[SliceView], session: Session
) -> None:
    """Seen in the picture: the coronal plane's line 30 degrees clockwise from the horizontal."""
    with_lines = picture(oblique[0])
    session.look(has_crosshair=False)
    lines = np.abs(with_lines - picture(oblique[0])).sum(axis=2) > 60
    for start in (0, 90):
        for reach in (60, 90):
            at = round_the_crosshair(oblique[0], 30 + start, reach)
            around = lines[at.y() - 2 : at.y() + 3, at.x() - 2 : at.x() + 3]
            assert around.any(), (start, reach)
            off = round_the_crosshair(oblique[0], 15 + start, reach)
            assert not lines[off.y() - 2 : off.y() + 3, off.x() - 2 : off.x() + 3].any()
    assert len(set(PLANE_COLOURS)) == 3


def test_nothing_turns_while_something_is_drawn_on_a_slice(session: Session) -> None:
    session.draw_outline(Outline("polygon", 0, 10).with_anchor((10.0, 20.0, 30.0)))
    with pytest.raises(EditRefused, match="an outline waits on axial slice 11"):
        turn_by(session, 1, 5)
    session.draw_outline(None)
    session.begin_stroke("Brush, kidney")
    with pytest.raises(EditRefused, match="a stroke is being painted"):
        turn_by(session, 1, 5)
    session.abort_stroke()
    turn_by(session, 1, 5)
    assert session.view.turn is not None


# -- looking ----------------------------------------------------------------------------


def test_a_turned_plane_shows_the_scan_where_it_is(
    oblique: list[SliceView], session: Session
) -> None:
    """A bright voxel on the coronal plane, placed by hand: along its own left, and up."""
    z, y, x = index_of(session)
    at = (z + 2, y + 5, x + 11)  # 5 mm forward is about 8.7 mm to the right times tan 30
    session.open(air(marks=tuple((at[0], at[1], c) for c in (at[2] - 1, at[2], at[2] + 1))))
    session.look_at((z, y, x))
    session.look(has_crosshair=False, mm_per_pixel=0.25, centre_ras=session.view.cursor_ras)
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    bright = picture(oblique[1]).sum(axis=2)[40:260, 30:370] > 500  # away from the letters
    rows, columns = np.nonzero(bright)
    assert rows.size
    left_mm = 11 * 0.8 * np.cos(np.deg2rad(30)) + 5 * np.sin(np.deg2rad(30))
    assert columns.mean() + 30.5 == pytest.approx(200 - left_mm / 0.25, abs=4)
    assert rows.mean() + 40.5 == pytest.approx(150 - 2 * 3.0 / 0.25, abs=4)


def test_labels_are_filled_and_outlined_on_a_turned_plane(
    oblique: list[SliceView], session: Session
) -> None:
    session.open(air())
    session.look_at((10, 20, 30))
    session.look(has_crosshair=False, mm_per_pixel=0.25, centre_ras=session.view.cursor_ras)
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    session.edit("Cube", cube(2, (8, 17, 27)))
    wanted = blended(2, session.view.opacity)
    np.testing.assert_allclose(picture(oblique[1])[150, 200], wanted, atol=3)
    outlines = oblique[1]._canvas.outlines
    assert len(outlines._lines) == 1 and outlines.boundingRect().contains(200, 150)
    session.edit("Away", Edit(Box((8, 17, 27), (14, 23, 33)), np.ones((6, 6, 6), bool), 0))
    assert picture(oblique[1])[150, 200].sum() == 0 and not outlines._lines


def test_a_draft_and_scribbles_show_on_a_turned_plane(
    oblique: list[SliceView], session: Session
) -> None:
    edit = cube(2, (8, 17, 27))
    session.scribble(edit)
    assert oblique[1]._canvas.scribbles._lines
    session.suggest(Draft("Threshold", "threshold", edit, np.zeros(edit.mask.shape, np.uint8)))
    assert oblique[1]._canvas.proposal._lines[0].is_hatched
    session.suggest(None)
    session.scribble(None)
    assert not oblique[1]._canvas.proposal._lines and not oblique[1]._canvas.scribbles._lines


def test_a_compared_mask_shows_on_a_turned_plane(
    oblique: list[SliceView], session: Session
) -> None:
    session.compare_with(Compared.of_part("other", *_part(), PLAIN))
    item = oblique[1]._canvas.compared
    assert item.boundingRect().contains(200, 150)
    turned_bounds = item.boundingRect()
    straighten(session)
    assert item._lines and item.boundingRect() != turned_bounds
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    assert item.boundingRect() == turned_bounds
    session.compare_with(None)
    assert not item._lines


def _part() -> tuple[Box, LabelArray]:
    edit = cube(2, (8, 17, 27), 8)
    return edit.box, np.full(edit.mask.shape, 2, np.uint8)


def test_the_probe_tells_the_voxel_at_the_point_under_the_pointer(
    qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits
) -> None:
    """Worked out anew: from the crosshair along the turned plane, in mm."""
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    coronal = shown(qtbot, session, jobs, habits, axis=1)
    heard = Heard(coronal)
    session.edit("Cube", cube(3, (8, 15, 20), 12))
    for right_px, down_px in ((0, 0), (13, -7), (-30, 11), (24, 18)):
        qtbot.mouseMove(coronal, MIDDLE_PX + QPoint(right_px, down_px))
        probe = heard.probes[-1]
        left_mm, up_mm = -right_px * 0.5, -down_px * 0.5
        way = left_mm * np.array([np.cos(np.pi / 6), np.sin(np.pi / 6), 0.0])
        point = np.array(session.view.cursor_ras) + way + (0.0, 0.0, up_mm)
        assert probe is not None
        np.testing.assert_allclose(probe.point_ras, point, atol=1e-6)
        voxel = PLAIN.nearest_index(point)
        assert probe.index_zyx == voxel
        assert session.volume is not None and session.labels is not None
        assert probe.hu == session.volume.hu[voxel]
        assert probe.label == session.labels.array[voxel]


def test_a_click_moves_the_crosshair_within_the_turned_plane(
    qtbot: QtBot, oblique: list[SliceView], session: Session
) -> None:
    before, depth_mm = session.view.cursor_ras, oblique[1].plan.depth_mm
    drag(qtbot, oblique[1], LEFT, MIDDLE_PX + QPoint(-30, 10))
    assert session.view.cursor_ras != before
    assert oblique[1].plan.depth_mm == pytest.approx(depth_mm)
    x, y = oblique[1].projection.to_pixels(*oblique[1].plan.cursor_uv)
    assert (x, y) == pytest.approx((170, 160))
    drag(qtbot, oblique[1], LEFT, QPoint(2, 2))  # nothing of the scan is there
    assert oblique[1].projection.to_pixels(*oblique[1].plan.cursor_uv) == (x, y)


def test_the_wheel_goes_along_the_normal_by_the_finest_spacing(
    oblique: list[SliceView], session: Session
) -> None:
    before, index = np.array(session.view.cursor_ras), oblique[1].plan.index
    turn(oblique[1], 240)
    angle = np.deg2rad(30)
    way = 2 * 0.8 * np.array([-np.sin(angle), np.cos(angle), 0.0])
    np.testing.assert_allclose(session.view.cursor_ras, before + way, atol=1e-9)
    assert oblique[1].plan.index == index + 2
    oblique[1]._rail.chosen.emit(index)
    np.testing.assert_allclose(session.view.cursor_ras, before, atol=1e-9)


def test_pan_zoom_and_grey_scale_work_on_a_turned_plane(
    qtbot: QtBot, oblique: list[SliceView], session: Session
) -> None:
    view, window = oblique[2], session.view.window_hu
    under = view.projection.to_plane(150, 100)
    drag(qtbot, view, MIDDLE, QPoint(150, 100), QPoint(190, 130))
    assert view.projection.to_plane(190, 130) == pytest.approx(under)
    under = view.projection.to_plane(120, 90)
    turn(view, 120, CTRL, QPoint(120, 90))
    assert view.projection.to_plane(120, 90) == pytest.approx(under)
    assert view.projection.mm_per_pixel == pytest.approx(0.5 / 1.15)
    drag(qtbot, view, RIGHT, MIDDLE_PX, MIDDLE_PX + QPoint(30, 0))
    assert session.view.window_hu != window


def test_the_grey_scale_of_a_region_is_of_the_turned_plane(
    qtbot: QtBot, oblique: list[SliceView], session: Session
) -> None:
    session.open(air())
    assert session.volume is not None
    session.look(turn=turned(PLAIN, None, 0, 30.0), mm_per_pixel=0.5)
    drag(qtbot, oblique[1], RIGHT, MIDDLE_PX, MIDDLE_PX + QPoint(12, 8), keys=SHIFT)
    assert session.view.window_hu == (-1005.0, -995.0)


def test_a_turned_plane_is_sampled_anew_when_its_view_grows(
    oblique: list[SliceView], session: Session
) -> None:
    session.look(mm_per_pixel=0.2)
    small = oblique[1]._canvas.scan.image.shape
    oblique[1].resize(212, 150)
    assert np.prod(oblique[1]._canvas.scan.image.shape) < np.prod(small)


def test_a_plane_on_the_move_has_few_pixels_and_all_of_them_when_it_rests(
    qtbot: QtBot, oblique: list[SliceView], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "_ROUGH_PIXELS", 500)
    image = oblique[1]._canvas.scan
    whole = image.image.shape
    qtbot.wait(2 * REST_MS)
    turn_by(session, 0, 0.1)
    assert image.image.shape == pytest.approx(whole, abs=1), "a single step is drawn finely"
    turn_by(session, 0, 0.1)
    assert np.prod(image.image.shape) <= 500
    qtbot.waitUntil(lambda: image.image.shape == pytest.approx(whole, abs=1), timeout=2000)
    turn_by(session, 0, 0.1)
    turn_by(session, 0, 0.1)
    oblique[1].finish()
    assert image.image.shape == pytest.approx(whole, abs=1)


@pytest.mark.parametrize("has_to_be_quick", [False, True])
def test_a_slab_on_a_turned_plane_comes_with_all_its_pixels(
    has_to_be_quick: bool, qtbot: QtBot, oblique: list[SliceView], session: Session, jobs: Jobs
) -> None:
    session.look(slab=Slab("max", 6.0))
    view, image = oblique[1], oblique[1]._canvas.scan
    assert view._drawing.is_rough
    if has_to_be_quick:
        view.finish()
    else:
        qtbot.waitUntil(lambda: not view._drawing.is_rough, timeout=2000)
    assert session.volume is not None
    fine = sheet.Sheet.of(view.plan, view.projection, PLAIN)
    assert fine.raster is not None and session.view.slab is not None
    np.testing.assert_array_equal(
        image.image, slab_on(session.volume.hu, PLAIN, fine.raster, session.view.slab)
    )
    session.look(window_hu=(0.0, 50.0))
    assert not view._drawing.is_rough
    jobs.wait_all()
