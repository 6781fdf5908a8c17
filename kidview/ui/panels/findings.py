"""FINDINGS: one row a lesion; a click goes there, a right click changes its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QSignalBlocker, Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu, QVBoxLayout, QWidget

from kidview.core.errors import KidViewError
from kidview.core.labels import LABELS
from kidview.measure import MEASURES, Measured
from kidview.ui.context import Context
from kidview.ui.findings import Findings, figures, in_words, where_in_words
from kidview.ui.measuring import Measuring
from kidview.ui.panels.joined_notes import joined_notes
from kidview.ui.panels.lesion_list import ROW, Cell, fit, lesion_list
from kidview.ui.pieces import text
from kidview.ui.theme import Theme

_LINES, _ROWS_SHOWN = 1, 6
_MEAN_PX = 76  # from the right edge, where the doubt stands
_MEASURES = {row.id: row for row in MEASURES if row.of == "lesion"}
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
    def number(self) -> str:
        """Its volume."""
        return self.volume

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """Diameters, HU and doubt."""
        return (((self.size, None), (self.mean, _MEAN_PX), (self.doubt, 0)),)

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
        self._show(findings)

    def _list(self, theme: Theme) -> QListWidget:
        made = lesion_list(theme, "findings", _LINES)
        made.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
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
        fit(self.list, _LINES, _ROWS_SHOWN)
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
    notes = joined_notes(measures.notes)
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
