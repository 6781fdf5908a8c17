"""What a reader is asked for a score, and where the answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kidview.core.answers import UNANSWERED, Answered, ReaderAnswers
from kidview.core.types import Triple
from kidview.measure import Measured, match_answers
from kidview.measure.score import Component, Score
from kidview.ui.caliper_item import Evidence
from kidview.ui.findings import Findings

_LINES = {"L": "polar lines", "longitudinal": "sinus lines"}
"""Components that stand on two lines across the kidney's axis."""

Answer = bool | int | float | str


@dataclass(frozen=True)
class Question:
    """A component's question.

    Parameters
    ----------
    field : str
        Of `ReaderAnswers`.
    choices : tuple of (answer, word)
        None for a distance in mm.
    """

    field: str
    choices: tuple[tuple[Answer, str], ...] = ()


_FACE = Question("face", (("a", "anterior"), ("p", "posterior"), ("x", "neither")))
QUESTIONS: Mapping[tuple[str, str], Question] = {
    ("RENAL", "N"): Question("nearness_mm"),
    ("RENAL", "A"): _FACE,
    ("RENAL", "L"): Question("location", ((1, "1"), (2, "2"), (3, "3"))),
    ("RENAL", "h"): Question("touches_main_vessel", ((False, "no"), (True, "yes"))),
    ("PADUA", "longitudinal"): Question("is_polar", ((True, "pole"), (False, "middle"))),
    ("PADUA", "rim"): Question("rim", (("lateral", "lateral"), ("medial", "medial"))),
    ("PADUA", "sinus"): Question("in_sinus", ((False, "no"), (True, "yes"))),
    ("PADUA", "collecting"): Question(
        "collecting_system", (("no", "no"), ("displaced", "displaced"))
    ),
    ("PADUA", "face"): _FACE,
}
"""By system and key of the component."""


def given(findings: Findings, name: str) -> Mapping[str, Answer]:
    """What the reader said of a lesion, by fields of `ReaderAnswers`."""
    was = _answered(findings, name)
    return {} if was is None else was.answers.given


def answer(findings: Findings, name: str, field: str, value: Answer | None) -> None:
    """Keep an answer with the marks of the scan; None takes it back. Labels stay as they are."""
    lesion, was = findings.lesion(name), _answered(findings, name)
    told: dict[str, Any] = {} if was is None else dict(was.answers.given)
    answers = ReaderAnswers(**(told | {field: value}))
    x, y, z = lesion.centre_ras.tolist()
    new = None if answers == UNANSWERED else Answered(lesion.kind, answers, (x, y, z))
    findings.session.mark(findings.session.marks.with_answers(was, new))


def _answered(findings: Findings, name: str) -> Answered | None:
    measures = findings.measuring.measures
    if measures is None:
        return None
    return match_answers(measures.case.anatomy, findings.session.marks.answers).of.get(name)


def show_part(findings: Findings, of: Measured, score: Score, part: Component) -> None:
    """Look at what a component stands on, and draw it; again hides it."""
    shown, volume = findings.evidence, findings.session.volume
    id = evidence_id(score, part)
    if volume is None:
        return
    if shown is not None and (shown.of, shown.measure) == (of.name, id):
        findings.point_out(None)
        return
    findings.say(f"{score.system}, {part.title}: {part.why}")
    if not part.points_ras:
        findings.point_out(None)
        return
    grid = volume.geometry
    at = grid.nearest_index(_looked_at(part, [grid.nearest_index(p)[0] for p in part.points_ras]))
    findings.session.look_at(at)
    ends = part.points_ras if len(part.points_ras) > 1 else part.points_ras * 2
    slices = {grid.nearest_index(one)[0] for one in ends}
    is_flat = len(part.points_ras) > 1 and slices == {part.slice_z}
    z = part.slice_z if is_flat else None  # a point is no measurement to keep
    findings.point_out(Evidence(of.name, id, _words(part), ends, grid, z))


def evidence_id(score: Score, part: Component) -> str:
    """What `Evidence.measure` is for a component."""
    return f"{score.system}.{part.key}"


def _looked_at(part: Component, slices: list[int]) -> Triple:
    """The middle of its points, or the one of them in its slice: the nearest of two lines."""
    x, y, z = np.mean(part.points_ras, axis=0).tolist()
    if part.slice_z in slices and part.key in _LINES:
        return part.points_ras[slices.index(part.slice_z)]
    return (x, y, z)


def _words(part: Component) -> str:
    if part.unit == "mm":
        return f"{part.number:.1f} mm"
    if part.number is not None and part.unit and part.key not in _LINES:
        return f"{part.number:.0f} {part.unit}"
    return _LINES.get(part.key, part.title)
