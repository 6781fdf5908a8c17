"""Milliseconds to draw the next slice of 512 x 512 x 600 voxels, in each plane.

Run: ``python -m benchmarks.scrolling [--frames 120]``

The real views with labels and overlay, in a 1440 x 900 window. A frame is what one notch of
the wheel costs the window's thread: new state, new plans, new pictures, and all that is due
painted, the crosshair in the other views included. The peer is pyqtgraph's own ImageView, one
picture without labels, letters or linked views, on the same planes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np  # noqa: E402
import pyqtgraph as pg  # noqa: E402

from kidview.core.geometry import Geometry  # noqa: E402
from kidview.core.labels import LabelMap  # noqa: E402
from kidview.core.volume import AxisOrder, Source, Volume  # noqa: E402
from kidview.session import PLANES, cut  # noqa: E402
from kidview.ui import opening  # noqa: E402
from kidview.ui.app import make_app, make_window  # noqa: E402

SHAPE, SPACING = (600, 512, 512), (1.0, 0.8, 0.8)


def make_case() -> tuple[Volume, LabelMap]:
    """Noise with two labelled blocks."""
    rng = np.random.default_rng(0)
    slab = rng.normal(60, 40, (60, *SHAPE[1:])).astype(np.int16)
    geometry = Geometry.straight(SHAPE, SPACING)
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    order = AxisOrder((2, 1, 0), (False, False, False))
    labels = np.zeros(SHAPE, np.uint8)
    labels[200:400, 150:260, 100:200] = 1
    labels[250:320, 180:230, 120:180] = 2
    source = Source(Path("noise.nii.gz"), "phantom", order, affine)
    volume = Volume(np.tile(slab, (10, 1, 1)), geometry, source)
    return volume, LabelMap(labels, geometry, owned=True)


def timed(frames: int, draw: Callable[[int], None]) -> list[float]:
    """Milliseconds of every frame, sorted."""
    spent = []
    for n in range(frames):
        start = time.perf_counter()
        draw(n)
        spent.append(1000 * (time.perf_counter() - start))
    return sorted(spent)


def row(name: str, ours: list[float], theirs: list[float]) -> str:
    """A line of the table."""
    ratio = statistics.median(ours) / statistics.median(theirs)
    cells = [
        f"{statistics.median(v):.2f} | {v[int(0.95 * (len(v) - 1))]:.2f}" for v in (ours, theirs)
    ]
    return f"| {name} | {cells[0]} | {cells[1]} | {ratio:.1f} |"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=120)
    frames = parser.parse_args().frames
    app = make_app()
    window = make_window(app)
    window.resize(1440, 900)
    window.show()
    volume, labels = make_case()
    opening.show(window.context, volume)
    session = window.context.session
    session.replace_labels(labels, "Blocks")
    window.context.jobs.wait_all()
    print("| plane | KidView ms, median | p95 | ImageView ms, median | p95 | ratio |")
    print("|---|---|---|---|---|---|")
    for axis, name in enumerate(PLANES):
        peer = pg.ImageView()
        peer.resize(700, 400)
        peer.show()
        app.processEvents()

        def ours(n: int, axis: int = axis) -> None:
            index = [300, 256, 256]
            index[axis] = 200 + n % 100
            session.look_at((index[0], index[1], index[2]))
            app.processEvents()

        def theirs(n: int, axis: int = axis, peer: pg.ImageView = peer) -> None:
            plane = cut(volume.hu, axis, 200 + n % 100)
            peer.setImage(plane, autoRange=False, autoLevels=False, levels=(-160, 240))
            app.processEvents()

        for n in range(5):
            ours(n)
            theirs(n)
        print(row(name, timed(frames, ours), timed(frames, theirs)), flush=True)
        peer.close()
    session.mark_saved()
    window.close()


if __name__ == "__main__":
    main()
