"""One place where two masks differ, taken over from the other one."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import LabelArray, MaskArray
from kidview.edit.compare import RIM_MM
from kidview.edit.mean_hu import reach_of
from kidview.edit.pieces import number
from kidview.edit.place import Place, as_index
from kidview.edit.types import Edit


def take_over(
    labels: LabelArray,
    other: LabelArray,
    place: Place,
    geometry: Geometry,
    task: Task | None = None,
) -> Edit:
    """Give the voxels of a difference the label that the other mask has there.

    The place is as thick as `compare` told it, and its edges and corners come with it; the
    thin rims that lead away from it along an outline do not.

    Parameters
    ----------
    labels, other : (Z, Y, X) uint8
        On the same grid; the labels may have changed since they were compared.
    place : Place
        One of `Comparison.places`.
    geometry : Geometry
    task : Task, optional

    Raises
    ------
    EditRefused
        The masks do not differ there any more.
    """
    task = task or Task()
    here, there = int(labels[place.at_zyx]), int(other[place.at_zyx])
    if here == there:
        raise EditRefused("the masks agree here by now", "go to the next difference")
    reach = reach_of(RIM_MM, geometry.spacing_zyx)
    size = [2 * r + 1 for r in reach]
    z, y, x = reach
    box = place.box.grown((2 * z, 2 * y, 2 * x), geometry.shape_zyx)
    differs: MaskArray = (labels[box.slices] == here) & (other[box.slices] == there)
    task.report(0.2)
    share = ndimage.uniform_filter(differs.astype(np.float32), size, mode="constant")
    numbers, _count = number(differs & (share >= 0.5))
    task.report(0.6)
    at = as_index(np.subtract(place.at_zyx, box.start))
    core: MaskArray = (numbers == numbers[at]) & (numbers > 0)
    core[at] = True  # an edit may have left too little for a core
    return Edit(box, differs & ndimage.maximum_filter(core, size, mode="constant"), there)
