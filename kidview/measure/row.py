"""What a measure is: a row of the table, the case it is asked of, and the value it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kidview.core.answers import UNANSWERED, Answered, ReaderAnswers
from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, Triple
from kidview.measure.anatomy import Anatomy, Lesion
from kidview.measure.score import Score


@dataclass(frozen=True)
class Value:
    """A number with what it stands on, or the reason why there is none.

    Parameters
    ----------
    number : float or None
        In the unit of its measure; None where it cannot be told, never a silent 0.
    reason : str
        Why there is no number; else "" or what to know about it, in one short sentence.
    low, high : float, optional
        The number if the boundary lay half a voxel further in or out.
    points_ras : tuple of (x, y, z)
        Ends of the calipers in mm, RAS+, in pairs.
    slice_z : int, optional
        Index of the axial slice it was taken in.
    score : Score, optional
        What a sum of points is made of.
    """

    number: float | None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    points_ras: tuple[Triple, ...] = ()
    slice_z: int | None = None
    score: Score | None = None

    @classmethod
    def none(cls, reason: str) -> Value:
        """No number, and why."""
        return cls(None, reason)


@dataclass(frozen=True, eq=False)
class Case:
    """What measures are asked of.

    Parameters
    ----------
    anatomy : Anatomy
    geometry : Geometry
        Grid of the whole scan.
    hu : (Z, Y, X) int16, optional
        The scan; without it no density can be told.
    answers : mapping of ReaderAnswers
        What a person said of lesions, by their ids; see `answers.match_answers`.
    left_over : tuple of Answered
        What a person said of lesions that are not there.
    """

    anatomy: Anatomy
    geometry: Geometry
    hu: HUArray | None = None
    answers: Mapping[str, ReaderAnswers] = field(default_factory=dict)
    left_over: tuple[Answered, ...] = ()

    def answers_for(self, lesion: Lesion) -> ReaderAnswers:
        """What a person said of a lesion."""
        return self.answers.get(lesion.id, UNANSWERED)

    @cached_property
    def places(self) -> dict[Lesion, Any]:
        """Lesions in their kidneys, as far as `place.find_place` looked."""
        return {}


@dataclass(frozen=True)
class Measure:
    """A row of `MEASURES`.

    Parameters
    ----------
    id : str
        Ends with its unit (`_ml`, `_mm`, `_hu`, `_cm2`, `_percent`); key in JSON and CSV.
    title : str
        For a table in the window.
    unit : str
        "" for a number without one.
    of : str
        "case", "kidney" or "lesion".
    digits : int
        Decimals that are worth showing.
    function : callable
        ``f(case)``, ``f(case, kidney)`` or ``f(case, lesion)`` -> Value; pure.
    source : str
        Who defined it.
    tip : str
        The definition in one sentence.
    has_range : bool
        Its values come with `low` and `high`.
    kind : str
        "cyst" for a measure that is told of cysts only; "" for all.
    """

    id: str
    title: str
    unit: str
    of: str
    digits: int
    function: Callable[..., Value]
    source: str
    tip: str
    has_range: bool = False
    kind: str = ""

    def is_for(self, facts: Mapping[str, str]) -> bool:
        """Whether it is told of a kidney or lesion with such facts."""
        return self.kind in ("", facts.get("kind", ""))

    def rounded(self, value: Value) -> dict[str, Any]:
        """A value as JSON knows it: number, range, reason and evidence where there are any."""
        told: dict[str, Any] = {"value": self._round(value.number)}
        if value.low is not None and value.high is not None:
            told |= {"low": self._round(value.low), "high": self._round(value.high)}
        if value.reason:
            told["reason"] = value.reason
        if value.points_ras:
            told["points_ras_mm"] = [[round(mm, 2) for mm in point] for point in value.points_ras]
        if value.slice_z is not None:
            told["slice_z"] = value.slice_z
        if value.score is not None:
            told |= value.score.to_dict()
        return told

    def _round(self, number: float | None) -> float | None:
        return None if number is None else round(float(number), self.digits + 1)
