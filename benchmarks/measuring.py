"""From the end of a stroke to the numbers in the window, and how long it keeps the hand waiting.

Run: ``python -m benchmarks.measuring [--repeat 10]``

The real window on a made-up scan of 512 x 512 x 200 voxels of 0.8 x 0.8 x 1.0 mm with two
kidneys and a tumour of 50 mL, which a brush changes. The row's mL must be others within 300 ms
after the hand has rested for as long as the window waits. A timer of 5 ms notes how late it
comes meanwhile.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402

from kidview.core.geometry import Geometry  # noqa: E402
from kidview.core.labels import LabelMap  # noqa: E402
from kidview.core.types import Index, LabelArray  # noqa: E402
from kidview.core.volume import AxisOrder, Source, Volume  # noqa: E402
from kidview.edit.tools.brush import brush  # noqa: E402
from kidview.ui import opening  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402
from kidview.ui.main_window import MainWindow  # noqa: E402
from kidview.ui.measuring import REST_MS  # noqa: E402

SHAPE, SPACING = (200, 512, 512), (1.0, 0.8, 0.8)
KIDNEYS, TUMOUR = ((100, 230, 150), (100, 230, 360)), (130, 250, 145)
TICK_MS, FOLDED_S = 5, 0.8


def ball(centre: Index, radii_mm: tuple[float, float, float]) -> np.ndarray:
    """(Z, Y, X) bool of an ellipsoid."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    parts = zip((z, y, x), centre, SPACING, radii_mm, strict=True)
    away = [((grid - c) * step / r) ** 2 for grid, c, step, r in parts]
    return np.asarray(away[0] + away[1] + away[2] <= 1)


def made_labels() -> LabelArray:
    """Two kidneys with a sinus each, and the tumour."""
    labels = np.zeros(SHAPE, np.uint8)
    for z, y, x in KIDNEYS:
        labels[ball((z, y, x), (55.0, 28.0, 26.0))] = 1
        toward_middle = 12 if x < SHAPE[2] // 2 else -12
        labels[ball((z, y, x + toward_middle), (22.0, 9.0, 16.0))] = 0
    labels[ball(TUMOUR, (22.85, 22.85, 22.85))] = 2  # 50 mL
    return labels


def open_window() -> MainWindow:
    """The window on the scan, all measured."""
    window = make_window(make_app())
    window.resize(1440, 900)
    window.show()
    noise = np.random.default_rng(0).normal(60, 20, (20, *SHAPE[1:])).astype(np.int16)
    geometry = Geometry.straight(SHAPE, SPACING)
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    order = AxisOrder((2, 1, 0), (False, False, False))
    source = Source(Path("noise.nii.gz"), "NIfTI", order, affine)
    opening.show(window.context, Volume(np.tile(noise, (10, 1, 1)), geometry, source))
    window.context.session.replace_labels(LabelMap(made_labels(), geometry), "Made up")
    window.context.session.look_at(TUMOUR)
    wait(window)
    return window


def wait(window: MainWindow, is_folded: bool = False) -> tuple[float, list[float]]:
    """Seconds until the numbers are those of now and nothing runs; how late ticks came, ms."""
    late: list[float] = []
    loop, last, begun = QEventLoop(), [time.perf_counter()], time.perf_counter()
    ticker, found = QTimer(interval=TICK_MS), [0.0]

    def tick() -> None:
        now = time.perf_counter()
        late.append(max(1000 * (now - last[0]) - TICK_MS, 0.0))
        last[0] = now
        is_over = now - begun > FOLDED_S if is_folded else window.measuring.is_current
        if is_over:
            found[0] = found[0] or now - begun
            if not window.context.jobs.running:
                loop.quit()

    ticker.timeout.connect(tick)
    ticker.start()
    loop.exec()
    return found[0], late


def stroke(window: MainWindow, away: tuple[float, float, float], label: int) -> None:
    """One dab of 6 mm in a slice."""
    session = window.context.session
    assert session.volume is not None
    z, y, x = (float(a + b) for a, b in zip(TUMOUR, away, strict=True))
    edit = brush((z, y, x), (z, y, x), 6.0, label, session.volume.geometry, 0)
    assert session.edit("Brush", edit)


def measure(window: MainWindow, away: tuple[int, int, int], label: int, repeat: int) -> str:
    """Half a row of the table."""
    after, late = [], []
    z, y, x = away
    is_folded = not window.side.findings.isVisible()
    for n in range(repeat):
        stroke(window, (z + n % 3, y, x + n), label)
        took, ticks = wait(window, is_folded)
        after.append(1000 * took - REST_MS)
        late += ticks
        window.context.session.undo()
        wait(window, is_folded)
    waited = f"{statistics.median(late):.1f} | {max(late):.1f}"
    row = "– | –" if is_folded else f"{statistics.median(after):.0f} | {max(after):.0f}"
    return f"{row} | {waited} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=10)
    repeat = parser.parse_args().repeat
    window = open_window()
    window.findings.go_to("T1")
    print(f"the hand rests for {REST_MS} ms; the row comes so much later")
    print("| a dab | row after, ms, median | worst | tick late by, ms, median | worst |")
    print("|---|---|---|---|---|")
    for title, away, label in (
        ("of cyst in the tumour", (0, 0, 0), 3),
        ("of tumour into its kidney", (-26, 0, 0), 2),
        ("of tumour in the other kidney", (-20, -20, 215), 2),
    ):
        print(f"| {title} | {measure(window, away, label, repeat)}", flush=True)
    for section in window.side.sections:
        if section.title in ("Findings", "Measures"):
            section.fold(True)
    print(f"| the same, sections folded | {measure(window, (-26, 0, 0), 2, repeat)}")
    window.context.session.mark_saved()
    window.close()


if __name__ == "__main__":
    main()
