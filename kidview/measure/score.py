"""What a nephrometry score is made of: components with their evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kidview.core.types import Triple


@dataclass(frozen=True)
class Component:
    """One line of a score.

    Parameters
    ----------
    key : str
        Such as "R" or "rim".
    title : str
        For a table in the window.
    points : int or None
        None where unknown, and for a letter without points.
    possible : tuple of int
        Points that are possible while it is unknown; () for a letter without points.
    why : str
        One sentence: what the points stand on, and what is unsure about it.
    source : str
        "mask", "reader" or "unknown".
    number : float, optional
        The value the points were read from.
    unit : str
        Of `number`.
    text : str
        The value in a word: "a", "crosses a polar line", "lateral".
    is_borderline : bool
        The points would be others if the outline lay half a voxel further in or out.
    asks : str
        A question the reader can answer for it, "" where the mask suffices.
    slice_z : int, optional
        Axial slice of the whole scan that shows it.
    points_ras : tuple of (x, y, z)
        In mm, RAS+: ends of a caliper, a lesion's centre and a line.
    """

    key: str
    title: str
    points: int | None
    possible: tuple[int, ...]
    why: str
    source: str = "mask"
    number: float | None = None
    unit: str = ""
    text: str = ""
    is_borderline: bool = False
    asks: str = ""
    slice_z: int | None = None
    points_ras: tuple[Triple, ...] = ()

    @property
    def is_scored(self) -> bool:
        """It adds points; the letters a, p, x and h do not."""
        return bool(self.possible)

    def to_dict(self) -> dict[str, Any]:
        """For JSON; what is not there is left out."""
        told: dict[str, Any] = {"points": self.points, "source": self.source, "why": self.why}
        if self.number is not None:
            told["value"] = round(self.number, 2)
            told["unit"] = self.unit
        for key in ("text", "asks", "is_borderline"):
            if getattr(self, key):
                told[key] = getattr(self, key)
        if self.slice_z is not None:
            told["slice_z"] = self.slice_z
        if self.points_ras:
            told["points_ras_mm"] = [[round(mm, 2) for mm in point] for point in self.points_ras]
        return told


@dataclass(frozen=True)
class Score:
    """RENAL or PADUA of one lesion.

    Parameters
    ----------
    system : str
        "RENAL" or "PADUA".
    lesion : str
        Its id.
    components : tuple of Component
        In the order of the score's name.
    classes : tuple of (str, int, int)
        Class of complexity with its least and largest total.
    """

    system: str
    lesion: str
    components: tuple[Component, ...]
    classes: tuple[tuple[str, int, int], ...]

    def __getitem__(self, key: str) -> Component:
        return next(one for one in self.components if one.key == key)

    @property
    def possible(self) -> tuple[int, int]:
        """Least and largest total that what is known leaves open."""
        scored = [one for one in self.components if one.is_scored]
        least = sum(min(one.possible) if one.points is None else one.points for one in scored)
        most = sum(max(one.possible) if one.points is None else one.points for one in scored)
        return least, most

    @property
    def total(self) -> int | None:
        """Sum of the points; None while a component is unknown."""
        least, most = self.possible
        return least if not self.unknown else None

    @property
    def unknown(self) -> tuple[str, ...]:
        """Titles of the components that have points but none known."""
        return tuple(one.title for one in self.components if one.is_scored and one.points is None)

    @property
    def complexity(self) -> tuple[str, ...]:
        """Classes the total may fall into, simplest first; one where it is certain."""
        least, most = self.possible
        return tuple(name for name, low, high in self.classes if low <= most and high >= least)

    @property
    def questions(self) -> tuple[str, ...]:
        """What the reader is asked."""
        return tuple(one.asks for one in self.components if one.asks)

    @property
    def code(self) -> str:
        """As it is written: "8p", "7ah", or "8-9p" while it is open, with "?" for letters."""
        least, most = self.possible
        span = str(least) if least == most else f"{least}-{most}"
        letters = [one for one in self.components if not one.is_scored]
        return span + "".join(one.text or "?" for one in letters if one.key != "h") + self._hilar

    @property
    def _hilar(self) -> str:
        return "".join(one.text for one in self.components if one.key == "h" and one.text == "h")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "system": self.system,
            "lesion": self.lesion,
            "code": self.code,
            "total": self.total,
            "possible": list(self.possible),
            "complexity": list(self.complexity),
            "questions": list(self.questions),
            "components": {one.key: one.to_dict() for one in self.components},
        }
