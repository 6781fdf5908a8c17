"""The scissors cut what a line drawn over the 3D view surrounds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.edit import Edit
from tests.ui.conftest import tiny_volume
from tests.ui.stage import SIZE, SOFTWARE, Stage

pytestmark = pytest.mark.display
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(qtbot, SOFTWARE)
    made.session.open(tiny_volume())
    box = Box((2, 6, 5), (8, 18, 15))
    made.session.edit("Block", Edit(box, np.ones(box.shape, bool), 2))
    made.session.look(label=2, tool="scissors")
    made.settle()
    yield made
    made.close()


def test_a_line_around_the_left_half_of_the_picture_cuts_that_half(stage: Stage) -> None:
    """Seen from the front: the left of the picture is the patient's right, at high x."""
    lasso, labels = stage.view._lasso, stage.session.labels
    assert lasso is not None and lasso.isVisible() and labels is not None
    assert lasso.size() == stage.canvas.size()
    before = labels.array.copy()
    middle = stage.scene.to_view(1.0) @ np.array([*_middle_ras(stage), 1.0])
    x = round((middle[0] / middle[3] + 1) / 2 * SIZE)
    way = [QPoint(2, 2), QPoint(x, 2), QPoint(x, SIZE - 3), QPoint(2, SIZE - 3), QPoint(2, 5)]
    QTest.mousePress(lasso, LEFT, PLAIN, way[0])
    for place in way[1:]:
        QTest.mouseMove(lasso, place)
    QTest.mouseRelease(lasso, LEFT, PLAIN, way[-1])
    stage.settle()
    kept = np.argwhere(labels.array == 2)
    gone = np.argwhere((before == 2) & (labels.array == 0))
    assert len(kept) and len(gone) and kept[:, 2].max() <= gone[:, 2].min() + 1
    assert abs(len(kept) - len(gone)) < 0.25 * np.count_nonzero(before)
    assert stage.session.history.undo_title == "3D scissors, tumour"


def test_the_lasso_goes_with_the_tool_and_a_click_cuts_nothing(stage: Stage) -> None:
    lasso, labels = stage.view._lasso, stage.session.labels
    assert lasso is not None and labels is not None
    QTest.mouseClick(lasso, LEFT, PLAIN, QPoint(SIZE // 2, SIZE // 2))
    stage.settle()
    assert (labels.array == 2).any() and stage.session.history.count == 1
    stage.session.look(tool="navigate")
    assert not lasso.isVisible()


def _middle_ras(stage: Stage) -> tuple[float, float, float]:
    assert stage.session.volume is not None
    x, y, z = stage.session.volume.geometry.index_to_ras((4.5, 11.5, 9.5))
    return float(x), float(y), float(z)
