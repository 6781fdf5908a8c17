"""All measures of a case, and of one lesion of it that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kidview.core.answers import Answered
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray
from kidview.measure.anatomy import Anatomy, Kidney, Lesion, find_anatomy
from kidview.measure.answers import match_answers
from kidview.measure.row import Case, Value
from kidview.measure.table import MEASURES


@dataclass(frozen=True, eq=False)
class Measured:
    """A kidney or a lesion with its values.

    Parameters
    ----------
    name : str
        A kidney's name or a lesion's id.
    of : str
        "kidney" or "lesion".
    facts : mapping of str
        What is told in words: side; for a lesion kind, kidney and pole too.
    values : mapping of Value
        By the measure's id, in the table's order.
    """

    name: str
    of: str
    facts: Mapping[str, str]
    values: Mapping[str, Value]

    def to_dict(self) -> dict[str, Any]:
        """For JSON: facts, then each measure by its id, whose end is the unit."""
        rows = {row.id: row for row in MEASURES if row.of == self.of}
        told = {key: rows[key].rounded(value) for key, value in self.values.items()}
        return {"name": self.name, **self.facts, **told}


@dataclass(frozen=True, eq=False)
class CaseMeasures:
    """Everything measured of a case.

    Parameters
    ----------
    case : Case
        What it was measured of.
    kidneys, lesions : tuple of Measured
        In the order of the anatomy.
    values : mapping of Value
        Measures of the case as a whole.
    """

    case: Case
    kidneys: tuple[Measured, ...]
    lesions: tuple[Measured, ...]
    values: Mapping[str, Value]

    @property
    def notes(self) -> tuple[str, ...]:
        """What is unsure, in plain words."""
        left = (
            f"{one.in_words} is answered for, but no such lesion is labelled"
            for one in self.case.left_over
        )
        return (*self.case.anatomy.notes, *left)

    def to_dict(self) -> dict[str, Any]:
        """One object for JSON; units are the ends of the keys."""
        anatomy = self.case.anatomy
        rows = {row.id: row for row in MEASURES if row.of == "case"}
        return {
            "notes": list(self.notes),
            "midline_x_mm": round(anatomy.midline_x_mm, 1),
            "midline_source": anatomy.midline_source,
            **{key: rows[key].rounded(value) for key, value in self.values.items()},
            "kidneys": [one.to_dict() for one in self.kidneys],
            "lesions": [one.to_dict() for one in self.lesions],
        }


def measure_case(
    hu: HUArray | None,
    labels: LabelArray,
    geometry: Geometry,
    task: Task | None = None,
    answers: Sequence[Answered] = (),
) -> CaseMeasures:
    """All measures of a label map.

    Parameters
    ----------
    hu : (Z, Y, X) int16, optional
        The scan; without it densities are told as missing.
    labels : (Z, Y, X) uint8
        1 kidney, 2 tumour, 3 cyst.
    geometry : Geometry
    task : Task, optional
        Told of every kidney and lesion; its cancel is noticed there.
    answers : sequence of Answered
        What a person said where labels cannot tell; those of no lesion are told in a note.

    Returns
    -------
    CaseMeasures

    Raises
    ------
    GridMismatch
        Labels, scan and grid differ in shape.
    """
    task = task or Task()
    case = answered_case(find_anatomy(labels, geometry, hu), geometry, hu, answers)
    anatomy = case.anatomy
    steps = len(anatomy.kidneys) + len(anatomy.lesions) + 1
    kidneys, lesions = [], []
    for n, kidney in enumerate(anatomy.kidneys, 1):
        task.report(n / steps, f"measuring the {kidney.name}")
        kidneys.append(measure_kidney(case, kidney))
    for n, lesion in enumerate(anatomy.lesions, 1 + len(kidneys)):
        task.report(n / steps, f"measuring {lesion.id}")
        lesions.append(measure_lesion(case, lesion))
    whole = {row.id: row.function(case) for row in MEASURES if row.of == "case"}
    return CaseMeasures(case, tuple(kidneys), tuple(lesions), whole)


def answered_case(
    anatomy: Anatomy, geometry: Geometry, hu: HUArray | None, answers: Sequence[Answered]
) -> Case:
    """A case with a person's answers, each with its lesion."""
    matched = match_answers(anatomy, answers)
    return Case(anatomy, geometry, hu, matched.answers, matched.left_over)


def measure_kidney(case: Case, kidney: Kidney) -> Measured:
    """All measures of one kidney."""
    values = {row.id: row.function(case, kidney) for row in MEASURES if row.of == "kidney"}
    return Measured(kidney.name, "kidney", {"side": kidney.side}, values)


def measure_lesion(case: Case, lesion: Lesion) -> Measured:
    """All measures of one lesion: what a change of it asks for."""
    values = {row.id: row.function(case, lesion) for row in MEASURES if row.of == "lesion"}
    return Measured(lesion.id, "lesion", facts_of(case, lesion), values)


def facts_of(case: Case, lesion: Lesion) -> dict[str, str]:
    """What is told of a lesion in words."""
    anatomy: Anatomy = case.anatomy
    kidney = anatomy.kidney_of(lesion)
    return {
        "kind": lesion.kind,
        "side": lesion.side,
        "kidney": kidney.name if kidney is not None else "",
        "pole": anatomy.pole_of(lesion),
    }
