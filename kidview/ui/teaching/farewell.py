"""Closing the window while a model is learning."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from kidview.ui.teaching.lessons import Lessons


def stop_first(parent: QWidget, lessons: Lessons, then: Callable[[], object]) -> None:
    """Ask whether the lesson may be stopped; if so stop it and run `then` at once.

    The trainer is told to end and writes its checkpoint by itself: nobody waits for it.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle("A model is learning")
    box.setText(lessons.in_words())
    name = lessons.child.name if lessons.child is not None else ""
    box.setInformativeText(
        "Closing KidView stops it. What it has learned is kept: "
        f"teach {name} again, and it goes on from there."
    )

    def stop() -> None:
        lessons.stop()
        then()

    leave = box.addButton("Stop and close", QMessageBox.ButtonRole.AcceptRole)
    leave.clicked.connect(lambda _checked=False: stop())
    stay = box.addButton("Keep KidView open", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    box.open()
