"""Rejecting a case: one sentence that says why, or none."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit, QWidget

from kidview.ui.dialogs.question import Question


class RejectDialog(Question):
    """One line for the reason.

    Parameters
    ----------
    window : QWidget
    case_id : str
    then : callable
        Gets the reason, "" for none; not called when the dialog is cancelled.
    """

    def __init__(self, window: QWidget, case_id: str, then: Callable[[str], object]) -> None:
        super().__init__(
            window,
            f"Reject {case_id}?",
            "It teaches no model and goes into no set of approved cases. It stays in the list "
            "and can be reopened.",
            "Reject",
        )
        self._then = then
        self.line = QLineEdit()
        self.line.setPlaceholderText("Why, in one sentence; no patient's name")
        self.line.setAccessibleName("Why")
        self.line.setMaxLength(200)
        self.fields.addWidget(self.line)
        self.line.setFocus()

    def accept(self) -> None:
        """Go on with what was typed."""
        super().accept()
        self._then(self.line.text())
