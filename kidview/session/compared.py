"""Another mask of the open scan, shown beside the labels and never written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import LabelArray


@dataclass(frozen=True, eq=False)
class Compared:
    """A mask the labels are compared with.

    Parameters
    ----------
    name : str
        What it is, as the window tells it: a file, a network's result, a reader's mask.
    labels : LabelMap
        On the scan's grid.
    box : Box or None
        All of its labels; None where it has none.
    """

    name: str
    labels: LabelMap
    box: Box | None

    @classmethod
    def of(cls, name: str, labels: LabelMap) -> Compared:
        """A mask and where its labels are; looks at every voxel, which is a worker's task."""
        return cls(name, labels, Box.tight(labels.array != 0))

    @classmethod
    def of_part(cls, name: str, box: Box, labels: LabelArray, geometry: Geometry) -> Compared:
        """A mask that is background but for a (Z, Y, X) uint8 array in a box of the scan."""
        whole = np.zeros(geometry.shape_zyx, np.uint8)
        whole[box.slices] = labels
        return cls.of(name, LabelMap(whole, geometry, owned=True))
