"""The 3D view under a hand: turn, zoom, click, letters; every pixel of a sharp screen; the end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.volume import Volume
from kidview.ui.canvas import Canvas
from kidview.ui.compass import DIRECTIONS, middle, place_letters
from kidview.ui.dialogs.key_sheet import MOUSE
from tests.ui.stage import LEFT_LOW, RIGHT_HIGH, SIZE, SOFTWARE, Stage, labelled, orange


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot, SOFTWARE)
    yield made
    made.close()


# -- the hand -------------------------------------------------------------------------


LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


def drag(
    qtbot: QtBot, canvas: Canvas, start: QPoint, stop: QPoint, button: Qt.MouseButton = LEFT
) -> None:
    qtbot.mousePress(canvas, button, pos=start)
    for n in range(1, 5):
        qtbot.mouseMove(canvas, start + (stop - start) * n / 4)
    qtbot.mouseRelease(canvas, button, pos=stop)


@pytest.mark.display
def test_a_click_moves_the_crosshair_onto_the_surface(
    qtbot: QtBot, stage: Stage, tiny_scan: Volume
) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2), (LEFT_LOW, 1)))
    stage.settle()
    rows, columns = np.nonzero(orange(stage.picture()))
    at = QPoint(int(columns.mean()), int(rows.mean()))
    qtbot.mouseClick(stage.canvas, Qt.MouseButton.LeftButton, pos=at)
    index = tiny_scan.geometry.ras_to_index(stage.session.view.cursor_ras)
    assert (index > np.array(RIGHT_HIGH.start) - 1).all()
    assert (index < np.array(RIGHT_HIGH.stop)).all()
    assert index[1] == pytest.approx(RIGHT_HIGH.stop[1] - 0.5, abs=0.5), "not its front face"
    x, y = stage.scene.to_display(stage.session.view.cursor_ras)
    assert (x, SIZE - 1 - y) == pytest.approx((at.x(), at.y()), abs=1.5)


@pytest.mark.display
def test_a_click_beside_everything_moves_nothing(
    qtbot: QtBot, stage: Stage, tiny_scan: Volume
) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    stage.settle()
    before = stage.session.view
    qtbot.mouseClick(stage.canvas, Qt.MouseButton.LeftButton, pos=QPoint(SIZE - 5, 5))
    assert stage.session.view == before


@pytest.mark.display
def test_a_drag_turns_and_moves_no_crosshair(qtbot: QtBot, stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    stage.settle()
    before, axes = stage.session.view, stage.scene.axes()
    drag(qtbot, stage.canvas, QPoint(200, 200), QPoint(260, 210))
    assert stage.session.view == before
    assert stage.scene.axes()[2] != pytest.approx(axes[2], abs=0.05)


@pytest.mark.display
def test_many_moves_of_the_hand_are_one_rendering(
    qtbot: QtBot, stage: Stage, tiny_scan: Volume, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    stage.settle()
    stage.view.grab()
    renderings: list[int] = []
    render = stage.canvas._render
    monkeypatch.setattr(stage.canvas, "_render", lambda: (renderings.append(1), render()))
    for n in range(20):
        stage.canvas.wheelEvent(notch(120 if n % 2 else -120))
    assert not renderings
    stage.view.grab()
    assert len(renderings) == 1
    stage.session.look(cursor_ras=(0.0, 1.0, 2.0), has_crosshair=True)
    stage.view.grab()
    assert len(renderings) == 1, "the crosshair alone needs no rendering"


def notch(delta: int) -> QWheelEvent:
    return QWheelEvent(
        QPointF(200, 200),
        QPointF(200, 200),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )


@pytest.mark.display
def test_the_wheel_comes_nearer(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan, labelled(tiny_scan, (RIGHT_HIGH, 2)))
    stage.settle()
    before = orange(stage.picture()).sum()
    for _ in range(3):
        stage.canvas.wheelEvent(notch(-120))
    assert orange(stage.picture()).sum() < 0.6 * before


def outside_mm(stage: Stage) -> float:
    """How far the camera is from the box around all that is shown; 0 inside."""
    bounds = np.array(stage.scene.renderer.ComputeVisiblePropBounds()).reshape(3, 2)
    at = np.array(stage.scene.renderer.GetActiveCamera().GetPosition())
    return float(np.linalg.norm(at - np.clip(at, bounds[:, 0], bounds[:, 1])))


@pytest.mark.display
def test_no_wheel_and_no_drag_ends_inside_a_surface(
    qtbot: QtBot, stage: Stage, tiny_scan: Volume
) -> None:
    hu = np.repeat(np.repeat(np.repeat(tiny_scan.hu, 4, 0), 4, 1), 4, 2)
    geometry = Geometry.straight(hu.shape, (2.0, 1.0, 1.0))
    scan = Volume(hu, geometry, tiny_scan.source)
    stage.session.open(scan, labelled(scan, (Box((2, 4, 4), (38, 90, 76)), 1)))
    stage.settle()
    for _ in range(60):
        stage.canvas.wheelEvent(notch(120))
    assert outside_mm(stage) > 5
    for way in (QPoint(160, 30), QPoint(0, 160), QPoint(-120, -80)):
        drag(qtbot, stage.canvas, QPoint(200, 200), QPoint(200, 200) + way)
        assert outside_mm(stage) > 5
    for _ in range(10):
        drag(qtbot, stage.canvas, QPoint(200, 10), QPoint(200, 390), RIGHT)
        drag(qtbot, stage.canvas, QPoint(200, 390), QPoint(200, 10), RIGHT)
        assert outside_mm(stage) > 5
    for _ in range(60):
        stage.canvas.wheelEvent(notch(-120))
    assert outside_mm(stage) < 6000


@pytest.mark.display
def test_a_double_click_asks_for_all_the_room(qtbot: QtBot, stage: Stage) -> None:
    with qtbot.waitSignal(stage.view.maximise_requested):
        qtbot.mouseDClick(stage.canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))


@pytest.mark.display
def test_the_crosshair_is_marked_where_it_is(stage: Stage, tiny_scan: Volume) -> None:
    stage.session.open(tiny_scan)
    stage.settle()
    without = stage.picture()
    stage.session.look(has_crosshair=True)
    marked = stage.view.grab().toImage()
    x, y = stage.scene.to_display(stage.session.view.cursor_ras)
    place = QPoint(round(x) + 6, round(SIZE - 1 - y))
    assert marked.pixelColor(place).value() > 120
    assert without[place.y(), place.x()].max() < 60


# -- letters --------------------------------------------------------------------------


@pytest.mark.display
@pytest.mark.parametrize("letter", "RLAPSI")
def test_a_click_on_a_letter_looks_from_there(qtbot: QtBot, stage: Stage, letter: str) -> None:
    # Turned, so that no letter hides behind another.
    stage.scene.renderer.GetActiveCamera().Azimuth(25)
    stage.scene.renderer.GetActiveCamera().Elevation(20)
    seen = {one.name: one for one in place_letters(*stage.scene.axes())}
    if letter not in seen:
        pytest.skip("it stands behind the middle")
    at = middle(SIZE) + QPointF(seen[letter].x, seen[letter].y)
    qtbot.mouseClick(stage.canvas, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert stage.scene.axes()[2] == pytest.approx(DIRECTIONS[letter], abs=1e-6)


# -- pixels and the end ---------------------------------------------------------------

_SCAN = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from pathlib import Path
import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.session import Session
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.surface_view import SurfaceView
app = QApplication([])
geometry = Geometry.straight((20, 20, 20), (1, 1, 1))
hu = np.full((20, 20, 20), 500, np.int16)
order = AxisOrder((2, 1, 0), (False, False, False))
scan = Volume(hu, geometry, Source(Path("x"), "phantom", order, np.eye(4)))
labels = np.zeros((20, 20, 20), np.uint8)
labels[5:12, 5:12, 5:12] = 1

def make(jobs, session):
    view = SurfaceView(session, jobs, probe=lambda task: OpenGL("llvmpipe"))
    view.resize(150, 100)
    view.show()
    session.open(scan, LabelMap(labels, geometry))
    for _ in range(4):
        jobs.wait_all()
        app.processEvents()
    return view
"""

_TWICE = """
jobs, session = Jobs(), Session()
view = make(jobs, session)
image = view.grab().toImage()
print(image.width(), image.height(), view.canvas.pixels)
QTest.mouseClick(view.canvas, Qt.MouseButton.LeftButton, pos=QPoint(75, 50))
print(*(round(float(v), 1) for v in geometry.ras_to_index(session.view.cursor_ras)))
jobs.close()
"""

_MANY = """
for n in range(8):
    session, jobs = Session(), Jobs(app)
    session.look(has_ct_in_3d=n % 2 == 1)
    view = make(jobs, session)
    view.grab()
    if n % 3 == 0:
        jobs.close()
        view.close()
        view.deleteLater()
    elif n % 3 == 1:
        jobs.close()
        view.close()
# the last ones are left standing, with a job under way
QTimer.singleShot(0, app.quit)
app.exec()
print("ended")
"""


def run_apart(code: str, scale: int = 1) -> subprocess.CompletedProcess[str]:
    """Run code after `_SCAN` in a process of its own, from the top of the checkout."""
    return subprocess.run(
        [sys.executable, "-c", _SCAN + code],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env=os.environ | {"QT_SCALE_FACTOR": str(scale)},
    )


@pytest.mark.display
def test_every_pixel_of_a_screen_at_200_percent_is_used_and_clicks_hit() -> None:
    done = run_apart(_TWICE, scale=2)
    size, _newline, index = done.stdout.partition("\n")
    assert size.split() == ["300", "200", str(300 * 200)], done.stderr
    # The middle of the front of voxels 5..11.
    assert [float(v) for v in index.split()] == pytest.approx([8, 11.5, 8], abs=0.6), done.stderr


@pytest.mark.display
def test_views_come_and_go_and_the_process_ends_well() -> None:
    done = run_apart(_MANY)
    assert (done.returncode, done.stdout.strip()) == (0, "ended"), done.stderr
    assert "Traceback" not in done.stderr and "ERR" not in done.stderr, done.stderr


def test_the_key_sheet_tells_what_the_hand_does_in_3d() -> None:
    told = {ours for ours, _itk, _what in MOUSE}
    assert {f"3D: {way}" for way in ("left drag", "middle drag", "wheel", "click")} <= told
