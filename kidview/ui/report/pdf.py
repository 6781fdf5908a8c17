"""A report as a PDF: Qt's own writer and painter, so no browser and no widget is needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, Qt
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from kidview import __version__
from kidview.core.errors import WriteError
from kidview.ui.report.blocks import GAP, Block, Head, Kidneys, Lesions
from kidview.ui.report.compact import Compact
from kidview.ui.report.content import DISCLAIMER, TITLE_WORDS, Report
from kidview.ui.report.papers import PAPERS
from kidview.ui.report.picture import Evidence
from kidview.ui.report.sheet import SMALL, STRONG, Sheet
from kidview.ui.tokens import LIGHT

Page = list[tuple[Block, float]]

_DPI = 1200
_SIDE, _TOP, _BOTTOM = 15.0, 13.0, 12.0  # margins, mm
_FOOT = 6.0


def write_pdf(
    path: Path,
    report: Report,
    evidence: Evidence,
    paper_name: str = "a4",
) -> int:
    """Write a report; returns the number of pages.

    Parameters
    ----------
    path : Path
        Overwritten.
    report : Report
    evidence : Evidence
    paper_name : str
        One of `PAPERS`.

    Raises
    ------
    WriteError
        Qt does not draw it.
    OSError
        The file cannot be written.
    """
    buffer = QBuffer()  # written by Python, which knows why a disk takes no more
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(PAPERS[paper_name].size))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Millimeter)
    writer.setResolution(_DPI)
    writer.setTitle(TITLE_WORDS)
    writer.setCreator(f"KidView {__version__}")
    sheet = Sheet(writer)
    pages = pages_of(sheet, report, evidence)
    painter = QPainter()
    if not painter.begin(writer):
        raise WriteError("Qt cannot write a PDF here", "save the report as .html")
    sheet.painter = painter
    try:
        for number, page in enumerate(pages, start=1):
            if number > 1:
                writer.newPage()
            draw_page(sheet, page, report.name, number, len(pages))
    finally:
        is_drawn = painter.end()
    if not is_drawn:
        raise WriteError("Qt cannot write a PDF here", "save the report as .html")
    path.write_bytes(buffer.data().data())
    return len(pages)


def _blocks(report: Report, evidence: Evidence) -> list[Block]:
    blocks: list[Block] = [Head(report), Kidneys(report.kidneys, report.notes, evidence.whole)]
    for table, ids in zip(report.lesions, report.lesion_ids, strict=True):
        blocks.append(Lesions(table, [one for id in ids for one in evidence.lesions[id]]))
    return [*blocks, *map(Compact, report.smaller)]


def pages_of(sheet: Sheet, report: Report, evidence: Evidence) -> list[Page]:
    """Blocks with their tops (mm), page by page, in their order."""
    width_mm, height_mm = sheet.size_mm
    width, bottom = width_mm - 2 * _SIDE, height_mm - _BOTTOM - _FOOT
    pages: list[Page] = [[]]
    top = _TOP
    for block in _blocks(report, evidence):
        height = block.height(sheet, width)
        if pages[-1] and top + height > bottom:
            pages.append([])
            top = _TOP
        pages[-1].append((block, top))
        top += height + GAP
    return pages


def draw_page(sheet: Sheet, page: Page, name: str, number: int, count: int) -> None:
    """Draw the blocks of a page, and its foot with the sentence every page has."""
    width_mm, height_mm = sheet.size_mm
    width = width_mm - 2 * _SIDE
    for block, top in page:
        block.draw(sheet, _SIDE, top, width)
    foot = height_mm - _BOTTOM - 3.5
    sheet.line(_SIDE, foot - 1.5, width, LIGHT.line, 0.15)
    sheet.write(DISCLAIMER, STRONG, _SIDE, foot, width * 0.6)
    words, right = f" · page {number} of {count}", Qt.AlignmentFlag.AlignRight
    room = width * 0.5 - sheet.width(words, SMALL)
    sheet.write_line(name, SMALL, _SIDE + width * 0.5, foot + 0.3, room, right)
    sheet.write_line(words, SMALL, _SIDE + width * 0.5 + room, foot + 0.3, width * 0.5 - room)
