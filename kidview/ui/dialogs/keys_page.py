"""Change keys: every action with its key, another one by pressing it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kidview.ui.actions.own_keys import Keys, given, read_own, usable, written
from kidview.ui.actions.row import ActionRow
from kidview.ui.context import Context
from kidview.ui.dialogs.palette import matches
from kidview.ui.pieces import push_button, text

_SIZE = (640, 560)
_COLUMNS = ("Action", "Menu", "Key")
_NONE = "no key"


class KeyEdit(QKeySequenceEdit):
    """Takes one combination; Esc is left to the dialog, which it closes."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaximumSequenceLength(1)
        self.setAccessibleName("Press the new key")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key but Esc."""
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()
        else:
            super().keyPressEvent(event)


class KeysPage(QDialog):
    """Every change holds at once and is kept as the setting "own_keys".

    Parameters
    ----------
    context : Context
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context, self._commands = context, context.window.commands
        self._wanted: tuple[ActionRow, str] | None = None  # what waits for a yes
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change keys")
        self.resize(*_SIZE)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find an action, or the key it has")
        self.filter.setAccessibleName("Find an action")
        self.filter.textChanged.connect(self._fill)
        self.table = self._made_table()
        self.chosen = text("", "case")
        self.key = KeyEdit()
        self.key.editingFinished.connect(self._take_key)
        self.reset = push_button("Reset this one", self._reset_chosen)
        self.reset_all = push_button("Reset all", self._reset_all)
        self.words = text()
        self.words.setWordWrap(True)
        self.take = push_button("Take it", self._take, "primary")
        self.cancel = push_button("Cancel", self._forget)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        column.addWidget(self.filter)
        column.addWidget(self.table, 1)
        column.addLayout(_line(self.chosen, None, self.key, self.reset))
        answer = QWidget()
        answer.setMinimumHeight(32)  # of the buttons, so that nothing moves when they come
        line = _line(self.words, self.cancel, self.take)
        line.setStretchFactor(self.words, 1)
        answer.setLayout(line)
        column.addWidget(answer)
        column.addLayout(_line(self.reset_all, None, push_button("Close", self.close)))
        for button in self.findChildren(type(self.take)):
            button.setAutoDefault(False)  # Enter in a field presses nothing
        self._ask(None, "")
        self._fill("")
        self.filter.setFocus()

    # -- the list -----------------------------------------------------------------

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(0, len(_COLUMNS))
        table.setHorizontalHeaderLabels(_COLUMNS)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        table.itemSelectionChanged.connect(self._on_chosen)
        return table

    def _fill(self, typed: str) -> None:
        """Actions whose key it is first, then those the words find."""
        rows, key = self._commands.rows, usable(typed.strip())
        found = [row for row in rows if key in self._commands.keys[row.id]]
        found += [row for row in matches(rows, typed) if row not in found]
        self.table.clearSelection()  # else the first place stays chosen, whatever moves there
        self.table.setRowCount(len(found))
        for place, row in enumerate(found):
            item = QTableWidgetItem(row.title)
            item.setData(Qt.ItemDataRole.UserRole, row)
            item.setToolTip(row.tip)
            self.table.setItem(place, 0, item)
            self.table.setItem(place, 1, QTableWidgetItem(row.menu.replace("/", " › ")))
            self.table.setItem(place, 2, QTableWidgetItem())
        self._show_keys()
        if found:
            self.table.selectRow(0)

    def _show_keys(self) -> None:
        """Write the keys in use; the user's own stand out."""
        own = self._own()
        for place in range(self.table.rowCount()):
            row, cell = self._row_at(place), self._cell(place, 2)
            cell.setText(", ".join(map(_native, self._commands.keys[row.id])) or _NONE)
            font = cell.font()
            font.setBold(row.id in own)
            cell.setFont(font)
        chosen = self._chosen_row()
        self.reset.setEnabled(chosen is not None and chosen.id in own)
        self.reset_all.setEnabled(bool(own))

    def _row_at(self, place: int) -> ActionRow:
        row: ActionRow = self._cell(place, 0).data(Qt.ItemDataRole.UserRole)
        return row

    def _cell(self, place: int, column: int) -> QTableWidgetItem:
        cell = self.table.item(place, column)
        assert cell is not None  # `_fill` made it
        return cell

    def _chosen_row(self) -> ActionRow | None:
        chosen = self.table.selectionModel().selectedRows()
        return self._row_at(chosen[0].row()) if chosen else None

    def _on_chosen(self) -> None:
        row = self._chosen_row()
        self.chosen.setText("" if row is None else row.title.rstrip("…"))
        self.key.setEnabled(row is not None)
        self.key.clear()
        self._ask(None, "")
        self._show_keys()

    # -- keys ---------------------------------------------------------------------

    def _own(self) -> Keys:
        return read_own(self._context.settings["own_keys"], self._commands.rows)[0]

    def _take_key(self) -> None:
        """A combination was pressed: give it, ask, or say why not."""
        row, pressed = self._chosen_row(), self.key.keySequence().toString()
        if row is None or not pressed:
            return
        key, shown = usable(pressed), _native(pressed)
        if key is None:
            self._ask(None, f"{shown} cannot be a key by itself: press another one")
            return
        holder = self._holder(key)
        if holder is row:
            self._ask(None, f"{shown} is its key already")
        elif holder is None:
            self._give(row, key)
        else:
            title = holder.title.rstrip("…")
            self._ask((row, key), f"{shown} is {title}: take it from there?")

    def _holder(self, key: str) -> ActionRow | None:
        keys = self._commands.keys
        return next((row for row in self._commands.rows if key in keys[row.id]), None)

    def _take(self) -> None:
        if self._wanted is not None:
            self._give(*self._wanted)

    def _forget(self) -> None:
        self._ask(None, "")
        self.key.clear()
        self.key.setFocus()

    def _give(self, row: ActionRow, key: str) -> None:
        holder = self._holder(key)
        self._keep(given(self._own(), row.id, key))
        words = f"{row.title.rstrip('…')}: {_native(key)}"
        if holder is not None:
            left = ", ".join(map(_native, self._commands.keys[holder.id])) or _NONE
            words += f". {holder.title.rstrip('…')} has {left} now"
        self._ask(None, words)
        self.key.clear()

    def _reset_chosen(self) -> None:
        row, own = self._chosen_row(), self._own()
        if row is not None and own.pop(row.id, None) is not None:
            self._keep(own)
            left = ", ".join(map(_native, self._commands.keys[row.id]))
            why = f"{_NONE}, for what it had is another action's now"
            self._ask(None, f"{row.title.rstrip('…')}: {left or why}")

    def _reset_all(self) -> None:
        self._keep({})
        self._ask(None, "All keys are those of the scheme again")

    def _keep(self, own: Keys) -> None:
        self._context.settings.set("own_keys", written(own))
        self._show_keys()

    def _ask(self, wanted: tuple[ActionRow, str] | None, words: str) -> None:
        """Show words, with two buttons where a yes is needed."""
        self._wanted = wanted
        self.words.setText(words)
        self.take.setVisible(wanted is not None)
        self.cancel.setVisible(wanted is not None)
        if wanted is not None:
            self.take.setFocus()


def show_keys_page(context: Context) -> None:
    """Open the page."""
    KeysPage(context).open()


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def _line(*widgets: QWidget | None) -> QHBoxLayout:
    """Widgets beside each other; None takes the room that is left."""
    line = QHBoxLayout()
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    for widget in widgets:
        if widget is None:
            line.addStretch()
        else:
            line.addWidget(widget)
    return line
