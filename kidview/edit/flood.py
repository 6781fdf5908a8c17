"""Flooding from one voxel, tile by tile: the cost is that of what is reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.task import Task
from kidview.core.types import Index, MaskArray

_Parts = npt.NDArray[np.int32]


class Flood:
    """The 6-connected piece of what may be flooded that holds one voxel.

    A tile of the scan is looked at when the piece comes to one of its sides, so neither a
    small piece nor a long thin one costs a look at the whole scan.

    Parameters
    ----------
    may_flood : callable
        (Z, Y, X) bool of a box: which of its voxels may be flooded.
    shape_zyx : 3 ints
        Of the whole scan.
    tile_zyx : 3 ints
        Voxels of a tile.
    """

    def __init__(self, may_flood: Callable[[Box], MaskArray], shape_zyx: Index, tile_zyx: Index):
        self._may_flood, self._shape, self._tile = may_flood, shape_zyx, tile_zyx
        self._parts: dict[Index, _Parts] = {}  # of a tile, numbered from 1
        self._reached: dict[Index, set[int]] = {}

    def run(self, from_zyx: Index, most: int, task: Task) -> tuple[Box, MaskArray]:
        """Box and mask of the piece; it stops soon after it has more than `most` voxels.

        `from_zyx` is a voxel that may be flooded.
        """
        self._reached = {}
        home = self._tile_of(from_zyx)
        local = tuple(i % n for i, n in zip(from_zyx, self._tile, strict=True))
        waiting = {home: {int(self._numbered(home)[local])}}
        if waiting[home] == {0}:
            raise ValueError(f"voxel {from_zyx} may not be flooded")
        count = 0
        while waiting and count <= most:
            task.report(count / (most + 1))
            tile, numbers = waiting.popitem()
            reached = self._reached.setdefault(tile, set())
            mask = np.isin(self._parts[tile], list(numbers - reached))
            reached |= numbers
            count += int(np.count_nonzero(mask))
            for there, met in self._met(tile, mask):
                waiting[there] = waiting.get(there, set()) | met
        return self._whole()

    def _met(self, tile: Index, mask: MaskArray) -> Iterator[tuple[Index, set[int]]]:
        """Parts not reached so far of the six tiles around, that `mask` touches."""
        for axis in range(3):
            for step, mine, theirs in ((-1, 0, -1), (1, -1, 0)):
                z, y, x = (i + step * (a == axis) for a, i in enumerate(tile))
                there, side = (z, y, x), mask.take(mine, axis)
                if not side.any() or not self._is_tile(there):
                    continue
                beside: _Parts = np.take(self._numbered(there), theirs, axis)
                met = set(np.unique(beside[side]).tolist()) - {0} - self._reached.get(there, set())
                if met:
                    yield there, met

    def _whole(self) -> tuple[Box, MaskArray]:
        """All tiles together, as small as they go."""
        boxes = [self._box(tile) for tile in self._reached]
        whole = boxes[0]
        for box in boxes[1:]:
            whole = whole.union(box)
        mask = np.zeros(whole.shape, bool)
        for box, (tile, numbers) in zip(boxes, self._reached.items(), strict=True):
            mask[box.seen_from(whole).slices] = np.isin(self._parts[tile], list(numbers))
        tight = Box.tight(mask)
        assert tight is not None  # the voxel it came from is in it
        return tight.shifted(whole.start), mask[tight.slices]

    def _numbered(self, tile: Index) -> _Parts:
        if tile not in self._parts:
            self._parts[tile], _ = ndimage.label(self._may_flood(self._box(tile)))
        return self._parts[tile]

    def _tile_of(self, index_zyx: Index) -> Index:
        z, y, x = (i // n for i, n in zip(index_zyx, self._tile, strict=True))
        return (z, y, x)

    def _is_tile(self, tile: Index) -> bool:
        return all(0 <= i * n < s for i, n, s in zip(tile, self._tile, self._shape, strict=True))

    def _box(self, tile: Index) -> Box:
        z, y, x = (i * n for i, n in zip(tile, self._tile, strict=True))
        dz, dy, dx = self._tile
        return Box((z, y, x), (z + dz, y + dy, x + dx)).clip(self._shape)
