"""Who is reading: asked once, kept as a setting."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout

from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text

NAME = "reader.name"
_WIDTH_PX = 400


def with_reader(context: Context, then: Callable[[str], object]) -> None:
    """Run `then` with the reader's name; asks for it if nobody gave one yet."""
    name = context.settings[NAME]
    if name:
        then(name)
    else:
        ReaderDialog(context, then).open()


def change_reader(context: Context) -> None:
    """Somebody else sits down."""
    ReaderDialog(context, lambda name: context.window.say(f"Reading as {name}")).open()


class ReaderDialog(QDialog):
    """One line for a name.

    Parameters
    ----------
    context : Context
    then : callable
        Gets the name; not called when the dialog is cancelled.
    """

    def __init__(self, context: Context, then: Callable[[str], object]) -> None:
        super().__init__(context.window)
        self._context, self._then = context, then
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Who is reading?")
        why = text(
            "Your name is kept with every correction and approval of a case, and nowhere else. "
            "Who corrected a case cannot approve it.",
            "quiet",
        )
        why.setWordWrap(True)
        self.line = QLineEdit(context.settings[NAME])
        self.line.setPlaceholderText("Your name")
        self.line.setAccessibleName("Your name")
        self.line.setMaxLength(80)
        self.line.textChanged.connect(self._show_state)
        self.ok = push_button("OK", self.accept, "primary")
        self.ok.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(push_button("Cancel", self.reject))
        buttons.addWidget(self.ok)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(16)
        column.addWidget(text("Who is reading?", "case"))
        column.addWidget(why)
        column.addWidget(self.line)
        column.addLayout(buttons)
        self.setFixedWidth(_WIDTH_PX)
        self.line.selectAll()
        self.line.setFocus()
        self._show_state()

    def accept(self) -> None:
        """Keep the name and go on."""
        name = " ".join(self.line.text().split())
        if not name:
            return
        super().accept()
        self._context.settings.set(NAME, name)
        self._then(name)

    def _show_state(self) -> None:
        self.ok.setEnabled(bool(self.line.text().strip()))
