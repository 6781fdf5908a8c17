"""RENAL and PADUA in a report: the sum, its parts, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping

from kidview.measure import CaseMeasures
from kidview.measure.score import Score

SYSTEMS = ("RENAL", "PADUA")
_ROWS = ("renal_score", "padua_score")

Scores = Mapping[str, Score]
"""By `SYSTEMS`."""


def scores_of(measured: CaseMeasures) -> dict[str, Scores]:
    """Both scores of each tumour, by its id, with what a reader answered; cysts have none."""
    found: dict[str, Scores] = {}
    for one in measured.lesions:
        values = [one.values[row].score for row in _ROWS]
        if one.facts["kind"] == "tumour":
            found[one.name] = {each.system: each for each in values if each is not None}
    return found


def sum_in_words(score: Score) -> tuple[str, str]:
    """ "8-9p" and "moderate complexity"."""
    return score.code, f"{' or '.join(score.complexity)} complexity"


def parts_in_words(score: Score) -> tuple[str, str]:
    """ "R 2, E 3, N 1, L 3" and "not known: main renal vessel"."""
    scored = [one for one in score.components if one.is_scored]
    words = ", ".join(
        f"{one.key}\N{NO-BREAK SPACE}{'?' if one.points is None else one.points}" for one in scored
    )
    unknown = [one.title.lower() for one in score.components if one.source == "unknown"]
    near = [one.key for one in scored if one.is_borderline]
    told = [f"not known: {', '.join(unknown)}"] if unknown else []
    told += [f"half a voxel would change {' and '.join(near)}"] if near else []
    return words, "; ".join(told)
