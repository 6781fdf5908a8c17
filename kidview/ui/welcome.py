"""The empty window: a quiet place to drop a CT, and what was open before."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from kidview.ui import opening
from kidview.ui.context import Context
from kidview.ui.icons import follow, icon
from kidview.ui.pieces import Elided, push_button, role, text
from kidview.ui.recent import THUMBNAIL_PX, Recent

_CARDS = 4
_GAP = 16
_MARGIN = 32


class Welcome(QWidget):
    """Drop zone above, recent scans below."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        role(self, "window")
        self._context = context
        self.zone = DropZone(context)
        self.cards: list[RecentCard] = []
        self._columns = _CARDS
        self._recents = QWidget()
        self._shelf = QGridLayout()
        self._shelf.setSpacing(_GAP)
        self._shelf.setAlignment(Qt.AlignmentFlag.AlignLeft)
        head = QHBoxLayout()
        head.addWidget(text("RECENT", "section"))
        head.addStretch()
        head.addWidget(push_button("Clear list", context.window.forget_recents, "link"))
        below = QVBoxLayout(self._recents)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(8)
        below.addLayout(head)
        below.addLayout(self._shelf)
        middle = QVBoxLayout()
        middle.setSpacing(32)
        middle.addStretch(2)
        middle.addWidget(self.zone)
        middle.addWidget(self._recents)
        middle.addStretch(3)
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        row.addStretch()
        row.addLayout(middle)
        row.addStretch()

    def show_recents(self, recents: tuple[Recent, ...], folder: Path) -> None:
        """Fill the shelf."""
        for card in self.cards:
            self._shelf.removeWidget(card)
            card.deleteLater()
        self.cards = [RecentCard(self._context, r, folder) for r in recents[:_CARDS]]
        for number, card in enumerate(self.cards):
            self._shelf.addWidget(card, 0, number)
        self._show_cards()
        self._recents.setVisible(bool(self.cards))

    def show_drag(self, is_over: bool) -> None:
        """Tell that a drop would be taken."""
        self.zone.show_drag(is_over)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many cards as there is room for, and the zone as wide as they are."""
        card = THUMBNAIL_PX[0] + 2 + _GAP
        self._columns = min(max((self.width() - 2 * _MARGIN + _GAP) // card, 2), _CARDS)
        self.zone.setFixedWidth(self._columns * card - _GAP)
        self._show_cards()
        super().resizeEvent(event)

    def _show_cards(self) -> None:
        for number, card in enumerate(self.cards):
            card.setVisible(number < self._columns)


def _show_cases(context: Context) -> None:
    context.window.commands["cases.list"].trigger()


class DropZone(QFrame):
    """What can be dropped, and three other ways."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._is_over = False
        self.setFixedHeight(260)
        self._theme = context.theme
        self._mark = QLabel()
        self._mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title = text("Drop a CT here", "title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        kinds = text("DICOM folder or zip, NIfTI, NRRD, MetaImage", "quiet")
        kinds.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        buttons.addWidget(push_button("Open file…", lambda: opening.ask_file(context)))
        buttons.addWidget(push_button("Open folder…", lambda: opening.ask_folder(context)))
        buttons.addStretch()
        demo = QHBoxLayout()
        demo.addStretch()
        demo.addWidget(
            push_button("Open the demonstration case", lambda: opening.open_demo(context), "link")
        )
        demo.addWidget(push_button("List of cases", lambda: _show_cases(context), "link"))
        demo.addStretch()
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch()
        column.addWidget(self._mark)
        column.addWidget(title)
        column.addWidget(kinds)
        column.addSpacing(16)
        column.addLayout(buttons)
        column.addLayout(demo)
        column.addStretch()
        follow(context.theme, self, self._tint)
        self._tint()

    def show_drag(self, is_over: bool) -> None:
        """Tell that a drop would be taken."""
        self._is_over = is_over
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A dashed frame; the style sheet's own is uneven."""
        palette = self._theme.palette
        pen = QPen(QColor(palette.accent if self._is_over else palette.disabled), 1.0)
        pen.setDashPattern([4, 4])
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def _tint(self) -> None:
        picture = icon(self._theme, "ph.download-simple", "secondary")
        self._mark.setPixmap(picture.pixmap(QSize(36, 36), self.devicePixelRatioF()))


class RecentCard(QFrame):
    """A scan opened before; a click opens it again."""

    def __init__(self, context: Context, recent: Recent, folder: Path) -> None:
        super().__init__()
        self._context, self.recent = context, recent
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setToolTip(recent.path)
        self.setAccessibleName(f"Open {Path(recent.path).name}")
        width, height = THUMBNAIL_PX
        self.setFixedWidth(width + 2)
        picture = QLabel()
        picture.setFixedSize(width, height)
        picture.setPixmap(QPixmap(str(recent.picture(folder))))
        role(picture, "view")
        names = QVBoxLayout()
        names.setContentsMargins(8, 6, 8, 6)
        names.setSpacing(2)
        names.addWidget(Elided(Path(recent.path).name))
        names.addWidget(Elided(recent.grid, "secondary"))
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(picture)
        column.addLayout(names)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter and Space open it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Space means this card, not the view below."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        return super().event(event)

    def _open(self) -> None:
        opening.open_paths(self._context, [Path(self.recent.path)])
