"""Version, licence, and what KidView is not."""

from __future__ import annotations

import platform

import PySide6
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout

import kidview
from kidview.ui.context import Context
from kidview.ui.pieces import push_button, text


def details() -> str:
    """What a report of a fault needs to know about this machine."""
    return "\n".join(
        (
            f"KidView {kidview.__version__}",
            f"Python {platform.python_version()}, PySide6 {PySide6.__version__}",
            f"{platform.platform()}, {QGuiApplication.platformName()}",
        )
    )


def show_about(context: Context) -> None:
    """Open the dialog."""
    dialog = QDialog(context.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("About KidView")
    column = QVBoxLayout(dialog)
    column.setContentsMargins(32, 24, 32, 24)
    column.setSpacing(12)
    column.addWidget(text("KidView", "title"))
    for words in (
        "Looks at kidney CT, proposes and corrects outlines of kidneys, tumours and cysts.",
        "For research. It is not a medical device: do not base a diagnosis or a treatment on it.",
        "Apache License 2.0. Networks carry their own licences, named in their cards.",
    ):
        label = text(words)
        label.setWordWrap(True)
        label.setFixedWidth(400)
        column.addWidget(label)
    column.addWidget(text(details(), "secondary"))
    row = QHBoxLayout()
    row.addStretch()
    row.addWidget(
        push_button("Copy", lambda: QGuiApplication.clipboard().setText(details())),
    )
    row.addWidget(push_button("Close", dialog.close, "primary"))
    column.addLayout(row)
    dialog.open()
