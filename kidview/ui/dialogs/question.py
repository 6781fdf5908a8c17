"""A small question before something is done: a title, why it is asked, fields, two buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from kidview.ui.pieces import push_button, text

WIDTH_PX = 400


class Question(QDialog):
    """Cancel, or go on; who makes one puts its fields into `fields`.

    Parameters
    ----------
    window : QWidget
    title, why : str
    go_on : str
        Of the button that goes on.
    """

    def __init__(self, window: QWidget, title: str, why: str, go_on: str = "OK") -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        reason = text(why, "quiet")
        reason.setWordWrap(True)
        self.fields = QVBoxLayout()
        self.fields.setSpacing(8)
        self.ok = push_button(go_on, self.accept, "primary")
        self.ok.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(push_button("Cancel", self.reject))
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addWidget(text(title, "case"))
        column.addWidget(reason)
        column.addLayout(self.fields)
        column.addLayout(buttons)
        self.setFixedWidth(WIDTH_PX)

    def add_field(self, field: QWidget, width_px: int) -> None:
        """One more field, behind its accessible name."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(text(field.accessibleName()), 1)
        field.setFixedWidth(width_px)
        row.addWidget(field)
        self.fields.addLayout(row)
