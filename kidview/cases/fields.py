"""Taking values out of a JSON table, so that whatever is wrong names file and field."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from typing import Any

from kidview.core.errors import CaseError
from kidview.core.types import Triple

HINT = "correct the field by hand, or take the file from a backup"
_KINDS = {dict: "a table", list: "a list", str: "text", bool: "yes or no", type(None): "nothing"}


class Fields:
    """A table of a file; each value is taken once, what is left over is refused.

    Parameters
    ----------
    table : object
        What JSON gave.
    file : str
        Name for messages, such as "P-7F3A2C9K-1/case.json".
    place : str
        Where in the file, such as "image"; "" for the whole.
    """

    def __init__(self, table: object, file: str, place: str = "") -> None:
        self._file, self._place = file, place
        if not isinstance(table, dict):
            raise self.wrong("", f"must be a table, not {_kind(table)}")
        self._left: dict[str, Any] = dict(table)
        self._known = set[str]()

    def wrong(self, name: str, why: str) -> CaseError:
        """The error that names a field of this table and says why it is unusable."""
        path = ".".join(part for part in (self._place, name) if part)
        path = path.encode(errors="backslashreplace").decode()
        what = f"field '{path}'" if path else "the file"
        return CaseError(f"{self._file}: {what} {why}", HINT)

    def take(self, name: str) -> Any:
        """A value of any kind."""
        self._known.add(name)
        if name not in self._left:
            raise self.wrong(name, "is missing")
        return self._left.pop(name)

    def text(self, name: str, pattern: str = "", example: str = "") -> str:
        """Text, of that pattern where one is given."""
        value = self.take(name)
        if not isinstance(value, str):
            raise self.wrong(name, f"must be text, not {_kind(value)}")
        if not _is_writable(value):
            raise self.wrong(name, "holds half a character")
        if pattern and not re.fullmatch(pattern, value):
            raise self.wrong(name, f"must be like {example}, not {_shown(value)}")
        return value

    def choice(self, name: str, allowed: Iterable[str]) -> str:
        """One of some words."""
        value, known = self.text(name), list(allowed)
        if value not in known:
            raise self.wrong(name, f"must be {' or '.join(known)}, not {_shown(value)}")
        return value

    def number(self, name: str) -> float:
        """A finite number from 0."""
        value = self.take(name)
        number = as_number(value)
        if number is None or number < 0:
            raise self.wrong(name, f"must be a number from 0, not {_kind(value)}")
        return number

    def number_or_none(self, name: str) -> float | None:
        """A finite number from 0, or nothing (null)."""
        if self._left.get(name, ...) is None:
            self.take(name)
            return None
        return self.number(name)

    def whole(self, name: str, least: int = 0) -> int:
        """A whole number."""
        value = self.take(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.wrong(name, f"must be a whole number from {least}, not {_kind(value)}")
        return value

    def table(self, name: str) -> Fields:
        """A table inside this one."""
        return Fields(self.take(name), self._file, self._inside(name))

    def table_or_none(self, name: str) -> Fields | None:
        """A table inside this one, or null."""
        value = self.take(name)
        return None if value is None else Fields(value, self._file, self._inside(name))

    def tables(self, name: str) -> tuple[Fields, ...]:
        """A list of tables."""
        value = self.take(name)
        if not isinstance(value, list):
            raise self.wrong(name, f"must be a list, not {_kind(value)}")
        inside = self._inside(name)
        return tuple(
            Fields(one, self._file, f"{inside}.{n}") for n, one in enumerate(value, start=1)
        )

    def names(self) -> tuple[str, ...]:
        """Names of the values not taken yet."""
        for name in self._left:
            if not _is_writable(name):
                raise self.wrong(name, "has half a character in its name")
        return tuple(self._left)

    def end(self) -> None:
        """Refuse values nobody took; tells the nearest known name."""
        for name in self._left:
            near = difflib.get_close_matches(name, self._known, 1)
            raise self.wrong(name, f"is not known, perhaps '{near[0]}'" if near else "is not known")

    def _inside(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name


def point(table: Fields, name: str, value: object) -> Triple:
    """A point of a table, mm."""
    x, y, z = numbers(table, name, value, 3)
    return (x, y, z)


def numbers(table: Fields, name: str, value: object, count: int) -> list[float]:
    """So many finite numbers."""
    found = [as_number(one) for one in value] if isinstance(value, list) else []
    told = [one for one in found if one is not None]
    if len(found) != count or len(told) != count:
        raise table.wrong(name, f"must be {count} numbers")
    return told


def as_number(value: object) -> float | None:
    """A finite number as float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _is_writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kind(value: object) -> str:
    found = _KINDS.get(type(value))
    return found if found is not None else _shown(value)


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits
        return "a very long number"
    return text if len(text) <= 40 else text[:37] + "..."
