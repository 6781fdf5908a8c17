"""FOLLOW-UP: what became of each lesion since the earlier scan; a click goes there in both."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kidview.core.labels import LABELS
from kidview.follow import FollowUp, Growth, Span
from kidview.measure import Value
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.number_box import NumberBox
from kidview.ui.pieces import Elided, icon_button, role, text
from kidview.ui.theme import SMALL_PX, TEXT_PX, Theme, text_font
from kidview.ui.two_times import TwoTimes, told

ROW = Qt.ItemDataRole.UserRole
_ROW_PX, _ROWS_SHOWN = 62, 5
_HINT_PX = 256
_MOST_DAYS = 20_000.0
_COLOURS = {row.name: row.colour for row in LABELS}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class FollowRow:
    """What a row shows: three lines, each with words left and right.

    Parameters
    ----------
    kind, name, where, percent, volume, diameter, change, doubling : str
    """

    kind: str
    name: str
    where: str
    percent: str
    volume: str
    diameter: str
    change: str
    doubling: str

    @classmethod
    def of(cls, growth: Growth) -> FollowRow:
        """A lesion's."""
        pair = growth.match
        lesion = (pair.now or pair.then)[0]
        return cls(
            lesion.kind,
            pair.name,
            _where(growth),
            _percent(growth),
            _volumes(growth),
            _then_now(growth.axial_mm, "mm"),
            _signed(growth.volume_ml.change, "mL"),
            _doubling(growth),
        )


class FollowPanel(QWidget):
    """Name of the earlier scan, days between, one row a lesion, what is unsure.

    Parameters
    ----------
    context : Context
    two_times : TwoTimes
    commands : Commands
    """

    def __init__(self, context: Context, two_times: TwoTimes, commands: Commands) -> None:
        super().__init__()
        self._two_times, self._commands = two_times, commands
        self.name = Elided()
        self.days = NumberBox((0.0, _MOST_DAYS), "days between the scans", suffix=" days")
        self.days.setSpecialValueText("unknown")
        self.days.setFixedWidth(96)
        self.days.limited.connect(context.window.say)
        self.days.valueChanged.connect(lambda days: two_times.set_days(days or None))
        self.list = _list(context.theme)
        self.list.itemClicked.connect(self._go)
        self.hint = text("", "secondary")
        self.hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head(context, commands))
        column.addLayout(self._between())
        column.addLayout(_inset(self.list, 8))
        column.addLayout(_inset(self.hint, 16))
        two_times.changed.connect(self._show)
        context.theme.changed.connect(lambda palette: self.list.viewport().update())

    def _head(self, context: Context, commands: Commands) -> QHBoxLayout:
        stop = commands["follow.stop"]
        close = icon_button(context.theme, "ph.x", "Close the earlier scan", stop.trigger)
        commands.tell_key("follow.stop", close, "Close the earlier scan")
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 12, 0)
        row.addWidget(self.name, 1)
        row.addStretch()
        row.addWidget(close)
        return row

    def _between(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(16, 0, 16, 4)
        row.addWidget(text("Between the scans", "secondary"))
        row.addStretch()
        row.addWidget(self.days)
        return row

    def _show(self, two_times: TwoTimes) -> None:
        for id in _ROWS:
            self._commands.refresh_row(id)
        found = two_times.found
        if found is None:
            return
        self.name.setText(two_times.name)
        days = QSignalBlocker(self.days)
        self.days.setValue(found.days or 0.0)
        del days
        blocker = QSignalBlocker(self.list)
        self.list.clear()
        for growth in found.growths:
            item = QListWidgetItem()
            item.setData(ROW, FollowRow.of(growth))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told(growth))
            item.setToolTip("\n".join((told(growth), *_ranges(growth))))
            self.list.addItem(item)
        names = [growth.match.name for growth in found.growths]
        self.list.setCurrentRow(
            names.index(two_times.selected) if two_times.selected in names else -1
        )
        del blocker
        self.list.setVisible(bool(names))
        self.list.setFixedHeight(_ROW_PX * min(len(names), _ROWS_SHOWN) + 2)
        self.hint.setText(_notes(found))
        self.hint.setVisible(bool(self.hint.text()))
        self.hint.ensurePolished()  # a section is as high as its size hint, which knows no width
        self.hint.setFixedHeight(self.hint.heightForWidth(_HINT_PX))

    def _go(self, item: QListWidgetItem) -> None:
        found = self._two_times.found
        if found is not None:
            self._two_times.go_to(found.growths[self.list.row(item)])


def _inset(widget: QWidget, px: int) -> QHBoxLayout:
    """Room at both sides."""
    row = QHBoxLayout()
    row.setContentsMargins(px, 0, px, 0)
    row.addWidget(widget)
    return row


_ROWS = ("follow.next", "follow.planes", "follow.stop")


def _list(theme: Theme) -> QListWidget:
    made = QListWidget()
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setAccessibleName("lesions then and now")
    made.setItemDelegate(_Delegate(theme, made))
    role(made, "history")
    return made


def _where(growth: Growth) -> str:
    """Side, and the kind it had where that changed."""
    pair = growth.match
    side = (pair.now or pair.then)[0].side
    was, kind = pair.kinds
    words = "" if side == "unsure" else side
    return f"{words}, was {was}" if was and kind and was != kind else words


def _percent(growth: Growth) -> str:
    percent = growth.volume_ml.percent.number
    if percent is None:
        return {"outside": "not in both"}.get(growth.match.fate, growth.match.fate)
    return f"{_plain(percent, 0)} %"


def _plain(number: float, digits: int) -> str:
    """With its sign, but for what rounds to nothing."""
    words = f"{number:+.{digits}f}"
    return words if float(words) else words[1:]


def _volumes(growth: Growth) -> str:
    return _then_now(growth.volume_ml, "mL")


def _then_now(span: Span, unit: str) -> str:
    if span.then.number is None and span.now.number is None:
        return ""
    then, now = (_number(value) for value in (span.then, span.now))
    return f"{then} → {now} {unit}"


def _number(value: Value) -> str:
    return "–" if value.number is None else f"{value.number:.1f}"


def _signed(value: Value, unit: str) -> str:
    return "" if value.number is None else f"{_plain(value.number, 1)} {unit}"


def _doubling(growth: Growth) -> str:
    """Doubling time, or that half a voxel explains the change."""
    if growth.is_within_error:
        return "within measuring error"
    days = growth.doubling_days.number
    about = "about " if growth.volume_ml.is_within_error else ""
    return "" if days is None else f"doubles in {about}{days:.0f} days"


def _ranges(growth: Growth) -> list[str]:
    """For the tool-tip: ranges, and what there is a year."""
    lines = []
    for title, unit, span in (
        ("Volume", "mL", growth.volume_ml),
        ("Largest axial diameter", "mm", growth.axial_mm),
        ("Largest diameter in space", "mm", growth.longest_mm),
    ):
        change, yearly = span.change, span.a_year
        if change.number is None or change.low is None or change.high is None:
            continue
        line = (
            f"{title}: {_plain(change.number, 1)} {unit} ({change.low:+.1f} to {change.high:+.1f})"
        )
        if yearly.number is not None:
            line += f", {yearly.number:+.1f} {unit} a year"
        lines.append(line)
    if growth.doubling_days.number is None:
        lines.append(f"No doubling time: {growth.doubling_days.reason}")
    return lines


def _notes(found: FollowUp) -> str:
    notes = [*found.notes]
    if found.days is None:
        notes.append("without the days between there is no growth a year and no doubling time")
    return "\n".join(f"{note[:1].upper()}{note[1:]}." for note in notes)


class _Delegate(QStyledItemDelegate):
    """Three lines: what it is and percent; mL; mm and the doubling time."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """As wide as the list."""
        return QSize(0, _ROW_PX)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Numbers end in columns, whatever the row."""
        row: FollowRow = index.data(ROW)
        palette, area = self._theme.palette, QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(area.adjusted(0, 1, 0, -1), 4, 4)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(
                QRectF(area.left(), area.top() + 8, 2, area.height() - 16), palette.accent
            )
        top = QRectF(area.left() + 8, area.top() + 4, area.width() - 16, 20)
        painter.fillRect(QRectF(top.left(), top.top() + 4, 12, 12), QColor(_COLOURS[row.kind]))
        first = top.adjusted(20, 0, 0, 0)
        second, third = (
            QRectF(first.left(), top.bottom() + 17 * n, first.width(), 17) for n in range(2)
        )
        painter.setFont(text_font(TEXT_PX))
        painter.setPen(QColor(palette.text))
        name = f"{row.name} {row.kind}"
        painter.drawText(first, _LEFT, name)
        painter.drawText(first, _RIGHT, row.percent)
        indent = painter.fontMetrics().horizontalAdvance(name) + 8
        percent_px = painter.fontMetrics().horizontalAdvance(row.percent) + 8
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(palette.secondary))
        beside = first.adjusted(indent, 1, -percent_px, 0)
        where = painter.fontMetrics().elidedText(
            row.where, Qt.TextElideMode.ElideRight, max(int(beside.width()), 0)
        )
        painter.drawText(beside, _LEFT, where)
        painter.drawText(second, _LEFT, row.volume)
        painter.drawText(second, _RIGHT, row.change)
        painter.drawText(third, _LEFT, row.diameter)
        painter.drawText(third, _RIGHT, row.doubling)
        painter.restore()
