"""Which way to a consensus: one question with what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kidview.cases import METHODS, Reading
from kidview.ui.pieces import push_button, text

_WIDTH_PX, _MARGIN_PX = 440, 24
_HOW = {
    "majority": "A voxel becomes what more than half of the readers say, first kidney or mass, "
    "then mass, then tumour. Half is not enough: of two readers it is what both say.",
    "staple": "STAPLE weighs each reader by how reliable they turn out with each label.",
}


class ConsensusDialog(QDialog):
    """The readers, the ways, and a button for each.

    Parameters
    ----------
    window : QWidget
    readings : sequence of Reading
    chosen : callable
        Gets the name of the way; not called when the dialog is cancelled.
    """

    def __init__(
        self, window: QWidget, readings: Sequence[Reading], chosen: Callable[[str], object]
    ) -> None:
        super().__init__(window)
        self._chosen = chosen
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Make a consensus")
        names = ", ".join(reading.by for reading in readings)
        self.buttons: dict[str, QPushButton] = {}
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(push_button("Cancel", self.reject))
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(12)
        column.addWidget(text(f"A consensus of {names}", "case"))
        column.addWidget(
            _wrapped(
                "It becomes the case's corrected mask. The mask of each reader stays as their "
                "reading, and none of them can approve the consensus."
            )
        )
        for row in METHODS:
            button = push_button(
                row.title[:1].upper() + row.title[1:], self._chooser(row.name), "primary"
            )
            is_enough = len(readings) >= row.least
            button.setEnabled(is_enough)
            how = _HOW[row.name]
            if not is_enough:
                how += f" It needs {row.least} readings; here are {len(readings)}."
            button.setToolTip(how)
            self.buttons[row.name] = button
            column.addWidget(_wrapped(how))
            buttons.addWidget(button)
        column.addSpacing(4)
        column.addLayout(buttons)
        self.setFixedWidth(_WIDTH_PX)
        next(iter(self.buttons.values())).setDefault(True)

    def _chooser(self, method: str) -> Callable[[], None]:
        def choose() -> None:
            self.accept()
            self._chosen(method)

        return choose


def _wrapped(words: str) -> QLabel:
    label = text(words, "quiet")
    label.setWordWrap(True)
    label.setFixedWidth(_WIDTH_PX - 2 * _MARGIN_PX)  # so that its height is known
    return label
