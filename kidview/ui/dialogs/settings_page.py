"""The settings page, made of the rows of `SETTINGS` that have a title."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from kidview.session.settings import SETTINGS, SettingRow
from kidview.ui.context import Context
from kidview.ui.dialogs.keys_page import show_keys_page
from kidview.ui.pieces import push_button, text

_LINE_PX = 240


def show_settings(context: Context) -> None:
    """Open the page; every change holds at once."""
    dialog = QDialog(context.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Settings")
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(12)
    shown = [row for row in SETTINGS if row.title]
    for number, row in enumerate(shown):
        title = text(row.title)
        tip = text(row.tip, "secondary")
        grid.addWidget(title, 2 * number, 0)
        grid.addWidget(tip, 2 * number + 1, 0)
        grid.addWidget(_editor(context, row), 2 * number, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(32, 24, 32, 24)
    column.setSpacing(24)
    column.addLayout(grid)

    def change_keys() -> None:
        dialog.close()
        show_keys_page(context)

    close = QHBoxLayout()
    close.addWidget(push_button("Change keys…", change_keys))
    close.addStretch()
    close.addWidget(push_button("Close", dialog.close, "primary"))
    column.addLayout(close)
    dialog.open()


def _editor(context: Context, row: SettingRow) -> QWidget:
    """One button a choice, the present one down; a line where any words will do."""
    if row.type is str and not row.range:
        return _line(context, row)
    words = [w for w in row.range if w in (context.settings[row.id], *_offered(row))]
    choices = {"on": True, "off": False} if row.type is bool else {w: w for w in words}
    box = QWidget()
    line = QHBoxLayout(box)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(4)
    group = QButtonGroup(box)
    for word, value in choices.items():
        button = push_button(word, _setter(context, row.id, value), "chip")
        button.setCheckable(True)
        button.setChecked(context.settings[row.id] == value)
        button.setAccessibleName(f"{row.title}: {word}")
        group.addButton(button)
        line.addWidget(button)
    line.addStretch()
    return box


def _line(context: Context, row: SettingRow) -> QLineEdit:
    """Holds when Enter is pressed or the line is left."""
    line = QLineEdit(context.settings[row.id])
    line.setAccessibleName(row.title)
    line.setMinimumWidth(_LINE_PX)
    line.editingFinished.connect(
        lambda: context.settings.set(row.id, " ".join(line.text().split()))
    )
    return line


def _offered(row: SettingRow) -> tuple[Any, ...]:
    return row.offered() if row.offered is not None else row.range


def _setter(context: Context, id: str, value: object) -> Callable[[], None]:
    return lambda: context.settings.set(id, value)
