"""The settings page, made of the rows of `SETTINGS` that have a title."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from kidview.session.settings import SETTINGS, SettingRow
from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text


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
    close = QHBoxLayout()
    close.addStretch()
    close.addWidget(push_button("Close", dialog.close, "primary"))
    column.addLayout(close)
    dialog.open()


def _editor(context: Context, row: SettingRow) -> QWidget:
    settings = context.settings
    if row.type is bool:
        box = QCheckBox()
        box.setChecked(settings[row.id])
        box.toggled.connect(lambda on: settings.set(row.id, on))
        box.setAccessibleName(row.title)
        return box
    choice = QComboBox()
    choice.addItems(row.range)
    choice.setCurrentText(settings[row.id])
    choice.currentTextChanged.connect(lambda word: settings.set(row.id, word))
    choice.setMinimumWidth(120)
    choice.setAccessibleName(row.title)
    return choice
