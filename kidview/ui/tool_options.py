"""What sets a tool's own option: a number, a switch or a choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from kidview.edit import Option, OptionValue, ToolRow
from kidview.session import Session
from kidview.ui.caret import caret
from kidview.ui.number_box import NumberBox
from kidview.ui.pieces import role, text

_FRAME_PX = 22  # around the words of a number box


class ToolOption(QWidget):
    """One option of one tool.

    Parameters
    ----------
    option : Option
    session : Session
        Its view holds the value.
    say : callable
        Told in words when a typed number lay outside.
    """

    def __init__(self, option: Option, session: Session, say: Callable[[str], None]) -> None:
        super().__init__()
        self._option, self._session = option, session
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        if isinstance(option.default, bool):
            self._show = self._switch(row)
        elif isinstance(option.default, str):
            self._show = self._choice(row)
        else:
            self._show = self._number(row, say)
        self.setToolTip(option.tip)

    def show_value(self) -> None:
        """Bring it in step with the view."""
        self._show(self._session.view.options.get(self._option.id, self._option.default))

    def _set(self, value: OptionValue) -> None:
        options: Mapping[str, OptionValue] = self._session.view.options
        self._session.look(options={**options, self._option.id: value})

    def _switch(self, row: QHBoxLayout) -> Callable[[OptionValue], None]:
        button = chip(self._option.title, self._option.tip)
        button.clicked.connect(lambda on: self._set(bool(on)))
        row.addWidget(button)
        return lambda value: button.setChecked(bool(value))

    def _number(
        self, row: QHBoxLayout, say: Callable[[str], None]
    ) -> Callable[[OptionValue], None]:
        option = self._option
        unit = f" {option.unit}" if option.unit else ""
        number = NumberBox((option.low, option.high), option.title, option.decimals, unit)
        number.setToolTip(option.tip)
        number.setSingleStep(10.0**-option.decimals)
        ends = (number.textFromValue(end) + unit for end in (option.low, option.high))
        widest = max(number.fontMetrics().horizontalAdvance(words) for words in ends)
        number.setFixedWidth(widest + _FRAME_PX)
        number.limited.connect(say)
        number.valueChanged.connect(lambda value: self._set(round(value, option.decimals)))
        row.addWidget(text(option.title, "quiet"))
        row.addWidget(number)

        def show(value: OptionValue) -> None:
            if number.value() != float(value):
                blocker = QSignalBlocker(number)
                number.setValue(float(value))
                del blocker

        return show

    def _choice(self, row: QHBoxLayout) -> Callable[[OptionValue], None]:
        option = self._option
        button = chip("", option.tip)
        button.setCheckable(False)
        button.setAccessibleName(option.title)
        menu = QMenu(button)
        group = QActionGroup(menu)
        actions = {}
        for value, title in option.choices:
            action = menu.addAction(title)
            action.setCheckable(True)
            action.setActionGroup(group)
            action.triggered.connect(self._setter(value))
            actions[value] = (action, title)
        button.setMenu(menu)
        caret(button)
        row.addWidget(text(option.title, "quiet"))
        row.addWidget(button)

        def show(value: OptionValue) -> None:
            action, title = actions[str(value)]
            action.setChecked(True)
            button.setText(title)

        return show

    def _setter(self, value: str) -> Callable[[bool], None]:
        return lambda _checked: self._set(value)


class MoreOptions(QPushButton):
    """Opens what found no room on the line.

    Parameters
    ----------
    tools : sequence of ToolRow
    session, say
        As `ToolOption` takes them.
    """

    def __init__(
        self, tools: Sequence[ToolRow], session: Session, say: Callable[[str], None]
    ) -> None:
        super().__init__("…")
        role(self, "chip")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("More options of this tool")
        self.setAccessibleName("more options")
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(12, 8, 12, 8)
        every = (option for tool in tools for option in tool.options if isinstance(option, Option))
        self._spare = {option.id: ToolOption(option, session, say) for option in every}
        for spare in self._spare.values():
            column.addWidget(spare)
        action = QWidgetAction(self)
        action.setDefaultWidget(sheet)
        menu = QMenu(self)
        menu.addAction(action)
        menu.aboutToShow.connect(self._show_values)
        self.setMenu(menu)
        self.offer(())

    def offer(self, ids: tuple[str, ...]) -> None:
        """Hold these options; hidden where there are none."""
        for id, spare in self._spare.items():
            spare.setVisible(id in ids)
        self.setVisible(bool(ids))

    def _show_values(self) -> None:
        for spare in self._spare.values():
            spare.show_value()


def box_of() -> tuple[QWidget, QHBoxLayout]:
    """A piece of the line, and its row."""
    box = QWidget()
    box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    return box, row


def chip(words: str, tip: str) -> QPushButton:
    """A flat button that stays pressed."""
    button = QPushButton(words)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the views
    role(button, "chip")
    button.setToolTip(tip)
    button.setCheckable(True)
    return button
