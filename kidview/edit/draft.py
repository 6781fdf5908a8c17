"""What a tool would change, shown before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.core.types import HUArray, LabelArray
from kidview.edit.guard import Guard
from kidview.edit.refusal import why_refused
from kidview.edit.types import Edit

_NEXT = 2  # slices from one to the next of a run


@dataclass(frozen=True, eq=False)
class Draft:
    """An edit that waits for a yes.

    Parameters
    ----------
    title : str
        Of the undo step it would become.
    tool : str
        Id of the tool's row.
    edit : Edit
        Only voxels that would really change, in the tightest box.
    before : (Z, Y, X) uint8
        Labels of the box as they are.
    is_hint : bool
        What a click would do where the pointer rests: nobody asked for it, so it waits for no yes.
    axis : int
        Array axis across which the view cuts that was used.
    """

    title: str
    tool: str
    edit: Edit
    before: LabelArray
    is_hint: bool = False
    axis: int = 0

    @cached_property
    def gained(self) -> dict[int, int]:
        """Voxels each label would gain (or lose, negative); background left out."""
        mask = self.edit.mask
        new = np.broadcast_to(np.asarray(self.edit.label, np.uint8), mask.shape)[mask]
        change = np.bincount(new, minlength=256) - np.bincount(self.before[mask], minlength=256)
        return {int(label): int(change[label]) for label in np.flatnonzero(change) if label}

    @cached_property
    def slices(self) -> tuple[tuple[int, int], ...]:
        """First and last index of slices across `axis` that would change, run by run.

        Runs with one slice between them are one: it is the painted one of a gap filled on both
        sides.
        """
        across = tuple(a for a in range(3) if a != self.axis)
        changing = np.flatnonzero(self.edit.mask.any(axis=across)) + self.edit.box.start[self.axis]
        runs = np.split(changing, np.flatnonzero(np.diff(changing) > _NEXT) + 1)
        return tuple((int(run[0]), int(run[-1])) for run in runs if run.size)

    @cached_property
    def shown(self) -> LabelArray:
        """(Z, Y, X) uint8 of the box: the new label where one comes, `GONE` where one goes."""
        new = np.where(np.asarray(self.edit.label) == 0, GONE, self.edit.label)
        return np.where(self.edit.mask, new, 0).astype(np.uint8)


GONE = 255
"""Stands in `Draft.shown` for a label that would become background."""


def draft(
    title: str,
    tool: str,
    edit: Edit,
    labels: LabelMap,
    guard: Guard,
    hu: HUArray,
    *,
    is_hint: bool = False,
    axis: int = 0,
) -> Draft:
    """What the guard leaves of an edit.

    Raises
    ------
    EditRefused
        Nothing would change; says why.
    """
    region = edit.box.slices
    old = labels.array[region]
    mask = edit.mask & (old != edit.label) & guard.allowed(old, edit.label, hu[region])
    tight = Box.tight(mask)
    if tight is None:
        why = why_refused(edit, labels, guard, hu)
        assert why is not None
        raise why
    label = edit.label if isinstance(edit.label, int) else edit.label[tight.slices].copy()
    left = Edit(tight.shifted(edit.box.start), mask[tight.slices].copy(), label)
    return Draft(title, tool, left, old[tight.slices].copy(), is_hint, axis)
