"""A box for a number that takes what is typed and puts it inside its limits."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QDoubleSpinBox


class NumberBox(QDoubleSpinBox):
    """Unlike Qt's boxes it drops no digit that leads beyond its limits.

    A comma and a point are both the decimal sign, whatever the system's language: Qt takes the
    comma of "2,5" for one of thousands where English is spoken, and makes 25 of it.

    It takes a number on Enter or when the focus leaves, then gives the keys back to the
    views. Signal `limited` tells in words that a typed number lay outside.

    Parameters
    ----------
    limits : (lowest, highest)
    name : str
        What a screen reader says.
    decimals : int
    suffix : str
        Unit behind the number.
    """

    limited = Signal(str)

    def __init__(
        self, limits: tuple[float, float], name: str, decimals: int = 0, suffix: str = ""
    ) -> None:
        super().__init__()
        plain = QLocale.c()
        plain.setNumberOptions(
            QLocale.NumberOption.OmitGroupSeparator | QLocale.NumberOption.RejectGroupSeparator
        )
        self.setLocale(plain)
        self.setDecimals(decimals)
        self.setRange(*limits)
        self.setSuffix(suffix)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.editingFinished.connect(self.clearFocus)

    def validate(self, input: str, pos: int) -> tuple[QValidator.State, str, int]:
        """Let a number outside the limits be typed; `fixup` mends it."""
        state, words, place = super().validate(input.replace(",", "."), pos)
        if state == QValidator.State.Invalid and self._number(words) is not None:
            state = QValidator.State.Intermediate
        return state, words, place

    def fixup(self, typed: str) -> str:
        """The nearest number there may be."""
        number = self._number(typed)
        if number is None:
            return typed
        nearest = min(max(number, self.minimum()), self.maximum())
        if nearest != number:
            low, high = (self.textFromValue(v) for v in (self.minimum(), self.maximum()))
            limits = f"{low} to {high}{self.suffix()}"
            name = self.accessibleName()
            self.limited.emit(f"{name[:1].upper()}{name[1:]}: {limits}")
        return self.textFromValue(nearest) + self.suffix()

    def _number(self, typed: str) -> float | None:
        words = typed.removesuffix(self.suffix()).strip().replace(",", ".")
        value, is_number = self.locale().toDouble(words)
        return value if is_number else None
