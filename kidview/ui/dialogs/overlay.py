"""A sheet over the window that goes when one looks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget

SHARE = 0.94
"""Of the window's width and height that a sheet may take."""


class Overlay(QFrame):
    """Closed by Esc, a click outside or a change of the window's size.

    Parameters
    ----------
    window : QWidget
        What it lies over.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._before = QApplication.focusWidget()
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def place(self, top: int) -> None:
        """Show it in the middle, `top` pixels down, inside the window."""
        window = self._window
        self.resize(self.sizeHint().boundedTo(window.size() * SHARE))
        self.move((window.width() - self.width()) // 2, min(top, window.height() - self.height()))
        self.show()
        self.raise_()
        self.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice a click outside and a resize."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            if watched is not self and not self.isAncestorOf(watched):
                self.close()
        elif kind == QEvent.Type.Resize and watched is self._window:
            self.close()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Keep single keys from acting on the window below."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Give the focus back."""
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        if self._before is not None:
            self._window.setFocus()
