"""Places, numbers and names as a report writes them."""

from __future__ import annotations

import math
import re

from kidview.measure import Measured

MOST_SIGNS = 60
"""Of a word without a gap; a longer one would run out of the page."""

_LONG = re.compile(rf"\S{{{MOST_SIGNS + 1},}}")


def place_in_words(lesion: Measured) -> str:
    """ "left kidney, upper third"."""
    kidney, pole = lesion.facts["kidney"], lesion.facts["pole"]
    if not kidney:
        return "no kidney near"
    return f"{kidney}, {'third unsure' if pole == 'unsure' else f'{pole} third'}"


def number_in_words(number: float, digits: int) -> str:
    """Three digits as far as they mean something, at most `digits` decimals."""
    return f"{number:z.{decimals(number, digits)}f}"


def decimals(number: float, digits: int) -> int:
    """How many decimals of a number mean something, at most `digits`."""
    size = abs(number)
    before = 1 if size < 1 else 1 + math.floor(math.log10(size))
    return max(min(digits, 3 - before), 0)


def first_line(words: str) -> str:
    """The first line that says something, gaps made single."""
    lines = (" ".join(line.split()) for line in words.splitlines())
    return next(filter(None, lines), "")


def shortened(words: str) -> str:
    """Words without gaps cut in their middle where they are longer than `MOST_SIGNS`."""
    half = MOST_SIGNS // 2
    return _LONG.sub(lambda found: f"{found[0][:half]}…{found[0][1 - half :]}", words)
