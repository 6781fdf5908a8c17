"""The film of a view: frame k is what the view shows on slice k, and the views stay."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from kidview.cases import Annotation, Marks
from kidview.core.box import Box
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.session import plan_slice
from kidview.session.planes import Turn
from kidview.ui import filming, opening
from kidview.ui.dialogs.film_dialog import FilmDialog
from kidview.ui.film_plan import FilmPlan, film_shape, slice_numbers, turn_degrees
from kidview.ui.film_stage import SliceStage
from kidview.ui.filming import Frame, make_film, pixels_of
from kidview.ui.main_window import MainWindow
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_view import SliceView

CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def shown(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot, paint: Callable[..., None]
) -> MainWindow:
    """A window with the tiny scan, a label on slices 3 to 5 and a measurement on slice 4."""
    opening.show(window.context, tiny_scan)
    session = window.context.session
    paint(session)
    points = tuple(
        tuple(float(v) for v in tiny_scan.geometry.index_to_ras(at))
        for at in ((4, 8, 5), (4, 15, 12))
    )
    session.mark(Marks((Annotation(1, "distance", 0, points),)))  # type: ignore[arg-type]
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def film(qtbot: QtBot, window: MainWindow, plan: FilmPlan, path: Path) -> None:
    """Make one and wait for its end."""
    make_film(window.context, plan, path)
    end(qtbot, window)


def end(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.context.jobs.is_running(filming.KEY), timeout=20_000)


def gif_frames(path: Path) -> list[Frame]:
    with Image.open(path) as gif:
        frames = []
        for number in range(gif.n_frames):  # type: ignore[attr-defined]
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")))
        return frames


def mp4_frames(path: Path) -> list[Frame]:
    with av.open(str(path)) as read:
        frames = read.decode(video=0)
        return [np.asarray(one.to_ndarray(format="rgb24"), np.uint8) for one in frames]


def on_screen(window: MainWindow, view: str, index: int) -> Frame:
    """What the user's own view shows on a slice, pixels even in number."""
    session = window.context.session
    assert session.volume is not None
    window.notices.clear()  # the bar took room from the views
    QApplication.processEvents()
    axis = ("axial", "coronal", "sagittal").index(view)
    at = list(session.volume.geometry.nearest_index(session.view.cursor_ras))
    at[axis] = index
    session.look_at((at[0], at[1], at[2]))
    canvas = window.views.cell(view).findChild(SliceCanvas)
    assert canvas is not None
    pixels = pixels_of(canvas.grab().toImage())
    return pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]


@pytest.mark.parametrize(("view", "count"), [("axial", 10), ("sagittal", 20)])
def test_frame_k_is_what_the_view_shows_on_slice_k(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path, view: str, count: int
) -> None:
    session = shown.context.session
    session.look(opacity=0.5, window_hu=(-200.0, 300.0))
    before = session.view
    path = tmp_path / "a.gif"
    film(qtbot, shown, FilmPlan(view), path)
    assert session.view == before, "the crosshair stayed"
    frames = gif_frames(path)
    assert len(frames) == count
    for index, frame in enumerate(frames):
        wanted = on_screen(shown, view, index)
        assert frame.shape == wanted.shape
        error = np.abs(frame.astype(int) - wanted)
        assert error.max() <= 16 and error.mean() < 0.5, f"slice {index}"


def test_the_picture_of_the_stage_is_that_of_the_screen(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last bit, before a palette touches it."""
    drawn: list[Frame] = []
    picture = SliceStage.picture

    def kept(self: SliceStage, number: float) -> QImage:
        image = picture(self, number)
        drawn.append(pixels_of(image))
        return image

    monkeypatch.setattr(SliceStage, "picture", kept)
    film(qtbot, shown, FilmPlan("axial"), tmp_path / "a.gif")
    for index, one in enumerate(drawn):
        np.testing.assert_array_equal(one, on_screen(shown, "axial", index))


def test_a_turned_plane_is_filmed_along_its_normal(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    """All planes there are; at the crosshair it is what the view shows."""
    session = shown.context.session
    assert session.volume is not None
    slant = np.deg2rad(25)
    rotation = (
        (1.0, 0.0, 0.0),
        (0.0, float(np.cos(slant)), float(-np.sin(slant))),
        (0.0, float(np.sin(slant)), float(np.cos(slant))),
    )
    session.look(turn=replace(Turn(), rotations=(rotation, *Turn().rotations[1:])))
    before = session.view
    plan = plan_slice(session.volume.geometry, session.view, 0)
    canvas = shown.views.cell("axial").findChild(SliceCanvas)
    assert canvas is not None and plan.frame is not None
    QApplication.processEvents()
    wanted = pixels_of(canvas.grab().toImage())
    film(qtbot, shown, FilmPlan("axial", 15, ".mp4"), tmp_path / "a.mp4")
    frames = mp4_frames(tmp_path / "a.mp4")
    assert session.view == before and len(frames) == plan.count
    away = [
        np.abs(frame.astype(int) - wanted[: frame.shape[0], : frame.shape[1]]).mean()
        for frame in frames
    ]
    assert int(np.argmin(away)) == plan.index and away[plan.index] < 1


def test_an_mp4_of_the_slices_with_labels_there_and_back(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    plan = FilmPlan("axial", 10, ".mp4", 480, is_there_and_back=True, has_labels_only=True)
    film(qtbot, shown, plan, path)
    frames = mp4_frames(path)
    with av.open(str(path)) as read:
        stream = read.streams.video[0]
        assert stream.average_rate == 10 and stream.height == 480
    assert len(frames) == 4, "slices 3, 4, 5, 4"
    assert np.abs(frames[1].astype(int) - frames[3]).mean() < 1
    assert np.abs(frames[0].astype(int) - frames[1]).mean() > 0.05
    notice = shown.notices.shown[-1]
    assert "a.mp4: 4 pictures, 0.4 s" in notice.text and notice.buttons[0][0] == "Show in folder"


def test_edits_meanwhile_are_not_in_the_film(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = shown.context.session
    wanted = on_screen(shown, "axial", 4)
    make_film(shown.context, FilmPlan("axial"), tmp_path / "a.gif")
    box = Box((0, 0, 0), (10, 24, 20))
    session.edit("All", Edit(box, np.ones(box.shape, bool), 3))
    end(qtbot, shown)
    assert np.abs(gif_frames(tmp_path / "a.gif")[4].astype(int) - wanted).max() <= 16


def test_no_label_no_film_of_labels(shown: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    shown.context.session.undo()
    film(qtbot, shown, FilmPlan("axial", has_labels_only=True), tmp_path / "a.gif")
    assert any("No slice holds a label" in one.text for one in shown.notices.shown)
    assert not list(tmp_path.glob("*.gif"))


def test_a_cancel_leaves_no_file_and_no_view(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    make_film(shown.context, FilmPlan("coronal"), tmp_path / "a.gif")
    jobs = shown.context.jobs
    qtbot.waitUntil(
        lambda: any(r.job.key == filming.KEY and r.task.fraction > 0.1 for r in jobs.running)
    )
    threads = list(jobs._threads)
    jobs.cancel(filming.KEY)
    qtbot.waitUntil(lambda: "Stopped: a.gif" in shown.status.message.text())
    for thread in threads:
        thread.join(5)
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == []
    qtbot.waitUntil(lambda: not shown.findChildren(filming.Filming))


def test_a_window_closed_meanwhile_leaves_no_file_and_no_view(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    make_film(shown.context, FilmPlan("coronal"), tmp_path / "a.gif")
    qtbot.waitUntil(lambda: bool(shown.findChildren(filming.Filming)))
    shown.context.session.mark_saved()
    shown.close()
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == []
    qtbot.waitUntil(lambda: not shown.findChildren(filming.Filming))
    qtbot.waitUntil(
        lambda: not any(isinstance(one, SliceView) for one in QApplication.topLevelWidgets())
    )


def test_a_folder_that_is_not_there_is_told(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    film(qtbot, shown, FilmPlan("axial"), tmp_path / "none" / "a.gif")
    assert any("does not exist" in one.text for one in shown.notices.shown)
    qtbot.waitUntil(lambda: not shown.findChildren(filming.Filming))


def test_no_tick_takes_longer_than_its_picture(
    shown: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the disk is: a full queue is left alone."""
    beyond_ms: list[float] = []
    pictures, ticks = [0.0], filming.Filming._tick
    picture = SliceStage.picture

    def timed(self: SliceStage, number: float) -> QImage:
        began = time.perf_counter()
        image = picture(self, number)
        pictures[0] += time.perf_counter() - began
        return image

    def tick(self: filming.Filming) -> None:
        pictures[0], began = 0.0, time.perf_counter()
        ticks(self)
        beyond_ms.append(1000 * (time.perf_counter() - began - pictures[0]))

    def slow(*given: object) -> Iterator[Frame]:
        for frame in frames(*given):  # type: ignore[arg-type]
            time.sleep(0.03)
            yield frame

    frames = filming._frames
    monkeypatch.setattr(SliceStage, "picture", timed)
    monkeypatch.setattr(filming.Filming, "_tick", tick)
    monkeypatch.setattr(filming, "_frames", slow)
    film(qtbot, shown, FilmPlan("axial"), tmp_path / "a.gif")
    assert len(beyond_ms) > 10
    assert np.percentile(beyond_ms, 90) < 16, "a busy machine may interrupt some"


def test_the_key_asks_for_plan_and_file(shown: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    QTest.keyClick(shown, Qt.Key.Key_P, CTRL_SHIFT)
    (dialog,) = shown.findChildren(FilmDialog)
    assert dialog.sum.text().startswith("10 pictures, 0.7 s, ")
    dialog.way.setCurrentIndex(1)
    dialog.fps.setValue(9)
    assert dialog.sum.text().startswith("18 pictures, 2.0 s, ")
    dialog.large.setCurrentIndex(1)
    assert dialog.sum.text().endswith("× 480 pixels")
    dialog.ok.click()
    files = shown.findChildren(QFileDialog)[-1]
    assert files.selectedFiles()[0].endswith("tiny_axial.gif")
    files.fileSelected.emit(str(tmp_path / "a"))
    files.close()
    end(qtbot, shown)
    frames = gif_frames(tmp_path / "a.gif")
    assert len(frames) == 18 and frames[0].shape[0] == 480


def test_numbers_of_slices_and_turns() -> None:
    assert slice_numbers(3, 5, False) == [3, 4, 5]
    assert slice_numbers(3, 6, True) == [3, 4, 5, 6, 5, 4]
    assert slice_numbers(3, 3, True) == [3] and slice_numbers(3, 4, True) == [3, 4]
    assert turn_degrees(36)[:2] == [0, 10] and turn_degrees(36)[-1] == 350


def test_sizes_are_even_and_in_the_views_proportions() -> None:
    plan = FilmPlan("axial", 15)
    one = film_shape(plan, (413, 301), 1.0, [0])
    assert (one.width, one.height) == (412, 300)
    two = film_shape(FilmPlan("axial", height_px=1080), (400, 300), 2.0, [0])
    assert (two.width, two.height) == (1440, 1080)
