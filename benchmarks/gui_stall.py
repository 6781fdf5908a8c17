"""How long the window keeps a user waiting while the network runs.

Run: ``python -m benchmarks.gui_stall SCAN``

The real window on the scan; a timer of 5 ms notes how late it comes, first at rest, then
while the network runs, then while it runs and the slices are turned 20 times a second.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402

from kidview.core.task import Task  # noqa: E402
from kidview.io import read_scan  # noqa: E402
from kidview.ui import opening  # noqa: E402
from kidview.ui.actions.view import step_slice  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402
from kidview.ui.main_window import MainWindow  # noqa: E402

TICK_MS, TURN_MS, REST_MS = 5, 50, 3000


def gaps(window: MainWindow, is_turning: bool, is_over: object) -> list[float]:
    """Milliseconds by which ticks came late until `is_over()`."""
    assert callable(is_over)
    late: list[float] = []
    loop, last, turns = QEventLoop(), [time.perf_counter()], [0]
    ticker, turner = QTimer(interval=TICK_MS), QTimer(interval=TURN_MS)

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(1000 * (now - last[0]) - TICK_MS, 0.0))
        last[0] = now
        if is_over():
            loop.quit()

    def turn() -> None:
        turns[0] += 1
        step_slice(window.context, 1 if turns[0] // 30 % 2 == 0 else -1)

    ticker.timeout.connect(tick)
    turner.timeout.connect(turn)
    ticker.start()
    if is_turning:
        turner.start()
    loop.exec()
    return sorted(late)


def main() -> None:
    """Measure and print a table."""
    window = make_window(make_app())
    window.show()
    opening.show(window.context, read_scan(Path(sys.argv[1]), Task()))
    window.context.jobs.wait_all()
    session = window.context.session
    print("| while | late by, ms, median | p95 | worst |")
    print("|---|---|---|---|")
    for title, has_network, is_turning in (
        ("at rest", False, False),
        ("slices turn", False, True),
        ("the network runs", True, False),
        ("the network runs and slices turn", True, True),
    ):
        end = time.monotonic() + REST_MS / 1000
        if has_network:
            session.discard()
            window.commands["segment.run"].trigger()
            late = gaps(window, is_turning, lambda: session.proposal is not None)
        else:
            late = gaps(window, is_turning, lambda end=end: time.monotonic() > end)
        middle, high = late[len(late) // 2], late[int(0.95 * (len(late) - 1))]
        print(f"| {title} | {middle:.1f} | {high:.1f} | {late[-1]:.1f} |", flush=True)
    window.close()


if __name__ == "__main__":
    main()
