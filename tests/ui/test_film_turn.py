"""The film of the 3D view: a full turn, after which the camera is where it was."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.ui.film_plan import turn_degrees
from kidview.ui.film_stage import TurnStage
from kidview.ui.filming import Frame, pixels_of
from tests.ui.stage import LEFT_LOW, RIGHT_HIGH, SIZE, SOFTWARE, Stage, blue, labelled, orange


@pytest.fixture
def stage(qtbot: QtBot, tiny_scan: Volume) -> Iterator[Stage]:
    """A kidney on the patient's right, a tumour on the left and behind nothing."""
    made = Stage(qtbot, SOFTWARE)
    made.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 1), (LEFT_LOW, 2)))
    made.settle()
    yield made
    made.close()


def grabbed(stage: Stage) -> Frame:
    QApplication.processEvents()
    return pixels_of(stage.canvas.grab().toImage())


def middle_of(mask: np.ndarray) -> float:
    """Mean column."""
    return float(np.argwhere(mask)[:, 1].mean())


def test_a_turn_begins_with_what_is_shown_and_leaves_it(stage: Stage) -> None:
    before, camera = grabbed(stage), stage.scene.renderer.GetActiveCamera()
    place = (camera.GetPosition(), camera.GetViewUp(), camera.GetFocalPoint())
    film = TurnStage(stage.canvas, QSize(SIZE, SIZE))
    frames = [pixels_of(film.picture(degrees)) for degrees in turn_degrees(4)]
    np.testing.assert_array_equal(frames[0], before)
    assert (camera.GetPosition(), camera.GetViewUp(), camera.GetFocalPoint()) == place
    stage.canvas.update()
    np.testing.assert_array_equal(grabbed(stage), before)
    stage.canvas.refresh()
    np.testing.assert_array_equal(grabbed(stage), before)
    front, behind = frames[0].astype(np.int16), frames[2].astype(np.int16)
    assert middle_of(blue(front)) < middle_of(orange(front)), "one looks from the front"
    assert middle_of(blue(behind)) > middle_of(orange(behind)), "and half a turn on from behind"


def test_a_frame_is_what_the_turned_view_shows(stage: Stage) -> None:
    frame = pixels_of(TurnStage(stage.canvas, QSize(SIZE, SIZE)).picture(50.0))
    camera = stage.scene.renderer.GetActiveCamera()
    camera.Azimuth(50.0)
    stage.scene.renderer.ResetCameraClippingRange()
    stage.canvas.refresh()
    np.testing.assert_array_equal(frame, grabbed(stage))


def test_a_larger_film_shows_the_same_larger(stage: Stage) -> None:
    stage.session.look(has_crosshair=True)
    small = pixels_of(TurnStage(stage.canvas, QSize(SIZE, SIZE)).picture(0.0))
    large = pixels_of(TurnStage(stage.canvas, QSize(2 * SIZE, 2 * SIZE)).picture(0.0))
    halved = large.reshape(SIZE, 2, SIZE, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 2
    np.testing.assert_array_equal(grabbed(stage).shape, small.shape)


def test_a_camera_that_waits_to_be_fitted_is_fitted_first(stage: Stage) -> None:
    wanted = grabbed(stage)
    stage.scene.zoom(0.5)
    stage.canvas.fit()
    frame = pixels_of(TurnStage(stage.canvas, QSize(SIZE, SIZE)).picture(0.0))
    assert np.abs(frame.astype(int) - wanted).mean() < 1
    assert np.abs(grabbed(stage).astype(int) - wanted).mean() < 1
