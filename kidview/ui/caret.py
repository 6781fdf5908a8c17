"""A small caret on what opens a list, so that it does not look like a switch."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget

from kidview.ui.icons import icon_in
from kidview.ui.pieces import restyle

_SIDE_PX, _RIGHT_PX = 10, 7


def caret(opens: QAbstractButton | QComboBox) -> None:
    """Draw a caret at the right edge of a button with a menu, or of a box of choices."""
    opens.setProperty("caret", True)  # the style sheet keeps the room free
    restyle(opens)
    _Caret(opens)


class _Caret(QWidget):
    """Lies over its parent and lets every click through."""

    def __init__(self, opens: QWidget) -> None:
        super().__init__(opens)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("")
        opens.installEventFilter(self)
        self._place(opens)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the edge."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self._place(watched)
        return super().eventFilter(watched, event)

    def _place(self, opens: QWidget) -> None:
        left = opens.width() - _SIDE_PX - _RIGHT_PX
        self.setGeometry(left, (opens.height() - _SIDE_PX) // 2, _SIDE_PX, _SIDE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """In the colour of secondary words."""
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        which = QPalette.ColorRole.PlaceholderText if self.isEnabled() else QPalette.ColorRole.Text
        painter = QPainter(self)
        _icon(self.palette().color(group, which).name()).paint(
            painter, QRect(0, 0, _SIDE_PX, _SIDE_PX)
        )
        painter.end()


@lru_cache(maxsize=8)
def _icon(colour: str) -> QIcon:
    return icon_in("ph.caret-down", colour)
