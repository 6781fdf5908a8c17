"""Below the list: what is wrong with the damaged case one is on, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kidview.cases import CaseRow
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import Elided, line, push_button, text
from kidview.ui.telling import as_sentence
from kidview.ui.theme import Theme
from kidview.ui.worklist.words import DAMAGED


class DamageCard(QWidget):
    """The whole sentence, file and field in it, the way out, and a second try.

    Parameters
    ----------
    theme : Theme
    again : callable
        Opens the case that is told of.
    folder : Path
        Of the store.
    """

    def __init__(self, theme: Theme, again: Callable[[], object], folder: Path) -> None:
        super().__init__()
        self._theme, self._folder = theme, folder
        self._mark = QLabel()
        self.case_id = Elided("", "secondary")
        self.what, self.hint = text(), text("", "secondary")
        for words in (self.what, self.hint):
            words.setWordWrap(True)
            words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._mark)
        head.addWidget(text("Damaged", "case"))
        head.addStretch()
        head.addWidget(self.case_id)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.again = push_button("Try again", again)
        foot.addWidget(self.again)
        foot.addWidget(push_button("Show folder", self._show_folder, "link"))
        foot.addStretch()
        inside = QVBoxLayout()
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(4)
        inside.addLayout(head)
        inside.addWidget(self.what)
        inside.addWidget(self.hint)
        inside.addSpacing(4)
        inside.addLayout(foot)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(inside)
        column.addWidget(line())
        follow(theme, self, self._tint)
        self._tint()
        self.hide()

    def show_row(self, row: CaseRow | None) -> None:
        """Tell of a damaged case, or step aside."""
        is_shown = row is not None and row.is_damaged
        if row is not None and is_shown:
            what, _, hint = row.error.partition(" - ")
            self.case_id.setText(row.case_id)
            self.what.setText(as_sentence(what))
            self.hint.setText(as_sentence(hint) if hint else "")
        self.setVisible(is_shown)

    def _show_folder(self) -> None:
        folder = self._folder / self.case_id.text()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _tint(self) -> None:
        picture = icon(self._theme, DAMAGED.icon, DAMAGED.tone)
        self._mark.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))
