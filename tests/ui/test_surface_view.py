"""The 3D view: what it shows, what a hand does to it, what it says without OpenGL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from vtkmodules.vtkFiltersCore import vtkMassProperties

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.session import Session
from kidview.ui.canvas import Canvas
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.scene import Scene
from kidview.ui.surface_view import EMPTY, NO_OPENGL, SurfaceView

SIZE = 400
SOFTWARE = OpenGL("llvmpipe (for a test)")
Pixels = npt.NDArray[np.int16]


class Stage:
    """A SurfaceView alone on a Session, its jobs brought to their end on demand."""

    def __init__(self, qtbot: QtBot, opengl: OpenGL | None) -> None:
        self.session, self.jobs = Session(), Jobs()
        self.view = SurfaceView(self.session, self.jobs, probe=lambda task: opengl)
        self.view.resize(SIZE, SIZE)
        self.view.show()
        qtbot.waitExposed(self.view)
        self._qtbot = qtbot
        self.settle()

    @property
    def scene(self) -> Scene:
        assert self.view.scene is not None
        return self.view.scene

    @property
    def canvas(self) -> Canvas:
        assert self.view.canvas is not None
        return self.view.canvas

    def settle(self) -> None:
        """Wait until no debounce and no job is left."""
        for _ in range(3):
            self._qtbot.waitUntil(lambda: not self.view._timer.isActive(), timeout=3000)
            self.jobs.wait_all()
            QApplication.processEvents()

    def picture(self) -> Pixels:
        """(rows, columns, 3) of the view as grabbed, without crosshair."""
        self.session.look(has_crosshair=False)
        image = self.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
        return rows[:, : 3 * image.width()].reshape(image.height(), -1, 3).astype(np.int16)


def orange(picture: Pixels) -> npt.NDArray[np.bool_]:
    """Where the tumour's colour is."""
    red, green, blue = np.moveaxis(picture, 2, 0)
    return np.asarray((red > 60) & (red > 1.8 * green) & (blue < 40))


def blue(picture: Pixels) -> npt.NDArray[np.bool_]:
    """Where the kidney's colour is."""
    red, _green, blue = np.moveaxis(picture, 2, 0)
    return np.asarray((blue > 50) & (blue > 1.5 * red))


def labelled(scan: Volume, *parts: tuple[Box, int]) -> LabelMap:
    labels = np.zeros(scan.geometry.shape_zyx, np.uint8)
    for box, label in parts:
        labels[box.slices] = label
    return LabelMap(labels, scan.geometry)


RIGHT_HIGH = Box((6, 8, 13), (9, 14, 19))
LEFT_LOW = Box((1, 8, 2), (4, 14, 8))


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot, SOFTWARE)
    yield made
    made.jobs.close()
    made.view.close()
    made.view.deleteLater()
    QApplication.sendPostedEvents(None, 52)


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
    stage.view.close()


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
    stage.jobs.close()
    stage.view.close()


# -- the hand -------------------------------------------------------------------------


def drag(qtbot: QtBot, canvas: Canvas, start: QPoint, stop: QPoint) -> None:
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=start)
    for n in range(1, 5):
        qtbot.mouseMove(canvas, start + (stop - start) * n / 4)
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=stop)


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
    from kidview.ui.compass import DIRECTIONS, middle, place_letters

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

_TWICE = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_SCALE_FACTOR"] = "2"
from PySide6.QtWidgets import QApplication
from kidview.session import Session
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.surface_view import SurfaceView
app = QApplication([])
jobs = Jobs()
view = SurfaceView(Session(), jobs, probe=lambda task: OpenGL("llvmpipe"))
view.resize(150, 100)
view.show()
jobs.wait_all()
app.processEvents()
image = view.grab().toImage()
print(image.width(), image.height(), view.canvas.pixels)
jobs.close()
"""

_MANY = """
import os
os.environ["QT_QPA_PLATFORM"] = "offscreen"
import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.session import Session
from kidview.ui.jobs import Jobs
from kidview.ui.opengl import OpenGL
from kidview.ui.surface_view import SurfaceView
from pathlib import Path
app = QApplication([])
geometry = Geometry.straight((20, 20, 20), (1, 1, 1))
hu = np.full((20, 20, 20), 500, np.int16)
order = AxisOrder((2, 1, 0), (False, False, False))
scan = Volume(hu, geometry, Source(Path("x"), "phantom", order, np.eye(4)))
labels = np.zeros((20, 20, 20), np.uint8)
labels[5:12, 5:12, 5:12] = 1
for n in range(8):
    session, jobs = Session(), Jobs(app)
    view = SurfaceView(session, jobs, probe=lambda task: OpenGL("llvmpipe"))
    view.resize(200, 150)
    view.show()
    session.open(scan, LabelMap(labels, geometry))
    session.look(has_ct_in_3d=n % 2 == 1)
    for _ in range(4):
        jobs.wait_all()
        app.processEvents()
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


def run_apart(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, from the top of the checkout."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False
    )


@pytest.mark.display
def test_every_pixel_of_a_screen_at_200_percent_is_used() -> None:
    done = run_apart(_TWICE)
    assert done.stdout.split() == ["300", "200", str(300 * 200)], done.stderr


@pytest.mark.display
def test_views_come_and_go_and_the_process_ends_well() -> None:
    done = run_apart(_MANY)
    assert (done.returncode, done.stdout.strip()) == (0, "ended"), done.stderr
    assert "Traceback" not in done.stderr and "ERR" not in done.stderr, done.stderr
