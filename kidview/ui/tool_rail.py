"""The rail of tools at the left: one icon a tool, its key in the corner."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from kidview.edit import TOOLS, ToolRow
from kidview.session import Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import role

RAIL_PX = 48
_KEY_PX = 9


class ToolRail(QWidget):
    """Buttons of `TOOLS`; a gap where the kind of gesture changes."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        role(self, "bar")
        self.setFixedWidth(RAIL_PX)
        self._buttons = {tool.id: ToolButton(context, commands, tool) for tool in TOOLS}
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 4, 8)
        column.setSpacing(4)
        last = TOOLS[0].gesture
        for tool in TOOLS:
            if tool.gesture != last:
                column.addSpacing(12)
            column.addWidget(self._buttons[tool.id])
            last = tool.gesture
        column.addStretch()
        context.session.changed.connect(self._on_change)

    def _on_change(self, change: Change) -> None:
        if change.what & (What.VIEW | What.CASE):
            for button in self._buttons.values():
                button.update()


class ToolButton(QToolButton):
    """One tool."""

    def __init__(self, context: Context, commands: Commands, tool: ToolRow) -> None:
        super().__init__()
        role(self, "tool")
        self._context, self._tool = context, tool
        self._action = commands[f"tool.{tool.id}"]
        self.setDefaultAction(self._action)
        self.setIconSize(QSize(20, 20))
        self.setFixedSize(40, 40)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        follow(context.theme, self, self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The icon, the key in its corner, an accent edge when active."""
        palette = self._context.theme.palette
        is_active = self._context.session.view.tool == self._tool.id
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_active or self.underMouse() or self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(self.rect(), 4, 4)
        if is_active:
            painter.setBrush(QColor(palette.accent))
            painter.drawRect(0, 10, 2, self.height() - 20)
        tone = "accent" if is_active else "text"
        picture = icon(self._context.theme, self._tool.icon, tone)
        picture.paint(painter, QRect(9, 9, 20, 20))
        font = QFont(self.font())
        font.setPixelSize(_KEY_PX)
        painter.setFont(font)
        painter.setPen(QColor(palette.secondary))
        painter.drawText(
            self.rect().adjusted(0, 0, -4, -2),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom,
            self._action.shortcut().toString(),
        )
