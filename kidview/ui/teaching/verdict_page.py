"""Two models side by side, and the decision between them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kidview.learning import CLASSES, Verdict
from kidview.ui.context import Context
from kidview.ui.pieces import push_button, role, text
from kidview.ui.teaching.lessons import Lessons
from kidview.ui.worklist.reader import with_reader

_WIDTH_PX, _ROW_PX, _MARGIN_PX = 860, 28, 24
_INSIDE_PX = _WIDTH_PX - 2 * _MARGIN_PX
_MOST_ROWS, _LEAST_ROWS = 6, 3  # of the cases; as many as the screen has room for
_CLASS_WORDS = {"kidney_and_mass": "Kidney and masses", "mass": "Masses", "tumour": "Tumour"}
_PICTURE_WORDS = (
    "The worst: scan, old model, new model, reference (kidney blue, tumour orange, cyst yellow)"
)
_SET_WORDS = {"corrected": "Corrected cases held back", "regression": "Regression set"}


class VerdictPage(QDialog):
    """What was measured, the worst cases as pictures, and two buttons.

    Parameters
    ----------
    context : Context
    lessons : Lessons
        With a verdict.
    """

    def __init__(self, context: Context, lessons: Lessons) -> None:
        super().__init__(context.window)
        assert lessons.verdict is not None
        self._context, self._lessons = context, lessons
        verdict = lessons.verdict
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Compare and decide")
        self.setFixedWidth(_WIDTH_PX)
        self.sets, self.cases = _table_of_sets(verdict), _table_of_cases(verdict)
        self.keep = push_button(f"Keep {verdict.old['name']}", self.close)
        self.use = push_button(f"Use {verdict.new['name']}", self._use, "primary")
        self.use_anyway = push_button("Use it against the measure", self._use_anyway, "danger")
        self.use.setVisible(verdict.allowed)
        self.use_anyway.setVisible(not verdict.allowed)
        self._lay_out(verdict)

    def _lay_out(self, verdict: Verdict) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        column.setSpacing(12)
        column.addWidget(text(_headline(verdict), "title"))
        reasons = text("\n".join(_sentence(reason) for reason in verdict.reasons), "quiet")
        reasons.setWordWrap(True)
        reasons.setFixedWidth(_INSIDE_PX)
        reasons.setVisible(bool(verdict.reasons))
        column.addWidget(reasons)
        column.addWidget(
            text(
                "Dice, new minus old: mean, and 95 % interval where there are several cases",
                "section",
            )
        )
        column.addWidget(self.sets)
        column.addWidget(text("Case by case, the worst change first: old to new", "section"))
        column.addWidget(self.cases, 1)
        pictures = self._lessons.pictures
        if pictures:
            column.addWidget(text(_PICTURE_WORDS, "section"))
            column.addWidget(_gallery(pictures))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch()
        for button in (self.use_anyway, self.keep, self.use):
            buttons.addWidget(button)
        column.addLayout(buttons)
        room = self.screen().availableGeometry().height() - 2 * _MARGIN_PX
        self.resize(_WIDTH_PX, min(self.sizeHint().height(), room))

    def _use(self) -> None:
        with_reader(self._context, lambda name: self._lessons.promote(name))
        self.close()

    def _use_anyway(self) -> None:
        with_reader(self._context, lambda name: self._lessons.promote(name, against=True))
        self.close()


def _headline(verdict: Verdict) -> str:
    old, new = verdict.old["name"], verdict.new["name"]
    return f"{new} may replace {old}" if verdict.allowed else f"{new} got worse than {old}"


def _signed(value: float) -> str:
    return "0.000" if abs(value) < 0.0005 else f"{value:+.3f}".replace("-", "\u2212")


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _table_of_sets(verdict: Verdict) -> QTableWidget:
    rows = []
    for name, classes in verdict.sets.items():
        cells = [_SET_WORDS.get(name, name)]
        for hec in CLASSES:
            mean, low, high = classes[hec]
            interval = f"   {_signed(low)} to {_signed(high)}" if low < high else ""
            cells.append(f"{_signed(mean)}{interval}")
        rows.append(cells)
    table = _table(["", *(_CLASS_WORDS[hec] for hec in CLASSES)], rows)
    table.setFixedHeight(_height_px(table, len(rows)))
    return table


def _table_of_cases(verdict: Verdict) -> QTableWidget:
    rows = [
        [case.case, *(f"{case.old[hec]:.3f} \u2192 {case.new[hec]:.3f}" for hec in CLASSES)]
        for case in verdict.cases
    ]
    table = _table(["Case", *(_CLASS_WORDS[hec] for hec in CLASSES)], rows)
    table.setMinimumHeight(_height_px(table, min(len(rows), _LEAST_ROWS)))
    table.setMaximumHeight(_height_px(table, min(len(rows), _MOST_ROWS)))
    return table


def _height_px(table: QTableWidget, rows: int) -> int:
    """Of a table that shows so many rows."""
    return rows * _ROW_PX + table.horizontalHeader().sizeHint().height() + 4


def _table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> QTableWidget:
    """A table to be read: nothing in it can be chosen."""
    table = QTableWidget(len(rows), len(titles))
    table.setHorizontalHeaderLabels(list(titles))
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(_ROW_PX)
    table.setShowGrid(False)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    for y, cells in enumerate(rows):
        for x, words in enumerate(cells):
            table.setItem(y, x, QTableWidgetItem(words))
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setHighlightSections(False)
    return table


def _gallery(pictures: Sequence[Path]) -> QScrollArea:
    """Pictures one below the other, scrolled where there are several."""
    inside = QWidget()
    role(inside, "view")
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    area = QScrollArea()
    bar_px = area.verticalScrollBar().sizeHint().width() if len(pictures) > 1 else 0
    height = 0
    for path in pictures:
        label = QLabel()
        pixmap, smooth = QPixmap(str(path)), Qt.TransformationMode.SmoothTransformation
        scaled = pixmap.scaledToWidth(_INSIDE_PX - bar_px, smooth)
        label.setPixmap(scaled)
        label.setAccessibleName(f"Worst case {path.stem.removeprefix('worst-')}")
        column.addWidget(label)
        height = scaled.height()
    area.setWidget(inside)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFixedHeight(height)
    return area
