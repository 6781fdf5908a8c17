"""Which lesion is meant by answers that a person gave: lesions get other numbers, not places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.types import Triple
from kidview.measure.anatomy import Anatomy, Lesion

NEAR_MM = 10.0
"""Answers for a point no lesion contains are those of the nearest, so far away at most."""


@dataclass(frozen=True)
class Matched:
    """Answers by the lesions of one label map.

    Parameters
    ----------
    of : mapping of Answered
        By the lesion's id.
    left_over : tuple of Answered
        Those of no lesion: it is gone, of another kind now, or has nearer answers.
    """

    of: Mapping[str, Answered]
    left_over: tuple[Answered, ...]

    @property
    def answers(self) -> dict[str, ReaderAnswers]:
        """By the lesion's id."""
        return {name: one.answers for name, one in self.of.items()}


def match_answers(anatomy: Anatomy, given: Sequence[Answered]) -> Matched:
    """Find the lesion of each answer: the one of its kind that holds the point, or the nearest.

    Parameters
    ----------
    anatomy : Anatomy
    given : sequence of Answered

    Returns
    -------
    Matched
        A lesion has one set of answers: of two that lie in it the one nearer to its centre.
    """
    pairs = []
    for number, one in enumerate(given):
        for lesion in anatomy.lesions:
            away = _away(lesion, one)
            if away is not None:
                pairs.append((*away, number, lesion.id))
    of: dict[str, Answered] = {}
    used = set[int]()
    for *_, number, name in sorted(pairs):
        if name not in of and number not in used:
            of[name] = given[number]
            used.add(number)
    return Matched(of, tuple(one for n, one in enumerate(given) if n not in used))


def _away(lesion: Lesion, one: Answered) -> tuple[float, float] | None:
    """How far a lesion lies from an answer's point, and its centre; None if it is not meant."""
    if isinstance(one.at, str):
        return (0.0, 0.0) if one.at == lesion.id else None
    if one.kind != lesion.kind:
        return None
    mm = distance_to_mm(lesion, one.at)
    centre = float(np.linalg.norm(lesion.centre_ras - one.at))
    return (mm, centre) if mm <= NEAR_MM else None


def distance_to_mm(lesion: Lesion, point_ras: Triple) -> float:
    """From a point to the nearest voxel's corner of a lesion, mm; 0 inside it."""
    at = lesion.geometry.ras_to_index(point_ras)
    near = np.rint(at).astype(int)
    if ((near >= 0) & (near < lesion.mask.shape)).all() and lesion.mask[tuple(near)]:
        return 0.0
    here = (at + lesion.box.start) * lesion.geometry.spacing_zyx
    return float(np.linalg.norm(lesion.corners_mm - here, axis=1).min())
