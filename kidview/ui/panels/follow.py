"""FOLLOW-UP: what became of each lesion since the earlier scan; a click goes there in both."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QListWidgetItem, QVBoxLayout, QWidget

from kidview.follow import CUT, WITHIN_ERROR, FollowUp, Growth, Span
from kidview.measure import Value
from kidview.ui.actions.commands import Commands
from kidview.ui.context import Context
from kidview.ui.panels.days_box import DaysBox
from kidview.ui.panels.lesion_list import ROW, Cell, fit, lesion_list
from kidview.ui.pieces import Elided, icon_button, text
from kidview.ui.two_times import TwoTimes, told

_LINES, _ROWS_SHOWN = 2, 5


@dataclass(frozen=True)
class FollowRow:
    """What a row shows: three lines, each with words left and right.

    Parameters
    ----------
    kind, name, where, percent, volume, diameter, change, doubling : str
    is_cut : bool
        By the edge of a scan: then the percent is small.
    """

    kind: str
    name: str
    where: str
    percent: str
    volume: str
    diameter: str
    change: str
    doubling: str
    is_cut: bool = False

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
            growth.is_cut and growth.volume_ml.change.number is not None,
        )

    @property
    def number(self) -> str:
        """Change of its volume in percent, where that says something."""
        return "" if self.is_cut else self.percent

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """mL, then mm and the doubling time."""
        change = f"{self.change}, {self.percent}" if self.is_cut else self.change
        return (
            ((self.volume, None), (change, 0)),
            ((self.diameter, None), (self.doubling, 0)),
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
        self.days = DaysBox()
        self.days.limited.connect(context.window.say)
        self.days.valueChanged.connect(lambda days: two_times.set_days(days or None))
        self.list = lesion_list(context.theme, "lesions then and now", _LINES)
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
        self.days.show_days(found.days)
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
        fit(self.list, _LINES, _ROWS_SHOWN)
        self.hint.setText(_notes(found))
        self.hint.setVisible(bool(self.hint.text()))

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
    if growth.is_cut:
        return CUT
    if growth.is_within_error:
        return WITHIN_ERROR
    days = growth.doubling_days.number
    about = "about " if growth.volume_ml.is_within_error else ""
    return "" if days is None else f"doubles in {about}{days:.0f} days"


def _ranges(growth: Growth) -> list[str]:
    """For the tool-tip: ranges, and what there is a year."""
    lines = []
    for title, unit, span in (
        ("Volume", "mL", growth.volume_ml),
        ("Largest axial diameter", "mm", growth.axial_mm),
        ("Largest diameter in 3D", "mm", growth.longest_mm),
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
