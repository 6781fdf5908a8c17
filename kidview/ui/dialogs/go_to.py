"""Ask for a slice number."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from kidview.session import PLANES
from kidview.ui.context import Context


def ask_slice(context: Context) -> None:
    """Go to a slice of the active view, counted from 1 as the views show it."""
    session, axis = context.session, context.window.views.active_axis
    if session.volume is None:
        return
    geometry = session.volume.geometry
    index = list(geometry.nearest_index(session.view.cursor_ras))
    dialog = QInputDialog(context.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("Go to slice")
    dialog.setLabelText(f"{PLANES[axis].capitalize()} slice, 1 to {geometry.shape_zyx[axis]}")
    dialog.setInputMode(QInputDialog.InputMode.IntInput)
    dialog.setIntRange(1, geometry.shape_zyx[axis])
    dialog.setIntValue(index[axis] + 1)

    def go(number: int) -> None:
        index[axis] = number - 1
        session.look_at((index[0], index[1], index[2]))

    dialog.intValueSelected.connect(go)
    dialog.open()
