"""Sits in the program's own process and handles its window as a user would.

``python drive.py SCAN TARGET REPORT``: starts the program through its command line, then sends
keys and mouse events to the window: segment, accept, paint, undo, redo, save. Writes what it
saw to REPORT as JSON, or the step at which it gave up.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from kidview.cli import main
from kidview.session.work_folder import user_work
from kidview.ui.app import make_app
from kidview.ui.main_window import MainWindow

PATIENCE_S = 150.0
POLL_MS = 20
Steps = Generator[bool, None, None]
"""Each yield says whether the next step may be taken."""


class Drive:
    """The steps and what they saw."""

    def __init__(self, target: Path, report: Path) -> None:
        self.target, self.report = target, report
        self.seen: dict[str, object] = {}
        self.stall_ms = 0.0
        self._steps = self.steps()
        self._deadline = time.monotonic() + PATIENCE_S
        self._last = time.monotonic()
        self._is_watching = False
        self.timer = QTimer(interval=POLL_MS)
        self.timer.timeout.connect(self.poll)
        self.timer.start()

    def window(self) -> MainWindow | None:
        """The program's window, once it is there."""
        windows = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
        return windows[0] if windows else None

    def poll(self) -> None:
        """Take the next step when its time has come."""
        now = time.monotonic()
        if self._is_watching:
            self.stall_ms = max(self.stall_ms, 1000 * (now - self._last) - POLL_MS)
        self._last = now
        try:
            while next(self._steps):
                pass
        except StopIteration:
            self.end()
        except Exception as error:  # told to the test, which fails with it
            self.seen["error"] = repr(error)
            self.end()
        if now > self._deadline:
            self.seen["error"] = "the steps took too long"
            self.end()

    def end(self) -> None:
        """Write the report and close the window as a user does."""
        self.timer.stop()
        self.report.write_text(json.dumps(self.seen))
        window = self.window()
        if window is not None:
            window.context.session.mark_saved()
            window.close()
        QApplication.quit()

    def steps(self) -> Steps:
        """Open, segment, accept, paint, undo, redo, save."""
        while (window := self.window()) is None or window.context.session.volume is None:
            yield False
        session, jobs = window.context.session, window.context.jobs
        while jobs.running:
            yield False
        window.activateWindow()
        while not window.isActiveWindow():  # keys go to nobody before
            yield False
        window.setFocus()
        self._is_watching = True
        QTest.keyClick(window, Qt.Key.Key_S)
        while session.proposal is None:
            notices = [notice.text for notice in window.notices.shown if notice.level == "error"]
            if notices:
                raise RuntimeError(notices[0])
            yield False
        self._is_watching = False
        self.seen["stall_ms"] = self.stall_ms
        self.seen["summary"] = session.proposal.summary()
        self.seen["provider"] = session.proposal.provider
        assert session.labels is not None and not session.labels.array.any()
        QTest.keyClick(window, Qt.Key.Key_Return)
        accepted = session.labels.array.copy()
        assert accepted.any() and session.proposal is None

        QTest.keyClick(window, Qt.Key.Key_B)
        QTest.keyClick(window, Qt.Key.Key_2)
        view = window.views.cell("axial")
        start, end = view.rect().center() - QPoint(60, 20), view.rect().center() + QPoint(50, 30)
        QTest.mouseMove(view, start)
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        for k in range(1, 9):
            QTest.mouseMove(view, start + (end - start) * k / 8)
            yield False
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
        painted = session.labels.array.copy()
        self.seen["painted_voxels"] = int((painted != accepted).sum())
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        self.seen["undo_is_exact"] = bool(np.array_equal(session.labels.array, accepted))
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        QTest.keyClick(window, Qt.Key.Key_Z, both)
        self.seen["redo_is_exact"] = bool(np.array_equal(session.labels.array, painted))
        self.seen["is_recorded"] = any(user_work().glob("*/*.journal"))
        QTest.keyClick(window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        while (dialog := window.findChild(QFileDialog)) is None:
            yield False
        dialog.fileSelected.emit(str(self.target))
        dialog.reject()
        while not self.target.exists() or jobs.running:
            yield False
        np.save(self.report.with_suffix(".npy"), session.labels.array)
        self.seen["is_dirty"] = session.is_dirty
        self.seen["title"] = window.windowTitle()
        self.seen["steps"] = list(session.history.titles)


def run(scan: str, target: str, report: str) -> int:
    """Start the program with its window driven."""
    app = make_app()
    drive = Drive(Path(target), Path(report))
    assert app is not None and drive is not None
    return main([scan])


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:4]))
