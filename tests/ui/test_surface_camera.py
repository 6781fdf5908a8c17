"""When the 3D view's camera moves by itself, and when it must not; nothing stale stays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import Triple
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.ui import opening
from kidview.ui.compass import middle, place_letters
from kidview.ui.main_window import MainWindow
from kidview.ui.surface_view import EMPTY, SurfaceView
from tests.ui.stage import SIZE, SOFTWARE, Stage, blue, labelled, orange

KIDNEYS = Box((5, 10, 10), (55, 40, 190))
STROKE = Box((74, 44, 95), (76, 48, 99))
BESIDE = Box((2, 20, 150), (5, 25, 155))


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot, SOFTWARE)
    yield made
    made.close()


@pytest.fixture
def large_scan(tiny_scan: Volume) -> Volume:
    """240 x 150 x 600 mm."""
    hu = np.full((80, 50, 200), 40, np.int16)
    return Volume(hu, Geometry.straight(hu.shape, (3.0, 3.0, 3.0)), tiny_scan.source)


def paint(stage: Stage, box: Box, label: int = 2) -> None:
    stage.session.edit("Brush, tumour", Edit(box, np.ones(box.shape, dtype=bool), label))
    stage.settle()
    stage.picture()


def proposal(box: Box = KIDNEYS) -> Proposal:
    return Proposal(box, np.ones(box.shape, np.uint8), 0.027, "test", "CPU", 1.0)


def camera(stage: Stage) -> tuple[Triple, Triple]:
    stage.picture()
    now = stage.scene.renderer.GetActiveCamera()
    return now.GetPosition(), now.GetFocalPoint()


def is_framed(stage: Stage) -> bool:
    """Whether all that is shown lies in the picture and takes a good part of it."""
    stage.picture()
    bounds = stage.scene.renderer.ComputeVisiblePropBounds()
    seen = np.array(
        [
            stage.scene.to_display((x, y, z))
            for x in bounds[:2]
            for y in bounds[2:4]
            for z in bounds[4:]
        ]
    )
    return bool(seen.min() >= 0 and seen.max() < SIZE and np.ptp(seen, axis=0).max() > 0.6 * SIZE)


@pytest.mark.display
def test_a_proposal_and_what_is_accepted_come_into_the_picture(
    stage: Stage, large_scan: Volume
) -> None:
    stage.session.open(large_scan)
    paint(stage, STROKE)
    stage.session.propose(proposal())
    stage.settle()
    assert is_framed(stage) and blue(stage.picture()).sum() > 2000
    stage.session.accept()
    stage.settle()
    assert is_framed(stage) and blue(stage.picture()).sum() > 2000


@pytest.mark.display
def test_what_is_accepted_before_it_was_drawn_comes_into_the_picture(
    stage: Stage, large_scan: Volume
) -> None:
    stage.session.open(large_scan)
    paint(stage, STROKE)
    stage.session.propose(proposal())
    stage.session.accept()
    stage.settle()
    assert is_framed(stage)


@pytest.mark.display
@pytest.mark.parametrize("box", [KIDNEYS, BESIDE])
def test_labels_taken_over_come_into_the_picture(
    stage: Stage, large_scan: Volume, box: Box
) -> None:
    stage.session.open(large_scan)
    paint(stage, STROKE)
    stage.session.replace_labels(labelled(large_scan, (box, 1)), "Labels of a file")
    stage.settle()
    assert is_framed(stage)


@pytest.mark.display
def test_a_stroke_far_away_moves_nothing(stage: Stage, large_scan: Volume) -> None:
    stage.session.open(large_scan)
    paint(stage, STROKE)
    before = camera(stage)
    paint(stage, BESIDE)
    assert camera(stage) == before
    stage.session.undo()
    stage.settle()
    assert camera(stage) == before


@pytest.mark.display
def test_a_proposal_within_the_picture_moves_nothing(stage: Stage, large_scan: Volume) -> None:
    stage.session.open(large_scan, labelled(large_scan, (KIDNEYS, 1)))
    stage.settle()
    stage.scene.renderer.GetActiveCamera().Azimuth(30)
    before = camera(stage)
    stage.session.propose(proposal(Box((20, 20, 60), (30, 30, 140))))
    stage.settle()
    assert camera(stage) == before


@pytest.mark.display
def test_nothing_stays_after_all_is_undone_and_the_next_stroke_is_found(
    stage: Stage, large_scan: Volume
) -> None:
    stage.session.open(large_scan)
    paint(stage, STROKE)
    stage.session.propose(proposal())
    stage.settle()
    stage.session.accept()
    stage.settle()
    while stage.session.undo() is not None:
        pass
    stage.settle()
    picture = stage.picture()
    assert not blue(picture).any() and not orange(picture).any()
    assert stage.view.words == EMPTY
    while stage.session.redo() is not None:
        pass
    stage.settle()
    assert is_framed(stage)
    while stage.session.undo() is not None:
        pass
    stage.settle()
    paint(stage, BESIDE)
    assert is_framed(stage)


@pytest.mark.display
def test_a_letter_and_fit_bring_back_what_was_lost(
    qtbot: QtBot, stage: Stage, large_scan: Volume
) -> None:
    stage.session.open(large_scan, labelled(large_scan, (KIDNEYS, 1)))
    stage.settle()
    for ask in (stage.view.fit, lambda: click_letter(qtbot, stage, "A")):
        now = stage.scene.renderer.GetActiveCamera()
        x, y, z = now.GetPosition()
        now.SetPosition(x + 800.0, y, z)
        x, y, z = now.GetFocalPoint()
        now.SetFocalPoint(x + 800.0, y, z)
        stage.canvas.refresh()
        assert not is_framed(stage)
        ask()
        assert is_framed(stage)


def click_letter(qtbot: QtBot, stage: Stage, name: str) -> None:
    letter = next(one for one in place_letters(*stage.scene.axes()) if one.name in (name, "P"))
    at = middle(SIZE) + QPointF(letter.x, letter.y)
    qtbot.mouseClick(stage.canvas, Qt.MouseButton.LeftButton, pos=QPoint(at.toPoint()))


@pytest.mark.display
def test_walls_inside_a_kidney_leave_no_mark_on_it(stage: Stage, large_scan: Volume) -> None:
    within = Box((20, 15, 60), (40, 35, 140))
    pictures = []
    for parts in (((KIDNEYS, 1),), ((KIDNEYS, 1), (within, 0))):
        stage.session.open(large_scan, labelled(large_scan, *parts))
        stage.settle()
        pictures.append(stage.picture())
    assert blue(pictures[0]).sum() > 2000
    assert np.abs(pictures[0] - pictures[1]).max() <= 2


def test_fit_the_scan_reaches_the_3d_view(
    qtbot: QtBot, window: MainWindow, tiny_scan: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[SurfaceView] = []
    monkeypatch.setattr(SurfaceView, "fit", lambda view: asked.append(view))
    opening.show(window.context, tiny_scan)
    window.context.jobs.wait_all()
    window.activateWindow()
    window.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert len(asked) == 1
