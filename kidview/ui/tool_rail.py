"""The rail of tools at the left: one icon a tool, its key in the corner."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QSpacerItem, QToolButton, QVBoxLayout, QWidget

from kidview.edit import TOOLS, ToolRow
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import role

RAIL_PX = 48
_KEY_PX = 9


class ToolRail(QWidget):
    """Buttons of `TOOLS`; a gap where the kind of gesture changes, one button for all effects."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        role(self, "bar")
        self.setFixedWidth(RAIL_PX)
        own = [tool for tool in TOOLS if tool.gesture != "effect"]
        self._buttons: list[QToolButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(4)
        last = own[0].gesture
        for tool in own:
            if tool.gesture != last:
                column.addItem(_gap())
            self._buttons.append(ToolButton(context, commands, tool))
            column.addWidget(self._buttons[-1])
            last = tool.gesture
        effects = [tool for tool in TOOLS if tool.gesture == "effect"]
        if effects:
            column.addItem(_gap())
            self._buttons.append(EffectsButton(context, commands, effects))
            column.addWidget(self._buttons[-1])
        column.addStretch()
        context.session.changed.connect(self._on_change)

    def _on_change(self, change: Change) -> None:
        if change.what & (What.VIEW | What.CASE):
            for button in self._buttons:
                button.update()


def _gap() -> QSpacerItem:
    """Between groups; gives way before buttons do."""
    return QSpacerItem(0, 12, QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)


class RailButton(QToolButton):
    """An icon with a word in its corner."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        role(self, "tool")
        self._context = context
        self.setIconSize(QSize(20, 20))
        self.setFixedWidth(40)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setMaximumHeight(40)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        follow(context.theme, self, self.update)

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(40, 40)

    def minimumSizeHint(self) -> QSize:
        """In a low window a little flatter."""
        return QSize(40, 30)

    @property
    def is_active(self) -> bool:
        """Whether its tool is chosen."""
        raise NotImplementedError

    @property
    def picture(self) -> tuple[str, str]:
        """Name of the icon, and the word in the corner."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon, the word in its corner, an accent edge when active."""
        palette = self._context.theme.palette
        is_active, (name, word) = self.is_active, self.picture
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_active or self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(self.rect(), 4, 4)
        if is_active:
            painter.setBrush(QColor(palette.accent))
            painter.drawRect(0, self.height() // 4, 2, self.height() // 2)
        tone = "accent" if is_active else "text"
        icon(self._context.theme, name, tone).paint(
            painter, QRect(9, (self.height() - 22) // 2, 20, 20)
        )
        font = QFont(self.font())
        font.setPixelSize(_KEY_PX)
        painter.setFont(font)
        painter.setPen(QColor(palette.secondary))
        painter.drawText(
            self.rect().adjusted(0, 0, -4, -2),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom,
            word,
        )


class ToolButton(RailButton):
    """One tool, its key in the corner."""

    def __init__(self, context: Context, commands: Commands, tool: ToolRow) -> None:
        super().__init__(context)
        self._tool, self._action = tool, commands[f"tool.{tool.id}"]
        self.setDefaultAction(self._action)

    @property
    def is_active(self) -> bool:
        """Whether it is the tool chosen."""
        return self._context.session.view.tool == self._tool.id

    @property
    def picture(self) -> tuple[str, str]:
        """The tool's icon and key."""
        return self._tool.icon, self._action.shortcut().toString()


class EffectsButton(RailButton):
    """All effects in one menu; shows the icon of the one in use."""

    def __init__(self, context: Context, commands: Commands, tools: Sequence[ToolRow]) -> None:
        super().__init__(context)
        self._icons = {tool.id: tool.icon for tool in tools}
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        for tool in tools:
            menu.addAction(commands[f"tool.{tool.id}"])
        self.setMenu(menu)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip("Change a whole label: smooth, grow, shrink, fill, islands…")
        self.setAccessibleName("change a whole label")

    @property
    def is_active(self) -> bool:
        """Whether an effect is the tool chosen."""
        return self._context.session.view.tool in self._icons

    @property
    def picture(self) -> tuple[str, str]:
        """Of the effect chosen, else of all."""
        return self._icons.get(self._context.session.view.tool, "ph.sliders-horizontal"), "▸"
