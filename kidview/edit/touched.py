"""Which voxels a tool reached, packed small: more than it changed, for some had the label."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kidview.core.box import Box
from kidview.core.types import MaskArray


@dataclass(frozen=True, eq=False)
class Touched:
    """Voxels of a box.

    Parameters
    ----------
    box : Box
    packed : bytes
        zlib level 1 of the C-ordered mask, a bit a voxel.
    """

    box: Box
    packed: bytes

    @classmethod
    def of(cls, box: Box, mask: MaskArray) -> Touched:
        """Pack a mask of the box's shape."""
        return cls(box, zlib.compress(np.packbits(mask).tobytes(), 1))

    @staticmethod
    def merged(parts: Sequence[Touched]) -> tuple[Touched, ...]:
        """The same voxels as one box, or () for none: a drag is hundreds of small ones."""
        if len(parts) < 2:
            return tuple(parts)
        box = parts[0].box
        for part in parts[1:]:
            box = box.union(part.box)
        whole = np.zeros(box.shape, bool)
        for part in parts:
            inside = part.box.shifted((-box.start[0], -box.start[1], -box.start[2]))
            whole[inside.slices] |= part.mask()
        return (Touched.of(box, whole),)

    def mask(self) -> MaskArray:
        """(Z, Y, X) bool of the box."""
        bits = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        return np.unpackbits(bits, count=self.box.size).astype(bool).reshape(self.box.shape)
