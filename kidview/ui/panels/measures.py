"""MEASURES: the numbers of the lesion in hand, or of the kidneys; a click shows what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QHideEvent, QPainter, QShowEvent
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

from kidview.measure import Measure, Measured, Value
from kidview.ui.caliper_item import Evidence
from kidview.ui.context import Context
from kidview.ui.findings import Findings, figures, rows_of, where_in_words
from kidview.ui.panels.scores import SYSTEMS
from kidview.ui.pieces import Elided, icon_button, role, text
from kidview.ui.theme import SMALL_PX, TEXT_PX, Theme, text_font

ROW = Qt.ItemDataRole.UserRole
_ROW_PX, _REASON_PX, _HEAD_PX = 24, 14, 30
_UNIT_PX, _RANGE_PX = 24, 36
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, eq=False)
class Line:
    """A row of the table: a measure of something, or the name of what follows.

    Parameters
    ----------
    title, number, unit, spread, reason, tip : str
        As they are written.
    of : Measured or None
    row : Measure or None
        None for a name.
    """

    title: str
    number: str = ""
    unit: str = ""
    spread: str = ""
    reason: str = ""
    tip: str = ""
    of: Measured | None = None
    row: Measure | None = None

    @property
    def height_px(self) -> int:
        """A reason stands below its title."""
        if self.row is None:
            return _HEAD_PX
        return _ROW_PX + (_REASON_PX if self.reason else 0)

    @property
    def words(self) -> str:
        """All of it, for a screen reader."""
        return " ".join(part for part in (self.title, self.number, self.unit, self.reason) if part)


class MeasuresPanel(QWidget):
    """A name and its table.

    A tumour's scores stand between the two, as the widget in `scores`.

    Parameters
    ----------
    context : Context
    findings : Findings

    Attributes
    ----------
    list : QListWidget
    scores : QVBoxLayout
    """

    def __init__(self, context: Context, findings: Findings) -> None:
        super().__init__()
        self._findings = findings
        self.name, self.place = text(""), Elided("", "secondary")
        self._close = icon_button(
            context.theme, "ph.x", "Measures of the kidneys", lambda: findings.select("")
        )
        self.list = self._list(context.theme)
        self.hint = text("", "secondary")
        self.hint.setContentsMargins(16, 0, 16, 4)
        self.hint.setWordWrap(True)
        self.scores = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._head = self._made_head()
        column.addWidget(self._head)
        column.addLayout(self.scores)
        column.addWidget(self.list)
        column.addWidget(self.hint)
        findings.changed.connect(self._show)
        findings.pointed.connect(self._show_row)
        context.theme.changed.connect(lambda palette: self.list.viewport().update())
        self._show(findings)

    def _made_head(self) -> QWidget:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.name)
        row.addWidget(self.place, 1)
        row.addStretch()
        row.addWidget(self._close)
        return head

    def _list(self, theme: Theme) -> QListWidget:
        made = QListWidget()
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setAccessibleName("measures")
        made.setItemDelegate(_Delegate(theme, made))
        role(made, "history")
        made.itemClicked.connect(self._point_out)
        return made

    def _show(self, findings: Findings) -> None:
        measures, one = findings.measuring.measures, findings.one
        self._head.setVisible(one is not None)
        if one is not None:
            self.name.setText(f"{one.name} {one.facts['kind']}")
            self.place.setText(where_in_words(one))
        if measures is None:
            lines, hint = [], findings.measuring.trouble or "Measuring…"
        else:
            lines = _lines(one, measures.kidneys)
            hint = "" if lines else "Nothing to measure yet"
        blocker = QSignalBlocker(self.list)
        for number, line in enumerate(lines):
            item = self.list.item(number)
            if item is None:
                item = QListWidgetItem()
                self.list.addItem(item)
            _fill(item, line)
        while self.list.count() > len(lines):
            self.list.takeItem(self.list.count() - 1)
        del blocker
        self._show_row(findings.evidence)
        self.list.setFixedHeight(sum(line.height_px for line in lines) + 2)
        self.list.setVisible(bool(lines))
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _show_row(self, evidence: Evidence | None) -> None:
        """Mark the number whose calipers the views draw."""
        at = -1
        for number in range(self.list.count()):
            line: Line = self.list.item(number).data(ROW)
            if evidence is not None and line.of is not None and line.row is not None:
                is_it = (line.of.name, line.row.id) == (evidence.of, evidence.measure)
                at = number if is_it else at
        blocker = QSignalBlocker(self.list)
        self.list.setCurrentRow(at)
        del blocker

    def _point_out(self, item: QListWidgetItem) -> None:
        line: Line = item.data(ROW)
        if line.of is not None and line.row is not None:
            self._findings.show(line.of, line.row)
        self._show_row(self._findings.evidence)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: keep the numbers up to date."""
        super().showEvent(event)
        self._findings.measuring.want(self, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Folded or hidden: work nothing out."""
        super().hideEvent(event)
        self._findings.measuring.want(self, False)


def _lines(one: Measured | None, kidneys: tuple[Measured, ...]) -> list[Line]:
    """Of the lesion in hand, or of the kidneys with their names."""
    if one is not None:
        return [_line(one, row) for row in rows_of(one) if row.id not in SYSTEMS]
    lines = []
    for kidney in kidneys:
        name = f"{kidney.name[:1].upper()}{kidney.name[1:]}"
        lines += [Line(name), *(_line(kidney, row) for row in rows_of(kidney))]
    return lines


def _line(of: Measured, row: Measure) -> Line:
    value = of.values[row.id]
    tip = f"{row.title}: {row.tip}\n{row.source}"
    if value.number is None:
        return Line(row.title, reason=value.reason, tip=tip, of=of, row=row)
    number, unit = figures(row, value.number)
    if value.low is not None and value.high is not None:
        low, high = (figures(row, end)[0] for end in (value.low, value.high))
        tip = f"{number} {unit}, {low} to {high} were the outline half a voxel in or out\n{tip}"
    if value.points_ras:
        tip = f"{tip}\nA click shows it in the views"
    return Line(row.title, number, unit, _spread(row, value), value.reason, tip, of, row)


def _spread(row: Measure, value: Value) -> str:
    """ "±2.9": the larger of the two ways, with as many digits as the number."""
    if value.number is None or value.low is None or value.high is None:
        return ""
    digits = len(figures(row, value.number)[0].partition(".")[2])
    return f"±{max(value.high - value.number, value.number - value.low):.{digits}f}"


def _fill(item: QListWidgetItem, line: Line) -> None:
    item.setData(ROW, line)
    item.setToolTip(line.tip)
    item.setData(Qt.ItemDataRole.AccessibleTextRole, line.words)
    flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
    item.setFlags(flags if line.row is not None else Qt.ItemFlag.NoItemFlags)
    item.setSizeHint(QSize(0, line.height_px))


class _Delegate(QStyledItemDelegate):
    """Titles to the left; numbers end in one column, units begin in the next."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """A reason stands below the title of a measure without a number."""
        line: Line = index.data(ROW)
        palette, area = self._theme.palette, QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hot = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver
        if line.row is not None and state & hot:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.raised))
            painter.drawRoundedRect(area.adjusted(8, 0, -8, 0), 4, 4)
        inside = area.adjusted(16, 0, -16, 0)
        if line.row is None:
            font = text_font(SMALL_PX)
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(palette.secondary))
            painter.drawText(inside.adjusted(0, 6, 0, 0), _LEFT, line.title)
            painter.restore()
            return
        first = QRectF(inside.left(), inside.top(), inside.width(), _ROW_PX)
        unit = first.adjusted(first.width() - _UNIT_PX - _RANGE_PX, 0, -_RANGE_PX, 0)
        number = first.adjusted(0, 0, -_UNIT_PX - _RANGE_PX - 2, 0)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.setFont(text_font(TEXT_PX))
        painter.setPen(QColor(palette.link if is_chosen else palette.text))
        painter.drawText(number, _RIGHT, line.number or "–")
        painter.setPen(QColor(palette.text))
        room = number.width() - painter.fontMetrics().horizontalAdvance(line.number) - 4
        title = painter.fontMetrics().elidedText(line.title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(first, _LEFT, title)
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(palette.secondary))
        painter.drawText(unit, _LEFT, line.unit)
        painter.drawText(first, _RIGHT, line.spread)
        if line.height_px > _ROW_PX:
            below = QRectF(inside.left(), first.bottom() - 5, inside.width(), _REASON_PX)
            words = painter.fontMetrics().elidedText(
                line.reason, Qt.TextElideMode.ElideRight, int(below.width())
            )
            painter.drawText(below, _LEFT, words)
        painter.restore()
