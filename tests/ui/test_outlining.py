"""An outline drawn with a real mouse becomes labels."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from skimage.draw import polygon2mask

from kidview.core.types import Triple
from kidview.core.volume import Volume
from kidview.session import IN_PLANE, plane_to_index
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import drag

pytestmark = pytest.mark.display
LEFT = Qt.MouseButton.LeftButton
SQUARE = (QPoint(-50, -40), QPoint(50, -40), QPoint(50, 40), QPoint(-50, 40))


@pytest.fixture
def drawn(qtbot: QtBot, window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """The tiny scan, polygon in hand, tumour active."""
    opening.show(window.context, tiny_scan)
    window.context.session.look(tool="polygon", label=2, mm_per_pixel=0.1)
    return window


def slice_view(window: MainWindow, axis: int) -> SliceView:
    cell = window.views.cell(("axial", "coronal", "sagittal")[axis])
    assert isinstance(cell, SliceView)
    return cell


def middle(view: SliceView) -> QPoint:
    return QPoint(view.width() // 2, view.height() // 2)


def click(view: SliceView, at: QPoint) -> None:
    QTest.mouseClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view) + at)


def point_of(view: SliceView, at: QPoint) -> Triple:
    """Fractional voxel index under a pixel."""
    assert view.session.volume is not None
    uv = view.projection.to_plane(at.x(), at.y())
    return plane_to_index(view.session.volume.geometry, view.axis, view.index, *uv)


def settle(window: MainWindow) -> None:
    window.context.jobs.wait_all()
    QTest.qWait(20)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("ending", ["enter", "double click", "first point"])
def test_four_clicks_fill_what_they_surround(drawn: MainWindow, axis: int, ending: str) -> None:
    view, session = slice_view(drawn, axis), drawn.context.session
    for at in SQUARE:
        click(view, at)
    if ending == "enter":
        QTest.keyClick(drawn, Qt.Key.Key_Return)
    elif ending == "first point":
        click(view, SQUARE[0] + QPoint(3, 2))
    else:
        QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, middle(view) + SQUARE[-1])
    settle(drawn)
    assert session.outline is None and session.labels is not None
    row, column = IN_PLANE[axis]
    corners = np.array([point_of(view, middle(view) + at) for at in SQUARE])[:, [row, column]]
    wanted = np.zeros(session.labels.array.shape, bool)
    cut = [slice(None)] * 3
    cut[axis] = slice(view.index, view.index + 1)
    shape = (wanted.shape[row], wanted.shape[column])
    wanted[tuple(cut)] = np.expand_dims(polygon2mask(shape, corners), axis)
    assert wanted.any() and np.array_equal(session.labels.array == 2, wanted)
    assert session.history.titles == ("Polygon, tumour",)


def test_points_are_taken_back_moved_and_dropped(drawn: MainWindow, qtbot: QtBot) -> None:
    view, session = slice_view(drawn, 0), drawn.context.session
    for at in SQUARE[:3]:
        click(view, at)
    QTest.keyClick(drawn, Qt.Key.Key_Backspace)
    assert session.outline is not None and len(session.outline.anchors) == 2
    before = session.outline.anchors
    begin = middle(view) + SQUARE[1]
    drag(qtbot, view, LEFT, begin, begin + QPoint(0, 30))
    assert session.outline.anchors[0] == before[0] and session.outline.anchors[1] != before[1]
    QTest.keyClick(drawn, Qt.Key.Key_Escape)
    assert session.outline is None and session.history.count == 0


def test_a_freehand_line_becomes_few_points_that_can_be_moved(drawn: MainWindow) -> None:
    view, session = slice_view(drawn, 0), drawn.context.session
    turn = np.linspace(0, 2 * np.pi, 60)
    way = [middle(view) + QPoint(int(60 * np.cos(a)), int(60 * np.sin(a))) for a in turn]
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, way[0])
    for at in way[1:]:
        QTest.mouseMove(view, at)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, way[-1])
    assert session.outline is not None and 6 < len(session.outline.anchors) < 40
    QTest.keyClick(drawn, Qt.Key.Key_Return)
    settle(drawn)
    assert session.labels is not None
    area_mm2 = float((session.labels.array == 2).sum()) * 1.0 * 0.5
    assert area_mm2 == pytest.approx(np.pi * 6.0**2, rel=0.1)


def test_the_line_is_laid_on_the_next_slice(drawn: MainWindow) -> None:
    view, session = slice_view(drawn, 0), drawn.context.session
    for at in SQUARE:
        click(view, at)
    QTest.keyClick(drawn, Qt.Key.Key_Return)
    settle(drawn)
    first = view.index
    QTest.keyClick(drawn, Qt.Key.Key_PageUp)
    QTest.keyClick(drawn, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(drawn, Qt.Key.Key_Return)
    settle(drawn)
    assert session.labels is not None
    below, above = (session.labels.array[z] for z in (first, first + 1))
    assert below.any() and np.array_equal(below, above)


def test_a_line_waits_where_it_was_begun(drawn: MainWindow) -> None:
    view, session = slice_view(drawn, 0), drawn.context.session
    click(view, SQUARE[0])
    QTest.keyClick(drawn, Qt.Key.Key_PageUp)
    click(view, SQUARE[1])
    assert session.outline is not None and len(session.outline.anchors) == 1
    assert "outline waits on axial slice" in drawn.notices.shown[0].text
    QTest.keyClick(drawn, Qt.Key.Key_Return)
    assert session.outline is not None  # one point is no outline
