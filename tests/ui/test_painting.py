"""Real mouse events with brush, eraser and relabel: what they write, and what they tell."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.edit import Edit
from kidview.edit.tools.brush import brush
from kidview.segment import Proposal
from kidview.session import Change, Session, What
from kidview.ui import drags
from kidview.ui.jobs import Jobs
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import (
    CTRL,
    LEFT,
    MIDDLE_PX,
    PLAIN,
    SHAPE,
    Heard,
    count,
    drag,
    ramp,
    shown,
    turn,
)

# -- painting -------------------------------------------------------------------------


def test_a_drag_paints_what_the_brush_covers_as_one_step(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush", label=2)
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(40, 0), MIDDLE_PX + QPoint(40, -24))
    way = [(10.0, 20.0, 30.0), (10.0, 20.0, 5.0), (10.0, 32.0, 5.0)]
    expected = np.zeros(SHAPE, bool)
    for start, end in zip([way[0], *way], way, strict=False):
        edit = brush(start, end, 4.0, 2, PLAIN, axis=0)
        expected[edit.box.slices] |= edit.mask
    assert session.labels is not None
    np.testing.assert_array_equal(session.labels.array == 2, expected)
    assert session.history.titles == ("Brush, tumour",)
    volume_ml = np.count_nonzero(expected) * 3.0 * 0.8 / 1000
    assert heard.words == [f"Brush, tumour: tumour +{volume_ml:.2f} mL"]
    session.undo()
    assert not session.labels.array.any()


def test_a_ball_paints_through_the_slices(view: SliceView, session: Session, qtbot: QtBot) -> None:
    session.look(tool="brush", is_ball=True, radius_mm=7.0)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    assert session.labels is not None
    z = np.flatnonzero(session.labels.array.any(axis=(1, 2)))
    assert z.tolist() == [8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("tool", "keys", "painted"),
    [("brush", None, 2), ("brush", CTRL, 0), ("eraser", None, 0), ("eraser", CTRL, 2)],
)
def test_ctrl_inverts_brush_and_eraser(
    tool: str,
    keys: Qt.KeyboardModifier | None,
    painted: int,
    view: SliceView,
    session: Session,
    qtbot: QtBot,
) -> None:
    box = Box.whole(SHAPE)
    session.edit("All cyst", Edit(box, np.ones(SHAPE, bool), 3))
    session.look(tool=tool, label=2)
    drag(qtbot, view, LEFT, MIDDLE_PX, keys=keys or Qt.KeyboardModifier.NoModifier)
    assert count(session, painted) > 50 and count(session, 3) < np.prod(SHAPE)


def test_a_stroke_goes_on_in_the_next_slice(
    view: SliceView, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush")
    qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    turn(view, 120)
    qtbot.mouseMove(view, MIDDLE_PX + QPoint(2, 0))
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    assert session.labels is not None
    assert np.flatnonzero(session.labels.array.any(axis=(1, 2))).tolist() == [10, 11]
    assert len(session.history.titles) == 1


@pytest.mark.parametrize(
    ("guard", "words"),
    [
        ({"locked": frozenset({1})}, "Kidney is locked: "),
        ({"over": frozenset({1})}, "Background may not be drawn over: "),
        ({"hu_range": (3000, 3070)}, "No voxel here has 3000 to 3070 HU: "),
    ],
)
def test_a_stroke_refused_wholly_says_why(
    guard: dict[str, object],
    words: str,
    view: SliceView,
    heard: Heard,
    session: Session,
    qtbot: QtBot,
) -> None:
    session.protect(**guard)
    session.look(tool="brush")
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(9, 9))
    assert heard.words[-1].startswith(words) and session.history.titles == ()


def test_erasing_nothing_says_so(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="eraser")
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    assert heard.words == ["All of this is background already: go on elsewhere"]


def test_a_waiting_proposal_refuses_the_brush_in_the_bar(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    box = Box((0, 0, 0), (1, 1, 1))
    session.propose(Proposal(box, np.ones((1, 1, 1), np.uint8), 1.0, "m", "CPU", 1.0))
    session.look(tool="brush")
    drag(qtbot, view, LEFT, MIDDLE_PX, MIDDLE_PX + QPoint(9, 9))
    (error,) = heard.errors
    assert isinstance(error, EditRefused) and "proposal" in error.what


def test_a_drag_taken_back_by_esc_is_over(
    view: SliceView, heard: Heard, session: Session, qtbot: QtBot
) -> None:
    session.look(tool="brush")
    qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    qtbot.mouseMove(view, MIDDLE_PX + QPoint(9, 0))
    session.abort_stroke()
    qtbot.mouseMove(view, MIDDLE_PX + QPoint(30, 0))
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    assert count(session, 1) == 0 and session.history.titles == () and heard.words == []
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    assert count(session, 1) > 0


def test_an_exception_takes_the_stroke_back(
    view: SliceView, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> Edit:
        raise ZeroDivisionError

    session.look(tool="brush")
    qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    assert count(session, 1) > 0
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(drags, "brush", fail)
        qtbot.mouseMove(view, MIDDLE_PX + QPoint(9, 0))
    assert not session.is_painting and count(session, 1) == 0
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    assert session.history.titles == ()


def test_an_exception_at_the_press_leaves_no_stroke(
    view: SliceView, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.look(tool="brush")
    with monkeypatch.context() as patch, pytest.raises(TypeError):
        patch.setattr(drags, "brush", None)
        qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    assert not session.is_painting
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    drag(qtbot, view, LEFT, MIDDLE_PX)
    assert session.history.titles == ("Brush, kidney",)


def test_another_scan_opened_under_a_drag(view: SliceView, session: Session, qtbot: QtBot) -> None:
    session.look(tool="brush")
    qtbot.mousePress(view, LEFT, pos=MIDDLE_PX)
    session.open(ramp())
    qtbot.mouseMove(view, MIDDLE_PX + QPoint(9, 0))
    qtbot.mouseRelease(view, LEFT, pos=MIDDLE_PX)
    assert count(session, 1) == 0 and session.history.titles == ()


def test_a_dab_tells_the_views_only_its_box(
    view: SliceView, session: Session, qtbot: QtBot
) -> None:
    news: list[Change] = []
    session.look(tool="brush")
    session.changed.connect(news.append)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    assert news[0].what == What.LABELS and news[0].box is not None
    assert news[0].box.size < 200


# -- brush outline --------------------------------------------------------------------


def test_the_ring_is_to_scale_in_every_view(
    qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits
) -> None:
    views = [shown(qtbot, session, jobs, habits, axis) for axis in range(3)]
    session.look(tool="brush", radius_mm=10.0)
    point = session.view.cursor_ras
    for view in views:
        view.show_brush_at(point, 0)
    ring, edge_coronal, edge_sagittal = (view._canvas.brush for view in views)
    assert ring._is_round and ring._shape.width() == pytest.approx(40.0)
    assert ring._shape.center().x() == pytest.approx(200.0, abs=1e-6)
    for edge in (edge_coronal, edge_sagittal):
        assert not edge._is_round and edge._shape.width() == pytest.approx(40.0)
        assert edge._shape.height() == pytest.approx(6.0)  # one slice of 3 mm
    session.look(is_ball=True)
    for view in views:
        assert view._canvas.brush._is_round
        assert view._canvas.brush._shape.width() == pytest.approx(40.0)
    session.look(tool="navigate")
    assert not any(view._canvas.brush.isVisible() for view in views)


# -- relabel --------------------------------------------------------------------------


def test_a_click_relabels_one_piece(
    view: SliceView, heard: Heard, session: Session, jobs: Jobs, qtbot: QtBot
) -> None:
    for start in ((8, 16, 26), (8, 2, 2)):
        box = Box(start, (start[0] + 5, start[1] + 8, start[2] + 8))
        session.edit("Brush", Edit(box, np.ones(box.shape, bool), 2))
    session.look(tool="relabel", label=3)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    jobs.wait_all()
    assert (count(session, 2), count(session, 3)) == (320, 320)
    assert session.history.undo_title == "Relabel, cyst"
    assert heard.words == ["Relabel, cyst: cyst +0.77 mL, tumour −0.77 mL"]  # 320 voxels of 2.4 mm3


def test_a_click_beside_a_piece_is_told_in_the_bar(
    view: SliceView, heard: Heard, session: Session, jobs: Jobs, qtbot: QtBot
) -> None:
    session.look(tool="relabel", label=3)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    jobs.wait_all()
    (error,) = heard.errors
    assert isinstance(error, EditRefused) and error.what == "no label here"


def test_a_locked_piece_keeps_its_label_and_says_so(
    view: SliceView, heard: Heard, session: Session, jobs: Jobs, qtbot: QtBot
) -> None:
    box = Box((8, 16, 26), (13, 24, 34))
    session.edit("Brush", Edit(box, np.ones(box.shape, bool), 2))
    session.protect(locked=frozenset({2}))
    session.look(tool="relabel", label=3)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    jobs.wait_all()
    assert count(session, 2) == 320
    assert heard.words[-1].startswith("Tumour is locked: ")


def test_labels_changed_while_a_piece_is_sought(
    view: SliceView, heard: Heard, session: Session, jobs: Jobs, qtbot: QtBot
) -> None:
    box = Box((8, 16, 26), (13, 24, 34))
    session.edit("Brush", Edit(box, np.ones(box.shape, bool), 2))
    session.look(tool="relabel", label=3)
    qtbot.mouseClick(view, LEFT, pos=MIDDLE_PX)
    session.undo()
    jobs.wait_all()
    assert count(session, 3) == 0 and "meanwhile" in heard.words[-1]
