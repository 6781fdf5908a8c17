"""The notes of the open case: shown on its card, edited in place, saved by a job."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from kidview.session import Change, Session, What
from kidview.ui.panels.side_panel import PANEL_PX
from kidview.ui.pieces import push_button, text
from kidview.ui.theme import SMALL_PX, text_font

Save = Callable[[str, Callable[[], object]], object]
"""Gets the text, and what runs once it is saved."""

LINES = 4
_WIDTH_PX = PANEL_PX - 2 * 16 - 8
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NotesBox(QWidget):
    """What is written about a case, and a pad to change it; `edit` stands where the card wants it.

    Parameters
    ----------
    session : Session
    save : Save
    """

    def __init__(self, session: Session, save: Save) -> None:
        super().__init__()
        self._session, self._save = session, save
        self._base = ""
        self.shown = text("", "secondary")
        self.shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.edit = push_button("Add note", self.begin, "link")
        self.pad = Pad(self.save, self.cancel)
        self.theirs = text("", "secondary")
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        self.keep = push_button("Save note", self.save)
        self.keep.setToolTip("Save the note in the case (Ctrl+Enter)")
        self.drop = push_button("Cancel", self.cancel, "link")
        self.drop.setToolTip("Leave the note as it was (Esc)")
        buttons.addWidget(self.keep)
        buttons.addWidget(self.drop)
        buttons.addStretch()
        self._pad_box = QWidget()
        pad = QVBoxLayout(self._pad_box)
        pad.setContentsMargins(0, 4, 0, 4)
        pad.setSpacing(4)
        pad.addWidget(self.pad)
        pad.addWidget(self.theirs)
        pad.addLayout(buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.shown)
        column.addWidget(self._pad_box)
        session.changed.connect(self._on_change)
        self._show_pad(False)
        self._show_notes()

    @property
    def is_editing(self) -> bool:
        """Whether the pad is open."""
        return not self._pad_box.isHidden()

    @property
    def is_dirty(self) -> bool:
        """Whether the pad says something else than the case."""
        return self.is_editing and self._typed() != self._base

    def begin(self) -> None:
        """Open the pad with the notes of now; again goes back to it."""
        if self._session.case is not None and not self.is_editing:
            self._base = self._session.case.notes
            self.pad.setPlainText(self._base)
            self.pad.moveCursor(self.pad.textCursor().MoveOperation.End)
            self.theirs.hide()
            self._show_pad(True)
        self.pad.setFocus()

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Keep what was typed; the pad closes once the case holds it."""

        if self.is_dirty:
            self._save(self._typed(), lambda: self.cancel(then))
        else:
            self.cancel(then)

    def cancel(self, then: Callable[[], object] | None = None) -> None:
        """Close the pad; what was typed and not saved is gone."""
        had_focus = self.pad.hasFocus()
        self._show_pad(False)
        if had_focus:
            self.window().setFocus()
        if then is not None:
            then()

    def _typed(self) -> str:
        return self.pad.toPlainText().strip()

    def _show_pad(self, is_open: bool) -> None:
        self._pad_box.setVisible(is_open)
        self.shown.setVisible(not is_open and bool(self.shown.text()))
        self.edit.setVisible(not is_open and self._session.case is not None)
        self.setVisible(is_open or bool(self.shown.text()))

    def _on_change(self, change: Change) -> None:
        if change.what & What.CASE:
            self._show_pad(False)
        if change.what & (What.CASE | What.RECORD):
            self._show_notes()

    def _show_notes(self) -> None:
        case = self._session.case
        notes = "" if case is None else case.notes
        _tell(self.shown, notes)
        self.edit.setText("Edit note" if notes else "Add note")
        if self.is_editing and notes != self._base:
            self._base = notes  # from here on the user knows what saving replaces
            told = f"to: {notes}" if notes else "and emptied them"
            words = f"Somebody else changed the notes meanwhile {told}"
            _tell(self.theirs, f"Saving replaces this. {words}")
            self.theirs.show()
        self._show_pad(self.is_editing)


def _tell(label: QLabel, words: str) -> None:
    """So much as the card has room for; the tool-tip has all of it."""
    label.setText(first_lines(words, text_font(SMALL_PX), _WIDTH_PX, LINES))
    label.setToolTip(words)


def first_lines(words: str, font: QFont, width: int, most: int) -> str:
    """Words wrapped to a width in pixels; an ellipsis ends them where lines are left out."""
    lines: list[str] = []
    wraps = QTextOption()
    wraps.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    for paragraph in words.split("\n"):
        layout = QTextLayout(paragraph, font)
        layout.setTextOption(wraps)
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            lines.append(paragraph[line.textStart() :][: line.textLength()].rstrip())
        layout.endLayout()
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1]}…"]
    return "\n".join(lines)


class Pad(QPlainTextEdit):
    """A few lines; Ctrl+Enter saves, Esc goes back."""

    def __init__(self, save: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self._save, self._cancel = save, cancel
        self.setPlaceholderText("What the next reader should know. No names of patients.")
        self.setAccessibleName("Notes")
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(6)
        line = QFontMetrics(self.font()).lineSpacing()
        height = LINES * line + 2 * round(self.document().documentMargin())
        # Not setFixedHeight: the least height of the style sheet, one line, has precedence.
        self.setStyleSheet(f"Pad {{ min-height: {height}px; max-height: {height}px; }}")

    def event(self, event: QEvent) -> bool:
        """What is typed here is no shortcut, Ctrl+Enter included."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            ctrl_alt = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not event.modifiers() & ctrl_alt or event.key() in _ENTER:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter and Esc leave the pad."""
        if event.key() in _ENTER and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._save()
        elif event.key() == Qt.Key.Key_Escape:
            self._cancel()
        else:
            super().keyPressEvent(event)
