"""QActions made of the actions table, kept in step with the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from kidview.core.errors import KidViewError
from kidview.session import Change, What
from kidview.ui.actions.own_keys import Keys, keys_in_use, read_own
from kidview.ui.actions.row import ActionRow
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon

_ID = re.compile(r"\[([a-z_]+\.[a-z_]+)\]")


class Commands(QObject):
    """One QAction a row, added to the window so that its keys work everywhere in it.

    Parameters
    ----------
    context : Context
    rows : sequence of ActionRow

    Attributes
    ----------
    keys : Keys
        In use for each action: the user's own, else those of the scheme; the first is shown.
    remarks : tuple of str
        One sentence for each entry of the user's own keys that cannot be used.
    """

    def __init__(self, context: Context, rows: Sequence[ActionRow]) -> None:
        super().__init__(context.window)
        self.rows = tuple(rows)
        self.keys: Keys = {}
        self.remarks: tuple[str, ...] = ()
        self._context = context
        self._told: dict[str, tuple[str | None, str, QKeySequence]] = {}
        self._actions = {row.id: self._made(row) for row in rows}
        self.choose_scheme(context.settings["keys"])
        follow(context.theme, self, self._tint)
        self._tint()
        self.refresh()
        self._disconnect = context.session.changed.connect(self._on_change)
        context.settings.changed.connect(lambda id: self.refresh())

    def __getitem__(self, id: str) -> QAction:
        return self._actions[id]

    def reason(self, row: ActionRow) -> str | None:
        """Why an action cannot run now; None when it can."""
        return None if row.enabled.is_met(self._context) else row.enabled.reason

    def trigger(self, row: ActionRow) -> None:
        """Run an action if it can run; what it refuses is told in the window's bar."""
        reason = self.reason(row)
        if reason is not None:
            self._context.window.say(f"{row.title}: {reason}")
            return
        try:
            row.run(self._context)
        except KidViewError as error:
            self._context.window.show_error(error)
        self.refresh()

    def choose_scheme(self, scheme: str) -> None:
        """Give every action its keys: the user's own, else those of a scheme."""
        own, self.remarks = read_own(self._context.settings["own_keys"], self.rows)
        self.keys = keys_in_use(self.rows, scheme, own)
        for row in self.rows:
            self._actions[row.id].setShortcuts([QKeySequence(key) for key in self.keys[row.id]])
        self._told.clear()  # a tip may name the key of another action
        self.refresh()

    def press(self, key: str) -> None:
        """Run the action that has a key, for keys that do not come as shortcuts."""
        for row in self.rows:
            if key in self.keys[row.id]:
                self._actions[row.id].trigger()

    def shown_key(self, id: str) -> str:
        """The first key of an action as this system writes it; "" for none."""
        return self._actions[id].shortcut().toString(QKeySequence.SequenceFormat.NativeText)

    def with_keys(self, words: str) -> str:
        """Words in which the key of an action stands for its id: "drop it with [segment.discard]".

        Whoever tells what to do next knows no keys, for they are the user's; an action without one
        is named by its title.
        """

        def key_of(found: re.Match[str]) -> str:
            id = found[1]
            if id not in self._actions:
                return found[0]
            title = next(row.title for row in self.rows if row.id == id)
            return self.shown_key(id) or f'"{title}"'

        return _ID.sub(key_of, words)

    def tell_keys(self, widget: QWidget, words: str) -> None:
        """Give a widget a tool-tip in which keys stand for ids, as in `with_keys`."""

        def show() -> None:
            widget.setToolTip(self.with_keys(words))

        for id in _ID.findall(words):
            self._actions[id].changed.connect(show)
        show()

    def tell_key(self, id: str, widget: QWidget, words: str) -> None:
        """Give a button for an action a tool-tip that names its key, whatever it is by then."""

        def show() -> None:
            key = self.shown_key(id)
            widget.setToolTip(f"{words} ({key})" if key else words)

        self._actions[id].changed.connect(show)
        show()

    def refresh(self) -> None:
        """Set what can run, what is checked and what each one says."""
        for row in self.rows:
            self._refresh(row)

    def refresh_row(self, id: str) -> None:
        """The same for one action, for what no Change tells."""
        self._refresh(next(row for row in self.rows if row.id == id))

    def _refresh(self, row: ActionRow) -> None:
        action, reason = self._actions[row.id], self.reason(row)
        if row.is_checked is not None:
            action.setChecked(row.is_checked(self._context))
        title = row.title if row.says is None else row.says(self._context)
        told = (reason, title, action.shortcut())
        if self._told.get(row.id) != told:  # tips are dear, and scrolling comes by here
            self._told[row.id] = told
            action.setEnabled(reason is None)
            action.setText(title)
            action.setToolTip(self.with_keys(self._tip(row, reason)))

    def fill(self, bar: QMenuBar, menus: Sequence[str]) -> dict[str, QMenu]:
        """Make the menus; returns them by name, submenus as "View/Window"."""
        made: dict[str, QMenu] = {}
        for name in menus:
            made[name] = bar.addMenu(name)
            made[name].setToolTipsVisible(True)
            made[name].aboutToShow.connect(self.refresh)
        for row in self.rows:
            menu = self._menu(made, row.menu)
            if row.starts_group and not menu.isEmpty():
                menu.addSeparator()
            menu.addAction(self._actions[row.id])
        return made

    @staticmethod
    def _menu(made: dict[str, QMenu], path: str) -> QMenu:
        if path not in made:
            parent, title = path.rsplit("/", 1)
            made[path] = made[parent].addMenu(title)
            made[path].setToolTipsVisible(True)
        return made[path]

    def _made(self, row: ActionRow) -> QAction:
        action = QAction(row.title, self)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(row.repeats)
        action.setCheckable(row.is_checked is not None)
        # QAction would guess roles from titles ("About", "Quit", "Settings") on macOS only.
        action.triggered.connect(self._runner(row))
        self._context.window.addAction(action)
        return action

    def _runner(self, row: ActionRow) -> Callable[[bool], None]:
        def run(_checked: bool = False) -> None:
            self.trigger(row)

        return run

    def _tip(self, row: ActionRow, reason: str | None) -> str:
        shown = self.shown_key(row.id)
        text = f"{self._actions[row.id].text()} ({shown})" if shown else row.title
        text = f"{text}\n{row.tip}"
        return text if reason is None else f"{text}\nNot now: {reason}"

    def _tint(self) -> None:
        for row in self.rows:
            if row.icon:
                self._actions[row.id].setIcon(icon(self._context.theme, row.icon))
                self._actions[row.id].setIconVisibleInMenu(False)

    def _on_change(self, change: Change) -> None:
        if change.what & ~What.LABELS:  # a painting drag changes what no action depends on
            self.refresh()
