"""RENAL and PADUA in a report: the sum, its parts, and what is not known."""

from __future__ import annotations

from collections.abc import Mapping

from kidview.measure import CaseMeasures
from kidview.measure.padua import padua_score
from kidview.measure.renal import renal_score
from kidview.measure.score import Score

SYSTEMS = ("RENAL", "PADUA")

Scores = Mapping[str, Score]
"""By `SYSTEMS`."""


def scores_of(measured: CaseMeasures) -> dict[str, Scores]:
    """Both scores of each tumour, by its id; cysts are not scored."""
    case = measured.case
    return {
        lesion.id: {"RENAL": renal_score(case, lesion), "PADUA": padua_score(case, lesion)}
        for lesion in case.anatomy.lesions
        if lesion.kind == "tumour"
    }


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
