"""The masks a case keeps, below the actions that compare: one line each."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from kidview.session import Change, What
from kidview.ui.context import Context
from kidview.ui.other_masks import Loader, compare_with_kept, kept_masks


class CompareMenu(QObject):
    """One line of a menu for each mask of the open case.

    Parameters
    ----------
    context : Context
    menu : QMenu
        Its other actions stay above.
    """

    def __init__(self, context: Context, menu: QMenu) -> None:
        super().__init__(menu)
        self._context, self._menu = context, menu
        self._actions: list[QAction] = []
        context.session.changed.connect(self._on_change)

    def _on_change(self, change: Change) -> None:
        if not change.what & (What.RECORD | What.CASE):
            return
        for action in self._actions:
            self._menu.removeAction(action)
            action.deleteLater()
        self._actions = []
        masks = kept_masks(self._context.session)
        if masks:
            self._actions.append(self._menu.addSeparator())
        for name, load in masks:
            action = self._menu.addAction(f"With {name}")
            action.setToolTip("Compare the labels with this mask of the case")
            action.triggered.connect(self._comparer(name, load))
            self._actions.append(action)

    def _comparer(self, name: str, load: Loader) -> Callable[[bool], None]:
        return lambda _checked: compare_with_kept(self._context, name, load)
