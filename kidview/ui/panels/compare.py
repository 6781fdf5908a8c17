"""COMPARE: how much the labels agree with another mask, and where they do not."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from kidview.core.hec import HECS
from kidview.core.labels import LABELS
from kidview.edit.compare import Comparison
from kidview.ui.actions.commands import Commands
from kidview.ui.comparing import Comparing, none_in_words
from kidview.ui.context import Context
from kidview.ui.panels.labels import millilitres
from kidview.ui.pieces import Elided, icon_button, push_button, role, swatch, text

_ROW_PX = 26
_ROWS_SHOWN = 6
_VOLUME_PX, _DICE_PX = 58, 44
_CLASSES = {"kidney_and_mass": "Kidney and masses", "mass": "Masses", "tumour": "Tumour"}
_NONE = "–"


class ComparePanel(QWidget):
    """Name of the other mask, mL and Dice, then the differences, the largest first.

    Parameters
    ----------
    context : Context
    comparing : Comparing
    commands : Commands
    """

    def __init__(self, context: Context, comparing: Comparing, commands: Commands) -> None:
        super().__init__()
        self._context, self._comparing, self._commands = context, comparing, commands
        self.name = Elided()
        self.numbers: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        self.classes: dict[str, QLabel] = {}
        self.list = self._list()
        self.hint = text("", "secondary")
        self.hint.setContentsMargins(16, 0, 16, 0)
        take = commands["compare.take"]
        self.take = push_button("Take the other's", take.trigger)
        take.changed.connect(self._show_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addLayout(self._table())
        column.addSpacing(12)
        column.addWidget(self.hint)
        column.addSpacing(4)
        self._differences = self._differing()
        column.addWidget(self._differences)
        comparing.changed.connect(self._show)
        self._show_button()
        self._show(comparing)

    # -- pieces -----------------------------------------------------------------

    def _head(self) -> QHBoxLayout:
        stop = self._commands["compare.stop"]
        close = icon_button(self._context.theme, "ph.x", "Stop comparing", stop.trigger)
        self._commands.tell_key("compare.stop", close, "Stop comparing")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 12, 4)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        row.addStretch()
        row.addWidget(close)
        return row

    def _table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(16, 0, 16, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for column, words in ((2, "Here"), (3, "Other"), (4, "Dice")):
            grid.addWidget(_number(column, words, "secondary"), 0, column)
        for row, label in enumerate(LABELS, 1):
            colour = QLabel()
            colour.setPixmap(swatch(label.colour))
            grid.addWidget(colour, row, 0)
            grid.addWidget(text(label.name.capitalize()), row, 1)
            cells = (_number(2), _number(3), _number(4))
            for column, cell in enumerate(cells, 2):
                grid.addWidget(cell, row, column)
            self.numbers[label.name] = cells
        first = len(LABELS) + 1
        grid.setRowMinimumHeight(first, 6)
        for row, (hec, words) in enumerate(_CLASSES.items(), first + 1):
            members = ", ".join(name.name for name in LABELS if name.id in HECS[hec])
            title = text(words, "secondary")
            title.setToolTip(f"Dice of {members} together" if hec != "tumour" else "Dice of tumour")
            grid.addWidget(title, row, 0, 1, 4)
            self.classes[hec] = _number(4)
            grid.addWidget(self.classes[hec], row, 4)
        return grid

    def _list(self) -> QListWidget:
        made = QListWidget()
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        made.setAccessibleName("differences")
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        role(made, "history")
        made.itemClicked.connect(self._go)
        made.customContextMenuRequested.connect(self._open_menu)
        return made

    def _differing(self) -> QWidget:
        """The list, and what can be done with its row."""
        box, foot = QWidget(), QHBoxLayout()
        foot.setContentsMargins(8, 0, 8, 0)
        foot.addWidget(self.take)
        foot.addStretch()
        column = QVBoxLayout(box)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(4)
        column.addWidget(self.list)
        column.addLayout(foot)
        return box

    # -- showing ----------------------------------------------------------------

    def _show(self, comparing: Comparing) -> None:
        for id in ("compare.next", "compare.previous", "compare.take", "compare.stop"):
            self._commands.refresh_row(id)
        compared, found = comparing.session.compared, comparing.found
        if compared is None:
            return
        self.name.setText(compared.name)
        self._show_numbers(found)
        places = comparing.places
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for place in places:
            item = QListWidgetItem(short(place.words))
            item.setToolTip(place.words)
            self.list.addItem(item)
        if comparing.here in places:
            self.list.setCurrentRow(places.index(comparing.here))
        del blocker
        self._differences.setVisible(bool(places))
        self.list.setFixedHeight(_ROW_PX * min(len(places), _ROWS_SHOWN) + 2)
        self.hint.setText(_hint(found))

    def _show_numbers(self, found: Comparison | None) -> None:
        """A dash where neither mask has anything to compare."""
        if found is None:
            for cells in (*self.numbers.values(), tuple(self.classes.values())):
                for cell in cells:
                    cell.setText("")
            return
        there_are = set()
        for label in LABELS:
            here, other, alike = self.numbers[label.name]
            volumes = found.volumes_ml[label.name]
            here.setText(millilitres(volumes[0]))
            other.setText(millilitres(volumes[1]))
            alike.setText(_dice(found.dice[label.name], any(volumes)))
            if any(volumes):
                there_are.add(label.id)
        for hec, members in HECS.items():
            self.classes[hec].setText(_dice(found.hec[hec], bool(there_are & set(members))))

    def _show_button(self) -> None:
        action = self._commands["compare.take"]
        self.take.setEnabled(action.isEnabled())
        self.take.setToolTip(action.toolTip())

    # -- the hand ---------------------------------------------------------------

    def _go(self, item: QListWidgetItem) -> None:
        self._comparing.go_to(self._comparing.places[self.list.row(item)])

    def _open_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None:
            return
        self._go(item)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._commands["compare.take"])
        menu.popup(self.list.viewport().mapToGlobal(at))


def _hint(found: Comparison | None) -> str:
    if found is None:
        return "Comparing…"
    if not found.places:
        return none_in_words(found)
    count = len(found.places)
    return f"{count} difference{'' if count == 1 else 's'}, here → other"


def short(words: str) -> str:
    """ "Tumour here, kidney in the other: 2.6 mL" so that a narrow list shows the volume."""
    return words.replace(" here, ", " → ").replace(" in the other:", ":")


def _dice(value: float, has_any: bool) -> str:
    return f"{value:.3f}" if has_any else _NONE


def _number(column: int, words: str = "", look: str = "") -> QLabel:
    label = text(words, look)
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    label.setFixedWidth(_DICE_PX if column == 4 else _VOLUME_PX)
    return label
