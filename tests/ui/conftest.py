"""A real window on a tiny scan, with a settings folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.volume import AxisOrder, Level, Note, Source, Volume
from kidview.edit import Edit
from kidview.session import Session, turned
from kidview.ui.jobs import Jobs
from kidview.ui.main_window import MainWindow
from kidview.ui.mouse_habits import MouseHabits
from kidview.ui.opengl import SWITCH
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import MARK, PLAIN, Heard, air, ramp, shown

SHAPE = (10, 24, 20)


def tiny_volume(path: Path = Path("tiny.nii.gz"), notes: tuple[Note, ...] = ()) -> Volume:
    """A box of tissue in air: 1.2 mL of voxels of 2 x 1 x 0.5 mm."""
    hu = np.full(SHAPE, -1000, np.int16)
    hu[2:8, 4:20, 3:17] = 40
    geometry = Geometry.straight(SHAPE, (2.0, 1.0, 0.5), (-5.0, -12.0, 30.0))
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    return Volume(hu, geometry, Source(path, "NIfTI", order, affine, path.name, notes))


@pytest.fixture
def tiny_scan() -> Volume:
    """A scan of 10 x 24 x 20 voxels."""
    return tiny_volume()


@pytest.fixture
def odd_scan() -> Volume:
    """The same with two remarks about its file."""
    notes = (
        Note(Level.WARNING, "slice 7 of 10 is missing and was interpolated"),
        Note(Level.INFO, "HU are stored as floats"),
    )
    return tiny_volume(Path("odd.nii.gz"), notes)


@pytest.fixture
def paint() -> Callable[..., None]:
    """Writes one labelled cube of 27 voxels as one step."""

    def write(session: Session, title: str = "Brush, tumour", label: int = 2) -> None:
        box = Box((3, 6, 6), (6, 9, 9))
        session.edit(title, Edit(box, np.ones(box.shape, dtype=bool), label))

    return write


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    """The window as the program makes it, shown, empty."""
    from kidview.ui.app import make_app, make_window

    monkeypatch.setenv("KIDVIEW_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("KIDVIEW_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv(SWITCH, "off")  # a child process a window; the 3D view has tests of its own
    made = make_window(make_app())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.context.session.mark_saved()
    made.close()
    made.deleteLater()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete: leave no window to the next test


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """Threads that end with the test."""
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def habits() -> MouseHabits:
    """KidView's."""
    return MouseHabits()


@pytest.fixture
def session() -> Session:
    """With a scan whose HU tell the place, 0.5 mm a pixel, the middle at voxel (10, 20, 30)."""
    made = Session()
    made.open(ramp())
    made.look_at((10, 20, 30))
    made.look(mm_per_pixel=0.5, centre_ras=made.view.cursor_ras, radius_mm=4.0)
    return made


@pytest.fixture
def view(qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits) -> SliceView:
    """The axial view of `session`."""
    return shown(qtbot, session, jobs, habits)


@pytest.fixture
def heard(view: SliceView) -> Heard:
    """What the axial view tells."""
    return Heard(view)


@pytest.fixture
def views(qtbot: QtBot, session: Session, jobs: Jobs, habits: MouseHabits) -> list[SliceView]:
    """Axial, coronal and sagittal view of `session`."""
    return [shown(qtbot, session, jobs, habits, axis) for axis in range(3)]


@pytest.fixture
def marked(views: list[SliceView], session: Session) -> list[SliceView]:
    """The three on air with one bright voxel at `MARK`, no crosshair drawn there."""
    session.open(air(marks=(MARK,)))
    session.look_at(MARK)
    session.look(has_crosshair=False, is_smooth=False)
    return views


@pytest.fixture
def oblique(views: list[SliceView], session: Session) -> list[SliceView]:
    """Coronal and sagittal plane turned by 30 degrees in the axial view."""
    session.look(turn=turned(PLAIN, None, 0, 30.0))
    return views
