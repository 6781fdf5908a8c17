"""Connected pieces of a mask, and what borders on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray, MaskArray, Triple
from kidview.edit.rewrite import boxes

Numbers = npt.NDArray[np.int32]
"""(Z, Y, X): which piece a voxel belongs to, from 1; 0 none."""

_KINDS = max(LABEL_NAMES) + 1


@dataclass(frozen=True, eq=False)
class Pieces:
    """All pieces of a label.

    Parameters
    ----------
    places : list of Box and (Z, Y, X) int32
        Boxes apart from each other, one voxel wider than what is in them, and the numbers of
        the pieces there; each piece of the scan has another number.
    sizes : (count + 1,) int64
        Voxels of each piece; of number 0 none.
    """

    places: list[tuple[Box, Numbers]]
    sizes: npt.NDArray[np.int64]


def pieces(labels: LabelArray, label: int, task: Task) -> Pieces:
    """The pieces of a label; raises EditRefused where there is none of it."""
    whole = (labels.shape[0], labels.shape[1], labels.shape[2])
    places, sizes = [], [np.zeros(1, np.int64)]
    last = 0
    for box in boxes(labels, label, (2, 2, 2)):
        task.check()
        box = box.grown((1, 1, 1), whole)
        numbers, count = number(labels[box.slices] == label)
        sizes.append(sizes_of(numbers, count)[1:])
        numbers[numbers > 0] += last
        last += count
        places.append((box, numbers))
    return Pieces(places, np.concatenate(sizes))


def number(mask: MaskArray, axis: int | None = None) -> tuple[Numbers, int]:
    """Number the pieces of a mask, and how many there are.

    Parameters
    ----------
    mask : (Z, Y, X) bool
    axis : int, optional
        Slices across this axis are looked at one by one.

    Returns
    -------
    (Z, Y, X) int32 and int
        Voxels with a common face are of one piece, as in `relabel`.
    """
    faces = ndimage.generate_binary_structure(3, 1)
    if axis is not None:
        faces[(slice(None),) * axis + ([0, 2],)] = False
    numbers, count = ndimage.label(mask, faces)
    return numbers, int(count)


def sizes_of(numbers: Numbers, count: int) -> npt.NDArray[np.int64]:
    """(count + 1,) int64: voxels of each piece; of number 0 none."""
    sizes = np.zeros(count + 1, np.int64)
    for plane in numbers:  # bincount makes a copy of 8 bytes a voxel
        sizes += np.bincount(plane.ravel(), minlength=count + 1)
    sizes[0] = 0
    return sizes


def at_edge(numbers: Numbers, count: int, axis: int | None = None) -> npt.NDArray[np.bool_]:
    """(count + 1,) bool: which pieces touch the sides of the box, but for those across `axis`."""
    touches = np.zeros(count + 1, bool)
    for a in range(3):
        if a != axis:
            touches[numbers.take(0, a)] = touches[numbers.take(-1, a)] = True
    return touches


def contact(
    numbers: Numbers,
    count: int,
    labels: LabelArray,
    spacing_zyx: Triple,
    axis: int | None = None,
) -> FloatArray:
    """How much of each piece's surface borders on which label.

    Parameters
    ----------
    numbers, count
        Of `number`.
    labels : (Z, Y, X) uint8
    spacing_zyx : 3 floats, mm
    axis : int, optional
        Faces across it do not count.

    Returns
    -------
    (count + 1, labels) float64
        mm^2 of faces between a voxel of the piece and one outside it, by that one's label.
    """
    area = np.zeros((count + 1) * _KINDS)
    for a in range(3):
        if a == axis:
            continue
        face = float(np.prod(spacing_zyx)) / spacing_zyx[a]
        first = (slice(None),) * a + (slice(None, -1),)
        second = (slice(None),) * a + (slice(1, None),)
        for here, there in ((first, second), (second, first)):
            borders = (numbers[here] != 0) & (numbers[here] != numbers[there])
            pairs = numbers[here][borders] * _KINDS + labels[there][borders]
            area += face * np.bincount(pairs, minlength=area.size)
    return area.reshape(count + 1, _KINDS)
