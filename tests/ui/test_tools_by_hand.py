"""Every tool of the table through real mouse events, on an anisotropic scan with a bright ball."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.clicks import Click
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import MaskArray
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import TOOLS, Edit
from kidview.edit.tools.brush import IS_SQUARE, SIMILAR_HU
from kidview.segment import Proposal
from kidview.session import PLANES
from kidview.ui import opening, refining
from kidview.ui.main_window import MainWindow
from kidview.ui.slice_view import SliceView

pytestmark = pytest.mark.display
SHAPE, SPACING = (24, 48, 60), (2.5, 1.0, 0.8)
RADIUS_MM = 9.0
PX_PER_MM = 5.0
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


def ball(radius_mm: float = RADIUS_MM) -> MaskArray:
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    away = ((z - 12) * 2.5) ** 2 + (y - 24) ** 2 + ((x - 30) * 0.8) ** 2
    return np.asarray(away <= radius_mm**2)


@pytest.fixture
def stage(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """Tissue with a ball of 200 HU in its middle, under all three views; tumour is active."""
    sharp = np.where(ball(), 200.0, 40.0)
    hu = ndimage.gaussian_filter(sharp, (0.4, 0.8, 1.0))  # as a scanner blurs
    hu += np.random.default_rng(0).integers(-4, 5, SHAPE)
    geometry = Geometry.straight(SHAPE, SPACING)
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    source = Source(Path("ball.nii.gz"), "NIfTI", order, affine, "ball.nii.gz")
    opening.show(window.context, Volume(hu.astype(np.int16), geometry, source))
    session = window.context.session
    session.look_at((12, 24, 30))
    session.look(label=2, mm_per_pixel=1 / PX_PER_MM, centre_ras=session.view.cursor_ras)
    return window


def view_of(stage: MainWindow, axis: int) -> SliceView:
    cell = stage.views.cell(PLANES[axis])
    assert isinstance(cell, SliceView)
    return cell


def at(view: SliceView, right_mm: float, down_mm: float) -> QPoint:
    """A pixel so far from the middle of the view."""
    middle = QPoint(view.width() // 2, view.height() // 2)
    return middle + QPoint(round(right_mm * PX_PER_MM), round(down_mm * PX_PER_MM))


def stroke(view: SliceView, *way: tuple[float, float], keys: Qt.KeyboardModifier = PLAIN) -> None:
    QTest.mousePress(view, LEFT, keys, at(view, *way[0]))
    for place in way[1:]:
        QTest.mouseMove(view, at(view, *place))
    QTest.mouseRelease(view, LEFT, keys, at(view, *way[-1]))


def settle(stage: MainWindow) -> None:
    QTest.qWait(180)
    stage.context.jobs.wait_all()
    QTest.qWait(20)


def labels(stage: MainWindow) -> np.ndarray:
    assert stage.context.session.labels is not None
    return stage.context.session.labels.array


def overlap(found: np.ndarray, wanted: np.ndarray) -> float:
    return float(2 * (found & wanted).sum() / (found.sum() + wanted.sum()))


def slice_of(axis: int) -> tuple[slice | int, ...]:
    return tuple((12, 24, 30)[a] if a == axis else slice(None) for a in range(3))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_grow_takes_the_ball_and_ctrl_takes_it_away(stage: MainWindow, axis: int) -> None:
    stage.commands["tool.grow"].trigger()
    stage.context.session.look(options={"grow.tolerance": 80.0})
    view = view_of(stage, axis)
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 2.0, 1.0))
    settle(stage)
    assert overlap(labels(stage) == 2, ball()) > 0.95
    QTest.mouseClick(view, LEFT, CTRL, at(view, 2.0, 1.0))
    settle(stage)
    assert not labels(stage).any()
    assert stage.context.session.history.titles == ("Grow, tumour", "Grow, background")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_level_trace_fills_the_ball_in_one_slice(stage: MainWindow, axis: int) -> None:
    stage.commands["tool.level_trace"].trigger()
    view = view_of(stage, axis)
    QTest.mouseClick(view, LEFT, PLAIN, at(view, RADIUS_MM, 0.0))
    settle(stage)
    found = labels(stage) == 2
    assert overlap(found[slice_of(axis)], ball()[slice_of(axis)]) > 0.85
    assert found.sum() == found[slice_of(axis)].sum()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_live_wire_follows_the_edge_between_four_clicks(stage: MainWindow, axis: int) -> None:
    stage.commands["tool.live_wire"].trigger()
    view = view_of(stage, axis)
    for turn in (0.2, 1.77, 3.34, 4.91):
        place = at(view, RADIUS_MM * np.cos(turn), RADIUS_MM * np.sin(turn))
        QTest.mouseClick(view, LEFT, PLAIN, place)
    QTest.keyClick(stage, Qt.Key.Key_Return)
    settle(stage)
    assert overlap((labels(stage) == 2)[slice_of(axis)], ball()[slice_of(axis)]) > 0.85


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_scribbles_grow_to_the_edge_and_are_taken_back_one_by_one(
    stage: MainWindow, axis: int
) -> None:
    session, view = stage.context.session, view_of(stage, axis)
    session.look(radius_mm=1.5)
    stage.commands["tool.seeds"].trigger()
    stroke(view, (-3.0, 0.0), (3.0, 0.0))
    settle(stage)
    assert session.draft is None  # nothing says yet where it ends
    stroke(view, (-14.0, -8.0), (-14.0, 8.0), keys=CTRL)
    settle(stage)
    assert session.draft is not None and not labels(stage).any()
    stroke(view, (14.0, -8.0), (14.0, 8.0), keys=CTRL)
    stage.commands["edit.undo"].trigger()
    settle(stage)
    assert session.scribbles.copy() is not None and session.draft is not None
    QTest.keyClick(stage, Qt.Key.Key_Return)
    settle(stage)
    assert overlap(labels(stage) == 2, ball()) > 0.9
    assert session.scribbles.box is None and session.history.titles == ("Grow from seeds",)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_adaptive_brush_stays_in_the_ball(stage: MainWindow, axis: int) -> None:
    session, view = stage.context.session, view_of(stage, axis)
    stage.commands["tool.brush"].trigger()
    session.look(radius_mm=14.0, options={SIMILAR_HU.id: 60.0})
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 1.0, 1.0))
    found = (labels(stage) == 2)[slice_of(axis)]
    assert overlap(found, ball()[slice_of(axis)]) > 0.95


def test_the_square_brush_has_straight_sides_in_mm(stage: MainWindow) -> None:
    session, view = stage.context.session, view_of(stage, 1)
    stage.commands["tool.brush"].trigger()
    session.look(radius_mm=6.0, options={IS_SQUARE.id: True})
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 0.0, 0.0))
    box = Box.tight(labels(stage) == 2)
    assert box is not None and (labels(stage)[box.slices] == 2).all()
    assert box.shape in ((5, 1, 15), (5, 1, 16))  # 12 mm of 2.5 and of 0.8 mm


def test_fill_between_and_threshold_are_chosen_shown_and_applied(stage: MainWindow) -> None:
    session = stage.context.session
    painted = np.zeros(SHAPE, bool)
    for z in (9, 12, 15):
        painted[z] = ball()[z]
    whole = Box.whole(SHAPE)
    session.edit("Painted", Edit(whole, painted, 2), tool="")
    stage.commands["tool.fill_between"].trigger()
    settle(stage)
    assert session.draft is not None
    QTest.keyClick(stage, Qt.Key.Key_Return)
    found = labels(stage) == 2
    assert overlap(found[9:16], ball()[9:16]) > 0.95
    stage.commands["tool.threshold"].trigger()
    low_high = {"threshold.low": 150.0, "threshold.high": 300.0, "threshold.where": "whole"}
    choices = next(o for r in TOOLS for o in r.options if getattr(o, "id", "") == "threshold.where")
    low_high["threshold.where"] = choices.choices[-1][0]  # type: ignore[union-attr]
    session.look(options=low_high)
    settle(stage)
    QTest.keyClick(stage, Qt.Key.Key_Return)
    assert overlap(labels(stage) == 2, ball()) > 0.98


def test_refine_writes_what_the_network_says_and_tells_it_all_clicks(
    stage: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is made up; what is in `kidview.segment.refiner` has tests of its own."""
    session, view, asked = stage.context.session, view_of(stage, 0), []

    class MadeUp:
        def __init__(self, *given: object) -> None:
            pass

        def run(
            self,
            hu: object,
            geometry: object,
            old: np.ndarray,
            clicks: tuple[Click, ...],
            task: Task,
        ) -> tuple[Box, MaskArray, np.ndarray]:
            asked.append(clicks)
            new = np.where(ball(), clicks[-1].label, old).astype(np.uint8)
            return Box.whole(SHAPE), new != old, new

    monkeypatch.setattr(refining, "Refiner", MadeUp)
    stage.commands["tool.refine"].trigger()
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 2.0, 1.0))
    settle(stage)
    assert np.array_equal(labels(stage) == 2, ball())
    QTest.mouseClick(view, LEFT, CTRL, at(view, -2.0, 0.0))
    settle(stage)
    assert not labels(stage).any()
    assert [[click.label for click in clicks] for clicks in asked] == [[2], [2, 0]]
    away = np.subtract(asked[0][0].at_zyx, (12.0, 23.0, 27.5))  # right on the screen is -x
    assert np.abs(away).max() <= 1.5
    stage.commands["edit.undo"].trigger()
    QTest.mouseClick(view, LEFT, CTRL, at(view, -2.0, 0.0))
    settle(stage)
    assert [click.label for click in asked[-1]] == [0]  # an undo begins anew
    assert session.history.titles == ("Refine, tumour", "Refine, background")


def test_a_proposal_that_arrives_while_a_tool_works_is_told_not_written_over(
    stage: MainWindow,
) -> None:
    session, view = stage.context.session, view_of(stage, 0)
    stage.commands["tool.grow"].trigger()
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 2.0, 1.0))
    box = Box((1, 1, 1), (2, 2, 2))
    session.propose(Proposal(box, np.ones(box.shape, np.uint8), 0.002, "m", "CPU", 1.0))
    settle(stage)
    assert not labels(stage).any() and session.proposal is not None
    assert "a proposal waits" in stage.notices.shown[0].text.lower()
    stage.commands["tool.polygon"].trigger()
    QTest.mouseClick(view, LEFT, PLAIN, at(view, 2.0, 1.0))
    assert session.outline is None


def test_every_tool_of_the_table_is_tried_somewhere() -> None:
    here = Path(__file__).parent
    tried = "".join(path.read_text() for path in here.glob("test_*.py"))
    missing = [row.id for row in TOOLS if row.gesture != "effect" and f'{row.id}"' not in tried]
    assert not missing
