"""Scribbles that say what is what, beside the labels: a tool makes labels of them."""

from __future__ import annotations

import numpy as np

from kidview.core.box import Box
from kidview.core.types import Index, LabelArray
from kidview.edit import Edit

SEEDS = "seeds"
"""The tool that goes by scribbles. They stay while another is in hand, and wait for it."""


class Scribbles:
    """A layer over a scan; nothing until something is scribbled.

    Parameters
    ----------
    shape_zyx : 3 ints
        Of the scan.

    Attributes
    ----------
    count : int
        Changes so far; tells states apart.
    """

    def __init__(self, shape_zyx: Index) -> None:
        self._shape = shape_zyx
        self._layer: LabelArray | None = None
        self._box: Box | None = None
        self._strokes: list[list[tuple[Box, LabelArray]]] = []
        self.count = 0

    def begin(self) -> None:
        """What is added from here on is taken back at once."""
        self._strokes.append([])

    def add(self, edit: Edit) -> None:
        """Scribble; the edit's label may be any number that stands for something."""
        if not edit.mask.any():
            return
        if self._layer is None:
            self._layer = np.zeros(self._shape, np.uint8)  # the system gives pages when written
        region = self._layer[edit.box.slices]
        if not self._strokes:
            self.begin()
        self._strokes[-1].append((edit.box, region.copy()))
        region[edit.mask] = edit.label if isinstance(edit.label, int) else edit.label[edit.mask]
        self._box = edit.box if self._box is None else self._box.union(edit.box)
        self.count += 1

    def take_back(self) -> bool:
        """Undo the last stroke; False when there is none."""
        while self._strokes and not self._strokes[-1]:
            self._strokes.pop()
        if not self._strokes or self._layer is None:
            return False
        for box, before in reversed(self._strokes.pop()):
            self._layer[box.slices] = before
        boxes = [box for stroke in self._strokes for box, _ in stroke]
        self._box = boxes[0] if boxes else None
        for box in boxes[1:]:
            self._box = box if self._box is None else self._box.union(box)
        self.count += 1
        return True

    def clear(self) -> bool:
        """Forget them; whether there were any."""
        had, self._layer, self._box = self._box is not None, None, None
        self._strokes = []
        self.count += had
        return had

    @property
    def box(self) -> Box | None:
        """The smallest box that was scribbled in; None without scribbles."""
        return self._box

    def copy(self) -> tuple[Box, LabelArray] | None:
        """Box, and (Z, Y, X) uint8 of the box, 0 where nothing was scribbled."""
        if self._box is None or self._layer is None:
            return None
        return self._box, self._layer[self._box.slices].copy()

    def plane(self, axis: int, index: int) -> LabelArray | None:
        """(rows, columns) uint8 of a slice; None where nothing was scribbled on it."""
        if self._box is None or self._layer is None or not self._box.crosses(axis, index):
            return None
        return self._layer[(slice(None),) * axis + (index,)]
