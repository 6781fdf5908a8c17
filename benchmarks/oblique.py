"""Milliseconds to sample a turned plane, and to turn the planes in the window by a degree.

Run: ``python -m benchmarks.oblique [--frames 60]``

512 x 512 x 600 voxels with labels, 1440 x 900, all four views. The peer is scipy's
map_coordinates on the same 512 x 512 pixels. A frame is what one move of the hand costs the
window's thread: two planes sampled with HU, labels and outlines, and all that is due painted.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy import ndimage

from benchmarks.scrolling import make_case
from kidview.session import PLANES, Raster, raster_over, sample_hu, sample_labels, turned
from kidview.session.planes import frame_of
from kidview.ui import opening
from kidview.ui.app import make_app, make_window
from kidview.ui.turning import turn_by

PIXELS, STEP_MM = 512, 0.8


def timed(times: int, act: Callable[[], object]) -> str:
    """Median and 95th percentile in ms, as two cells of a table."""
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spent.append(1000 * (time.perf_counter() - start))
    spent.sort()
    return f"{statistics.median(spent):.1f} | {spent[int(0.95 * (len(spent) - 1))]:.1f}"


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=60)
    frames = parser.parse_args().frames
    volume, labels = make_case()
    hu, geometry = volume.hu, volume.geometry
    turn = turned(geometry, turned(geometry, None, 0, 30), 2, 20)
    print("| plane | HU ms, median | p95 | labels ms, median | p95 | scipy ms, median | p95 |")
    print("|---|---|---|---|---|---|---|")
    for axis, name in enumerate(PLANES):
        frame = frame_of(geometry, turn, axis)
        u, v, depth_mm = frame.to_plane(geometry.centre_ras)
        half = STEP_MM * (PIXELS - 1.5) / 2
        seen_uv = (float(u - half), float(v - half), float(u + half), float(v + half))
        raster = raster_over(geometry, frame, float(depth_mm), seen_uv, STEP_MM)
        at_zyx = _places(raster, geometry.ras_to_index)
        cells = (
            timed(frames, lambda r=raster: sample_hu(hu, geometry, r)),
            timed(frames, lambda r=raster: sample_labels(labels.array, geometry, r)),
            timed(
                frames,
                lambda at=at_zyx: ndimage.map_coordinates(hu, at, order=1, prefilter=False),
            ),
        )
        print(f"| {name}, {raster.shape[0]} x {raster.shape[1]} | {' | '.join(cells)} |")
    app = make_app()
    window = make_window(app)
    window.resize(1440, 900)
    window.show()
    opening.show(window.context, volume)
    session = window.context.session
    session.replace_labels(labels, "Blocks")
    window.context.jobs.wait_all()

    def move() -> None:
        turn_by(session, 0, 1.0)
        app.processEvents()

    move()
    print("\n| a move of the hand | ms, median | p95 |\n|---|---|---|")
    print(f"| two planes turned, all painted | {timed(frames, move)} |")
    session.mark_saved()
    window.close()


def _places(raster: Raster, to_index: Callable[..., np.ndarray]) -> np.ndarray:
    """(3, rows, columns) z, y, x of a raster's pixels."""
    rows, columns = np.indices(raster.shape) * raster.step_mm
    u, v = raster.start_uv
    depth = np.full(raster.shape, raster.depth_mm)
    uvw = np.stack([u + columns, v + rows, depth], axis=-1)
    return np.ascontiguousarray(np.moveaxis(to_index(raster.frame.to_ras(uvw)), -1, 0))


if __name__ == "__main__":
    main()
