"""Ask for a slice number; one beyond the scan goes to the nearest slice there is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from kidview.session import PLANES
from kidview.ui.context import Context

_ANY = 999_999


def ask_slice(context: Context) -> None:
    """Go to a slice of the active view, counted from 1 as the views show it."""
    session, axis = context.session, context.window.views.active_axis
    if session.volume is None:
        return
    geometry = session.volume.geometry
    count = geometry.shape_zyx[axis]
    index = list(geometry.nearest_index(session.view.cursor_ras))
    dialog = QInputDialog(context.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Go to slice")
    dialog.setLabelText(f"{PLANES[axis].capitalize()} slice, 1 to {count}")
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    # With the slices as the range the box would swallow digits: 500 of 178 became 50.
    dialog.setIntRange(-_ANY, _ANY)
    dialog.setIntValue(index[axis] + 1)

    def go(number: int) -> None:
        nearest = min(max(number, 1), count)
        if nearest != number:
            end = "last" if number > count else "first"
            context.window.say(
                f"There is no slice {number}: this is the {end}, {nearest} / {count}"
            )
        index[axis] = nearest - 1
        context.window.views.go_to((index[0], index[1], index[2]))

    dialog.intValueSelected.connect(go)
    dialog.open()
