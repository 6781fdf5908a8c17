"""Small widgets the window's parts are made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from kidview.ui.icons import tinted
from kidview.ui.theme import Theme


def role(widget: QWidget, name: str) -> None:
    """Give a widget one of the style sheet's looks, also after it was shown."""
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # subclasses of QWidget need it
    if widget.property("role") != name:
        widget.setProperty("role", name)
        restyle(widget)


def restyle(widget: QWidget) -> None:
    """Look the style sheet up again after a dynamic property changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def line(vertical: bool = False) -> QFrame:
    """One pixel between two things."""
    frame = QFrame()
    role(frame, "line")
    if vertical:
        frame.setFixedWidth(1)
    else:
        frame.setFixedHeight(1)
    return frame


def text(words: str = "", look: str = "") -> QLabel:
    """A label that never reads its words as HTML."""
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if look:
        role(label, look)
    return label


def push_button(title: str, run: Callable[[], object], look: str = "") -> QPushButton:
    """A button with words."""
    button = QPushButton(title)
    if look:
        role(button, look)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the views
    button.clicked.connect(lambda _checked=False: run())
    return button


def icon_button(
    theme: Theme, icon: str, tip: str, run: Callable[[], object], tone: str = "secondary"
) -> QToolButton:
    """A small button with an icon and nothing around it."""
    button = QToolButton()
    role(button, "small")
    tinted(button, theme, icon, tone)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(lambda _checked=False: run())
    return button


def action_button(action: QAction, look: str = "flat") -> QToolButton:
    """A button that shows an action's icon."""
    button = QToolButton()
    role(button, look)
    button.setDefaultAction(action)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setIconSize(QSize(20, 20))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    return button


class Elided(QLabel):
    """One line of text that gives way in the middle; the whole is its tool-tip."""

    def __init__(self, words: str = "", look: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        if look:
            role(self, look)
        self.setText(words)

    def setText(self, words: str) -> None:
        """Show other words."""
        super().setText(words)
        self.setToolTip(words)

    def sizeHint(self) -> QSize:
        """As wide as the words, were there room."""
        return QSize(
            self.fontMetrics().horizontalAdvance(self.text()) + 2, self.fontMetrics().height()
        )

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        return QSize(24, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        words = self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )
        flags = Qt.AlignmentFlag.AlignVCenter | self.alignment()
        painter.drawText(self.rect(), int(flags), words)


def swatch(colour: str, size: int = 12) -> QPixmap:
    """A square of a label's colour."""
    pixmap = QPixmap(QSize(size, size) * 2)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(colour)
    return pixmap
