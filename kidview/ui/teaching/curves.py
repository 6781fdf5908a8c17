"""What a model learns, as it learns: loss, and Dice on held-back cases, over minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtWidgets import QHBoxLayout, QWidget

from kidview.core.labels import LABELS
from kidview.ui.theme import Theme
from kidview.ui.tokens import Palette

_DICE = (
    ("kidney_and_mass", "kidney and masses", LABELS[0].colour),
    ("tumour", "tumour", LABELS[1].colour),
)
_HEIGHT_PX = 180


class Curves(QWidget):
    """Two small plots side by side, over the time the lesson was given.

    Dice is there from the first measuring on; without held-back cases there is none.

    Parameters
    ----------
    theme : Theme
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.loss = _plot("Loss")
        self.dice = _plot("Dice on held-back cases")
        self.dice.setYRange(0, 1, padding=0.02)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.loss)
        row.addWidget(self.dice)
        self.setFixedHeight(_HEIGHT_PX)
        self._theme = theme
        self._rows: Sequence[dict[str, Any]] = ()
        theme.changed.connect(lambda palette: self.show_rows(self._rows))
        self.show_rows(())

    def show_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Draw the trainer's reports."""
        self._rows = rows
        palette, whole = self._theme.palette, _minutes(rows)
        for plot in (self.loss, self.dice):
            _colour(plot, palette)
            plot.clear()
            if whole:
                plot.setXRange(0, whole, padding=0.02)
        self.loss.plot(*_points(rows, "loss"), pen=pg.mkPen(palette.accent, width=2))
        for key, name, colour in _DICE:
            pen = pg.mkPen(colour, width=2)
            minutes, values = _points(rows, key)
            self.dice.plot(
                minutes, values, pen=pen, symbol="o", symbolSize=6, symbolBrush=colour,
                symbolPen=None, name=name,
            )  # fmt: skip
        self.dice.setVisible(any(_points(rows, key)[0] for key, _, _ in _DICE))


def _minutes(rows: Sequence[dict[str, Any]]) -> float:
    """Of the whole lesson; 0 while nothing tells."""
    told = (row for row in rows if "left_min" in row and "elapsed_s" in row)
    return max((row["elapsed_s"] / 60 + row["left_min"] for row in told), default=0.0)


def _points(rows: Sequence[dict[str, Any]], key: str) -> tuple[list[float], list[float]]:
    some = [row for row in rows if key in row and "elapsed_s" in row]
    return [row["elapsed_s"] / 60 for row in some], [row[key] for row in some]


def _plot(title: str) -> pg.PlotWidget:
    plot = pg.PlotWidget()
    plot.setAccessibleName(title)
    plot.setTitle(title, size="9pt")
    plot.setMouseEnabled(False, False)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.getPlotItem().addLegend(offset=(-8, -8), labelTextSize="8pt")
    plot.getPlotItem().getAxis("bottom").enableAutoSIPrefix(False)  # 0.1 minutes, not 100 of m
    plot.setLabel("bottom", "minutes")
    return plot


def _colour(plot: pg.PlotWidget, palette: Palette) -> None:
    plot.setBackground(palette.panel)
    item = plot.getPlotItem()
    item.titleLabel.setText(item.titleLabel.text, color=palette.text, size="9pt")
    for side in ("left", "bottom"):
        axis = item.getAxis(side)
        axis.setPen(palette.line)
        axis.setTextPen(palette.secondary)
    item.legend.setLabelTextColor(palette.text)
