"""A brush dab, its undo and their size, beside what copying the label map would cost.

Run: ``python -m benchmarks.painting [--repeat 60]``

On labels of 512 x 512 x 600 voxels of 0.8 x 0.8 x 1.0 mm. A dab is what the pointer does
while painting: tool, guard, write, difference; the step of one dab is then undone. The
other row is the undo that keeps a copy of the whole map, as several editors do.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit.tools.brush import brush
from kidview.session import Session

SHAPE, SPACING = (600, 512, 512), (1.0, 0.8, 0.8)


def open_session() -> Session:
    """A session on noise of that size."""
    rng = np.random.default_rng(0)
    slab = rng.normal(60, 20, (60, *SHAPE[1:])).astype(np.int16)
    geometry = Geometry.straight(SHAPE, SPACING)
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    source = Source(Path("noise.nii.gz"), "NIfTI", order, affine)
    session = Session()
    session.open(Volume(np.tile(slab, (10, 1, 1)), geometry, source))
    return session


def timed(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def in_words(values: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f} | {ordered[int(0.95 * (len(ordered) - 1))]:.2f}"


def measure(session: Session, radius_mm: float, axis: int | None, repeat: int) -> str:
    """A row of the table: dab, undo, bytes."""
    assert session.volume is not None
    geometry, dabs, undos, sizes = session.volume.geometry, [], [], []
    rng = np.random.default_rng(1)
    for n in range(repeat):
        z, y, x = (float(v) for v in rng.uniform(80, np.array(SHAPE) - 80))

        def dab(at: tuple[float, float, float] = (z, y, x), label: int = 1 + n % 3) -> None:
            session.edit("Brush", brush(at, at, radius_mm, label, geometry, axis))

        dabs.append(timed(dab))
        last = session.history.last
        assert last is not None
        sizes.append(last.nbytes)
        undos.append(timed(session.undo))
    kind = "ball" if axis is None else "disc"
    size = statistics.median(sizes) / 1000
    return f"| {kind} of {radius_mm:.0f} mm | {in_words(dabs)} | {in_words(undos)} | {size:.2f} |"


def whole_copy(repeat: int) -> str:
    """The same row for an undo that copies the label map."""
    labels, kept = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)

    def keep() -> None:
        kept[...] = labels

    keep()
    saves = [timed(keep) for _ in range(repeat)]
    return (
        f"| copy of the map | {in_words(saves)} | {in_words(saves)} | {labels.nbytes / 1000:.0f} |"
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=60)
    repeat = parser.parse_args().repeat
    session = open_session()
    print("| what | dab ms, median | p95 | undo ms, median | p95 | kB a step |")
    print("|---|---|---|---|---|---|")
    for radius_mm, axis in ((6.0, 0), (6.0, None), (25.0, 0), (25.0, None)):
        print(measure(session, radius_mm, axis, repeat), flush=True)
    print(whole_copy(5))


if __name__ == "__main__":
    main()
