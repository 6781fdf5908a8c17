"""The top line: menus, what is open, window and layout, undo and redo, Segment."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QSizePolicy, QToolButton, QWidget

from kidview.session import PRESETS, Change, What
from kidview.ui.actions.commands import Commands
from kidview.ui.bookmark_menu import BookmarkMenu
from kidview.ui.caret import caret
from kidview.ui.compare_menu import CompareMenu
from kidview.ui.context import Context
from kidview.ui.earlier_menu import EarlierMenu
from kidview.ui.icons import tinted
from kidview.ui.pieces import Elided, action_button, push_button, role
from kidview.ui.telling import open_name

MENUS = ("File", "Edit", "View", "Segment", "Cases", "Help")


class Header(QWidget):
    """40 px; its right half appears with a scan."""

    def __init__(self, context: Context, commands: Commands) -> None:
        super().__init__()
        role(self, "bar")
        self.setFixedHeight(40)
        self._context, self._commands = context, commands
        bar = QMenuBar()
        bar.setNativeMenuBar(False)
        # Fixed: a long file name gives way, the menus never do.
        bar.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.menus = commands.fill(bar, MENUS)
        BookmarkMenu(context, self.menus["View/Bookmarks"])
        CompareMenu(context, self.menus["View/Compare"])
        EarlierMenu(context, self.menus["View/Compare"])
        self._case = Elided("", "case")
        self._series = Elided("", "quiet")
        self._window = self._menu_button("ph.circle-half", self.menus["View/Window"])
        self._window.setToolTip("Grey-scale window")
        layout = self._menu_button("ph.squares-four", self.menus["View/Layout"])
        layout.setText("Layout")
        layout.setToolTip("Arrangement of the views")
        self._segment = commands["segment.run"]
        button = push_button("Segment", self._segment.trigger, "primary")
        self._segment.changed.connect(lambda: self._copy(self._segment, button))
        self._copy(self._segment, button)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(16)
        row.addWidget(self._case, 1000)  # takes what the others leave, up to its words
        row.addSpacing(4)
        row.addWidget(self._series, 100)
        row.addStretch(1)
        self._right = (
            self._window,
            layout,
            action_button(commands["edit.undo"]),
            action_button(commands["edit.redo"]),
            button,
        )
        for widget in self._right:
            row.addWidget(widget)
        row.insertSpacing(row.indexOf(button), 8)
        context.session.changed.connect(self._on_change)
        self._show_case()

    def add_recent_menu(self) -> QMenu:
        """A submenu for scans opened before, below the ways to open one."""
        file = self.menus["File"]
        menu = QMenu("Open recent", file)
        menu.setToolTipsVisible(True)
        file.insertMenu(self._commands["file.demo"], menu)
        return menu

    def _menu_button(self, icon: str, menu: QMenu) -> QToolButton:
        button = QToolButton()
        role(button, "flat")
        tinted(button, self._context.theme, icon, "secondary")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setMenu(menu)
        caret(button)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @staticmethod
    def _copy(action: QAction, button: QWidget) -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())

    def _on_change(self, change: Change) -> None:
        if change.what & (What.CASE | What.RECORD | What.HISTORY):
            self._show_case()
        if change.what & (What.CASE | What.VIEW):
            self._window.setText(window_name(self._context.session.view.window_hu))

    def _show_case(self) -> None:
        session = self._context.session
        volume = session.volume
        for widget in self._right:
            widget.setVisible(volume is not None)
        if volume is None:
            _say(self._case, "")
            _say(self._series, "")
            return
        name, title = open_name(session), volume.source.title
        if session.case is not None:
            title = str(session.case.status)
            if session.second_reader:
                title = f"second reading by {session.second_reader}"
        _say(self._case, f"{name} •" if session.is_dirty else name)
        _say(self._series, "" if title == name else title)
        self._window.setText(window_name(session.view.window_hu))


def _say(label: Elided, words: str) -> None:
    """Words that need no room, but take no more than they fill."""
    label.setText(words)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    label.setMaximumWidth(label.sizeHint().width())


def window_name(window_hu: tuple[float, float]) -> str:
    """Name of the preset in use, else "W 400 L 40"."""
    low, high = window_hu
    for preset in PRESETS:
        if (preset.width_hu, preset.level_hu) == (high - low, (low + high) / 2):
            return preset.name
    return f"W {high - low:.0f} L {(low + high) / 2:.0f}"
