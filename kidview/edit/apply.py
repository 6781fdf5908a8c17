"""The only writer of labels.

`LabelMap` hands out read-only views; nothing outside this module touches its data, and a
rule test looks for offenders.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit.delta import BoxDelta
from kidview.edit.guard import Guard
from kidview.edit.types import Edit


def apply_edit(labels: LabelMap, edit: Edit, guard: Guard, hu: HUArray) -> BoxDelta | None:
    """Write what the guard allows of an edit.

    Parameters
    ----------
    labels : LabelMap
        Changed in place.
    edit : Edit
    guard : Guard
    hu : (Z, Y, X) int16
        The whole scan, for the guard's HU range.

    Returns
    -------
    BoxDelta or None
        The tightest box that really changed; None when nothing did.
    """
    region = edit.box.slices
    old = labels.array[region]
    changing = edit.mask & (old != edit.label) & guard.allowed(old, edit.label, hu[region])
    tight = Box.tight(changing)
    if tight is None:
        return None
    box = tight.shifted(edit.box.start)
    before = labels.array[box.slices].copy()
    wanted = edit.label if isinstance(edit.label, int) else edit.label[tight.slices]
    after = np.where(changing[tight.slices], wanted, before).astype(np.uint8)
    _write(labels, box, after)
    return BoxDelta.between(box, before, after)


def revert(labels: LabelMap, deltas: Sequence[BoxDelta]) -> Box:
    """Write the old labels of `deltas`, last first; returns the box touched."""
    for delta in reversed(deltas):
        _write(labels, delta.box, delta.before())
    return _union(deltas)


def repeat(labels: LabelMap, deltas: Sequence[BoxDelta]) -> Box:
    """Write the new labels of `deltas` in order; returns the box touched."""
    for delta in deltas:
        _write(labels, delta.box, delta.after())
    return _union(deltas)


def merged(labels: LabelMap, deltas: Sequence[BoxDelta]) -> BoxDelta:
    """One delta for a finished run of deltas whose end state is in `labels`.

    A drag makes dozens of overlapping boxes; one box of the whole drag is smaller and
    undone in one write.
    """
    box = _union(deltas)
    after = labels.array[box.slices].copy()
    before = after.copy()
    for delta in reversed(deltas):
        offset = (-box.start[0], -box.start[1], -box.start[2])
        before[delta.box.shifted(offset).slices] = delta.before()
    return BoxDelta.between(box, before, after)


def _union(deltas: Sequence[BoxDelta]) -> Box:
    box = deltas[0].box
    for delta in deltas[1:]:
        box = box.union(delta.box)
    return box


def _write(labels: LabelMap, box: Box, values: LabelArray) -> None:
    labels.before_write(box)
    labels._data[box.slices] = values
