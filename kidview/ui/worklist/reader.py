"""Who is reading: asked once, kept as a setting."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QLineEdit

from kidview.ui.context import Context
from kidview.ui.dialogs.question import Question

NAME = "reader.name"


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


class ReaderDialog(Question):
    """One line for a name.

    Parameters
    ----------
    context : Context
    then : callable
        Gets the name; not called when the dialog is cancelled.
    """

    def __init__(self, context: Context, then: Callable[[str], object]) -> None:
        super().__init__(
            context.window,
            "Who is reading?",
            "Your name is kept with every correction and approval of a case, and nowhere else. "
            "Who corrected a case cannot approve it.",
        )
        self._context, self._then = context, then
        self.line = QLineEdit(context.settings[NAME])
        self.line.setPlaceholderText("Your name")
        self.line.setAccessibleName("Your name")
        self.line.setMaxLength(80)
        self.line.textChanged.connect(self._show_state)
        self.fields.addWidget(self.line)
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
