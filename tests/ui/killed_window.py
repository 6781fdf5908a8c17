"""Paints in the real window until it is killed: ``python killed_window.py SCAN``.

Three strokes with the mouse, one of them undone. Prints the CRC-32 of the labels once all is in
the journal, and waits.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from kidview.ui import opening
from kidview.ui.app import make_app, make_window
from kidview.ui.main_window import MainWindow


def paint(window: MainWindow) -> None:
    """Strokes with the brush, one more with the eraser, and that one taken back."""
    view, left = window.views.cell("axial"), Qt.MouseButton.LeftButton
    middle = view.rect().center()
    window.context.session.look(tool="brush", radius_mm=2.0)
    for label, shift in ((1, QPoint(0, 0)), (2, QPoint(30, 20)), (3, QPoint(-30, 10))):
        window.context.session.look(label=label)
        QTest.mousePress(view, left, pos=middle + shift)
        QTest.mouseMove(view, middle + shift + QPoint(12, 0))
        QTest.mouseMove(view, middle + shift + QPoint(24, 8))
        QTest.mouseRelease(view, left, pos=middle + shift + QPoint(24, 8))
    window.commands["edit.undo"].trigger()


def main() -> None:
    """Open, paint, tell, wait."""
    app = make_app()
    window = make_window(app)
    window.recovery.start()
    window.show()
    opening.open_paths(window.context, [Path(sys.argv[1])])
    window.context.jobs.wait_all()
    app.processEvents()
    paint(window)
    labels = window.context.session.labels
    assert labels is not None and labels.array.any()
    told = f"{zlib.crc32(labels.array.tobytes())} {window.context.session.history.titles}"
    window.recovery._line.put(lambda: print(told, flush=True))
    app.exec()


if __name__ == "__main__":
    main()
