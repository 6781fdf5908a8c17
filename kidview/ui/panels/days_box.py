"""The box for the days between two scans: it takes the number typed or none."""

from __future__ import annotations

import re

from PySide6.QtGui import QValidator

from kidview.follow import LEAST_DAYS, MOST_DAYS
from kidview.ui.number_box import NumberBox

_SUFFIX, _UNKNOWN, _ONE_DAY = " days", "unknown", "same day"
_PX = 96
_DECIMALS = 2
_NUMBER = re.compile(rf"(\d+)(?:[.,](\d{{1,{_DECIMALS}}}))?\s*(?:d|days?)?", re.IGNORECASE)
"""Three digits behind a comma or point may be meant as thousands: that is refused."""


class DaysBox(NumberBox):
    """Decimal comma or point, whatever the system's language; empty means unknown.

    What is no number of days is refused: the box shows what it showed before, and signal
    `limited` tells what may be typed.
    """

    def __init__(self) -> None:
        super().__init__((0.0, MOST_DAYS), "days between the scans", _DECIMALS, _SUFFIX)
        self.setSpecialValueText(_UNKNOWN)
        self.setFixedWidth(_PX)

    def show_days(self, days: float | None) -> None:
        """What is known."""
        self.setSpecialValueText(_UNKNOWN if days is None else _ONE_DAY)
        self.setValue(days or 0.0)

    def textFromValue(self, val: float) -> str:
        """Without noughts at the end."""
        return f"{val:.{_DECIMALS}f}".rstrip("0").rstrip(".")

    def valueFromText(self, text: str) -> float:
        """0 where it is not known."""
        return _days(text) or 0.0

    def validate(self, input: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Anything may be typed, not everything is taken."""
        is_good = _days(input) is not None
        state = QValidator.State.Acceptable if is_good else QValidator.State.Intermediate
        return state, input, pos

    def fixup(self, typed: str) -> str:
        """Nothing is mended: a number nobody typed would be taken for the truth."""
        low, high = (self.textFromValue(days) for days in (LEAST_DAYS, MOST_DAYS))
        name = self.accessibleName().capitalize()
        self.limited.emit(f"{name}: type a number of days, {low} to {high}")
        return typed


def _days(typed: str) -> float | None:
    """The number in a text, 0 where it says that nothing is known; None for anything else."""
    words = typed.strip().removesuffix(_SUFFIX.strip()).strip()  # Qt adds it to what is typed
    if words in ("", _UNKNOWN, _ONE_DAY):
        return 0.0
    found = _NUMBER.fullmatch(words)
    days = float(f"{found[1]}.{found[2] or 0}") if found else 0.0
    return days if LEAST_DAYS <= days <= MOST_DAYS else None
