"""The 3D view: what it shows of labels, proposal and CT, and what it says without OpenGL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from vtkmodules.vtkFiltersCore import vtkMassProperties

from kidview.core.box import Box
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.session import Session
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.surface_view import EMPTY, NO_OPENGL, SurfaceView
from tests.ui.stage import LEFT_LOW, RIGHT_HIGH, SIZE, SOFTWARE, Stage, blue, labelled, orange


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot, SOFTWARE)
    yield made
    made.close()


# -- without OpenGL -------------------------------------------------------------------


def test_without_opengl_the_view_says_so_and_nothing_else_happens(
    qtbot: QtBot, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    stage = Stage(qtbot, None)
    stage.session.open(tiny_scan)
    paint(stage.session)
    stage.session.look(has_ct_in_3d=True)
    stage.settle()
    assert stage.view.words == NO_OPENGL
    assert stage.view.scene is None and stage.view.canvas is None
    assert stage.picture().max() > 60, "the sentence is not drawn"
    with qtbot.waitSignal(stage.view.maximise_requested):
        qtbot.mouseDClick(stage.view, Qt.MouseButton.LeftButton)
    stage.close()


def test_while_the_probe_runs_the_view_is_black_and_silent(qtbot: QtBot, tiny_scan: Volume) -> None:
    session, jobs = Session(), Jobs()

    def wait(task: Task) -> OpenGL | None:
        while not task.is_cancelled:
            pass
        return None

    view = SurfaceView(session, jobs, probe=wait)
    qtbot.addWidget(view)
    view.show()
    session.open(tiny_scan)
    assert view.words == ""
    image = view.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2).value() == 0
    jobs.close()


def test_a_view_that_is_gone_hears_nothing_more(qtbot: QtBot, tiny_scan: Volume) -> None:
    session, jobs = Session(), Jobs()
    view = SurfaceView(session, jobs, probe=lambda task: None)
    view.deleteLater()
    QApplication.sendPostedEvents(None, 52)
    session.open(tiny_scan)
    jobs.wait_all()
    jobs.close()


# -- what is shown --------------------------------------------------------------------


@pytest.mark.display
def test_the_patients_right_is_on_the_left_and_up_is_up(stage: Stage, tiny_scan: Volume) -> None:
    labels = labelled(tiny_scan, (RIGHT_HIGH, 2), (LEFT_LOW, 1))
    stage.session.open(tiny_scan, labels)
    stage.settle()
    picture = stage.picture()
    rows, columns = np.nonzero(orange(picture))
    other_rows, other_columns = np.nonzero(blue(picture))
    assert rows.size > 200 and other_rows.size > 200
    assert columns.mean() < SIZE / 2 < other_columns.mean()
    assert rows.mean() < SIZE / 2 < other_rows.mean()


@pytest.mark.display
def test_an_edit_makes_its_label_anew_after_a_rest(
    stage: Stage, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 1)))
    stage.settle()
    kidney = stage.scene.mesh(1)
    assert kidney is not None and stage.scene.mesh(2) is None
    paint(stage.session)
    assert stage.scene.mesh(2) is None, "built before the hand rested"
    stage.settle()
    tumour = stage.scene.mesh(2)
    assert tumour is not None and stage.scene.mesh(1) is kidney
    properties = vtkMassProperties()
    properties.SetInputData(tumour)
    assert properties.GetVolume() == pytest.approx(27 * 1.0, rel=0.02)  # voxels of 1 mm3
    stage.session.undo()
    stage.settle()
    assert stage.scene.mesh(2) is None and stage.scene.mesh(1) is kidney
    assert not orange(stage.picture()).any()


@pytest.mark.display
def test_edits_far_apart_are_all_seen(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan)
    stage.settle()
    for box in (LEFT_LOW, RIGHT_HIGH):
        stage.session.edit("Brush", Edit(box, np.ones(box.shape, dtype=bool), 3))
        stage.settle()
    mesh = stage.scene.mesh(3)
    assert mesh is not None
    properties = vtkMassProperties()
    properties.SetInputData(mesh)
    voxels = LEFT_LOW.size + RIGHT_HIGH.size
    assert properties.GetVolume() == pytest.approx(voxels, rel=0.02)


@pytest.mark.display
def test_a_hidden_label_leaves_the_picture(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2), (LEFT_LOW, 1)))
    stage.settle()
    assert orange(stage.picture()).any() and blue(stage.picture()).any()
    stage.session.look(hidden=frozenset({2}))
    assert not orange(stage.picture()).any() and blue(stage.picture()).any()
    stage.session.look(hidden=frozenset())
    assert orange(stage.picture()).any()
    stage.session.look(are_labels_hidden=True)
    assert not orange(stage.picture()).any() and not blue(stage.picture()).any()


@pytest.mark.display
def test_a_tumour_shows_through_the_kidney_around_it(stage: Stage, tiny_scan: Volume) -> None:
    around, within = Box((2, 5, 4), (8, 19, 16)), Box((4, 9, 8), (6, 15, 12))
    stage.session.open(tiny_scan, labelled(tiny_scan, (around, 1), (within, 2)))
    stage.settle()
    picture = stage.picture()
    middle, beside = picture[SIZE // 2, SIZE // 2], picture[SIZE // 2, SIZE // 2 + 60]
    assert beside[2] > 1.5 * beside[0], "no kidney beside the tumour"
    assert middle[0] > beside[0] + 40, "the tumour does not shine through"


@pytest.mark.display
def test_nothing_outlined_is_said_quietly(
    stage: Stage, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    assert stage.view.words == ""
    stage.session.open(tiny_scan)
    stage.settle()
    assert stage.view.words == EMPTY
    paint(stage.session)
    stage.settle()
    assert stage.view.words == ""


def proposal(label: int) -> Proposal:
    return Proposal(
        RIGHT_HIGH, np.full(RIGHT_HIGH.shape, label, np.uint8), 0.001, "test", "CPU", 1.0
    )


@pytest.mark.display
def test_a_proposal_is_shown_until_it_is_discarded(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan)
    stage.settle()
    stage.session.propose(proposal(2))
    stage.settle()
    assert stage.scene.mesh(2, is_proposed=True) is not None and stage.scene.mesh(2) is None
    faint = stage.picture()
    assert orange(faint).any() and stage.view.words == ""
    stage.session.discard()
    stage.settle()
    assert stage.scene.mesh(2, is_proposed=True) is None
    assert not orange(stage.picture()).any()


@pytest.mark.display
def test_a_proposal_far_from_a_stroke_comes_into_the_picture(
    stage: Stage, tiny_scan: Volume
) -> None:
    stage.session.open(tiny_scan)
    stage.session.replace_labels(labelled(tiny_scan, (LEFT_LOW, 3)), "Brush")
    stage.settle()
    alone = stage.picture()
    stage.session.propose(proposal(2))
    stage.settle()
    seen = orange(stage.picture())
    rows, columns = np.nonzero(seen)
    assert seen.sum() > 30
    assert rows.min() > 0 and rows.max() < SIZE - 1  # whole, not cut by an edge
    assert columns.min() > 0 and columns.max() < SIZE - 1
    stage.session.accept()
    stage.settle()
    assert orange(stage.picture()).sum() > 30 and not orange(alone).any()


@pytest.mark.display
def test_fitting_finds_what_was_lost_and_zoom_has_its_ends(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan)
    stage.session.replace_labels(labelled(tiny_scan, (RIGHT_HIGH, 2)), "Brush")
    stage.settle()
    before = orange(stage.picture()).sum()
    camera = stage.scene.renderer.GetActiveCamera()
    for _ in range(80):
        stage.scene.zoom(0.8)
    assert camera.GetDistance() < 6000
    for _ in range(160):
        stage.scene.zoom(1.25)
    assert camera.GetDistance() > 10
    for _ in range(20):
        stage.scene.zoom(0.8)
    stage.view.fit()
    assert orange(stage.picture()).sum() == pytest.approx(before, rel=0.05)


@pytest.mark.display
def test_an_accepted_proposal_becomes_solid(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan)
    stage.session.propose(proposal(2))
    stage.settle()
    faint = stage.picture()
    stage.session.accept()
    assert stage.scene.has_surfaces(is_proposed=True), "it flickers"
    stage.settle()
    assert not stage.scene.has_surfaces(is_proposed=True)
    assert stage.scene.mesh(2) is not None
    assert stage.picture().max() > faint.max() + 20


@pytest.mark.display
def test_another_case_takes_everything_of_the_old_one_away(
    stage: Stage, tiny_scan: Volume, odd_scan: Volume
) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    stage.session.look(has_ct_in_3d=True)
    stage.settle()
    stage.scene.look_from("L")
    stage.session.open(odd_scan)
    assert not stage.scene.has_surfaces(is_proposed=False)
    _right, _up, toward = stage.scene.axes()
    assert toward == pytest.approx((0, 1, 0)), "not seen from the front"
    stage.settle()
    assert stage.scene.renderer.GetVolumes().GetNumberOfItems() == 1  # the new scan's


@pytest.mark.display
def test_what_changes_while_the_view_is_hidden_is_made_up_for(
    stage: Stage, tiny_scan: Volume, paint: Callable[..., None]
) -> None:
    stage.session.open(tiny_scan)
    stage.settle()
    stage.view.hide()
    paint(stage.session)
    stage.settle()
    assert stage.scene.mesh(2) is None, "work nobody sees"
    stage.view.show()
    stage.settle()
    assert stage.scene.mesh(2) is not None


@pytest.mark.display
def test_a_scan_opened_before_the_probe_answers_is_shown(qtbot: QtBot, tiny_scan: Volume) -> None:
    session, jobs = Session(), Jobs()
    view = SurfaceView(session, jobs, probe=lambda task: SOFTWARE)
    qtbot.addWidget(view)
    view.show()
    session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    qtbot.waitUntil(lambda: view.scene is not None and view.scene.mesh(2) is not None)
    jobs.close()


# -- the CT ---------------------------------------------------------------------------


@pytest.mark.display
@pytest.mark.parametrize("renderer", ["llvmpipe", "A card that draws"])
def test_the_ct_is_drawn_when_asked_for(qtbot: QtBot, tiny_scan: Volume, renderer: str) -> None:
    stage = Stage(qtbot, OpenGL(renderer))
    hu = np.full(tiny_scan.hu.shape, -1000, np.int16)
    hu[RIGHT_HIGH.slices] = 1200
    stage.session.open(Volume(hu, tiny_scan.geometry, tiny_scan.source))
    stage.settle()
    assert stage.scene.renderer.GetVolumes().GetNumberOfItems() == 0
    stage.session.look(has_ct_in_3d=True)
    stage.settle()
    bright = stage.picture()[: SIZE - 100].max(axis=2) > 120
    assert bright.sum() > 500, "no bone in the picture"
    stage.session.look(has_ct_in_3d=False)
    stage.settle()
    assert not (stage.picture()[: SIZE - 100, :, 0] > 200).any()
    stage.close()
