"""What `kidview-train judge` found of two models, read and checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kidview.core.errors import ModelError

CLASSES = ("kidney_and_mass", "mass", "tumour")
"""Evaluation classes of the KiTS challenge, as the trainer names them."""

_HINT = "measure the models again: kidview-train judge"


@dataclass(frozen=True)
class CaseRow:
    """One case under both models.

    Parameters
    ----------
    set : str
        "corrected" (held-back corrected cases) or "regression".
    case : str
    old, new : dict
        Dice of each evaluation class.
    """

    set: str
    case: str
    old: dict[str, float]
    new: dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """Whether one model may replace another, and on what ground.

    Parameters
    ----------
    allowed : bool
    reasons : tuple of str
    old, new : dict
        ``name``, ``version`` and the ``sha256`` of each network file by role.
    sets : dict
        Set, then evaluation class, to (mean difference, low, high), new minus old.
    cases : tuple of CaseRow
        Worst first.
    """

    allowed: bool
    reasons: tuple[str, ...]
    old: dict[str, Any]
    new: dict[str, Any]
    sets: dict[str, dict[str, tuple[float, float, float]]]
    cases: tuple[CaseRow, ...]


def read_verdict(path: Path) -> Verdict:
    """Read ``judge.json``.

    Raises
    ------
    ModelError
        It is missing, damaged, or not what the trainer writes.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        sets = {
            name: {hec: _interval(row[hec]) for hec in CLASSES}
            for name, row in table["sets"].items()
        }
        rows = tuple(
            CaseRow(row["set"], row["case"], _scores(row["old"]), _scores(row["new"]))
            for row in table["cases"]
        )
        return Verdict(
            allowed=table["allowed"] is True,
            reasons=tuple(str(reason) for reason in table["reasons"]),
            old=_model(table["old"]),
            new=_model(table["new"]),
            sets=sets,
            cases=rows,
        )
    except OSError as error:
        raise ModelError(f"{path.name} cannot be read", _HINT) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path.name} is no verdict on two models", _HINT) from error


def _interval(values: Any) -> tuple[float, float, float]:
    mean, low, high = (float(value) for value in values)
    return mean, low, high


def _scores(values: Any) -> dict[str, float]:
    return {hec: float(values[hec]) for hec in CLASSES}


def _model(table: Any) -> dict[str, Any]:
    return {
        "name": str(table["name"]),
        "version": str(table["version"]),
        "sha256": {str(role): str(value) for role, value in table["sha256"].items()},
    }
