"""Answers of a reader as JSON: in a case's marks, and in a file of their own."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

from kidview.cases.fields import Fields, as_number, point
from kidview.core.answers import ALLOWED, Answered, ReaderAnswers
from kidview.core.errors import CaseError

KINDS = ("tumour", "cyst")
_NAMES = tuple(one.name for one in fields(ReaderAnswers))
_MOST_MM = 1000.0


def read_answers(path: Path) -> tuple[Answered, ...]:
    """Answers from a file ``{"answers": [...]}``, or from a case's marks.json.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of Answered
        Each tells its lesion by id, or by kind and a point in it.

    Raises
    ------
    CaseError
        Tells file and field.
    """
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise CaseError(f"{path.name} cannot be read", "name a file of answers") from error
    except (ValueError, RecursionError) as error:
        raise CaseError(f"{path.name} is no JSON", "see docs/measures.md for answers") from error
    top = Fields(found, path.name)
    is_marks = "annotations" in top.names()
    answers = tuple(answered(one) for one in top.tables("answers"))
    if not is_marks:
        top.end()
    return answers


def answered(table: Fields) -> Answered:
    """One lesion's answers from a table.

    Raises
    ------
    CaseError
        Tells the field.
    """
    if "lesion" in table.names():
        at: Any = table.text("lesion", "[TC][1-9][0-9]*", "T1")
        kind = "tumour" if at[0] == "T" else "cyst"
    else:
        kind = table.choice("kind", KINDS)
        at = point(table, "point_ras", table.take("point_ras"))
    given = {name: _answer(table, name) for name in _NAMES if name in table.names()}
    table.end()
    if not given:
        raise table.wrong("", "answers nothing")
    return Answered(kind, ReaderAnswers(**given), at)


def as_table(one: Answered) -> dict[str, Any]:
    """For JSON, with its lesion by kind and point, or by id."""
    if isinstance(one.at, str):
        return {"lesion": one.at, **one.answers.given}
    return {"kind": one.kind, "point_ras": list(one.at), **one.answers.given}


def _answer(table: Fields, name: str) -> Any:
    value = table.take(name)
    if name not in ALLOWED:
        mm = as_number(value)
        if mm is None or not 0 <= mm < _MOST_MM:
            raise table.wrong(name, "must be a distance in mm from 0")
        return mm
    known = ALLOWED[name]
    if (type(value), value) not in [(type(one), one) for one in known]:
        words = " or ".join(json.dumps(one) for one in known)
        raise table.wrong(name, f"must be {words}, not {json.dumps(value)[:40]}")
    return value
