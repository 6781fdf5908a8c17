"""The bookmarks of the open scan, below the actions that make them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from kidview.cases import Bookmark
from kidview.session import Change, What
from kidview.ui.actions.bookmarks import go_to
from kidview.ui.context import Context


class BookmarkMenu(QObject):
    """One line of a menu for each bookmark.

    Parameters
    ----------
    context : Context
    menu : QMenu
        Its other actions stay above.
    """

    def __init__(self, context: Context, menu: QMenu) -> None:
        super().__init__(menu)
        self._context, self._menu = context, menu
        self._places: tuple[Bookmark, ...] = ()
        self._actions: list[QAction] = []
        context.session.changed.connect(self._on_change)

    def _on_change(self, change: Change) -> None:
        places = self._context.session.marks.bookmarks
        if not change.what & What.MARKS or places == self._places:
            return
        for action in self._actions:
            self._menu.removeAction(action)
            action.deleteLater()
        self._places, self._actions = places, []
        if places:
            self._actions.append(self._menu.addSeparator())
        for place in places:
            action = self._menu.addAction(place.name)
            action.triggered.connect(self._goer(place))
            self._actions.append(action)

    def _goer(self, place: Bookmark) -> Callable[[bool], None]:
        return lambda _checked: go_to(self._context, place)
