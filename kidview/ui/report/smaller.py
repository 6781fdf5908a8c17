"""Which lesions of many get a picture, and the others in a compact table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kidview.measure import Measured
from kidview.ui.report.wording import number_in_words, place_in_words

MOST_PICTURED = 9
"""So many of the largest lesions have a picture, whatever their size."""
LEAST_ML = 0.5
"""And all others from this volume on."""
A_PAGE = 100
"""Lines of the compact table on one page, in two columns."""
_LEAST_TOLD_ML = 0.005

HEAD = ("Id", "Kind", "Place", "mL", "Axial, mm")
SHARES = (0.12, 0.14, 0.40, 0.13, 0.21)
"""Of a line's width, by `HEAD`."""


@dataclass(frozen=True)
class Smaller:
    """Lesions without a picture: what stands above them, and a line each.

    Parameters
    ----------
    words : str
    rows : tuple of tuple of str
        As `HEAD` names them.
    """

    words: str
    rows: tuple[tuple[str, ...], ...]


def split(lesions: Sequence[Measured]) -> tuple[tuple[Measured, ...], tuple[Measured, ...]]:
    """Those with a picture and those without, both in the order they came in."""
    largest = {one.name for one in by_size(lesions)[:MOST_PICTURED]}
    pictured = tuple(one for one in lesions if one.name in largest or _ml(one) >= LEAST_ML)
    names = {one.name for one in pictured}
    return pictured, tuple(one for one in lesions if one.name not in names)


def by_size(lesions: Sequence[Measured]) -> list[Measured]:
    """The largest first."""
    return sorted(lesions, key=_ml, reverse=True)


def smaller_of(lesions: Sequence[Measured]) -> tuple[Smaller, ...]:
    """The compact table, in parts of at most `A_PAGE` lines; () where there are none."""
    total = number_in_words(sum(map(_ml, lesions)), 2)
    ones = "1 smaller one" if len(lesions) == 1 else f"{len(lesions)} smaller ones"
    words = f"And {ones}, {total} mL{'' if len(lesions) == 1 else ' together'}"
    parts = [lesions[n : n + A_PAGE] for n in range(0, len(lesions), A_PAGE)]
    return tuple(
        Smaller("Smaller ones, continued" if n else words, tuple(map(_line, part)))
        for n, part in enumerate(parts)
    )


def _line(lesion: Measured) -> tuple[str, ...]:
    sides = [lesion.values[id].number for id in ("axial_diameter_mm", "axial_across_mm")]
    known = [number_in_words(mm, 1) for mm in sides if mm is not None]
    axial = " × ".join(known) if sides[0] is not None else "\N{EN DASH}"
    ml = number_in_words(_ml(lesion), 2) if _ml(lesion) >= _LEAST_TOLD_ML else "< 0.01"
    return (lesion.name, lesion.facts["kind"], place_in_words(lesion), ml, axial)


def _ml(lesion: Measured) -> float:
    return lesion.values["volume_ml"].number or 0.0
