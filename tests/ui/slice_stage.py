"""A scan whose values tell the place, slice views on it, and a hand on the mouse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.core.types import Index
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import Edit
from kidview.session import IN_PLANE, Session
from kidview.ui.jobs import Jobs
from kidview.ui.mouse import Probe
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.paint import rgb
from kidview.ui.slice_view import SliceView

LEFT, RIGHT, MIDDLE = (
    Qt.MouseButton.LeftButton,
    Qt.MouseButton.RightButton,
    Qt.MouseButton.MiddleButton,
)
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SHAPE = (20, 40, 60)
PLAIN = Geometry.straight(SHAPE, (3.0, 1.0, 0.8), (-20.0, -30.0, 100.0))
MARK: Index = (12, 26, 35)
"""A voxel off every middle."""

Pixels = npt.NDArray[np.int64]
MIDDLE_PX = QPoint(200, 150)


def turned(degrees: float, tilt: float = 0.0) -> Geometry:
    """`PLAIN` turned about the patient's long axis, then tilted about the left-right one."""
    matrix = np.eye(4)
    for angle, (i, j) in ((np.deg2rad(degrees), (0, 1)), (np.deg2rad(tilt), (1, 2))):
        turn = np.eye(4)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        matrix = turn @ matrix
    return Geometry(SHAPE, matrix @ PLAIN.zyx_to_ras)


def ramp(geometry: Geometry = PLAIN) -> Volume:
    """HU tell the place: 100 z + y along the scan."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    hu = (100 * z + y + 0 * x).astype(np.int16)
    order = AxisOrder((2, 1, 0), (False, False, False))
    return Volume(hu, geometry, Source(Path("a.nii.gz"), "NIfTI", order, np.eye(4)))


def air(geometry: Geometry = PLAIN, marks: tuple[Index, ...] = ()) -> Volume:
    """Air with voxels of bone."""
    hu = np.full(SHAPE, -1000, np.int16)
    for mark in marks:
        hu[mark] = 1000
    order = AxisOrder((2, 1, 0), (False, False, False))
    return Volume(hu, geometry, Source(Path("a.nii.gz"), "NIfTI", order, np.eye(4)))


def cube(label: int, start: Index = (10, 20, 30), side: int = 6) -> Edit:
    """A full cube."""
    z, y, x = start
    box = Box(start, (z + side, y + side, x + side))
    return Edit(box, np.ones(box.shape, bool), label)


class Heard:
    """What a view told."""

    def __init__(self, view: SliceView) -> None:
        self.probes: list[Probe | None] = []
        self.words: list[str] = []
        self.errors: list[Exception] = []
        self.maximised = 0
        view.hovered.connect(self.probes.append)
        view.said.connect(self.words.append)
        view.refused.connect(self.errors.append)
        view.maximise_requested.connect(self._count)

    def _count(self) -> None:
        self.maximised += 1


def shown(
    qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits, axis: int = 0
) -> SliceView:
    """A view of 400 x 300 pixels."""
    made = SliceView(session, axis, jobs, habits)
    qtbot.addWidget(made)
    made.resize(412, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def drag(
    qtbot: QtBot,
    view: QWidget,
    button: Qt.MouseButton,
    *way: QPoint,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Press at the first place, move through the others, release at the last."""
    qtbot.mousePress(view, button, keys, way[0])
    for place in way[1:]:
        qtbot.mouseMove(view, place)
    qtbot.mouseRelease(view, button, keys, way[-1])


def turn(
    view: SliceView,
    delta: int,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    at: QPoint = MIDDLE_PX,
) -> None:
    """Turn the wheel."""
    place = QPointF(at)
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def index_of(session: Session) -> Index:
    """The voxel under the crosshair."""
    assert session.volume is not None
    return session.volume.geometry.nearest_index(session.view.cursor_ras)


def count(session: Session, label: int) -> int:
    """Voxels of a label."""
    assert session.labels is not None
    return int(np.count_nonzero(session.labels.array == label))


def picture(view: SliceView) -> Pixels:
    """(height, width, 3) of what is on the screen."""
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGBX8888)
    flat = np.frombuffer(image.constBits(), np.uint8)
    rows = flat.reshape(image.height(), image.bytesPerLine() // 4, 4)
    return rows[:, : image.width(), :3].astype(np.int64)


def middle_colour(view: SliceView, index: Index) -> tuple[int, int, int]:
    """The pixel in the middle of a voxel of the slice shown."""
    row, column = IN_PLANE[view.axis]
    plan = view._plan
    assert plan is not None
    x, y = view.projection.to_pixels(index[column] * plan.spacing[1], index[row] * plan.spacing[0])
    r, g, b = picture(view)[int(y), int(x)]
    return int(r), int(g), int(b)


def blended(label: int, opacity: float) -> npt.NDArray[np.float64]:
    """A label's colour over black."""
    return np.array(rgb(LABELS[label - 1].colour)) * opacity
