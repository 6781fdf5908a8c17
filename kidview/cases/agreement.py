"""How well the readers of a case agree: Dice of each pair on the classes of KiTS, and volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from kidview.cases.case import Case
from kidview.cases.readings import in_words, readings_of
from kidview.cases.store import CaseStore
from kidview.core.box import Box
from kidview.core.errors import CaseError
from kidview.core.hec import HECS, dice, select
from kidview.core.task import Task
from kidview.core.types import LabelArray

Dices = Mapping[str, float]


@dataclass(frozen=True)
class Pair:
    """Two readers.

    Parameters
    ----------
    one, other : str
    dice : dict
        Of each of `HECS`; 1 where neither outlined any.
    """

    one: str
    other: str
    dice: Dices


@dataclass(frozen=True)
class Agreement:
    """All readers of a case, two at a time.

    Parameters
    ----------
    case_id : str
    volumes_ml : dict
        Reader to the volume of each label by its name.
    pairs : tuple of Pair
    """

    case_id: str
    volumes_ml: Mapping[str, Mapping[str, float]]
    pairs: tuple[Pair, ...]


def agreement_of(store: CaseStore, case: Case, task: Task | None = None) -> Agreement:
    """Read the masks of a case's readers and compare them.

    Raises
    ------
    CaseError
        There are fewer than two readings, or one is gone or was changed.
    """
    readings = readings_of(case)
    if len(readings) < 2:
        raise CaseError(
            f"case {case.case_id} has {in_words(readings)}, and agreement needs 2",
            "let another reader outline it, blind",
        )
    task = task or Task()
    masks = {}
    for n, reading in enumerate(readings):
        task.report(n / len(readings), "reading the masks")
        masks[reading.by] = store.load_reading(case, reading)
    arrays = cropped([labels.array for labels in masks.values()])
    voxel_ml = case.geometry.voxel_ml
    volumes = {
        name: {
            label: float(np.count_nonzero(array == value)) * voxel_ml
            for value, label in case.labels.items()
        }
        for name, array in zip(masks, arrays, strict=True)
    }
    pairs = tuple(
        Pair(one, other, compare(a, b))
        for (one, a), (other, b) in combinations(zip(masks, arrays, strict=True), 2)
    )
    return Agreement(case.case_id, volumes, pairs)


def compare(one: LabelArray, other: LabelArray) -> dict[str, float]:
    """Dice of each evaluation class.

    Parameters
    ----------
    one, other : (Z, Y, X) uint8
    """
    return {
        name: dice(select(one, members), select(other, members)) for name, members in HECS.items()
    }


def cropped(masks: Sequence[LabelArray]) -> list[LabelArray]:
    """The masks in the smallest box with every label of any; as they are without a label.

    Parameters
    ----------
    masks : sequence of (Z, Y, X) uint8
    """
    box = labelled_box(masks)
    return [mask[() if box is None else box.slices] for mask in masks]


def labelled_box(masks: Sequence[LabelArray]) -> Box | None:
    """The smallest box with every label of any mask; None where there is none."""
    found: Box | None = None
    for mask in masks:
        box = Box.tight(mask != 0)
        if box is not None:
            found = box if found is None else found.union(box)
    return found
