"""The list of a thousand cases: how soon it is there, and what a frame of scrolling costs.

Run: ``python -m benchmarks.worklist [--cases 1000] [--frames 300]``

The real window, 1440 x 900, on a store of tiny scans; every case has its picture, as after it
was drawn once. Opening is from the command until rows are painted, with an index that is up to
date and with none. A frame is what one step of scrolling costs the window's thread: the list
moved so far that it passes all rows twice in so many frames, 7 rows a step, and all that is due
painted and delivered, pictures that arrive included; between two of them the window lives for
16 ms. With QT_QPA_PLATFORM=xcb it draws on a real display.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
from PySide6.QtCore import QEventLoop, QTimer  # noqa: E402

from kidview.cases import Case, CaseStore, Image, Status, user_store  # noqa: E402
from kidview.cases.folder import write_record  # noqa: E402
from kidview.core.geometry import Geometry  # noqa: E402
from kidview.core.volume import AxisOrder, Source, Volume  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402
from kidview.ui.main_window import MainWindow  # noqa: E402
from kidview.ui.worklist.pictures import keep_picture  # noqa: E402

SHAPE, FRAME_MS = (2, 96, 128), 16


def fill(store: CaseStore, count: int) -> None:
    """So many cases, of all statuses that need no mask, each with a picture of its own."""
    geometry = Geometry.straight(SHAPE, (2.0, 1.0, 1.0))
    order = AxisOrder((2, 1, 0), (False, False, False))
    source = Source(Path("noise.nii.gz"), "NIfTI", order, geometry.zyx_to_ras[:, [2, 1, 0, 3]])
    random = np.random.default_rng(0)

    def scan() -> Volume:
        return Volume(random.integers(-160, 240, SHAPE).astype(np.int16), geometry, source)

    first = store.add(scan())
    for n in range(count - 1):
        volume = scan()
        case = _numbered(first, n)
        folder = store.folder / case.case_id
        folder.mkdir()
        for name in case.files:  # nobody opens these scans
            (folder / name).write_bytes(b"x")
        write_record(case, folder)
        keep_picture(store, case, volume, None)
    if count > 1:
        store.set_status(store.read(store.rows()[-1].case_id), Status.REJECTED, "Ann Miller")


def _numbered(case: Case, n: int) -> Case:
    patient = f"P-{n:08d}"
    image = Image(f"{n:064x}", case.image.file)
    return replace(case, case_id=f"{patient}-1", patient=patient, image=image)


def live(milliseconds: int) -> None:
    """Let the window live for a while."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def opening_s(window: MainWindow, count: int) -> float:
    """Seconds from the command until all rows are there and painted."""
    cases = window.right.cases
    start = time.perf_counter()
    window.commands["cases.list"].trigger()
    while cases.model.rowCount() < count:
        live(1)
    cases.view.viewport().repaint()
    spent = time.perf_counter() - start
    window.commands["cases.list"].trigger()
    return spent


def scroll_ms(window: MainWindow, frames: int) -> list[float]:
    """Milliseconds of every frame, there and back over all rows."""
    window.commands["cases.list"].trigger()
    live(500)
    bar, app = window.right.cases.view.verticalScrollBar(), make_app()
    step = max(bar.maximum() * 2 // frames, 1)
    places = [*range(0, bar.maximum(), step), *range(bar.maximum(), 0, -step)]
    spent = []
    for place in places:
        start = time.perf_counter()
        bar.setValue(place)
        app.processEvents()
        spent.append(1000 * (time.perf_counter() - start))
        live(FRAME_MS)
    return sorted(spent)


def measure(count: int, frames: int) -> None:
    """Print the tables."""
    store = CaseStore(user_store())
    fill(store, count)
    window = make_window(make_app())
    window.resize(1440, 900)
    window.show()
    live(1000)
    (store.folder / "index.sqlite").unlink()
    print(f"| {count} cases | s |\n|---|---|")
    print(f"| list opened, no index | {opening_s(window, count):.2f} |")
    window.right.cases.model.set_rows(())
    print(f"| list opened | {opening_s(window, count):.2f} |\n")
    print("| a frame of scrolling | median ms | p95 | worst |\n|---|---|---|---|")
    for title in ("pictures are read", "pictures are there"):
        spent = scroll_ms(window, frames)
        window.commands["cases.list"].trigger()
        high = spent[int(0.95 * (len(spent) - 1))]
        middle = statistics.median(spent)
        print(f"| {title} | {middle:.1f} | {high:.1f} | {spent[-1]:.1f} |", flush=True)
    window.close()


def main() -> None:
    """Measure in a store of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=300)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"KIDVIEW_CONFIG_DIR": folder, "KIDVIEW_DATA_DIR": folder}
        measure(told.cases, told.frames)


if __name__ == "__main__":
    main()
