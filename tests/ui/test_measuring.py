"""Distances, angles and regions drawn with a real mouse, and kept with the case."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.cases import Marks, Status, read_marks, write_marks
from kidview.cases.marks import MARKS_FILE
from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.volume import Volume
from kidview.edit.tools.measure import KIND
from kidview.session import IN_PLANE, measured_in_words, plane_to_index
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.mark_item import Drawn
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import drag
from tests.ui.worklist_stage import in_case, make_case, open_window, press, scan, settle

__all__ = ["in_case", "open_window"]
pytestmark = pytest.mark.display
LEFT = Qt.MouseButton.LeftButton
PLANES = ("axial", "coronal", "sagittal")


@pytest.fixture
def measuring(window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """The tiny scan, the ruler in hand."""
    opening.show(window.context, tiny_scan)
    window.context.session.look(mm_per_pixel=0.1)
    take_ruler(window)
    return window


def take_ruler(window: MainWindow) -> None:
    window.activateWindow()
    window.setFocus()
    QApplication.processEvents()
    QTest.keyClick(window, Qt.Key.Key_M)
    assert window.context.session.view.tool == "measure"


def slice_view(window: MainWindow, axis: int = 0) -> SliceView:
    cell = window.views.cell(PLANES[axis])
    assert isinstance(cell, SliceView)
    return cell


def middle(view: SliceView, x: int = 0, y: int = 0) -> QPoint:
    return QPoint(view.width() // 2 + x, view.height() // 2 + y)


def choose(window: MainWindow, kind: str) -> None:
    session = window.context.session
    session.look(options={**session.view.options, KIND.id: kind})


def shown(view: SliceView) -> tuple[Drawn, ...]:
    item = view._canvas.marks
    return item.drawn if item.isVisible() else ()


def marks(window: MainWindow) -> Marks:
    return window.context.session.marks


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_drag_measures_millimetres(measuring: MainWindow, qtbot: QtBot, axis: int) -> None:
    view = slice_view(measuring, axis)
    drag(qtbot, view, LEFT, middle(view, -60, -10), middle(view, 0, 5), middle(view, 60, 40))
    (one,) = marks(measuring).annotations
    assert (one.kind, one.axis) == ("distance", axis)
    way = np.subtract(one.points_ras[1], one.points_ras[0])
    assert np.linalg.norm(way) == pytest.approx(0.1 * np.hypot(120, 50))
    (drawn,) = shown(view)
    assert drawn.words == ("13.0 mm",) and drawn.is_selected
    assert np.allclose(
        drawn.line, [[p.x(), p.y()] for p in (middle(view, -60, -10), middle(view, 60, 40))]
    )
    assert not any(shown(slice_view(measuring, other)) for other in range(3) if other != axis)
    session = measuring.context.session
    assert session.history.count == 0 and session.labels is not None
    assert not session.labels.array.any() and not session.is_dirty


def test_three_clicks_measure_an_angle(measuring: MainWindow) -> None:
    view = slice_view(measuring)
    choose(measuring, "angle")
    for x, y in ((-50, 0), (0, 0), (0, -40)):
        assert not marks(measuring).annotations
        QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view, x, y))
    assert marks(measuring).begun is None and shown(view)[0].words == ("90°",)


def test_a_double_click_is_one_point_of_an_angle(measuring: MainWindow) -> None:
    view = slice_view(measuring)
    choose(measuring, "angle")
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view))
    begun = marks(measuring).begun
    assert begun is not None and len(begun.points_ras) == 1
    QTest.keyClick(measuring, Qt.Key.Key_Delete)
    assert marks(measuring) == Marks()
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view))
    assert marks(measuring).begun is not None
    QTest.keyClick(measuring, Qt.Key.Key_Escape)
    assert marks(measuring) == Marks()
    assert measuring.context.session.view.tool == "measure"


def test_an_ellipse_tells_hu_and_area(measuring: MainWindow, qtbot: QtBot) -> None:
    view, session = slice_view(measuring), measuring.context.session
    choose(measuring, "ellipse")
    ends = middle(view, -50, -30), middle(view, 50, 30)
    drag(qtbot, view, LEFT, ends[0], middle(view), ends[1])
    assert session.volume is not None
    row, column = IN_PLANE[0]
    spacing = session.volume.geometry.spacing_zyx
    low, high = (
        np.array(
            plane_to_index(
                session.volume.geometry, 0, view.index, *view.projection.to_plane(p.x(), p.y())
            )
        )
        for p in ends
    )
    rows, columns = np.indices(session.volume.hu[view.index].shape)
    away = [
        (values - (low[a] + high[a]) / 2) / ((high[a] - low[a]) / 2)
        for values, a in ((rows, row), (columns, column))
    ]
    inside = session.volume.hu[view.index][away[0] ** 2 + away[1] ** 2 <= 1]
    area = np.pi / 4 * np.prod(np.abs(high - low)[1:] * spacing[1:])
    assert area == pytest.approx(np.pi * 5 * 3)
    (drawn,) = shown(view)
    assert drawn.words[0] == f"{inside.mean():.0f} HU ± {inside.std():.0f}, 47 mm²"
    assert drawn.words[1].endswith(f"{inside.size} voxels")


def test_points_and_lines_are_moved(measuring: MainWindow, qtbot: QtBot) -> None:
    view = slice_view(measuring)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    before = marks(measuring).annotations[0]
    drag(qtbot, view, LEFT, middle(view, 51), middle(view, 60, 20), middle(view, 90, 30))
    after = marks(measuring).annotations[0]
    assert (
        after.points_ras[0] == before.points_ras[0] and after.points_ras[1] != before.points_ras[1]
    )
    at = shown(view)[0].line.mean(axis=0)
    on = QPoint(int(at[0]), int(at[1]))
    drag(qtbot, view, LEFT, on, on + QPoint(10, 10), on + QPoint(20, -40))
    (last,) = marks(measuring).annotations
    moved = np.subtract(last.points_ras, after.points_ras)
    assert np.allclose(moved, moved[0]) and np.linalg.norm(moved[0]) == pytest.approx(
        0.1 * np.hypot(20, 40)
    )


def test_the_one_selected_is_removed_and_only_where_it_is_seen(
    measuring: MainWindow, qtbot: QtBot
) -> None:
    view = slice_view(measuring)
    for y in (-60, 60):
        drag(qtbot, view, LEFT, middle(view, -50, y), middle(view, 0, y), middle(view, 50, y))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view, 20, -60))
    assert [one.is_selected for one in shown(view)] == [True, False]
    QTest.keyClick(measuring, Qt.Key.Key_PageUp)
    assert [one.is_faint for one in shown(view)] == [True, True]
    QTest.keyClick(measuring, Qt.Key.Key_Delete)
    assert len(marks(measuring).annotations) == 2
    QTest.keyClick(measuring, Qt.Key.Key_PageUp)
    assert not shown(view)
    for _ in range(2):
        QTest.keyClick(measuring, Qt.Key.Key_PageDown)
    QTest.keyClick(measuring, Qt.Key.Key_Delete)
    assert [one.number for one in marks(measuring).annotations] == [2]
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view, 0, -100))
    assert marks(measuring).selected == 0 and len(marks(measuring).annotations) == 1


def test_a_scan_that_is_no_case_says_once_where_marks_go(
    measuring: MainWindow, qtbot: QtBot
) -> None:
    view = slice_view(measuring)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    assert "kept with the case once" in measuring.status.message.text()
    measuring.say("")
    drag(qtbot, view, LEFT, middle(view, -50, 50), middle(view, 0, 50), middle(view, 50, 50))
    assert measuring.status.message.text() == ""


def kept(window: MainWindow) -> Marks:
    case = window.context.session.case
    assert case is not None
    return read_marks(window.casework.store.folder / case.case_id)


def test_marks_come_back_with_their_case(in_case: MainWindow, qtbot: QtBot) -> None:
    view, case = slice_view(in_case), in_case.context.session.case
    assert case is not None
    take_ruler(in_case)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    wanted = marks(in_case).kept
    other = make_case(in_case.casework.store, 7, Status.NEW)
    in_case.casework.open(other.case_id)  # at once: what waits must not get lost
    settle(in_case)
    assert marks(in_case) == Marks()
    in_case.casework.open(case.case_id)
    settle(in_case)
    qtbot.waitUntil(lambda: marks(in_case).kept == wanted)
    assert kept(in_case) == wanted and len(wanted.annotations) == 1
    assert not read_marks(in_case.casework.store.folder / other.case_id).annotations
    take_ruler(in_case)
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view, 20))
    QTest.keyClick(in_case, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: kept(in_case) == Marks())


def test_answers_come_back_with_their_case_and_outlive_what_is_drawn(
    in_case: MainWindow, qtbot: QtBot
) -> None:
    session, view = in_case.context.session, slice_view(in_case)
    case = session.case
    assert case is not None
    said = Answered("tumour", ReaderAnswers(collecting_system="no"), (1.0, 2.0, 3.0))
    session.mark(session.marks.with_answers(None, said))
    take_ruler(in_case)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view, 90, 90))
    in_case.casework.open(make_case(in_case.casework.store, 7, Status.NEW).case_id)
    settle(in_case)
    assert marks(in_case).answers == ()
    in_case.casework.open(case.case_id)
    settle(in_case)
    qtbot.waitUntil(lambda: marks(in_case).answers == (said,))
    assert len(marks(in_case).annotations) == 1


def test_marks_of_a_scan_go_into_the_case_it_becomes(open_window: MainWindow, qtbot: QtBot) -> None:
    opening.show(open_window.context, scan(5))
    view = slice_view(open_window)
    take_ruler(open_window)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    press(open_window, qtbot, Qt.Key.Key_N, shift=True)
    assert len(marks(open_window).annotations) == 1
    qtbot.waitUntil(lambda: kept(open_window) == marks(open_window).kept)


def test_damaged_marks_are_told_and_left_alone(in_case: MainWindow, qtbot: QtBot) -> None:
    case = in_case.context.session.case
    assert case is not None
    path = in_case.casework.store.folder / case.case_id / MARKS_FILE
    path.write_text("{")
    in_case.casework.reload()
    settle(in_case)
    qtbot.waitUntil(lambda: any("marks.json is no JSON" in n.text for n in in_case.notices.shown))
    assert in_case.context.session.volume is not None
    view = slice_view(in_case)
    take_ruler(in_case)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    in_case.marking.close()
    assert path.read_text() == "{"


def test_a_second_reader_sees_and_leaves_no_marks(in_case: MainWindow, qtbot: QtBot) -> None:
    session, store = in_case.context.session, in_case.casework.store
    volume, case = session.volume, session.case
    assert volume is not None and case is not None
    view = slice_view(in_case)
    take_ruler(in_case)
    drag(qtbot, view, LEFT, middle(view, -50), middle(view), middle(view, 50))
    wanted = marks(in_case).kept
    session.open(volume, None, case, second_reader="Bea")
    qtbot.waitUntil(lambda: read_marks(store.folder / case.case_id) == wanted)
    assert marks(in_case) == Marks()
    drag(qtbot, view, LEFT, middle(view, -50, 50), middle(view, 0, 50), middle(view, 50, 50))
    assert "second reading are not kept" in in_case.status.message.text()
    in_case.marking.close()
    assert kept(in_case) == wanted


def test_words_are_told_of_what_was_written_by_hand(in_case: MainWindow, qtbot: QtBot) -> None:
    """A file another program wrote is shown as it is."""
    case, volume = in_case.context.session.case, in_case.context.session.volume
    assert case is not None and volume is not None
    centre = tuple(float(v) for v in volume.geometry.centre_ras)
    x, y, z = volume.geometry.index_to_ras(
        volume.geometry.nearest_index((centre[0], centre[1], centre[2]))
    )
    from kidview.cases import Annotation

    one = Annotation(4, "distance", 0, ((x, y, z), (x + 3, y + 4, z)))
    write_marks(in_case.casework.store.folder / case.case_id, Marks((one,)))
    in_case.casework.reload()
    settle(in_case)
    qtbot.waitUntil(lambda: bool(shown(slice_view(in_case))))
    assert shown(slice_view(in_case))[0].words == measured_in_words(one, volume)[:1] == ("5.0 mm",)
