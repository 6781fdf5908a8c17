"""How long the window keeps a user waiting while a scan of 512 x 512 x 600 voxels is saved.

Run: ``python -m benchmarks.saving [--rounds 5]``

The real window on noise with two labelled blocks. The command is timed alone, for nothing at
all happens in the window that long; then a timer of 5 ms notes how late it comes until the
file is in place, with the hand at rest and with a brush that paints 20 times a second.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402

from benchmarks.scrolling import make_case  # noqa: E402
from kidview.edit.tools.brush import brush  # noqa: E402
from kidview.ui import opening  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402
from kidview.ui.main_window import MainWindow  # noqa: E402

TICK_MS, DAB_MS, REST_MS, MOST_S = 5, 50, 800, 120


def dab(window: MainWindow, number: int) -> None:
    """One disc, each time elsewhere and of another label than lies there."""
    session = window.context.session
    assert session.volume is not None
    at = (210.0 + number % 180, 160.0 + number % 80, 110.0 + number % 80)
    label = 2 + number // 180 % 2
    session.edit("Brush", brush(at, at, 12.0, label, session.volume.geometry, 0), tool="brush")


def rest(window: MainWindow) -> None:
    """Until what follows a dab, volumes and surfaces, is done."""
    loop = QEventLoop()
    QTimer.singleShot(REST_MS, loop.quit)
    loop.exec()
    window.context.jobs.wait_all(MOST_S)


def one_save(
    window: MainWindow, command: Callable[[], object], dabs: Iterator[int], is_painting: bool
) -> tuple[float, list[float]]:
    """Milliseconds of the command, and by how much each tick was late till the job was done."""
    late: list[float] = []
    loop, last = QEventLoop(), [0.0]
    ticker, painter = QTimer(interval=TICK_MS), QTimer(interval=DAB_MS)

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(1000 * (now - last[0]) - TICK_MS, 0.0))
        last[0] = now
        if not any(not running.job.is_quiet for running in window.context.jobs.running):
            loop.quit()

    ticker.timeout.connect(tick)
    painter.timeout.connect(lambda: dab(window, next(dabs)))
    dab(window, next(dabs))  # there is something to save
    rest(window)
    start = last[0] = time.perf_counter()
    command()
    took = 1000 * (time.perf_counter() - start)
    ticker.start()
    if is_painting:
        painter.start()
    loop.exec()
    return took, late


def row(title: str, saves: list[tuple[float, list[float]]]) -> str:
    """A line of the table."""
    late = sorted(one for _, ticks in saves for one in ticks)
    high = late[int(0.95 * (len(late) - 1))]
    took = [command for command, _ in saves]
    return (
        f"| {title} | {statistics.median(took):.1f} | {max(took):.1f} "
        f"| {statistics.median(late):.1f} | {high:.1f} | {late[-1]:.1f} |"
    )


def measure(rounds: int, folder: Path) -> None:
    """Print the table."""
    window = make_window(make_app())
    window.resize(1440, 900)
    window.show()
    volume, labels = make_case()
    opening.show(window.context, volume)
    session = window.context.session
    session.replace_labels(labels, "Blocks")
    window.context.jobs.wait_all(MOST_S)
    ways, dabs = (("hand at rest", False), ("painting", True)), itertools.count()
    print("| what | command ms, median | worst | late by, ms, median | p95 | worst |")
    print("|---|---|---|---|---|---|", flush=True)

    def series(title: str, command: Callable[[], object]) -> None:
        for words, is_painting in ways:
            saves = [one_save(window, command, dabs, is_painting) for _ in range(rounds)]
            print(row(f"{title}, {words}", saves), flush=True)

    series("export of the mask", lambda: window.saving._write(folder / "mask.nii.gz", None))
    window.context.settings.set("reader.name", "Ann")
    window.casework.add()
    window.context.jobs.wait_all(MOST_S)
    assert session.case is not None
    series("save in the case", window.casework.save)
    session.mark_saved()
    window.close()


def main() -> None:
    """Measure in a store of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KIDVIEW_CONFIG_DIR": folder, "KIDVIEW_DATA_DIR": folder}
        measure(rounds, Path(folder))


if __name__ == "__main__":
    main()
