"""A section of the right panel: a title that folds what is below it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from kidview.ui.icons import tinted
from kidview.ui.pieces import role
from kidview.ui.theme import Theme


class Section(QWidget):
    """Title and content; `folded` tells when the user folds or unfolds it.

    It is as high as its content wants to be at the width it has: words that break into lines
    need no care of their own.
    """

    folded = Signal(bool)

    def __init__(self, theme: Theme, title: str, content: QWidget) -> None:
        super().__init__()
        self.title = title
        self._content = content
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._header = QToolButton()
        role(self._header, "header")
        self._header.setText(title.upper())
        self._header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._header.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._header.setAccessibleName(title)
        self._header.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._header.clicked.connect(self._toggle)
        self._draw = tinted(
            self._header,
            theme,
            lambda: "ph.caret-right" if self._content.isHidden() else "ph.caret-down",
            "secondary",
        )
        self._header.setIconSize(QSize(12, 12))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addWidget(content)

    @property
    def is_folded(self) -> bool:
        """Whether only the title shows."""
        return self._content.isHidden()

    def fold(self, is_folded: bool) -> None:
        """Hide or show the content."""
        self._content.setHidden(is_folded)
        self._draw()

    def sizeHint(self) -> QSize:
        """As high as its words are at this width: Qt would ask at the width they like best."""
        hint = super().sizeHint()
        if self.hasHeightForWidth():
            hint.setHeight(self.heightForWidth(self.width()))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another height."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def _toggle(self) -> None:
        self.fold(not self.is_folded)
        self.folded.emit(self.is_folded)
