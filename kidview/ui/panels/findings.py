"""FINDINGS: one row a lesion; a click goes there, a right click changes its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRectF,
    QSignalBlocker,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QHideEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from kidview.core.errors import KidViewError
from kidview.core.labels import LABELS
from kidview.measure import MEASURES, Measured
from kidview.ui.context import Context
from kidview.ui.findings import Findings, figures, in_words, where_in_words
from kidview.ui.measuring import Measuring
from kidview.ui.pieces import role, text
from kidview.ui.theme import SMALL_PX, TEXT_PX, Theme, text_font

ROW = Qt.ItemDataRole.UserRole
_ROW_PX, _ROWS_SHOWN = 46, 6
_MEASURES = {row.id: row for row in MEASURES if row.of == "lesion"}
_COLOURS = {row.name: row.colour for row in LABELS}
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_NONE = "No tumour or cyst is labelled"
_NOT_YET = "Measuring…"


@dataclass(frozen=True)
class FindingRow:
    """What a row shows.

    Parameters
    ----------
    name, kind, where, size, volume, mean, doubt : str
    """

    name: str
    kind: str
    where: str
    size: str
    volume: str
    mean: str
    doubt: str

    @classmethod
    def of(cls, one: Measured, doubt: float | None) -> FindingRow:
        """A lesion's, with how unsure the network was of it in percent."""
        return cls(
            one.name,
            one.facts["kind"],
            where_in_words(one),
            _size(one),
            in_words(_MEASURES["volume_ml"], one.values["volume_ml"]),
            in_words(_MEASURES["mean_hu"], one.values["mean_hu"]),
            "" if doubt is None else f"doubt {doubt:.0f} %",
        )

    @property
    def words(self) -> str:
        """All of it, for a tool-tip and a screen reader."""
        told = (f"{self.name}, {self.kind}, {self.where}", self.volume, self.size, self.mean)
        return ", ".join(part for part in (*told, self.doubt) if part)


class FindingsPanel(QWidget):
    """The lesions, tumours first, the largest first; then what is unsure about the labels.

    Parameters
    ----------
    context : Context
    findings : Findings
    """

    def __init__(self, context: Context, findings: Findings) -> None:
        super().__init__()
        self._context, self._findings = context, findings
        self.list = self._list(context.theme)
        self.hint = text(_NONE, "secondary")
        self.hint.setContentsMargins(8, 0, 8, 4)
        self.hint.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 0)
        column.setSpacing(0)
        column.addWidget(self.list)
        column.addWidget(self.hint)
        findings.changed.connect(self._show)
        context.theme.changed.connect(lambda palette: self.list.viewport().update())
        self._show(findings)

    def _list(self, theme: Theme) -> QListWidget:
        made = QListWidget()
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setAccessibleName("findings")
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        made.setItemDelegate(_Delegate(theme, made))
        role(made, "history")
        made.itemClicked.connect(lambda item: self._findings.go_to(item.data(ROW).name))
        made.customContextMenuRequested.connect(self._open_menu)
        return made

    def _show(self, findings: Findings) -> None:
        measuring = findings.measuring
        rows = [FindingRow.of(one, measuring.doubts.get(one.name)) for one in findings.lesions]
        blocker = QSignalBlocker(self.list)
        for number, row in enumerate(rows):
            item = self.list.item(number)
            if item is None:
                item = QListWidgetItem()
                self.list.addItem(item)
            if item.data(ROW) != row:
                item.setData(ROW, row)
                item.setToolTip(f"{row.words}\nA right click changes its kind")
                item.setData(Qt.ItemDataRole.AccessibleTextRole, row.words)
            if row.name == findings.selected:
                self.list.setCurrentRow(number)
        while self.list.count() > len(rows):
            self.list.takeItem(self.list.count() - 1)
        if not findings.selected:
            self.list.setCurrentRow(-1)
        del blocker
        self.list.setVisible(bool(rows))
        self.list.setFixedHeight(_ROW_PX * min(len(rows), _ROWS_SHOWN) + 2)
        words = _hint(measuring)
        self.hint.setText(words)
        self.hint.setVisible(bool(words))

    def _open_menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None:
            return
        row: FindingRow = item.data(ROW)
        self._findings.go_to(row.name)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for label in LABELS:
            action = menu.addAction(f"Make it {label.name}")
            action.setEnabled(label.name != row.kind)
            action.triggered.connect(self._changer(row.name, label.id))
        menu.popup(self.list.viewport().mapToGlobal(at))

    def _changer(self, name: str, label: int) -> Callable[[bool], None]:
        def change(_checked: bool = False) -> None:
            try:
                self._findings.change_kind(name, label)
            except KidViewError as error:
                self._context.window.show_error(error)

        return change

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks: keep the numbers up to date."""
        super().showEvent(event)
        self._findings.measuring.want(self, True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Folded or hidden: work nothing out."""
        super().hideEvent(event)
        self._findings.measuring.want(self, False)


def _hint(measuring: Measuring) -> str:
    """Why there is no row, or what is unsure."""
    measures = measuring.measures
    if measures is None:
        return measuring.trouble or _NOT_YET
    notes = [f"{note[:1].upper()}{note[1:]}." for note in measures.notes]
    if not measures.kidneys and not measures.lesions:
        return "Nothing is labelled: segment the scan or paint"
    return "\n".join([*([] if measures.lesions else [_NONE]), *notes])


def _size(one: Measured) -> str:
    """ "46.5 × 37.1 mm": the axial diameters."""
    long, across = one.values["axial_diameter_mm"], one.values["axial_across_mm"]
    if long.number is None:
        return ""
    first, unit = figures(_MEASURES["axial_diameter_mm"], long.number)
    if across.number is None:
        return f"{first} {unit}"
    return f"{first} × {figures(_MEASURES['axial_across_mm'], across.number)[0]} {unit}"


class _Delegate(QStyledItemDelegate):
    """Two lines: what it is, where and how large; then diameters, HU and doubt."""

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
        row: FindingRow = index.data(ROW)
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
        below = QRectF(first.left(), top.bottom(), first.width(), 16)
        name = f"{row.name} {row.kind}"
        painter.setFont(text_font(TEXT_PX))
        painter.setPen(QColor(palette.text))
        painter.drawText(first, _LEFT, name)
        painter.drawText(first, _RIGHT, row.volume)
        indent = painter.fontMetrics().horizontalAdvance(name) + 8
        painter.setFont(text_font(SMALL_PX))
        painter.setPen(QColor(palette.secondary))
        painter.drawText(first.adjusted(indent, 1, -64, 0), _LEFT, row.where)
        painter.drawText(below, _LEFT, row.size)
        painter.drawText(below.adjusted(0, 0, -76, 0), _RIGHT, row.mean)
        painter.drawText(below, _RIGHT, row.doubt)
        painter.restore()
