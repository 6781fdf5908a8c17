"""A report as one HTML file: pictures inside, nothing loaded, everything escaped."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from string import Template

from kidview import __version__
from kidview.core.labels import LABELS
from kidview.core.resources import asset
from kidview.ui.paint import OUTLINES
from kidview.ui.report.content import (
    CALIPER_WORDS,
    DISCLAIMER,
    TITLE_WORDS,
    Cell,
    Report,
    Row,
    Table,
)
from kidview.ui.report.papers import FAMILIES, PAPERS, Paper
from kidview.ui.report.picture import Evidence, Picture
from kidview.ui.report.smaller import HEAD, SHARES, Smaller
from kidview.ui.report.wording import shortened
from kidview.ui.tokens import LIGHT

_EDGES_MM, _SIDES_MM = 25.0, 30.0  # margins, as the template has them
_BETWEEN_MM = 3.0
_WHOLE_MM = (54.0, 44.0)  # height of one picture of the whole, or of two


def html_of(report: Report, evidence: Evidence, paper_name: str = "a4") -> str:
    """The page.

    Parameters
    ----------
    report : Report
    evidence : Evidence
    paper_name : str
        One of `PAPERS`: what it is printed on.
    """
    paper = PAPERS[paper_name]
    template = Template(asset("report.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=TITLE_WORDS,
        name=escape(report.name),
        program=f"KidView {__version__}",
        pages="\n".join(_pages(report, evidence, paper.width_mm - _SIDES_MM)),
        **_look(paper),
    )


def sections(report: Report) -> int:
    """How many sheets the page has: one a table of lesions, one without any."""
    return max(len(report.lesions), 1) + len(report.smaller)


def _look(paper: Paper) -> dict[str, str]:
    return {
        "families": ", ".join(f'"{one}"' for one in FAMILIES) + ", sans-serif",
        "paper": paper.css,
        "width": f"{paper.width_mm:g}mm",
        "height": f"{paper.height_mm:g}mm",
        "inside": f"{paper.height_mm - _EDGES_MM - 1:g}mm",
        "text": LIGHT.text,
        "secondary": LIGHT.secondary,
        "line": LIGHT.line,
        "panel": LIGHT.panel,
        "raised": LIGHT.raised,
        "view": LIGHT.view,
    }


def _pages(report: Report, evidence: Evidence, width_mm: float) -> list[str]:
    """A section a page: the kidneys and the first lesions, then the other lesions."""
    tables = [
        _lesions(table, [evidence.lesions[id] for id in ids], width_mm)
        for table, ids in zip(report.lesions, report.lesion_ids, strict=True)
    ]
    bodies = [_head(report) + _kidneys(report, evidence.whole, width_mm), *tables[1:]]
    bodies[0] += "".join(tables[:1])
    bodies += map(_smaller, report.smaller)
    return [
        f'<section class="page">{body}{_foot(report.name, number, len(bodies))}</section>'
        for number, body in enumerate(bodies, start=1)
    ]


def _head(report: Report) -> str:
    facts = "".join(
        f"<dt>{escape(title)}</dt><dd>{escape(words)}</dd>" for title, words in report.facts
    )
    return (
        f"<header><h1>{TITLE_WORDS}</h1>"
        f'<div class="name">{escape(report.name)}<span>{escape(report.made)}</span></div></header>'
        f"<dl>{facts}</dl>"
    )


def _foot(name: str, number: int, count: int) -> str:
    place = f'{escape(shortened(name))} <span class="page-of">· page {number} of {count}</span>'
    return f'<footer><strong>{DISCLAIMER}</strong><span class="small">{place}</span></footer>'


def _kidneys(report: Report, pictures: Sequence[Picture], width_mm: float) -> str:
    table, height = report.kidneys, _WHOLE_MM[len(pictures) - 1]
    widths = [height * one.size_px[0] / one.size_px[1] for one in pictures]
    room = width_mm - sum(widths) - _BETWEEN_MM * (len(pictures) - 1) - 5.0
    columns = _columns(table, 38.0 if len(pictures) == 1 else 33.0, room)
    items = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    notes = f'<ul class="notes small">{items}</ul>'
    below, beside = ("", notes) if len(pictures) == 1 else (notes, "")
    return (
        f'<div class="kidneys"><div style="width:{width_mm - room - 5.0:.2f}mm">'
        f'<div class="row" style="height:{height:g}mm">{"".join(map(_img, pictures))}</div>'
        f"{below}</div><div>"
        f"<table>{columns}<thead>{_heads(table)}</thead><tbody>{_rows(table)}</tbody></table>"
        f"{beside}</div></div>"
    )


def _lesions(table: Table, pictures: Sequence[Sequence[Picture]], width_mm: float) -> str:
    shown = "".join(
        f'<td><div class="row">{"".join(map(_img, some))}</div></td>' for some in pictures
    )
    top = f'<tr class="pictures"><th>{_legend()}</th>{shown}</tr>'
    head = f"{_columns(table, 46.0, width_mm)}<thead>{top}{_heads(table)}</thead>"
    return f'<table class="lesions">{head}<tbody>{_rows(table)}</tbody></table>'


def _smaller(part: Smaller) -> str:
    """Lesions without a picture, a line each, in two tables side by side."""
    half = (len(part.rows) + 1) // 2
    tables = "".join(_lines(rows) for rows in (part.rows[:half], part.rows[half:]) if rows)
    return f'<h2>{escape(part.words)}</h2><div class="smaller">{tables}</div>'


def _lines(rows: Sequence[Sequence[str]]) -> str:
    columns = "".join(f'<col style="width:{100 * share:g}%">' for share in SHARES)
    heads = "".join(f'<th scope="col">{escape(one)}</th>' for one in HEAD)
    lines = "".join(f"<tr>{''.join(f'<td>{escape(one)}</td>' for one in row)}</tr>" for row in rows)
    return (
        f"<table><colgroup>{columns}</colgroup>"
        f'<thead><tr class="heads">{heads}</tr></thead><tbody>{lines}</tbody></table>'
    )


def _legend() -> str:
    lines = []
    for row in LABELS:
        stroke = OUTLINES[row.line]
        kind = "dashed" if stroke.dashes else "solid"
        line = f"border-top:{stroke.width_px:g}px {kind} {row.colour}"
        lines.append(f'<li><b><i style="{line}"></i></b>{row.name.capitalize()}</li>')
    return (
        f'<h2>Lesions</h2><ul class="legend small">{"".join(lines)}</ul>'
        f'<div class="small">{CALIPER_WORDS}</div>'
    )


def _columns(table: Table, titles_mm: float, width_mm: float) -> str:
    """Widths: pictures are equally large only if the gap behind the last column is left out."""
    count = max(len(table.head), 1)
    column = (width_mm - titles_mm + _BETWEEN_MM) / count
    widths = [titles_mm, *[column] * (count - 1), column - _BETWEEN_MM]
    columns = "".join(f'<col style="width:{mm:.2f}mm">' for mm in widths)
    return f"<colgroup>{columns}</colgroup>"


def _heads(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_cell(cell)}</th>' for cell in table.head)
    return f'<tr class="heads"><th></th>{heads}</tr>'


def _rows(table: Table) -> str:
    return "".join(_row(row) for row in table.rows)


def _row(row: Row) -> str:
    cells = "".join(f"<td>{_cell(cell)}</td>" for cell in row.cells)
    return f'<tr><th scope="row">{escape(row.title)}</th>{cells}</tr>'


def _cell(cell: Cell) -> str:
    if not cell.detail:
        return escape(cell.text)
    return f'<span class="text">{escape(cell.text)}</span><span class="detail">' + (
        f"{escape(cell.detail)}</span>"
    )


def _img(picture: Picture) -> str:
    data = base64.b64encode(picture.png()).decode("ascii")
    return f'<img alt="{escape(picture.caption)}" src="data:image/png;base64,{data}">'
