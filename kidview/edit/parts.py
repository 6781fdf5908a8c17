"""Where labels are: boxes far enough apart to be worked on one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kidview.core.box import Box
from kidview.core.hec import select
from kidview.core.types import Index, LabelArray, MaskArray

_LARGEST = 1 << 22  # voxels worked on at once; 4 million take about 100 MB


def parts(labels: LabelArray, members: tuple[int, ...], gap_zyx: Index = (0, 0, 0)) -> list[Box]:
    """Tight boxes of some labels, cut where there is room between them.

    Two kidneys lie in two boxes, and a stray piece does not make one as large as the scan.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    members : tuple of int
        At least one; without 0.
    gap_zyx : 3 ints
        Boxes have more than so many voxels between them, along one axis at least.

    Returns
    -------
    list of Box
        Empty when there is no such label.
    """
    used = _used(labels)
    if used is None:
        return []
    mask = select(labels[used.slices], members)
    return [box.shifted(used.start) for box in _cut(mask, (0, 0, 0), gap_zyx)]


def slabs(box: Box) -> Iterator[Box]:
    """A box in pieces along z small enough for arrays of floats."""
    sheet = box.shape[1] * box.shape[2]
    step = max(_LARGEST // max(sheet, 1), 8)
    for z in range(box.start[0], box.stop[0], step):
        last = min(z + step, box.stop[0])
        yield Box((z, *box.start[1:]), (last, *box.stop[1:]))


def _used(labels: LabelArray) -> Box | None:
    """Box of all that is not background, read slice by slice: a scan has 150 million voxels."""
    z = np.flatnonzero([plane.any() for plane in labels])
    if not z.size:
        return None
    seen = np.bitwise_or.reduce(labels[z[0] : z[-1] + 1], axis=0)
    y, x = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return Box((int(z[0]), int(y[0]), int(x[0])), (int(z[-1]) + 1, int(y[-1]) + 1, int(x[-1]) + 1))


def _cut(mask: MaskArray, start: Index, gap_zyx: Index) -> list[Box]:
    tight = Box.tight(mask)
    if tight is None:
        return []
    mask = mask[tight.slices]
    box = tight.shifted(start)
    for axis in range(3):
        across = tuple(a for a in range(3) if a != axis)
        runs = _runs(np.flatnonzero(mask.any(axis=across)), gap_zyx[axis])
        if len(runs) == 1:
            continue
        found = []
        for low, high in runs:
            at = list(box.start)
            at[axis] += low
            piece = mask[(slice(None),) * axis + (slice(low, high),)]
            found += _cut(piece, (at[0], at[1], at[2]), gap_zyx)
        return found
    return [box]


def _runs(places: npt.NDArray[np.intp], gap: int) -> list[tuple[int, int]]:
    """First and behind-the-last place of runs with more than `gap` empty places between them."""
    ends = np.flatnonzero(np.diff(places) > gap + 1)
    firsts = places[np.r_[0, ends + 1]]
    lasts = places[np.r_[ends, len(places) - 1]]
    return [(int(a), int(b) + 1) for a, b in zip(firsts, lasts, strict=True)]
