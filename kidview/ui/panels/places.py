"""PLACES: where the labels may be wrong; a click goes there."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from kidview.ui.actions.commands import Commands
from kidview.ui.looking import Looking
from kidview.ui.pieces import role, text

_ROW_PX = 26
_ROWS_SHOWN = 6
_NONE_YET = "[place.next] looks for places that may be wrong"


class PlacesPanel(QWidget):
    """The places found last, the worst first.

    Parameters
    ----------
    looking : Looking
    commands : Commands
    """

    def __init__(self, looking: Looking, commands: Commands) -> None:
        super().__init__()
        self._looking = looking
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        role(self.list, "history")
        self.list.itemClicked.connect(self._go)
        self.hint = text("", "secondary")
        self.hint.setContentsMargins(8, 0, 8, 4)
        self.hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.list)
        column.addWidget(self.hint)
        commands["place.next"].changed.connect(lambda: self._tell_key(commands))
        self._tell_key(commands)
        looking.changed.connect(self._show_places)
        self._show_places(looking)

    def _show_places(self, looking: Looking) -> None:
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for place in looking.places:
            item = QListWidgetItem(place.words)
            item.setToolTip(place.words)
            self.list.addItem(item)
        if looking.here in looking.places:
            self.list.setCurrentRow(looking.places.index(looking.here))
        del blocker
        self.list.setVisible(bool(looking.places))
        self.list.setFixedHeight(_ROW_PX * min(len(looking.places), _ROWS_SHOWN) + 2)
        self.hint.setVisible(not looking.places)

    def _tell_key(self, commands: Commands) -> None:
        self.hint.setText(commands.with_keys(_NONE_YET))

    def _go(self, item: QListWidgetItem) -> None:
        self._looking.go_to(self._looking.places[self.list.row(item)])
