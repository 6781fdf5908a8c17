"""Half-open boxes of voxels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kidview.core.types import Index, MaskArray


@dataclass(frozen=True)
class Box:
    """Voxels from `start` up to but without `stop`, zyx.

    Parameters
    ----------
    start, stop : 3 ints
        zyx indices; ``start <= stop`` on every axis.
    """

    start: Index
    stop: Index

    def __post_init__(self) -> None:
        if any(a > b for a, b in zip(self.start, self.stop, strict=True)):
            raise ValueError(f"box starts after it stops: {self.start} .. {self.stop}")

    @classmethod
    def whole(cls, shape_zyx: Index) -> Box:
        """The box of a whole array."""
        return cls((0, 0, 0), shape_zyx)

    @classmethod
    def around(cls, centre_zyx: Sequence[float], radius_zyx: Sequence[float], within: Index) -> Box:
        """Smallest box with all voxel centres within `radius_zyx` (voxels), clipped to `within`."""
        start, stop = [], []
        for c, r, n in zip(centre_zyx, radius_zyx, within, strict=True):
            low = min(max(int(np.ceil(c - r)), 0), n)
            start.append(low)
            stop.append(min(max(int(np.floor(c + r)) + 1, low), n))
        return cls((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    @classmethod
    def tight(cls, mask: MaskArray) -> Box | None:
        """Smallest box with every set voxel of a (Z, Y, X) mask; None when none is set."""
        start, stop = [], []
        for axis in range(3):
            others = tuple(a for a in range(3) if a != axis)
            hits = np.flatnonzero(mask.any(axis=others))
            if hits.size == 0:
                return None
            start.append(int(hits[0]))
            stop.append(int(hits[-1]) + 1)
        return cls((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    @property
    def shape(self) -> Index:
        """Voxels along z, y, x."""
        a, b = self.start, self.stop
        return (b[0] - a[0], b[1] - a[1], b[2] - a[2])

    @property
    def size(self) -> int:
        """Number of voxels."""
        z, y, x = self.shape
        return z * y * x

    @property
    def slices(self) -> tuple[slice, slice, slice]:
        """The box as an index into a (Z, Y, X) array."""
        a, b = self.start, self.stop
        return (slice(a[0], b[0]), slice(a[1], b[1]), slice(a[2], b[2]))

    def shifted(self, by: Index) -> Box:
        """The box moved by whole voxels."""
        a, b = self.start, self.stop
        return Box(
            (a[0] + by[0], a[1] + by[1], a[2] + by[2]), (b[0] + by[0], b[1] + by[1], b[2] + by[2])
        )

    def seen_from(self, outer: Box) -> Box:
        """The box in indices of an array that holds `outer` only."""
        z, y, x = outer.start
        return self.shifted((-z, -y, -x))

    def grown(self, margin_zyx: Index, within: Index) -> Box:
        """The box with a margin on every side, clipped to an array of shape `within`."""
        start = [max(a - m, 0) for a, m in zip(self.start, margin_zyx, strict=True)]
        stop = [min(b + m, n) for b, m, n in zip(self.stop, margin_zyx, within, strict=True)]
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    def union(self, other: Box) -> Box:
        """Smallest box that holds both."""
        start = [min(a, b) for a, b in zip(self.start, other.start, strict=True)]
        stop = [max(a, b) for a, b in zip(self.stop, other.stop, strict=True)]
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    def clip(self, shape_zyx: Index) -> Box:
        """The part inside an array of that shape (possibly empty)."""
        start = [min(max(a, 0), n) for a, n in zip(self.start, shape_zyx, strict=True)]
        stop = [min(max(b, s), n) for b, s, n in zip(self.stop, start, shape_zyx, strict=True)]
        return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))

    def crosses(self, axis: int, index: int) -> bool:
        """Whether the plane `index` of `axis` cuts the box."""
        return self.start[axis] <= index < self.stop[axis]
