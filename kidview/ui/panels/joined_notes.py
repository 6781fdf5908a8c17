"""Notes that say the same of several lesions, as one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_NOTE = re.compile(r"((?:the .*?kidney)|[A-Z]\d+) (reaches|is|touches) (.*)")
_PLURAL = {"reaches": "reach", "is": "are", "touches": "touch"}
_MANY = (
    ("part of it may", "part of them may"),
    ("was given to the one it touches", "were given to the one they touch"),
)


def joined_notes(notes: Iterable[str]) -> list[str]:
    """Sentences in the order of their first notes.

    Parameters
    ----------
    notes : iterable of str
        Of `CaseMeasures.notes`: "C2 reaches the edge of the scan", "C3 reaches the edge of the
        scan".

    Returns
    -------
    list of str
        "C2 and C3 reach the edge of the scan."
    """
    said: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        found = _NOTE.fullmatch(note)
        whose, verb, rest = found.groups() if found else (note, "", "")
        same = said.setdefault((verb, rest) if found else (note, ""), [])
        if whose not in same:
            same.append(whose)
    return [_sentence(whose, verb, rest) for (verb, rest), whose in said.items()]


def _sentence(whose: Sequence[str], verb: str, rest: str) -> str:
    if verb not in _PLURAL:
        words = whose[0]
    elif len(whose) == 1:
        words = f"{whose[0]} {verb} {rest}"
    else:
        names = f"{', '.join(whose[:-1])} and {whose[-1]}"
        for one, many in _MANY:
            rest = rest.replace(one, many)
        words = f"{names} {_PLURAL[verb]} {rest}"
    return f"{words[:1].upper()}{words[1:]}."
