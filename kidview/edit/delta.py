"""The change of one box of labels, compressed, both ways."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from kidview.core.box import Box
from kidview.core.types import LabelArray


@dataclass(frozen=True)
class BoxDelta:
    """Labels of a box before and after a change.

    Parameters
    ----------
    box : Box
    old, new : bytes
        zlib level 1 of the C-ordered uint8 labels.
    """

    box: Box
    old: bytes
    new: bytes

    @classmethod
    def between(cls, box: Box, old: LabelArray, new: LabelArray) -> BoxDelta:
        """Compress two states of a box."""
        return cls(box, zlib.compress(old.tobytes(), 1), zlib.compress(new.tobytes(), 1))

    @property
    def nbytes(self) -> int:
        """Memory the delta takes."""
        return len(self.old) + len(self.new)

    def before(self) -> LabelArray:
        """(Z, Y, X) uint8 of the box before the change."""
        return self._unpack(self.old)

    def after(self) -> LabelArray:
        """(Z, Y, X) uint8 of the box after the change."""
        return self._unpack(self.new)

    def _unpack(self, packed: bytes) -> LabelArray:
        return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(self.box.shape)
