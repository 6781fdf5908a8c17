"""Which label each part of a SEG or RTSTRUCT is, where its codes and names do not tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QScrollArea, QSizePolicy, QWidget

from kidview.core.labels import LABELS
from kidview.ui.caret import caret
from kidview.ui.dialogs.question import Question
from kidview.ui.pieces import Elided

_FIELD_PX, _FEW, _HIGH_PX = 140, 9, 320
_LEAVE_OUT = "Leave out"


class PartsDialog(Question):
    """Asks which label each part is.

    Parameters
    ----------
    window : QWidget
    file_name : str
    names : sequence of str
        Of the parts, as the file has them.
    then : callable
        Gets the labels by name, 0 where a part is left out; not called when cancelled.
    """

    def __init__(
        self,
        window: QWidget,
        file_name: str,
        names: Sequence[str],
        then: Callable[[dict[str, int]], object],
    ) -> None:
        why = f"{file_name} does not say which of its parts are kidney, tumour or cyst."
        super().__init__(window, "What are these parts?", why, "Open")
        self._then = then
        self.choices: dict[str, QComboBox] = {}
        parts = QWidget()
        grid = QGridLayout(parts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(0, 1)
        for n, name in enumerate(names):
            words = Elided(name)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            grid.addWidget(words, n, 0)
            grid.addWidget(self._choice(name), n, 1)
        self.fields.addWidget(parts if len(names) <= _FEW else _scrolled(parts))
        self._tell()
        next(iter(self.choices.values())).setFocus()

    @property
    def roles(self) -> dict[str, int]:
        """What is chosen now."""
        return {name: int(box.currentData()) for name, box in self.choices.items()}

    def accept(self) -> None:
        """Open with what was chosen."""
        roles = self.roles
        super().accept()
        self._then(roles)

    def _choice(self, name: str) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        box.addItem(_LEAVE_OUT, 0)
        for row in LABELS:
            box.addItem(row.name.capitalize(), row.id)
        box.setFixedWidth(_FIELD_PX)
        caret(box)
        box.currentIndexChanged.connect(self._tell)
        self.choices[name] = box
        return box

    def _tell(self) -> None:
        self.ok.setEnabled(any(self.roles.values()))


def _scrolled(parts: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(parts)
    area.setFixedHeight(_HIGH_PX)
    return area
