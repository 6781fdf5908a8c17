"""A new model beside the one in use: case by case, and whether it may replace it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kidview.cases import find_cases
from kidview.core.errors import SettingError
from kidview.core.task import Task
from trainer.data.split import is_held_back
from trainer.evaluation.cases import Pair, evaluate_case, find_pairs
from trainer.evaluation.intervals import bootstrap_mean
from trainer.evaluation.scores import HECS
from trainer.finetune.tune import Model

LARGEST_LOSS = 0.01
"""Of the mean Dice of any evaluation class on any set, beyond which a model is refused."""

Told = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Verdict:
    """What came out.

    Parameters
    ----------
    allowed : bool
        No mean got worse by more than `LARGEST_LOSS`.
    reasons : tuple of str
        Why it is refused, or what the measure could not cover.
    sets : dict
        Set, then evaluation class, to mean difference (new - old) and its 95 % interval.
    cases : tuple of dict
        Set, case, and for "old" and "new" the Dice of each evaluation class; worst first.
    """

    allowed: bool
    reasons: tuple[str, ...]
    sets: dict[str, dict[str, tuple[float, float, float]]]
    cases: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "allowed": self.allowed,
            "reasons": list(self.reasons),
            "sets": self.sets,
            "cases": list(self.cases),
        }


def held_back_pairs(cases: Path) -> list[Pair]:
    """Corrected cases that no model was ever taught, by the split of all time.

    Raises
    ------
    ReadError
    CaseError
        A scan or mask is not the one its record tells of.
    """
    found = []
    for case in find_cases(cases)[1]:
        if case.image and case.labels and is_held_back(case.patient):
            case.prove(Task())
            found.append(Pair(case.name, case.image, case.labels))
    return found


def judge(
    old: Model,
    new: Model,
    sets: dict[str, list[Pair]],
    masks: Path,
    device: str = "cpu",
    told: Told = lambda row: None,
) -> Verdict:
    """Measure both models on every set with `kidview segment`.

    Parameters
    ----------
    old, new : Model
    sets : dict
        Name of the set to its cases.
    masks : Path
        Folder for the masks of both, ``set-case-old.nii.gz`` and ``-new``.
    device : str
    told : callable
        Gets each case's row as soon as it is measured.

    Raises
    ------
    SettingError
        There is nothing to measure on.
    """
    pairs = [(name, pair) for name, inside in sets.items() for pair in inside]
    if not pairs:
        raise SettingError(
            "there is no case to measure the models on",
            "correct scans of more patients, or give a regression set",
        )
    masks.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (name, pair) in enumerate(pairs, start=1):
        row: dict[str, Any] = {"set": name, "case": pair.name}
        for which, model in (("old", old), ("new", new)):
            keep = masks / f"{name}-{pair.name}-{which}.nii.gz"
            scores = evaluate_case(pair, model.name, device, model.folder, keep)
            row[which] = {hec: scores[f"hec_{hec}"] for hec in HECS}
        rows.append(row)
        told({"event": "case", "number": number, "of": len(pairs), **row})
    return decide(rows, [name for name, inside in sets.items() if not inside])


def decide(rows: Sequence[dict[str, Any]], empty: Sequence[str] = ()) -> Verdict:
    """The verdict on measured rows.

    Parameters
    ----------
    rows : sequence of dict
        As in `Verdict.cases`.
    empty : names
        Sets that hold no case; said among the reasons, no ground to refuse.
    """
    sets: dict[str, dict[str, tuple[float, float, float]]] = {}
    reasons = []
    for name in dict.fromkeys(row["set"] for row in rows):
        mine = [row for row in rows if row["set"] == name]
        sets[name] = {}
        for hec in HECS:
            mean, low, high = bootstrap_mean([row["new"][hec] - row["old"][hec] for row in mine])
            sets[name][hec] = (round(mean, 4), round(low, 4), round(high, 4))
            if mean < -LARGEST_LOSS:
                words = hec.replace("_", " ")
                reasons.append(f"{words} on the {name} set is worse by {-mean:.3f} in the mean")
    allowed = not reasons
    reasons += [f"the {name} set holds no case" for name in empty]
    ordered = sorted(rows, key=largest_loss)
    return Verdict(allowed, tuple(reasons), sets, tuple(ordered))


def largest_loss(row: dict[str, Any]) -> float:
    """The most negative difference of a case over the evaluation classes."""
    return min(float(row["new"][hec] - row["old"][hec]) for hec in HECS)


def regression_pairs(folder: Path) -> list[Pair]:
    """Scans with their masks, ``case.nii.gz`` and ``case_seg.nii.gz``, in one folder."""
    return find_pairs([folder], [folder])
