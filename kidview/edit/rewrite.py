"""Labels computed anew around a label: what tools share that act on its shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import Index, LabelArray, MaskArray
from kidview.edit.kernel import Kernel
from kidview.edit.parts import parts, slabs
from kidview.edit.types import Edit

_KIDNEY = 1
NO_REACH: Index = (0, 0, 0)


def partners(label: int) -> tuple[int, ...]:
    """Labels with which a label's outline may exchange voxels: what lies around it.

    Background, and for a tumour or cyst the kidney it lies in. So a lesion's outline moves
    through the kidney, but the kidney's outline takes nothing from a lesion and gives
    nothing to it, and one lesion leaves another alone.
    """
    return (0,) if label == _KIDNEY else (0, _KIDNEY)


def boxes(labels: LabelArray, label: int, gap_zyx: Index = NO_REACH) -> list[Box]:
    """Tight boxes of a label; raises EditRefused where there is none of it."""
    found = parts(labels, (label,), gap_zyx)
    if not found:
        name = LABEL_NAMES[label]
        raise EditRefused(f"there is no {name} in this scan", f"outline {name} first")
    return found


def rewrite(
    labels: LabelArray,
    label: int,
    reach_zyx: Index,
    halo_zyx: Index,
    change: Callable[[LabelArray], LabelArray],
    task: Task,
) -> Edit | None:
    """Apply a local function of the labels to all places where a label is.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    reach_zyx : 3 ints
        How far from the label (voxels) the function may change something.
    halo_zyx : 3 ints
        How far around a voxel the function looks.
    change : callable
        Labels of a box to new labels, a new array of the same shape.
    task : Task

    Returns
    -------
    Edit or None
        None when nothing changes.

    Raises
    ------
    EditRefused
        There is no such label.
    """
    whole = (labels.shape[0], labels.shape[1], labels.shape[2])
    z, y, x = reach_zyx
    apart = boxes(labels, label, (2 * z, 2 * y, 2 * x))
    places = [slab for box in apart for slab in slabs(box.grown(reach_zyx, whole))]
    found = []
    for k, place in enumerate(places):
        task.report(k / len(places))
        around = place.grown(halo_zyx, whole)
        new = change(labels[around.slices])[place.seen_from(around).slices]
        found.append((place, new))
    return changed(labels, found)


def changed(labels: LabelArray, found: list[tuple[Box, LabelArray]]) -> Edit | None:
    """One edit of new labels for boxes apart from each other; None when all are as before."""
    differ = []
    for box, new in found:
        mask: MaskArray = new != labels[box.slices]
        tight = Box.tight(mask)
        if tight is not None:
            differ.append((tight.shifted(box.start), new[tight.slices], mask[tight.slices]))
    if not differ:
        return None
    union = differ[0][0]
    for box, _, _ in differ[1:]:
        union = union.union(box)
    values, where = np.zeros(union.shape, np.uint8), np.zeros(union.shape, bool)
    for box, new, mask in differ:
        at = box.seen_from(union).slices
        values[at], where[at] = new, mask
    return Edit(union, where, values)


def given_up(
    region: LabelArray, gone: MaskArray, heirs: tuple[int, ...], kernel: Kernel
) -> LabelArray:
    """What each voxel becomes that a label loses: the commonest of its heirs around it.

    Parameters
    ----------
    region : (Z, Y, X) uint8
    gone : (Z, Y, X) bool
    heirs : tuple of int
        Of as many voxels of two, the first.
    kernel : Kernel
        What "around" means.

    Returns
    -------
    uint8, one for each voxel of `gone`
    """
    won = np.full(np.count_nonzero(gone), heirs[0], np.uint8)
    present = [heir for heir in heirs if (region == heir).any()]
    if len(present) < 2 or not won.size:
        won[:] = present[0] if present else 0
        return won
    most = np.zeros(won.shape, np.float32)
    for heir in present:
        share = kernel.sums(select(region, (heir,)))[gone]
        more = share > most + 1e-3
        won[more], most[more] = heir, share[more]
    return won


def leaves_nothing(labels: LabelArray, label: int, edit: Edit) -> bool:
    """Whether no voxel of a label would be left."""
    region = labels[edit.box.slices]
    lost = np.count_nonzero(edit.mask & (region == label))
    assert not isinstance(edit.label, int)
    if np.any(edit.label[edit.mask] == label):
        return False
    there = sum(np.count_nonzero(labels[b.slices] == label) for b in boxes(labels, label))
    return bool(lost == there)
