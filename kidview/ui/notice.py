"""The bar above the views: one sentence, one action, no dialog."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from kidview.session import Change, What
from kidview.ui.icons import tinted
from kidview.ui.pieces import icon_button, push_button, role, text
from kidview.ui.theme import Theme

_ICONS = {
    "error": ("ph.warning-circle", "error"),
    "warning": ("ph.warning", "warning"),
    "info": ("ph.info", "accent"),
    "done": ("ph.check-circle", "accent"),
}


@dataclass(frozen=True)
class Notice:
    """What a bar says.

    Parameters
    ----------
    key : str
        A notice with the key of a shown one takes its place.
    level : str
        "error", "warning", "info" or "done".
    text : str
        One sentence.
    buttons : tuple of (title, callable)
        What the user can do about it.
    details : str
        More lines, shown on demand.
    ends_with : What
        A Change in one of these makes the notice pointless, so it closes.
    """

    key: str
    level: str
    text: str
    buttons: tuple[tuple[str, Callable[[], object]], ...] = ()
    details: str = ""
    ends_with: What = What(0)


class NoticeBar(QFrame):
    """One notice."""

    def __init__(self, theme: Theme, notice: Notice, close: Callable[[], object]) -> None:
        super().__init__()
        self.notice = notice
        self.setProperty("level", notice.level)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(notice.text)
        name, tone = _ICONS[notice.level]
        mark = icon_button(theme, name, "", lambda: None)
        tinted(mark, theme, name, tone)
        mark.setEnabled(True)
        mark.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        mark.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = text(notice.text)
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 4)
        row.setSpacing(8)
        row.addWidget(mark)
        row.addWidget(self.sentence, 1)
        self._details = text(notice.details, "secondary")
        self._details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details.setWordWrap(True)
        self._details.setContentsMargins(40, 0, 16, 8)
        self._details.hide()
        if notice.details:
            row.addWidget(push_button("Details", self._toggle_details, "link"))
        for title, run in notice.buttons:
            row.addWidget(push_button(title, run, "link"))
        row.addWidget(icon_button(theme, "ph.x", "Close this message", close))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._details)

    def _toggle_details(self) -> None:
        self._details.setVisible(self._details.isHidden())


class Notices(QWidget):
    """The bars in view, newest at the bottom; at most one a key."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        role(self, "panel")
        self._theme = theme
        self._bars: dict[str, NoticeBar] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.hide()

    @property
    def shown(self) -> tuple[Notice, ...]:
        """Notices in view."""
        return tuple(bar.notice for bar in self._bars.values())

    def show_notice(self, notice: Notice) -> None:
        """Add a bar, in place of one with the same key."""
        self.close_notice(notice.key)
        bar = NoticeBar(self._theme, notice, lambda: self.close_notice(notice.key))
        self._bars[notice.key] = bar
        self._column.addWidget(bar)
        self.show()

    def close_notice(self, key: str) -> None:
        """Take a bar away, if it is there."""
        bar = self._bars.pop(key, None)
        if bar is not None:
            self._column.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self.setVisible(bool(self._bars))

    def take_change(self, change: Change) -> None:
        """Close what a Change has overtaken."""
        for notice in self.shown:
            if notice.ends_with & change.what:
                self.close_notice(notice.key)

    def clear(self) -> bool:
        """Take all bars away; whether there was one."""
        keys = tuple(self._bars)
        for key in keys:
            self.close_notice(key)
        return bool(keys)
