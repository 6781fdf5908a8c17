"""Seconds of each tool that is not a brush, on a real mask or the demonstration's.

Run: ``python -m benchmarks.tools [SCAN MASK] [--repeat 7]``

Each tool is asked as the window asks it, with its options as they come, on the label that is in
the mask and has most pieces of work for it; nothing is written. Growing from seeds gets a box of
100 x 200 x 200 voxels and fill between slices thirty slices to fill, the sizes the goals name.
Peers, in the same run: scikit-image's random walker on the same seeds and SimpleITK's connected
threshold from the same click.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from skimage.segmentation import random_walker

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import HUArray, Index, LabelArray
from kidview.demo import make_phantom
from kidview.edit.mean_hu import NOISE_MM, mean_hu, reach_of
from kidview.edit.tools import TOOLS, Work
from kidview.edit.tools.fill_between import fill_between
from kidview.edit.tools.live_wire import ROW as LIVE_WIRE
from kidview.edit.tools.seeds import BACKGROUND, grow_from_seeds
from kidview.io import choose, find, read_labels, read_scan

TUMOUR = 2
SEEDS_ZYX = (100, 200, 200)


def timed(work: Callable[[], object], repeat: int) -> tuple[str, bool]:
    """Median and 95th percentile in ms, and whether it did anything but refuse."""
    spent, refused = [], False
    for _ in range(repeat):
        start = time.perf_counter()
        try:
            work()
        except EditRefused:
            refused = True
        spent.append(1000 * (time.perf_counter() - start))
    ordered = sorted(spent)
    return (
        f"{statistics.median(ordered):.0f} | {ordered[int(0.95 * (len(ordered) - 1))]:.0f}",
        refused,
    )


def deepest(labels: LabelArray, label: int) -> Index:
    """The voxel of a label farthest from its surface."""
    box = Box.tight(labels == label)
    assert box is not None, "the mask has no tumour"
    depth = ndimage.distance_transform_edt(np.pad(labels[box.slices] == label, 1))
    z, y, x = (
        int(i) - 1 + s
        for i, s in zip(np.unravel_index(depth.argmax(), depth.shape), box.start, strict=True)
    )
    return z, y, x


def about(at: Index, size: Index, within: Index) -> Box:
    """A box of that size around a voxel, inside the scan."""
    start = [
        min(max(c - s // 2, 0), max(n - s, 0)) for c, s, n in zip(at, size, within, strict=True)
    ]
    stop = [min(a + s, n) for a, s, n in zip(start, size, within, strict=True)]
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def seeds_of(labels: LabelArray) -> LabelArray:
    """Scribbles in the middle of every label and a frame of background."""
    seeds = np.zeros(labels.shape, np.uint8)
    for label in (1, 2, 3):
        depth = ndimage.distance_transform_edt(labels == label)
        seeds[(depth > 0.7 * depth.max()) & (depth > 0)] = label
    away = ndimage.distance_transform_edt(labels == 0)
    seeds[(away > 8) & (away < 10)] = BACKGROUND
    return seeds


def by_seeds(hu: HUArray, labels: LabelArray, geometry: Geometry, repeat: int) -> list[str]:
    """Rows of growing from seeds and of the random walker."""
    box = about(deepest(labels, TUMOUR), SEEDS_ZYX, geometry.shape_zyx)
    part, seeds = hu[box.slices], seeds_of(labels[box.slices])
    size = " x ".join(map(str, box.shape))
    ours, _ = timed(lambda: grow_from_seeds(part, seeds, geometry.spacing_zyx), repeat)
    markers = np.where(seeds == BACKGROUND, 4, seeds).astype(np.int32)
    theirs, _ = timed(
        lambda: random_walker(part.astype(np.float32), markers, beta=130, mode="cg_j", tol=1e-2), 1
    )
    return [
        f"| Grow from seeds, {size} | {ours} |",
        f"| scikit-image's random walker, the same (once) | {theirs} |",
    ]


def by_filling(hu: HUArray, labels: LabelArray, geometry: Geometry, repeat: int) -> list[str]:
    """Every sixth slice of the kidney about the tumour painted, thirty left out."""
    z = deepest(labels, TUMOUR)[0]
    low = min(max(z - 18, 0), geometry.shape_zyx[0] - 37)
    painted = np.zeros_like(labels)
    for k in range(low, low + 37, 6):
        painted[k] = labels[k] != 0
    told, _ = timed(lambda: fill_between(painted, 1, 0, geometry, hu), repeat)
    return [f"| Fill between slices, 30 slices, snapped to the scan | {told} |"]


def by_rows(hu: HUArray, labels: LabelArray, geometry: Geometry, repeat: int) -> list[str]:
    """A row for every click tool and effect of the table."""
    at, rows = deepest(labels, TUMOUR), []
    for tool in TOOLS:
        if tool.gesture not in ("click", "effect") or tool.act is None or tool.id == "fill_between":
            continue
        work = Work(hu, geometry, labels, TUMOUR, at, 0)
        act = tool.act
        told, refused = timed(lambda act=act, work=work: act(work), repeat)  # type: ignore[misc]
        rows.append(f"| {tool.title}{' (refused: nothing to do)' if refused else ''} | {told} |")
    image = sitk.GetImageFromArray(
        mean_hu(hu, Box.whole(geometry.shape_zyx), reach_of(NOISE_MM, geometry.spacing_zyx)).astype(
            np.float32
        )
    )
    value = float(hu[at])
    seed = [(at[2], at[1], at[0])]
    told, _ = timed(
        lambda: sitk.ConnectedThreshold(image, seed, lower=value - 35, upper=value + 35), repeat
    )
    rows.append(f"| SimpleITK's connected threshold, smoothed scan given | {told} |")
    return rows


def by_wire(hu: HUArray, geometry: Geometry, at: Index, repeat: int) -> list[str]:
    """Preparing a slice, and the way to a pointer 60 mm off."""
    plane, spacing = hu[at[0]], geometry.spacing_zyx[1:]
    trace = LIVE_WIRE.trace
    assert trace is not None
    made, _ = timed(lambda: trace(plane, spacing), repeat)
    far = min(int(60 / spacing[1]) + at[2], geometry.shape_zyx[2] - 1)
    tracer = trace(plane, spacing)
    tracer.path((at[1], at[2]), (at[1], far))
    start, _ = timed(lambda: trace(plane, spacing).path((at[1], at[2]), (at[1], far)), repeat)
    again, _ = timed(lambda: tracer.path((at[1], at[2]), (at[1], far)), repeat)
    return [
        f"| Live-wire: a slice made ready | {made} |",
        f"| Live-wire: that and the first way of 60 mm | {start} |",
        f"| Live-wire: the way to another place of the pointer | {again} |",
    ]


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=7)
    given = parser.parse_args()
    if given.files:
        volume = read_scan(choose(find(given.files[0], Task()), ""), Task())
        labels = read_labels(given.files[1], volume.geometry, volume.source, task=Task())
    else:
        volume, labels = make_phantom()
    hu, grid, array = volume.hu, volume.geometry, labels.array
    print(f"{' x '.join(map(str, grid.shape_zyx))} voxels")
    print("| tool | ms, median | p95 |\n|---|---|---|")
    for rows in (
        by_rows(hu, array, grid, given.repeat),
        by_wire(hu, grid, deepest(array, TUMOUR), given.repeat),
        by_filling(hu, array, grid, given.repeat),
        by_seeds(hu, array, grid, given.repeat),
    ):
        print("\n".join(rows), flush=True)


if __name__ == "__main__":
    main()
