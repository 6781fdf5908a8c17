"""Lesions without a picture on paper: a line each, in two columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from kidview.ui.report import smaller
from kidview.ui.report.sheet import HEAD, SMALL, STRONG, Ink, Sheet
from kidview.ui.tokens import LIGHT

_TITLE, _ROW, _ABOVE = 7.5, 4.2, 0.55
_BETWEEN = 7.0  # of the two columns
_GAP = 1.5  # behind a cell


@dataclass(frozen=True)
class Compact:
    """A part of the compact table; see `blocks.Block`."""

    smaller: smaller.Smaller

    def height(self, sheet: Sheet, width: float) -> float:
        return _TITLE + _ROW * (1 + len(self._columns[0]))

    def draw(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        sheet.write(self.smaller.words, HEAD, left, top, width)
        across = (width - _BETWEEN) / 2
        for number, rows in enumerate(self._columns):
            if rows:
                _draw(sheet, rows, left + number * (across + _BETWEEN), top + _TITLE, across)

    @property
    def _columns(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        rows = self.smaller.rows
        half = (len(rows) + 1) // 2
        return rows[:half], rows[half:]


def _draw(
    sheet: Sheet, rows: tuple[tuple[str, ...], ...], left: float, top: float, width: float
) -> None:
    ink = SMALL.plain()
    _draw_line(sheet, smaller.HEAD, STRONG, left, top, width)
    sheet.line(left, top + _ROW, width, LIGHT.text, 0.25)
    for number, row in enumerate(rows, start=1):
        _draw_line(sheet, row, ink, left, top + number * _ROW, width)
        sheet.line(left, top + (number + 1) * _ROW, width, LIGHT.line, 0.15)


def _draw_line(
    sheet: Sheet, cells: tuple[str, ...], ink: Ink, left: float, top: float, width: float
) -> None:
    starts = accumulate(smaller.SHARES, initial=0.0)
    for cell, share, start in zip(cells, smaller.SHARES, starts, strict=False):
        x, room = left + start * width, share * width - _GAP
        sheet.write_line(cell, ink, x, top + _ABOVE, room)
