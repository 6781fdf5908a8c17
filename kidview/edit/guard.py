"""Which voxels a tool may change: every edit passes here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.types import HUArray, LabelArray, MaskArray


@dataclass(frozen=True)
class Guard:
    """Rules of protection.

    Parameters
    ----------
    locked : frozenset of int
        Labels that neither lose nor gain voxels.
    over : frozenset of int or None
        Labels (0 is background) that may be painted over; None means all.
    hu_range : (low, high) or None
        Only voxels with ``low <= HU <= high`` change.
    """

    locked: frozenset[int] = frozenset()
    over: frozenset[int] | None = None
    hu_range: tuple[int, int] | None = None

    def allowed(self, old: LabelArray, new: int | LabelArray, hu: HUArray) -> MaskArray:
        """Where labels `old` may become `new`; all arrays have the edit box's shape."""
        allowed = np.ones(old.shape, dtype=bool)
        for label in self.locked:
            allowed &= old != label
            allowed &= np.asarray(new) != label
        if self.over is not None:
            allowed &= np.isin(old, list(self.over))
        if self.hu_range is not None:
            low, high = self.hu_range
            allowed &= (hu >= low) & (hu <= high)
        return allowed
