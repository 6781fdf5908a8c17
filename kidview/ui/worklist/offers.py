"""What the list of cases offers besides its rows: add the open scan, or a way out of no rows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.pieces import Elided, push_button, text
from kidview.ui.telling import open_name


class Adder(QWidget):
    """Offers to add the open scan while it is no case; an empty list offers that itself."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        self._session, self._action = context.session, commands["cases.add"]
        self._has_cases = False
        self._name = Elided("", "secondary")
        self.button = push_button("Add this scan", self._action.trigger)
        self.options = push_button("Options…", commands["cases.add_as"].trigger, "link")
        self.options.setToolTip(commands["cases.add_as"].toolTip())
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 0)
        row.addWidget(self._name)
        row.addStretch()
        row.addWidget(self.options)
        row.addWidget(self.button)
        self._action.changed.connect(self._show_state)
        self.hide()

    def offer(self, has_cases: bool) -> None:
        """Step in once the list has rows."""
        self._has_cases = has_cases
        self._show_state()

    def _show_state(self) -> None:
        self.setVisible(self._has_cases and self._action.isEnabled())
        self._name.setText(open_name(self._session))
        self.button.setToolTip(self._action.toolTip())


class EmptyList(QWidget):
    """What stands where no row is, and the way out."""

    def __init__(
        self, commands: Commands, show_all: Callable[[], None], again: Callable[[], None]
    ) -> None:
        super().__init__()
        self._title = text("", "")
        self._words = text("", "quiet")
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setWordWrap(True)
        add = commands["cases.add"]
        self.add = push_button("Add this scan", add.trigger)
        add.changed.connect(self._show_add)
        self._add_action = add
        self.options = push_button("Options…", commands["cases.add_as"].trigger, "link")
        self.options.setToolTip(commands["cases.add_as"].toolTip())
        self.all = push_button("Show all", show_all, "link")
        self.again = push_button("Try again", again, "link")
        self._has_cases = False
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(self._title)
        column.addWidget(self._words)
        for button in (self.add, self.options, self.all, self.again):
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.tell(has_cases=False)

    def tell(self, *, has_cases: bool) -> None:
        """There is no case, or none that fits the filter."""
        self._has_cases = has_cases
        self._title.setText("No case fits" if has_cases else "No cases yet")
        self._words.setText(
            ""
            if has_cases
            else "A case keeps a scan with what the network proposed and what you made of it."
        )
        self.all.setVisible(has_cases)
        self.again.hide()
        self._show_add()

    def tell_failure(self, words: str) -> None:
        """The list could not be read."""
        self._title.setText("The cases cannot be listed")
        self._words.setText(words)
        for button in (self.add, self.options, self.all):
            button.hide()
        self.again.show()

    def _show_add(self) -> None:
        can_add = not self._has_cases and self._add_action.isEnabled() and self.again.isHidden()
        self.add.setVisible(can_add)
        self.options.setVisible(can_add)
        self.add.setToolTip(self._add_action.toolTip())
