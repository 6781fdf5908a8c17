"""An earlier scan beside the open one: shown, linked, its numbers, and how it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.task import Task
from kidview.core.types import FloatArray, Triple
from kidview.edit import Edit
from kidview.follow import follow_up
from kidview.io import choose, find, read_labels, read_scan
from kidview.session import Session, turned
from kidview.session.planes import frame_of
from kidview.ui import opening
from kidview.ui.beside import ONLY_SHOWN, THEN
from kidview.ui.earlier_scan import Earlier, open_earlier
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.follow import ROW
from kidview.ui.slice_view import SliceView
from tests.follow.bodies import MIDDLE, moved
from tests.follow.files import write_both
from tests.ui.follow_stage import beside, panel_of, read_earlier, settle, then_of, view_of
from tests.ui.slice_stage import LEFT, RIGHT, drag, turn

pytestmark = pytest.mark.display
MOTION = moved((-3.0, 4.0, 8.66), 8.0, (0.2, -1.0, 0.6), MIDDLE["left"])
"""Of the left kidney, then -> now."""
NO_KEYS = Qt.KeyboardModifier.NoModifier


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_both(tmp_path_factory.mktemp("two"), {"left": MOTION})


@pytest.fixture
def stage(window: MainWindow, files: dict[str, Path]) -> MainWindow:
    """The later scan with its labels."""
    opening.open_paths(window.context, [files["now"], files["now_seg"]])
    settle(window)
    return window


@pytest.fixture(scope="module")
def earlier(files: dict[str, Path]) -> Earlier:
    """What the job finds out, once for all tests."""
    return read_earlier(files)


@pytest.fixture
def followed(stage: MainWindow, earlier: Earlier) -> MainWindow:
    """The earlier one beside it."""
    stage.two_times.begin(earlier)
    settle(stage)
    return stage


def carried(point: Triple, *, back: bool = False) -> FloatArray:
    """Where a point of the left kidney is at the other time, as it was drawn."""
    matrix = np.linalg.inv(MOTION) if back else MOTION
    return np.asarray(matrix[:3, :3] @ np.array(point) + matrix[:3, 3])


def apart(one: Triple, other: FloatArray) -> float:
    return float(np.linalg.norm(np.array(one) - other))


def kidney_in(window: MainWindow) -> None:
    """Crosshair and middle of the views into the kidney."""
    at = (-55.0, 3.0, 8.0)
    window.context.session.look(cursor_ras=at, centre_ras=at)


# -- what is shown --------------------------------------------------------------------------


def test_both_scans_stand_side_by_side_at_one_scale(followed: MainWindow) -> None:
    left, right = view_of(followed, "axial" + THEN), view_of(followed, "axial")
    assert left.isVisible() and right.isVisible()
    assert left.geometry().right() < right.geometry().left()
    assert (left.width(), left.height()) == pytest.approx((right.width(), right.height()), abs=2)
    assert left.projection.mm_per_pixel == right.projection.mm_per_pixel
    assert not followed.views.cell("sagittal").isVisible()
    assert panel_of(followed).isVisible() and panel_of(followed).name.text() == "then.nii.gz"
    captions = [label.text() for label in beside(followed)._captions]
    assert captions == ["Earlier: then.nii.gz", "Now: now.nii.gz"]
    assert "1 found again, 1 new, 1 gone" in followed.status.message.text()


def test_it_begins_from_the_3d_view_and_from_one_plane_alone(
    stage: MainWindow, earlier: Earlier
) -> None:
    for alone, shown in (("surface", "axial"), ("sagittal", "sagittal")):
        stage.context.session.look(maximised=alone)
        stage.two_times.begin(earlier)
        settle(stage)
        assert view_of(stage, shown + THEN).isVisible() and view_of(stage, shown).isVisible()
        scales = [view_of(stage, name).projection.mm_per_pixel for name in (shown, shown + THEN)]
        assert scales[0] == scales[1]
        stage.two_times.stop()


def test_rows_are_the_numbers_of_kidview_follow(followed: MainWindow) -> None:
    known = followed.two_times.found
    assert known is not None
    panel = panel_of(followed)
    panel.days.setValue(200)
    fresh = follow_up(known.then, known.now, 200.0, over=known.over)
    assert panel.list.count() == len(fresh.growths) == 3
    for number, growth in enumerate(fresh.growths):
        row = panel.list.item(number).data(ROW)
        then, now = growth.volume_ml.then.number, growth.volume_ml.now.number
        told = [f"{value:.1f}" if value is not None else "–" for value in (then, now)]
        assert row.volume == f"{told[0]} → {told[1]} mL"
        if growth.match.fate == "same":
            assert row.percent == f"{growth.volume_ml.percent.number:+.0f} %"
            assert row.doubling == f"doubles in {growth.doubling_days.number:.0f} days"
        else:
            assert row.percent == growth.match.fate
    assert "200 days before" in beside(followed)._captions[0].text()


def test_without_days_the_panel_asks_for_them(followed: MainWindow) -> None:
    panel = panel_of(followed)
    assert panel.days.text() == "unknown" and "Without the days between" in panel.hint.text()
    panel.days.setFocus()
    panel.days.selectAll()
    QTest.keyClicks(panel.days, "200")
    QTest.keyClick(panel.days, Qt.Key.Key_Return)
    assert followed.two_times.found is not None and followed.two_times.found.days == 200.0
    assert "Without the days" not in panel.hint.text()


# -- linked ---------------------------------------------------------------------------------


def test_a_click_here_moves_the_crosshair_there_to_the_same_place(
    followed: MainWindow, qtbot: QtBot
) -> None:
    kidney_in(followed)
    now, then = followed.context.session, then_of(followed)
    view = view_of(followed, "axial")
    qtbot.mouseClick(view, LEFT, NO_KEYS, QPoint(view.width() // 2 + 25, view.height() // 2 - 15))
    assert now.view.cursor_ras != (-55.0, 3.0, 8.0)
    assert apart(then.view.cursor_ras, carried(now.view.cursor_ras, back=True)) < 2.0
    assert then.view.cursor_ras != now.view.cursor_ras


def test_a_click_there_moves_the_crosshair_here(followed: MainWindow, qtbot: QtBot) -> None:
    kidney_in(followed)
    now, then = followed.context.session, then_of(followed)
    view = view_of(followed, "coronal" + THEN)
    before = now.view.cursor_ras
    qtbot.mouseClick(view, LEFT, NO_KEYS, QPoint(view.width() // 2 - 20, view.height() // 2 + 10))
    assert now.view.cursor_ras != before
    assert apart(now.view.cursor_ras, carried(then.view.cursor_ras)) < 2.0


def test_scrolling_either_scrolls_both_and_comes_back(followed: MainWindow) -> None:
    kidney_in(followed)
    now, then = followed.context.session, then_of(followed)
    start = now.view.cursor_ras
    for view in (view_of(followed, "axial"), view_of(followed, "axial" + THEN)):
        was = (now.view.cursor_ras, then.view.cursor_ras)
        for _ in range(3):
            turn(view, 120)
        assert now.view.cursor_ras[2] != was[0][2] and then.view.cursor_ras[2] != was[1][2]
        assert apart(now.view.cursor_ras, carried(then.view.cursor_ras)) < 2.0
        for _ in range(3):
            turn(view, -120)
    assert apart(now.view.cursor_ras, np.array(start)) < 3.0


def test_window_and_zoom_are_one(followed: MainWindow, qtbot: QtBot) -> None:
    kidney_in(followed)
    now, then = followed.context.session, then_of(followed)
    view = view_of(followed, "axial" + THEN)
    before = now.view.window_hu
    drag(qtbot, view, RIGHT, QPoint(60, 60), QPoint(90, 80), QPoint(120, 100))
    assert now.view.window_hu == then.view.window_hu != before
    turn(view_of(followed, "axial"), 240, Qt.KeyboardModifier.ControlModifier)
    assert now.view.mm_per_pixel == then.view.mm_per_pixel
    assert apart(now.view.centre_ras, carried(then.view.centre_ras)) < 2.0


def test_a_click_on_a_row_goes_to_the_lesion_in_both(followed: MainWindow) -> None:
    panel, found = panel_of(followed), followed.two_times.found
    assert found is not None
    for number, growth in enumerate(found.growths):
        at = panel.list.visualItemRect(panel.list.item(number)).center()
        QTest.mouseClick(panel.list.viewport(), LEFT, NO_KEYS, at)
        pair = growth.match
        if pair.now:
            assert apart(followed.context.session.view.cursor_ras, pair.now[0].centre_ras) < 2.0
        if pair.then:
            assert apart(then_of(followed).view.cursor_ras, pair.then[0].centre_ras) < 2.5
        assert panel.list.currentRow() == number
        assert followed.status.message.text().startswith(pair.name)


def test_a_key_goes_through_the_lesions(followed: MainWindow) -> None:
    for expected in ("T1", "T2", "C1", "T1"):
        QTest.keyClick(followed, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
        assert followed.two_times.selected == expected


def test_a_double_click_shows_one_plane_of_both(followed: MainWindow, qtbot: QtBot) -> None:
    for name in ("coronal" + THEN, "coronal"):
        qtbot.mouseDClick(view_of(followed, name), LEFT, NO_KEYS, QPoint(40, 40))
        is_alone = not view_of(followed, "axial").isVisible()
        assert view_of(followed, "coronal").isVisible()
        assert view_of(followed, "coronal" + THEN).isVisible()
        assert is_alone == (name != "coronal")


def test_the_earlier_scan_is_turned_into_the_same_planes(followed: MainWindow) -> None:
    kidney_in(followed)
    now, then = followed.context.session, then_of(followed)
    assert now.volume is not None and then.volume is not None
    found = followed.two_times.found
    assert found is not None
    motion = found.over.whole.matrix[:3, :3]

    def normals(session: Session) -> FloatArray:
        assert session.volume is not None
        grid, turn_of = session.volume.geometry, session.view.turn
        return np.array([frame_of(grid, turn_of, axis).normal for axis in range(3)])

    assert np.abs(normals(then) @ motion.T - normals(now)).max() > 0.05
    followed.commands["follow.planes"].trigger()
    np.testing.assert_allclose(normals(then) @ motion.T, normals(now), atol=1e-6)
    now.look(turn=turned(now.volume.geometry, None, 0, 20.0))
    np.testing.assert_allclose(normals(then) @ motion.T, normals(now), atol=1e-6)
    cursor = then.view.cursor_ras
    turn(view_of(followed, "axial"), 120)
    assert then.view.cursor_ras != cursor
    assert apart(now.view.cursor_ras, carried(then.view.cursor_ras)) < 2.0
    followed.commands["follow.planes"].trigger()
    assert then.view.turn is None


# -- editing and refusing ---------------------------------------------------------------------


def test_the_numbers_follow_the_labels(followed: MainWindow, qtbot: QtBot) -> None:
    found, session = followed.two_times.found, followed.context.session
    assert found is not None and session.labels is not None
    labels = session.labels.array
    session.edit("Erased", Edit(Box.whole(labels.shape), labels == 2, 0), tool="")
    qtbot.waitUntil(lambda: followed.two_times.found is not found, timeout=20000)
    settle(followed)
    fresh = followed.two_times.found
    assert fresh is not None and fresh.over is found.over
    assert [one.match.fate for one in fresh.growths] == ["gone", "gone"]
    assert panel_of(followed).list.count() == 2


def test_the_earlier_scan_cannot_be_painted(followed: MainWindow, qtbot: QtBot) -> None:
    then = then_of(followed)
    assert then.labels is not None and then.refusal is not None
    kept = then.labels.array.copy()
    followed.context.session.look(tool="brush")
    view = view_of(followed, "axial" + THEN)
    drag(qtbot, view, LEFT, QPoint(60, 60), QPoint(90, 80))
    assert np.array_equal(then.labels.array, kept) and not then.history.titles
    assert followed.status.message.text() == ONLY_SHOWN
    followed.status.message.setText("")
    followed.context.session.look(tool="navigate")
    qtbot.mouseClick(view, LEFT, NO_KEYS, QPoint(70, 70))
    assert followed.status.message.text() == "", "the crosshair may be moved"


@pytest.mark.parametrize(
    ("scan", "labels", "what"),
    [
        ("then", "now_seg", "another grid"),
        ("then_seg_as_text", "then_seg", ""),
    ],
)
def test_a_wrong_file_is_refused_and_nothing_changes(
    stage: MainWindow, files: dict[str, Path], tmp_path: Path, scan: str, labels: str, what: str
) -> None:
    text = tmp_path / "then.nii.gz"
    text.write_text("no scan")
    open_earlier(stage.context, files.get(scan, text), files[labels])
    settle(stage)
    (notice,) = stage.notices.shown
    assert notice.level == "error" and what in notice.text
    assert stage.two_times.then is None and stage.views._beside is None
    assert not panel_of(stage).isVisible()


def test_labels_without_a_kidney_are_refused(stage: MainWindow, files: dict[str, Path]) -> None:
    session = stage.context.session
    assert session.labels is not None
    shape = session.labels.array.shape
    session.edit("Erased", Edit(Box.whole(shape), np.ones(shape, bool), 0), tool="")
    open_earlier(stage.context, files["then"], files["then_seg"])
    settle(stage)
    (notice,) = stage.notices.shown
    assert "no kidney in common" in notice.text and stage.two_times.then is None


# -- beginning and ending ---------------------------------------------------------------------


def test_the_menu_asks_for_scan_then_labels(stage: MainWindow, files: dict[str, Path]) -> None:
    QTest.keyClick(stage, Qt.Key.Key_E, Qt.KeyboardModifier.AltModifier)
    (first,) = stage.findChildren(QFileDialog)
    assert first.windowTitle() == "Earlier scan"
    assert first.directory().path() == str(files["now"].parent), "beside the open scan"
    first.fileSelected.emit(str(files["then"]))
    first.close()
    QApplication.processEvents()
    second = next(one for one in stage.findChildren(QFileDialog) if one is not first)
    assert second.windowTitle() == "Labels of then.nii.gz"
    assert second.directory().path() == str(files["then"].parent)
    second.fileSelected.emit(str(files["then_seg"]))
    second.close()
    settle(stage)
    assert stage.two_times.name == "then.nii.gz"
    assert "1 found again, 1 new, 1 gone" in stage.status.message.text()
    assert view_of(stage, "axial" + THEN).isVisible() and panel_of(stage).list.count() == 3


def test_closing_brings_the_four_views_back(followed: MainWindow) -> None:
    then, session = then_of(followed), followed.context.session
    followed.commands["follow.stop"].trigger()
    QApplication.processEvents()
    assert followed.two_times.then is None and followed.views._beside is None
    assert all(followed.views.cell(name).isVisible() for name in ("axial", "coronal", "sagittal"))
    assert not panel_of(followed).isVisible()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    assert len(followed.findChildren(SliceView)) == 3
    before = then.view
    session.look(window_hu=(-500.0, 500.0))
    assert then.view == before
    assert not followed.commands["follow.stop"].isEnabled()


def test_opening_another_scan_ends_it(followed: MainWindow, files: dict[str, Path]) -> None:
    followed.context.session.mark_saved()
    opening.open_paths(followed.context, [files["then"]])
    settle(followed)
    assert followed.two_times.then is None and followed.views._beside is None


def test_other_cases_of_the_patient_are_offered(
    window: MainWindow, earlier: Earlier, files: dict[str, Path]
) -> None:
    store, task = window.casework.store, Task()
    now = read_scan(choose(find(files["now"], task), ""), task)
    labels = read_labels(files["now_seg"], now.geometry, now.source, task)
    first = store.add(earlier.volume, patient="one", labels=earlier.labels, by="Ann")
    second = store.add(now, patient="one", labels=labels, by="Ann")
    assert first.patient == second.patient
    window.casework.open(second.case_id)
    settle(window)
    lines = {action.text(): action for action in window.header.menus["View/Compare"].actions()}
    assert f"With the earlier scan {second.case_id}" not in lines
    lines[f"With the earlier scan {first.case_id}"].trigger()
    settle(window)
    assert window.two_times.name == first.case_id
    assert panel_of(window).list.count() == 3
