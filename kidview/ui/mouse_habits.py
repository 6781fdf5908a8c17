"""Whose mouse habits hold, and whether Space is held to pan."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QAbstractSpinBox, QApplication

PRESSED_BY_KEY = (QAbstractButton, QAbstractItemView, QAbstractSpinBox)
"""What takes Space and Enter for itself while it has the focus."""


class MouseHabits(QObject):
    """What the views ask when a button goes down.

    As an event filter of the window it holds the Space bar back while the pointer is over a
    slice: a drag then pans, and only a Space released without one is the key Space. Elsewhere
    the key acts when it goes down, as any other.

    Parameters
    ----------
    scheme : callable
        The scheme of keys in use: "KidView" or "ITK-SNAP".
    is_over_slice : callable
        Whether the pointer is over a slice view.
    tap : callable
        What Space does by itself.

    Signals: `changed` when Space or Ctrl go down or up.
    """

    changed = Signal()

    def __init__(
        self,
        scheme: Callable[[], str] = lambda: "KidView",
        is_over_slice: Callable[[], bool] = lambda: False,
        tap: Callable[[], object] = lambda: None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._scheme, self._is_over_slice, self._tap = scheme, is_over_slice, tap
        self.is_space_held = False
        self.is_ctrl_held = False
        self._is_claimed = False  # the press to come is for the views
        self._was_used = False

    @property
    def scheme(self) -> str:
        """ "KidView" or "ITK-SNAP"."""
        return self._scheme()

    def use_space(self) -> None:
        """A drag with Space held began: releasing it does nothing more."""
        self._was_used = True

    def hold_ctrl(self, is_held: bool) -> None:
        """Ctrl went down or up, or a mouse event says how it stands."""
        if is_held != self.is_ctrl_held:
            self.is_ctrl_held = is_held
            self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Space over a slice; pass everything else on."""
        if event.type() == QEvent.Type.WindowDeactivate:
            self._let_go()
            self.hold_ctrl(False)
        if not isinstance(event, QKeyEvent):
            return False
        if event.key() == Qt.Key.Key_Control and event.type() != QEvent.Type.ShortcutOverride:
            # Not the application's modifiers: those still are what they were before the key.
            self.hold_ctrl(event.type() == QEvent.Type.KeyPress)
            return False
        if event.key() != Qt.Key.Key_Space or event.modifiers():
            return False
        return self._take_space(event)

    def _take_space(self, event: QKeyEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride:
            is_free = not isinstance(QApplication.focusWidget(), PRESSED_BY_KEY)
            self._is_claimed = self.is_space_held or (is_free and self._is_over_slice())
            if self._is_claimed:
                event.accept()  # sent again as a plain key press, not to the shortcut
            return self._is_claimed
        if event.isAutoRepeat():
            return self.is_space_held
        if kind == QEvent.Type.KeyPress and self._is_claimed:
            self.is_space_held, self._was_used = True, False
            self.changed.emit()
            return True
        if kind == QEvent.Type.KeyRelease and self.is_space_held:
            is_tap = not self._was_used
            self._let_go()
            if is_tap:
                self._tap()
            return True
        return False

    def _let_go(self) -> None:
        if self.is_space_held:
            self.is_space_held = False
            self.changed.emit()
