"""From the pointer's move to the painted picture, on 512 x 512 x 600 voxels; napari beside it.

Run under an X server: ``xvfb-run python -m benchmarks.pixels [--napari PYTHON] [--repeat 60]``

A dab is one move of the pointer with the button pressed: event, tool, write, and all views
painted that have to be, until the view under the pointer has drawn itself. With ``--napari``, the
Python of an environment that has it, its labels layer paints the same discs in the same plane, in
turns of a process each; there a dab is `Labels.paint` until its canvas has drawn. Undo likewise.
The 3D surface is timed from a dab to the frame that shows it, its 300 ms of rest
included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "xcb")  # benchmarks.scrolling would choose none

import numpy as np  # noqa: E402
from PySide6.QtCore import QEvent, QObject, QPoint, Qt  # noqa: E402
from PySide6.QtTest import QTest  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from benchmarks.scrolling import make_case  # noqa: E402
from kidview.core.box import Box  # noqa: E402
from kidview.core.geometry import Geometry  # noqa: E402
from kidview.core.labels import LabelMap  # noqa: E402
from kidview.ui import opening  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402
from kidview.ui.surface_view import SurfaceView  # noqa: E402

PATIENCE_S = 20.0

NAPARI = """
import json, sys, time, statistics
import numpy as np, napari
from qtpy.QtWidgets import QApplication
radius_mm, ndim, repeat = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
viewer = napari.Viewer(show=True)
rng = np.random.default_rng(0)
slab = rng.normal(60, 40, (60, 512, 512)).astype(np.int16)
spacing = (1.0, 0.8, 0.8)
viewer.add_image(np.tile(slab, (10, 1, 1)), scale=spacing, contrast_limits=(-160, 240))
labels = np.zeros((600, 512, 512), np.uint8)
labels[200:400, 150:260, 100:200] = 1
layer = viewer.add_labels(labels, scale=spacing)
layer.n_edit_dimensions = ndim
layer.brush_size = 2 * radius_mm / 0.8
layer.selected_label = 2
viewer.dims.set_current_step(0, 300)
drawn = []
viewer.window._qt_viewer.canvas._scene_canvas.events.draw.connect(lambda event: drawn.append(1))
def until_drawn(work):
    drawn.clear()
    start = time.perf_counter()
    work()
    while not drawn and time.perf_counter() - start < 20:
        QApplication.processEvents()
    return 1000 * (time.perf_counter() - start)
for _ in range(50):
    QApplication.processEvents(); time.sleep(0.02)
dabs, undos = [], []
for n in range(repeat + 5):
    y, x = 300 + 37 * n % 150, 240 + 53 * n % 200
    dabs.append(until_drawn(lambda: layer.paint((300, y, x), 1 + n % 3)))
    undos.append(until_drawn(layer.undo))
print(json.dumps({"dabs": dabs[5:], "undos": undos[5:]}))
viewer.close()
"""


def kidneys(geometry: Geometry) -> LabelMap:
    """Two kidneys of 170 mL and a tumour of 33 mL; blocks have corners that no organ has."""
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    for middle, radii, label in (
        ((300, 230, 150), (55, 38, 30), 1),
        ((300, 230, 360), (55, 38, 30), 1),
        ((300, 215, 150), (20, 25, 25), 2),
    ):
        box = Box.around(middle, radii, geometry.shape_zyx)
        away = zip(np.ogrid[box.slices], middle, radii, strict=True)
        labels[box.slices][sum(((g - c) / r) ** 2 for g, c, r in away) <= 1] = label
    return LabelMap(labels, geometry, owned=True)


class Painted(QObject):
    """Counts how often a widget was painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let every event pass."""
        self.count += event.type() == QEvent.Type.Paint
        return False


def until(work: Callable[[], object], is_done: Callable[[], bool]) -> float:
    """Milliseconds from the call until it is done."""
    start = time.perf_counter()
    work()
    while not is_done() and time.perf_counter() - start < PATIENCE_S:
        QApplication.processEvents()
    return 1000 * (time.perf_counter() - start)


class Painter:
    """The real window on a large scan, painted in its axial view."""

    def __init__(self) -> None:
        self.window = make_window(make_app())
        self.window.resize(1440, 900)
        self.window.show()
        volume, _blocks = make_case()
        labels = kidneys(volume.geometry)
        opening.show(self.window.context, volume)
        self.session = self.window.context.session
        self.session.replace_labels(labels, "Blocks")
        self.session.look(tool="brush", label=2, has_crosshair=False)
        self.rest(2.0)
        self.view = self.window.views.cell("axial")
        (canvas,) = (
            c for c in self.view.findChildren(QWidget) if type(c).__name__ == "SliceCanvas"
        )
        self.painted = Painted(canvas.viewport() if hasattr(canvas, "viewport") else canvas)

    def rest(self, seconds: float) -> None:
        """Let everything settle."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end or self.window.context.jobs.running:
            QApplication.processEvents()
            time.sleep(0.005)

    def timed(self, work: Callable[[], object]) -> float:
        """Milliseconds until the view has drawn what changed."""
        before = self.painted.count
        return until(work, lambda: self.painted.count > before)

    def dabs(self, radius_mm: float, is_ball: bool, repeat: int) -> dict[str, list[float]]:
        """One dab a stroke, each undone."""
        self.session.look(radius_mm=radius_mm, is_ball=is_ball)
        middle, dabs, undos = self.view.rect().center(), [], []
        for n in range(repeat + 5):
            at = middle + QPoint(37 * n % 120 - 60, 53 * n % 120 - 60)
            QTest.mouseMove(self.view, at - QPoint(3, 0))
            self.session.look(label=1 + n % 3)
            self.rest(0.03)
            QTest.mousePress(self.view, Qt.MouseButton.LeftButton, pos=at - QPoint(2, 0))
            self.rest(0.03)
            dabs.append(self.timed(lambda at=at: QTest.mouseMove(self.view, at)))  # type: ignore[misc]
            QTest.mouseRelease(self.view, Qt.MouseButton.LeftButton, pos=at)
            self.rest(0.03)
            undos.append(self.timed(self.session.undo))
        return {"dabs": dabs[5:], "undos": undos[5:]}

    def surface(self, repeat: int) -> list[float]:
        """From a dab until the 3D view shows it."""
        (view,) = self.window.views.cell("surface").findChildren(SurfaceView)
        assert view.canvas is not None, "no OpenGL, no 3D view"
        self.session.look_at((300, 215, 150))  # in the tumour, at the kidney's rim
        self.session.look(centre_ras=self.session.view.cursor_ras, mm_per_pixel=0.4)
        spent, middle = [], self.view.rect().center()
        self.session.look(radius_mm=6.0, is_ball=True)
        frames = Painted(view.canvas)
        self.rest(2.0)
        for n in range(repeat):
            at = middle + QPoint(9 * n % 60 - 30, 7 * n % 40 - 20)
            self.session.look(label=1 + n % 3)
            before = frames.count
            dab = partial(QTest.mouseClick, self.view, Qt.MouseButton.LeftButton, pos=at)
            spent.append(until(dab, lambda before=before: frames.count > before))  # type: ignore[misc]
            self.rest(1.0)
        return spent


def napari(python: str, radius_mm: float, is_ball: bool, repeat: int) -> dict[str, list[float]]:
    """The peer, in a process of its own."""
    words = [python, "-c", NAPARI, str(radius_mm), "3" if is_ball else "2", str(repeat)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"napari failed: {done.stderr[:1500]}")
    found: dict[str, list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def in_words(values: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return f"{statistics.median(ordered):.1f} | {ordered[int(0.95 * (len(ordered) - 1))]:.1f}"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--napari", default="")
    parser.add_argument("--repeat", type=int, default=60)
    given = parser.parse_args()
    painter = Painter()
    print("| what | who | dab ms, median | p95 | undo ms, median | p95 |")
    print("|---|---|---|---|---|---|")
    for radius_mm, is_ball in ((6.0, False), (25.0, False), (6.0, True), (20.0, True)):
        name = f"{'ball' if is_ball else 'disc'} of {radius_mm:.0f} mm"
        rows = {"KidView": painter.dabs(radius_mm, is_ball, given.repeat)}
        if given.napari:
            rows["napari"] = napari(given.napari, radius_mm, is_ball, given.repeat)
        for who, found in rows.items():
            cells = f"{in_words(found['dabs'])} | {in_words(found['undos'])}"
            print(f"| {name} | {who} | {cells} |", flush=True)
    print(f"3D view after a stroke, ms: {in_words(painter.surface(max(given.repeat // 6, 3)))}")
    painter.session.mark_saved()
    painter.window.close()


if __name__ == "__main__":
    main()
