"""Draw the screens of docs/images on the phantom: python docs/make_screens.py [NAME...].

Starts the real window, on an Xvfb of its own where there is no display. Every picture is
made in a process of its own, so that sizes, themes and scale factors cannot disturb each
other. Pictures are reduced to 256 colours, which grey scans bear well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from kidview.ui.main_window import MainWindow

FOLDER = Path(__file__).parent / "images"
LESSON = Path(__file__).parent / "lesson"
MOST_BYTES = 400_000
PATIENCE_S = 300.0


@dataclass(frozen=True)
class Screen:
    """A picture: how to get there, size in window pixels, theme and scale factor.

    Where `prepare` returns a widget the picture is of it alone, else of the window.
    """

    prepare: Callable[[MainWindow], QWidget | None]
    size: tuple[int, int] = (1440, 900)
    theme: str = "dark"
    scale: int = 1


def empty(window: MainWindow) -> None:
    """Nothing open."""


def scan(window: MainWindow) -> None:
    """The phantom, as opened."""
    from kidview.demo import make_phantom
    from kidview.ui import opening

    opening.show(window.context, make_phantom()[0])


def true_labels(window: MainWindow) -> None:
    """The phantom with its true labels, crosshair in the tumour."""
    from kidview.demo import make_phantom
    from kidview.ui import opening

    volume, labels = make_phantom()
    opening.show(window.context, volume)
    window.context.session.replace_labels(labels, "Labels of the phantom")
    window.context.session.mark_saved()
    window.context.session.look(label=2)
    window.commands["view.centre"].trigger()
    settle(window)


def preview(window: MainWindow) -> None:
    """The network's proposal waits."""
    true_labels(window)
    window.context.session.undo()
    window.commands["segment.run"].trigger()


def brush(window: MainWindow) -> None:
    """The brush over the tumour."""
    true_labels(window)
    session = window.context.session
    session.look(tool="brush", radius_mm=8.0, mm_per_pixel=0.35)
    settle(window)
    view = window.views.cell("axial")
    middle = view.rect().center()
    for step in range(8):
        QTest.mouseMove(view, middle + QPoint(4 * step - 30, -step))
        pause(30)


def error(window: MainWindow) -> None:
    """A label map of another grid is refused."""
    from kidview.core.errors import GridMismatch

    true_labels(window)
    window.show_error(
        GridMismatch(
            "case_seg.nii.gz lies on another grid than the scan: 122 x 101 x 112 voxels instead "
            "of 96 x 320 x 320",
            "open its own scan, or resample it to this one",
        ),
        [("Resample to the scan", lambda: None)],
    )


def surface(window: MainWindow) -> None:
    """3D alone."""
    true_labels(window)
    window.context.session.look(maximised="surface")


def keys(window: MainWindow) -> None:
    """The sheet of keys."""
    true_labels(window)
    window.commands["help.keys"].trigger()


def palette(window: MainWindow) -> None:
    """The command palette."""
    true_labels(window)
    window.commands["help.palette"].trigger()


def cases(window: MainWindow) -> None:
    """The phantom as a case, corrected by one reader and waiting for another."""
    window.context.settings.set("reader.name", "Ann Miller")
    true_labels(window)
    for command in ("cases.add", "cases.corrected", "cases.list"):
        window.commands[command].trigger()
        settle(window)


def teach(window: MainWindow) -> QWidget:
    """A model learns: reports of a real lesson, kept beside this file."""
    from kidview.core.task import Job
    from kidview.learning import replay_folder
    from kidview.ui.teaching.lessons import KEY
    from kidview.ui.teaching.teach_page import TeachPage

    lines = (LESSON / "reports.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["event"] in ("step", "validation")]
    window.lessons.rows = rows[: len(rows) * 3 // 4]
    page = TeachPage(window.context, window.lessons)
    page.open()
    settle(window)
    page.learns_from.setText("1 corrected case, 1 approved")
    page.minutes.setValue(5)
    usual = "~/.local/share/kidview/replay"
    page.replays.setText(page.replays.text().replace(str(replay_folder()), usual))
    work = threading.Event().wait  # as if the trainer were at it
    window.context.jobs.start(
        Job("Teach mine-1", KEY, lambda task: work(), print, may_be_left=True)
    )
    window.lessons.heard.emit()
    return page


def verdict(window: MainWindow) -> QWidget:
    """Two models side by side, as that lesson ended."""
    from kidview.learning import own_models, read_verdict
    from kidview.ui.teaching.verdict_page import VerdictPage

    child = own_models() / "mine-1"
    shutil.copytree(LESSON, child.with_name("mine-1.judged"))
    window.lessons.child = child
    window.lessons.verdict = read_verdict(LESSON / "judge.json")
    page = VerdictPage(window.context, window.lessons)
    page.open()
    return page


def hint(window: MainWindow) -> None:
    """What Grow would take where the pointer rests."""
    true_labels(window)
    session = window.context.session
    session.undo()
    session.look(tool="grow", mm_per_pixel=0.45, centre_ras=session.view.cursor_ras)
    settle(window)
    view = window.views.cell("axial")
    QTest.mouseMove(view, view.rect().center() + QPoint(38, 6))


def threshold(window: MainWindow) -> None:
    """An effect shown before it is written, and its histogram."""
    true_labels(window)
    session = window.context.session
    options = {"threshold.low": -9.0, "threshold.high": 45.0, "threshold.where": "in"}
    session.look(tool="threshold", label=3, options=options, mm_per_pixel=0.6)


def oblique(window: MainWindow) -> None:
    """Planes turned by 30 degrees in the axial view."""
    true_labels(window)
    window.context.session.look(mm_per_pixel=0.6)
    settle(window)
    view = window.views.cell("axial")
    QTest.mouseMove(view, view.rect().center())
    for _ in range(6):
        window.commands["oblique.clockwise"].trigger()


def comparing(window: MainWindow) -> None:
    """The network's result, corrected, beside what it was."""
    preview(window)
    settle(window)
    window.commands["segment.accept"].trigger()
    settle(window)
    window.commands["compare.network"].trigger()
    session = window.context.session
    session.look(tool="brush", label=2, radius_mm=8.0, is_ball=True, mm_per_pixel=0.4)
    settle(window)
    view = window.views.cell("axial")
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.rect().center() + QPoint(55, 40))
    session.look(tool="navigate")
    pause(700)


SCREENS = {
    "empty": Screen(empty),
    "scan": Screen(scan),
    "preview": Screen(preview),
    "brush": Screen(brush),
    "error": Screen(error),
    "surface": Screen(surface),
    "keys": Screen(keys),
    "palette": Screen(palette),
    "hint": Screen(hint),
    "threshold": Screen(threshold),
    "oblique": Screen(oblique),
    "comparing": Screen(comparing),
    "cases": Screen(cases),
    "teach": Screen(teach),
    "verdict": Screen(verdict, theme="light"),
    "light": Screen(brush, theme="light"),
    "small": Screen(brush, size=(1280, 720)),
    "scale-200": Screen(true_labels, size=(1280, 720), scale=2),
}


def pause(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def settle(window: MainWindow) -> None:
    """Wait until no job runs and the views have drawn."""
    end = time.monotonic() + PATIENCE_S
    pause(400)
    while window.context.jobs.running and time.monotonic() < end:
        pause(50)
    pause(400)


def draw(name: str) -> None:
    """Make one picture in this process."""
    from kidview.ui.app import make_app, make_window

    screen = SCREENS[name]
    window = make_window(make_app())
    window.context.settings.set("theme", screen.theme)
    window.resize(*screen.size)
    window.show()
    pause(200)
    shown = screen.prepare(window)
    if shown is None:
        settle(window)
    else:
        pause(800)
    target = FOLDER / f"{name}.png"
    (shown or window).grab().save(str(target))
    window.context.jobs.cancel_all()
    window.context.session.mark_saved()
    window.close()
    Image.open(target).convert("RGB").quantize(256, method=Image.Quantize.FASTOCTREE).save(
        target, optimize=True
    )
    size = target.stat().st_size
    print(f"{target.name}: {size // 1000} kB")
    if size > MOST_BYTES:
        raise SystemExit(f"error: {target.name} is too large - make its window smaller")


def start_xvfb() -> tuple[subprocess.Popen[bytes], str]:
    """A display of our own; returns it and its name."""
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "2880x1800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        return server, f":{pipe.readline().strip()}"


def main(names: list[str]) -> None:
    """Make the pictures named, or all."""
    FOLDER.mkdir(exist_ok=True)
    server, display = (None, os.environ.get("DISPLAY", ""))
    if not display:
        server, display = start_xvfb()
    try:
        for name in names or list(SCREENS):
            with tempfile.TemporaryDirectory() as folder:
                environment = os.environ | {
                    "DISPLAY": display,
                    "QT_QPA_PLATFORM": "xcb",
                    "QT_SCALE_FACTOR": str(SCREENS[name].scale),
                    "KIDVIEW_CONFIG_DIR": folder,
                    "KIDVIEW_DATA_DIR": folder,
                }
                command = [sys.executable, __file__, "--draw", name]
                subprocess.run(command, check=True, env=environment)
    finally:
        if server is not None:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--draw"]:
        draw(sys.argv[2])
    else:
        main(sys.argv[1:])
