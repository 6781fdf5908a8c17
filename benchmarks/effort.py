"""How many operations a made-up annotator needs until a tumour's Dice is 0.95.

Run: ``python -m benchmarks.effort SCAN REFERENCE [--mask MASK]``

One operation is one press and release of the mouse, or one key that applies something. Without
``--mask`` the annotator begins with nothing. It knows the reference and mends the largest fault
that is left:

- brush: a disc swept over what of the fault a disc of half its depth can reach in one slice;
- ball: the same with a ball, along one slice;
- polygon: the reference's outline in the slice with the largest fault, all of its pieces;
- polygon + fill: outlines in every eighth slice of the tumour, then fill between slices once,
  then single slices as before;
- grow: a click where the tumour is deepest, then the brush;
- refine: clicks of the refining network, at most ten, then the brush.

No time of a hand is in this: an outline counts as much as a dab.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.clicks import Click
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.resources import models_dir
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray, MaskArray
from kidview.edit.tools.fill_between import fill_between
from kidview.edit.tools.grow import grow
from kidview.io import choose, find, read_labels, read_scan
from kidview.segment import DEFAULT_MODEL, Refiner

TUMOUR, GOAL, MOST, STEP = 2, 0.95, 150, 8


class Annotator:
    """A mask being mended, and how often something was done to it."""

    def __init__(self, hu: HUArray, grid: Geometry, truth: LabelArray, mask: LabelArray) -> None:
        self.hu, self.grid, self.truth, self.mask = hu, grid, truth, mask.copy()
        self.count = 0

    @property
    def dice(self) -> float:
        """Of the tumour."""
        found, wanted = self.mask == TUMOUR, self.truth == TUMOUR
        return float(2 * (found & wanted).sum() / max(found.sum() + wanted.sum(), 1))

    @property
    def faults(self) -> MaskArray:
        """Where tumour is missing or too much."""
        return (self.mask == TUMOUR) != (self.truth == TUMOUR)

    def set_truth(self, where: tuple[slice, ...], mask: MaskArray) -> None:
        """One operation that makes a part right."""
        part = self.mask[where]
        part[mask] = self.truth[where][mask]
        self.count += 1

    def worst_slice(self) -> int:
        """Axial slice with most faults."""
        return int(self.faults.sum(axis=(1, 2)).argmax())


def brush(a: Annotator, is_ball: bool) -> None:
    """One stroke over the largest fault of the worst slice."""
    z = a.worst_slice()
    reach = 12 if is_ball else 0
    low, high = max(z - reach, 0), min(z + reach + 1, len(a.mask))
    box = Box.tight(a.faults[z : z + 1])
    assert box is not None
    margin = (0, 20, 20)
    around = box.grown(margin, (1, *a.mask.shape[1:])).slices[1:]
    where = (slice(low, high), *around)
    fault, wanted = a.faults[where], a.truth[where] == TUMOUR
    pieces, count = ndimage.label(fault[z - low])
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    piece = pieces == int(sizes.argmax()) + 1
    adds = bool(wanted[z - low][piece].mean() > 0.5)
    allowed = (wanted if adds else ~wanted) if is_ball else (wanted if adds else ~wanted)[z - low]
    spacing = a.grid.spacing_zyx if is_ball else a.grid.spacing_zyx[1:]
    depth = ndimage.distance_transform_edt(np.pad(allowed, 1), spacing)
    depth = depth[tuple(slice(1, -1) for _ in range(depth.ndim))]
    middle = depth[z - low] if is_ball else depth
    radius = max(0.5 * float(middle[piece].max()), 0.5 * min(spacing[-2:]))
    dabs = np.zeros(allowed.shape, bool)
    (dabs[z - low] if is_ball else dabs)[piece & (middle >= radius)] = True
    covered = ndimage.distance_transform_edt(~dabs, spacing) <= radius
    stroke = covered & allowed
    if not is_ball:
        stroke = stroke[None]
        where = (slice(z, z + 1), *around)
    if not (stroke & a.faults[where]).any():
        stroke = np.expand_dims(piece, 0)
        where = (slice(z, z + 1), *around)
    a.set_truth(where, stroke & ((a.truth[where] == TUMOUR) | (a.mask[where] == TUMOUR)))


def outline(a: Annotator, z: int) -> None:
    """Outlines of the tumour's pieces in a slice, one operation each."""
    pieces, count = ndimage.label((a.truth[z] == TUMOUR) | (a.mask[z] == TUMOUR))
    for k in range(1, count + 1):
        if (a.faults[z] & (pieces == k)).any():
            a.set_truth((slice(z, z + 1), slice(None), slice(None)), (pieces == k)[None])


def by_brush(a: Annotator) -> Iterator[None]:
    """Strokes of a disc."""
    while True:
        brush(a, is_ball=False)
        yield


def by_ball(a: Annotator) -> Iterator[None]:
    """Strokes of a ball."""
    while True:
        brush(a, is_ball=True)
        yield


def by_polygon(a: Annotator) -> Iterator[None]:
    """The worst slice, again and again."""
    while True:
        outline(a, a.worst_slice())
        yield


def by_filling(a: Annotator) -> Iterator[None]:
    """Every eighth slice and the ends, then fill between, then the worst slices."""
    used = np.flatnonzero((a.truth == TUMOUR).any(axis=(1, 2)))
    a.mask[a.mask == TUMOUR] = 1
    a.count += 1  # the old outline is cleared
    for z in sorted({*range(used[0], used[-1] + 1, STEP), used[-1]}):
        outline(a, int(z))
        yield
    edit = fill_between(a.mask, TUMOUR, 0, a.grid, a.hu)
    region = a.mask[edit.box.slices]
    region[edit.mask] = TUMOUR
    a.count += 1
    yield
    yield from by_polygon(a)


def by_growing(a: Annotator) -> Iterator[None]:
    """One click into the middle, then the brush."""
    depth = ndimage.distance_transform_edt(a.truth == TUMOUR)
    z, y, x = (int(i) for i in np.unravel_index(depth.argmax(), depth.shape))
    a.count += 1
    try:
        edit = grow((z, y, x), 35.0, 250.0, TUMOUR, a.hu, a.mask, a.grid, gap_mm=6.0)
        a.mask[edit.box.slices][edit.mask] = TUMOUR
    except EditRefused as refusal:
        print("grow:", refusal)
    yield
    yield from by_brush(a)


def by_refining(a: Annotator) -> Iterator[None]:
    """Ten clicks, then the brush."""
    refiner, clicks = Refiner(models_dir(), DEFAULT_MODEL), list[Click]()
    for _ in range(10):
        faults = a.faults
        box = Box.tight(faults)
        if box is None:
            return
        pieces, _count = ndimage.label(faults[box.slices])
        largest = int(np.bincount(pieces.ravel())[1:].argmax()) + 1
        depth = ndimage.distance_transform_edt(np.pad(pieces == largest, 1))[1:-1, 1:-1, 1:-1]
        at = np.add(np.unravel_index(depth.argmax(), depth.shape), box.start)
        z, y, x = (int(i) for i in at)
        clicks.append(Click((float(z), float(y), float(x)), int(a.truth[z, y, x])))
        a.count += 1
        try:
            where, mask, new = refiner.run(a.hu, a.grid, a.mask, clicks, Task())
            a.mask[where.slices][mask] = new[mask]
        except EditRefused:
            pass
        yield
    yield from by_brush(a)


WAYS: dict[str, Callable[[Annotator], Iterator[None]]] = {
    "brush": by_brush,
    "ball": by_ball,
    "polygon": by_polygon,
    "polygon + fill": by_filling,
    "grow, then brush": by_growing,
    "refine, then brush": by_refining,
}


def main() -> None:
    """Measure and print a row a tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scan", type=Path)
    parser.add_argument("reference", type=Path)
    parser.add_argument("--mask", type=Path)
    given = parser.parse_args()
    volume = read_scan(choose(find(given.scan, Task()), ""), Task())
    grid, source = volume.geometry, volume.source
    truth = read_labels(given.reference, grid, source, task=Task()).array
    mask = np.zeros_like(truth)
    if given.mask is not None:
        mask = read_labels(given.mask, grid, source, task=Task()).array
    print(f"| tool | operations to {GOAL} | Dice after 1 | 5 | 10 | 20 | end |")
    print("|---|---|---|---|---|---|---|")
    for name, way in WAYS.items():
        a = Annotator(volume.hu, grid, truth, mask)
        after = {0: a.dice}
        for _ in way(a):
            after[a.count] = a.dice
            if a.dice >= GOAL or a.count >= MOST:
                break
        told = [after[max(k for k in after if k <= n)] for n in (1, 5, 10, 20)]
        reached = str(a.count) if a.dice >= GOAL else f"not within {MOST}"
        cells = " | ".join(f"{value:.3f}" for value in told)
        print(f"| {name} | {reached} | {cells} | {a.dice:.3f} |", flush=True)


if __name__ == "__main__":
    main()
