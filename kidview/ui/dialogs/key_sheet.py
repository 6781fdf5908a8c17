"""`?`: all keys on one sheet; docs/keys.md is made of the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from kidview.ui.actions.commands import Commands
from kidview.ui.actions.row import SCHEMES, ActionRow
from kidview.ui.context import Context
from kidview.ui.dialogs.overlay import SHARE, Overlay
from kidview.ui.pieces import icon_button, role, text

MOUSE = (
    ("Wheel", "Wheel", "Next or previous slice"),
    ("Ctrl+Wheel", "Ctrl+Wheel", "Zoom about the pointer"),
    ("Shift+Wheel", "Shift+Wheel", "Brush size"),
    ("Left drag", "Left drag", "The active tool"),
    ("Ctrl+Left drag", "Ctrl+Left drag", "Inverts brush and eraser"),
    ("Ctrl+Alt+Left drag", "Ctrl+Alt+Left drag", "Turn the other two planes"),
    ("Middle drag", "Middle drag", "Pan"),
    ("Space+Left drag", "Space+Left drag", "Pan"),
    ("", "Right drag", "Zoom"),
    ("Right drag", "Ctrl+Right drag", "Window and level"),
    ("Shift+Right drag", "Shift+Right drag", "Window of a region"),
    ("Double-click", "Double-click", "Maximise a view, while navigating"),
    ("3D: left drag", "3D: left drag", "Turn"),
    ("3D: middle drag", "3D: middle drag", "Move"),
    ("3D: wheel", "3D: wheel", "Zoom, as right drag does"),
    ("3D: click", "3D: click", "Crosshair there; on a letter, look from it"),
)
"""(scheme KidView, scheme ITK-SNAP, what it does); "" where a scheme has no such thing."""

_ARRANGEMENTS: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("Mouse", "View/Window", "View/Layout"),
        ("File", "Segment", "Help", "View/Slab", "View/Bookmarks"),
        ("Edit",),
        ("View", "Cases"),
    ),
    (
        ("Mouse", "View/Window", "View/Layout", "View/Slab", "View/Bookmarks"),
        ("Edit", "Segment", "Help"),
        ("File", "View", "Cases"),
    ),
    (
        ("Mouse", "View/Window", "View/Layout", "View/Slab", "View/Bookmarks", "File", "Help"),
        ("Edit", "View", "Segment", "Cases"),
    ),
)
"""Menus of each column; others go where room is. The widest that fits the window is taken."""

_FRAME_PX = 12  # a scroll bar and the line around


class KeySheet(Overlay):
    """Four columns of keys, fewer where the window is narrow; scrolls where it is low."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        room = round(context.window.width() * SHARE) - _FRAME_PX
        for columns in _ARRANGEMENTS:
            sheet = _sheet(context, columns)
            if sheet.sizeHint().width() <= room or columns is _ARRANGEMENTS[-1]:
                break
            sheet.deleteLater()
        self._sheet = sheet
        self.area = QScrollArea()
        self.area.setWidget(sheet)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        self._head = self._made_head(context)
        around.addWidget(self._head)
        around.addWidget(self.area)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(self.area)  # arrows and PgDown scroll

    def sizeHint(self) -> QSize:
        """All of it, were there room."""
        return self._sheet.sizeHint() + QSize(_FRAME_PX, 2 + self._head.sizeHint().height())

    def _made_head(self, context: Context) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(24, 12, 12, 0)
        row.addWidget(text("Keys", "title"))
        row.addStretch()
        self.close_button = icon_button(context.theme, "ph.x", "Close (Esc)", self.close)
        row.addWidget(self.close_button)
        return head


def _sheet(context: Context, columns: Sequence[tuple[str, ...]]) -> QWidget:
    """The menus of `columns` beside each other."""
    commands, scheme = context.window.commands, context.settings["keys"]
    sheet = QWidget()
    role(sheet, "panel")
    beside = QHBoxLayout(sheet)
    beside.setContentsMargins(24, 16, 24, 24)
    beside.setSpacing(28)
    blocks = [{menu: _entries(commands, menu, scheme) for menu in menus} for menus in columns]
    placed = {menu for block in blocks for menu in block}
    for menu in dict.fromkeys(row.menu for row in commands.rows):
        if menu not in placed and not menu.startswith("Edit/"):
            shortest = min(blocks, key=lambda block: sum(map(len, block.values())))
            shortest[menu] = _entries(commands, menu, scheme)
    for block in blocks:
        beside.addLayout(_column(block))
    return sheet


def _entries(commands: Commands, menu: str, scheme: str) -> list[tuple[str, str]]:
    if menu == "Mouse":
        return list(mouse_lines(scheme))
    return list(lines(commands.rows, menu, commands.keys))


def mouse_lines(scheme: str) -> Iterable[tuple[str, str]]:
    """(button, what it does)."""
    place = SCHEMES.index(scheme)
    return ((row[place], row[-1]) for row in MOUSE if row[place])


def lines(
    rows: Sequence[ActionRow], menu: str, keys: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[str, str]]:
    """(first key in use, what it does) of a menu; "Edit" includes its submenus."""
    for row in rows:
        inside = row.menu == menu or (menu == "Edit" and row.menu.startswith("Edit/"))
        if inside:
            yield _native("".join(keys[row.id][:1])) or "–", row.title.rstrip("…")


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _column(blocks: dict[str, list[tuple[str, str]]]) -> QGridLayout:
    """Blocks above each other, all keys right-aligned at one edge."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    for menu, entries in blocks.items():
        if grid.rowCount() > 1:
            grid.setRowMinimumHeight(grid.rowCount(), 12)
        grid.addWidget(text(menu.replace("/", " › ").upper(), "section"), grid.rowCount(), 1)
        for keys, title in entries:
            key = text(keys, "key")
            key.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row = grid.rowCount()
            grid.addWidget(key, row, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(text(title), row, 1)
    grid.setRowStretch(grid.rowCount(), 1)
    return grid


def show_key_sheet(context: Context) -> None:
    """Open the sheet."""
    KeySheet(context).place(top=48)


def keys_markdown(rows: Sequence[ActionRow]) -> str:
    """docs/keys.md: every action with its keys in both schemes."""
    out = [
        "# Keys and mouse",
        "",
        "Made from the actions table by `python docs/make_keys.py`; do not edit by hand.",
        "",
        "| KidView | ITK-SNAP | what the mouse does |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in MOUSE),
    ]
    for menu in dict.fromkeys(row.menu for row in rows):
        out += ["", f"## {menu.replace('/', ' › ')}", ""]
        out += ["| action | KidView | ITK-SNAP | what it does |", "|---|---|---|---|"]
        for row in (row for row in rows if row.menu == menu):
            ours, theirs = (_cell(row.keys_of(scheme)) for scheme in ("KidView", "ITK-SNAP"))
            out.append(f"| {row.title} | {ours} | {theirs} | {row.tip} |")
    return "\n".join(out) + "\n"


def _cell(keys: tuple[str, ...]) -> str:
    return ", ".join(f"`{key}`" for key in keys)
