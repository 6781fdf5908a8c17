"""Whether words name a patient: what a series is called where its name leaves the program.

Technicians write into a description whatever helps them, the patient's name too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from kidview.core.volume import Source
from kidview.io.formats import FORMATS

UNNAMED = "CT series"
"""What a series is called whose description names the patient."""

_LEAST = 3  # letters of a word that may tell a person; two stand by chance in too many
_LEAST_OTHER = 2  # of a script whose names are that short
_LEAST_WITHIN = 5  # letters of a word that does not stand in another by chance
_LEAST_RUN = 5  # signs of a number that is looked for across gaps
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae"})
_WORD, _PART = re.compile(r"[^\W_]+"), re.compile(r"[^\W\d_]+|\d+")
_LONE = re.compile(r"(?<!\d)(\d)(?!\d)")
_CHANNEL = "_0000"  # nnU-Net's channel number


def names_patient(words: str, told: Iterable[str], birth_date: str = "") -> bool:
    """Whether a word of what is told of a patient stands in some words.

    Parameters
    ----------
    words : str
        Such as a series' description.
    told : iterable of str
        Names and numbers of the patient, as the header has them.
    birth_date : str
        YYYYMMDD; found in other orders, too.

    Notes
    -----
    Upper and lower case, accents and what stands between words do not matter; words of two
    letters do not count. A number of five signs or more is also found across gaps.
    """
    told = tuple(told)
    for folded in set(_foldings(words)):
        run = "".join(_WORD.findall(folded))
        there = {*_WORD.findall(folded), *_PART.findall(folded)}
        padded = "".join(_WORD.findall(_LONE.sub(r"0\1", folded)))  # 2.1.1970 as 02.01.1970
        if any(date in run or date in padded for date in _dates(birth_date)):
            return True
        for one in (other for name in told for other in _foldings(name)):
            if any(_is_in(word, there, folded) for word in _words(one)):
                return True
            whole = "".join(_WORD.findall(one))
            if len(whole) >= _LEAST_RUN and any(c.isdigit() for c in whole) and whole in run:
                return True
    return False


def public_title(source: Source) -> str:
    """What a DICOM series is called in files that leave: its description, or "CT series".

    The latter where a word of the patient's name, number or birth date stands in the description.
    """
    return str(source.header.get("public_title") or UNNAMED)


def case_name(source: Source) -> str:
    """What a scan is called in a table: its file without endings, a DICOM series as above.

    "case1_0000.nii.gz" is "case1".
    """
    return public_title(source) if source.format == "DICOM" else file_stem(source.path)


def file_stem(path: Path) -> str:
    """A file's name without what only tells its format or its channel; a folder's as it is."""
    name = path.name
    if not path.is_dir():
        ends = sorted((end for row in FORMATS for end in row.suffixes), key=len, reverse=True)
        end = next((one for one in (*ends, ".zip") if name.lower().endswith(one)), "")
        name = name[: len(name) - len(end)]
    return name.removesuffix(_CHANNEL)


def _foldings(words: str) -> Iterator[str]:
    """Lower case without accents: "Müller" as "muller" and as "mueller"."""
    lower = unicodedata.normalize("NFKC", words).casefold()
    for spelt in (lower, lower.translate(_GERMAN)):
        plain = unicodedata.normalize("NFKD", spelt)
        yield "".join(sign for sign in plain if not unicodedata.combining(sign))


def _words(name: str) -> Iterator[str]:
    for word in {*_WORD.findall(name), *_PART.findall(name)}:
        if len(word) >= (_LEAST if word.isascii() else _LEAST_OTHER):
            yield word


def _is_in(word: str, there: set[str], folded: str) -> bool:
    """As a word; longer ones within words, too, and all where a script parts no words."""
    is_within = len(word) >= _LEAST_WITHIN or not word.isascii()
    return word in there or (is_within and word in folded)


def _dates(birth_date: str) -> Iterator[str]:
    digits = "".join(re.findall(r"\d", birth_date))
    if len(digits) != 8:
        return
    year, month, day = digits[:4], digits[4:6], digits[6:]
    for y in (year, year[2:]):
        yield from (y + month + day, day + month + y, month + day + y)
