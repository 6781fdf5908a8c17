"""What stands on a report's pages, each piece knowing its height: head, tables, pictures, notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import Qt

from kidview.core.labels import LABELS
from kidview.ui.paint import OUTLINES
from kidview.ui.report.content import CALIPER_WORDS, TITLE_WORDS, Cell, Report, Table
from kidview.ui.report.picture import Picture
from kidview.ui.report.sheet import BODY, HEAD, SMALL, STRONG, TITLE, Sheet
from kidview.ui.tokens import LIGHT

GAP = 5.0
"""Between two blocks, mm."""

_ROW = 0.9  # above and below the words of a row
_BETWEEN = 3.0  # of two columns
_FACT = 34.0
_TITLES = 46.0  # what a lesion table's rows are called
_MOST_PICTURE = 54.0
_WHOLE = (54.0, 44.0)  # height of one picture of the whole, or of two
_ABOVE_NOTES, _NOTE = 3.5, 0.6
_ASIDE = 2.0
_LINE = 3.6


class Block(Protocol):
    """A piece that is not broken over two pages; mm, left and width given."""

    def height(self, sheet: Sheet, width: float) -> float:
        """Room it takes."""

    def draw(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        """Draw it."""


@dataclass(frozen=True)
class Head:
    """Title, the scan's name, date and program, facts."""

    report: Report

    def height(self, sheet: Sheet, width: float) -> float:
        facts = sum(self._fact_height(sheet, words, width) for _title, words in self.report.facts)
        return 13.5 + facts

    def draw(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        report = self.report
        sheet.write(TITLE_WORDS, TITLE, left, top, width * 0.6)
        right = Qt.AlignmentFlag.AlignRight
        aside = sheet.width(TITLE_WORDS, TITLE) + GAP
        sheet.write_line(report.name, STRONG, left + aside, top + 0.6, width - aside, right)
        sheet.write_line(report.made, SMALL, left + aside, top + 5.0, width - aside, right)
        sheet.line(left, top + 11, width, LIGHT.text, 0.35)
        y = top + 13.5
        for title, words in report.facts:
            sheet.write(title, BODY.quiet(), left, y, _FACT)
            sheet.write(words, BODY, left + _FACT, y, width - _FACT)
            y += self._fact_height(sheet, words, width)

    def _fact_height(self, sheet: Sheet, words: str, width: float) -> float:
        return sheet.height(words, BODY, width - _FACT) + 0.9


@dataclass(frozen=True)
class Kidneys:
    """Pictures of the whole beside the table of kidneys and the notes."""

    table: Table
    notes: tuple[str, ...]
    pictures: Sequence[Picture]

    def height(self, sheet: Sheet, width: float) -> float:
        across = self._across if self._are_notes_below else self._room(width)
        notes = _ABOVE_NOTES + sum(sheet.height(one, SMALL, across) + _NOTE for one in self.notes)
        left, right = self._height, self._grid(width).height(sheet)
        return max(left + notes, right) if self._are_notes_below else max(left, right + notes)

    def draw(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        at = left
        for picture, across in zip(self.pictures, self._widths, strict=True):
            sheet.picture(picture, at, top, across)
            at += across + _BETWEEN
        grid, x = self._grid(width), left + self._across + GAP
        grid.draw(sheet, x, top)
        if self._are_notes_below:
            self._draw_notes(sheet, left, top + self._height, self._across)
        else:
            self._draw_notes(sheet, x, top + grid.height(sheet), self._room(width))

    def _draw_notes(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        top += _ABOVE_NOTES
        for note in self.notes:
            top += sheet.write(note, SMALL, left, top, width) + _NOTE

    @property
    def _are_notes_below(self) -> bool:
        """Below the pictures, where two of them leave the table little room."""
        return len(self.pictures) > 1

    @property
    def _across(self) -> float:
        return sum(self._widths) + _BETWEEN * (len(self.pictures) - 1)

    @property
    def _height(self) -> float:
        return _WHOLE[len(self.pictures) - 1]

    @property
    def _widths(self) -> list[float]:
        return [self._height * one.size_px[0] / one.size_px[1] for one in self.pictures]

    def _room(self, width: float) -> float:
        return width - self._across - GAP

    def _grid(self, width: float) -> Grid:
        columns = max(len(self.table.head), 1)
        titles = 38.0 if columns < 3 and len(self.pictures) == 1 else 33.0
        return Grid(self.table, titles, (self._room(width) - titles + _BETWEEN) / columns)


@dataclass(frozen=True)
class Lesions:
    """Pictures of up to three lesions, each above its column of the table, and the legend."""

    table: Table
    pictures: Sequence[Picture]

    def height(self, sheet: Sheet, width: float) -> float:
        return self._side(width) + 2 + self._grid(width).height(sheet)

    def draw(self, sheet: Sheet, left: float, top: float, width: float) -> None:
        side, step = self._side(width), self._step(width)
        _draw_legend(sheet, left, top)
        for number, picture in enumerate(self.pictures):
            sheet.picture(picture, left + _TITLES + number * step, top, side)
        self._grid(width).draw(sheet, left, top + side + 2)

    def _grid(self, width: float) -> Grid:
        return Grid(self.table, _TITLES, (width - _TITLES + _BETWEEN) / len(self.table.head))

    def _step(self, width: float) -> float:
        return (width - _TITLES + _BETWEEN) / len(self.pictures)

    def _side(self, width: float) -> float:
        return min(self._step(width) - _BETWEEN, _MOST_PICTURE)


@dataclass(frozen=True)
class Grid:
    """A table: titles at the left, columns of equal width.

    Parameters
    ----------
    table : Table
    titles, column : float
        Widths, mm.
    """

    table: Table
    titles: float
    column: float

    def height(self, sheet: Sheet) -> float:
        """Of all rows, mm."""
        return self._head_height(sheet) + sum(self._row_heights(sheet))

    def draw(self, sheet: Sheet, left: float, top: float) -> None:
        """Thin lines between rows, a thick one under the head."""
        width = self.titles + self.column * max(len(self.table.head), 1) - _BETWEEN
        self._draw_heads(sheet, left, top)
        top += self._head_height(sheet)
        sheet.line(left, top, width, LIGHT.text, 0.25)
        for row, height in zip(self.table.rows, self._row_heights(sheet), strict=True):
            sheet.write(row.title, BODY.quiet(), left, top + _ROW, self.titles - _BETWEEN)
            for number, cell in enumerate(row.cells):
                x = left + self.titles + number * self.column
                self._draw_cell(sheet, cell, x, top + _ROW)
            top += height
            sheet.line(left, top, width, LIGHT.line, 0.15)

    def _draw_heads(self, sheet: Sheet, left: float, top: float) -> None:
        room = self.column - _BETWEEN
        for number, cell in enumerate(self.table.head):
            x = left + self.titles + number * self.column
            sheet.write(cell.text, STRONG, x, top + _ROW, room)
            aside = sheet.width(cell.text, STRONG) + _ASIDE
            if cell.detail:
                sheet.write(cell.detail, BODY.quiet(), x + aside, top + _ROW, room - aside)

    def _draw_cell(self, sheet: Sheet, cell: Cell, left: float, top: float) -> None:
        room = self.column - _BETWEEN
        down = sheet.write(cell.text, BODY, left, top, room)
        if self._is_beside(sheet, cell):
            aside = sheet.width(cell.text, BODY) + _ASIDE
            lower = (BODY.points - SMALL.points) * 0.26  # smaller letters on the same line
            sheet.write(cell.detail, SMALL, left + aside, top + lower, room - aside)
        elif cell.detail:
            sheet.write(cell.detail, SMALL, left, top + down, room)

    def _is_beside(self, sheet: Sheet, cell: Cell) -> bool:
        """Whether a detail has room on the line of its text."""
        both = sheet.width(cell.text, BODY) + _ASIDE + sheet.width(cell.detail, SMALL)
        return both <= self.column - _BETWEEN

    def _head_height(self, sheet: Sheet) -> float:
        room = self.column - _BETWEEN
        tallest = max((sheet.height(c.text, STRONG, room) for c in self.table.head), default=_LINE)
        return tallest + 2 * _ROW

    def _row_heights(self, sheet: Sheet) -> list[float]:
        heights = []
        for row in self.table.rows:
            title = sheet.height(row.title, BODY, self.titles - _BETWEEN)
            cells = [self._cell_height(sheet, cell) for cell in row.cells]
            heights.append(max(title, *cells, 0.0) + 2 * _ROW)
        return heights

    def _cell_height(self, sheet: Sheet, cell: Cell) -> float:
        room = self.column - _BETWEEN
        text = sheet.height(cell.text, BODY, room)
        if not cell.detail or self._is_beside(sheet, cell):
            return text
        return text + sheet.height(cell.detail, SMALL, room)


def _draw_legend(sheet: Sheet, left: float, top: float) -> None:
    """Which line is what, beside the pictures."""
    sheet.write("Lesions", HEAD, left, top - 0.6, _TITLES)
    y = top + 7.5
    for row in LABELS:
        stroke = OUTLINES[row.line]
        sheet.line(left, y + 1.6, 8, LIGHT.view, 3.0)  # as upon the scan
        sheet.line(left, y + 1.6, 8, row.colour, stroke.width_px * 0.28, stroke.dashes)
        sheet.write(row.name.capitalize(), SMALL, left + 10, y, _TITLES - 10 - _BETWEEN)
        y += 4.4
    sheet.write(CALIPER_WORDS, SMALL, left, y + 1.5, _TITLES - _BETWEEN - 2)
