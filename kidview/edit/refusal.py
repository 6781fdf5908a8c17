"""Why an edit would change nothing, in words."""

from __future__ import annotations

import numpy as np

from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit.guard import Guard
from kidview.edit.types import Edit

_UNLOCK = "unlock it in the list of labels"


def why_refused(edit: Edit, labels: LabelMap, guard: Guard, hu: HUArray) -> EditRefused | None:
    """The first reason that keeps an edit of one label from changing anything.

    Parameters
    ----------
    edit : Edit
    labels : LabelMap
    guard : Guard
    hu : (Z, Y, X) int16
        The whole scan.

    Returns
    -------
    EditRefused or None
        None when some voxel would change.
    """
    if not edit.mask.any():
        return EditRefused("nothing of the scan is under the tool", "move it onto the scan")
    region = edit.box.slices
    old: LabelArray = labels.array[region][edit.mask]
    values: HUArray = hu[region][edit.mask]
    new = np.broadcast_to(np.asarray(edit.label, np.uint8), edit.box.shape)[edit.mask]
    is_other = old != new
    old, values, wanted = old[is_other], values[is_other], new[is_other]
    if guard.allowed(old, wanted, values).any():
        return None
    if not old.size:
        word = _word(edit.label) if isinstance(edit.label, int) else "as it shall be"
        return EditRefused(f"all of this is {word} already", "go on elsewhere")
    is_locked = np.isin(wanted, list(guard.locked))
    if is_locked.all():
        return EditRefused(f"{_named(wanted)} is locked", _UNLOCK)
    return _why_protected(old[~is_locked], values[~is_locked], guard)


def _word(label: int) -> str:
    return "background" if label == 0 else LABEL_NAMES[label]


def _why_protected(old: LabelArray, values: HUArray, guard: Guard) -> EditRefused:
    """The rule that keeps the last of the voxels; `old` and `values` are not empty."""
    is_locked = np.isin(old, list(guard.locked))
    if is_locked.all():
        return EditRefused(f"{_named(old)} is locked", _UNLOCK)
    old, values = old[~is_locked], values[~is_locked]
    if guard.over is not None:
        is_over = np.isin(old, list(guard.over))
        if not is_over.any():
            return EditRefused(
                f"{_named(old)} may not be drawn over", "choose 'Over everything' above the views"
            )
        values = values[is_over]
    assert guard.hu_range is not None
    low, high = guard.hu_range
    return EditRefused(
        f"no voxel here has {low} to {high} HU", "widen the HU range, or switch it off"
    )


def _named(old: LabelArray) -> str:
    """The label most of the voxels have."""
    return LABEL_NAMES.get(int(np.bincount(old).argmax()), "this label")
