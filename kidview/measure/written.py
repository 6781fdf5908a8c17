"""Measures of a case as a table: one line for each kidney and lesion."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from kidview.measure.case import CaseMeasures, Measured
from kidview.measure.row import Measure
from kidview.measure.table import MEASURES

FACTS = ("kind", "side", "kidney", "pole")


def csv_of(name: str, measures: CaseMeasures) -> str:
    """A head and a line for each kidney and lesion; empty fields where there is no number.

    Parameters
    ----------
    name : str
        Of the case, in the first column.
    measures : CaseMeasures

    Returns
    -------
    str
        Columns ``case, name, of``, the facts, then the measures by their ids, which end in the
        unit; those with a range have two columns more, ``_low`` and ``_high``.
    """
    return csv_head() + csv_lines(name, measures)


def csv_head() -> str:
    """The first line of the table, the same for all cases."""
    out = io.StringIO()
    _writer(out).writeheader()
    return out.getvalue()


def csv_lines(name: str, measures: CaseMeasures) -> str:
    """A case's lines without the head, to be put under those of other cases."""
    out = io.StringIO()
    writer = _writer(out)
    for one in (*measures.kidneys, *measures.lesions):
        writer.writerow({"case": name, "name": one.name, "of": one.of} | dict(_fields(one)))
    return out.getvalue()


def copied(measures: CaseMeasures) -> str:
    """Tables for a spreadsheet, fields apart by tabs: the lesions, then the kidneys.

    Titles have the units; a field is empty where there is no number.
    """
    tables = []
    for of, parts in (("lesion", measures.lesions), ("kidney", measures.kidneys)):
        if not parts:
            continue
        facts = FACTS if of == "lesion" else ("side",)
        rows = _rows(of)
        head = [of.capitalize(), *(fact.capitalize() for fact in facts), *map(_titled, rows)]
        lines = [head]
        for one in parts:
            numbers = [_number(row, one) for row in rows]
            lines.append([one.name, *(one.facts[fact] for fact in facts), *numbers])
        tables.append("".join("\t".join(line) + "\n" for line in lines))
    return "\n".join(tables)


def _writer(out: io.StringIO) -> csv.DictWriter[str]:
    columns = {key: None for of in ("kidney", "lesion") for row in _rows(of) for key in _keys(row)}
    head = ["case", "name", "of", *FACTS, *columns]
    return csv.DictWriter(out, head, restval="", lineterminator="\n")


def _rows(of: str) -> list[Measure]:
    return [row for row in MEASURES if row.of == of]


def _keys(row: Measure) -> list[str]:
    return [row.id, f"{row.id}_low", f"{row.id}_high"] if row.has_range else [row.id]


def _fields(one: Measured) -> Iterator[tuple[str, Any]]:
    yield from one.facts.items()
    for row in _rows(one.of):
        told = row.rounded(one.values[row.id])
        for key, field in zip(_keys(row), ("value", "low", "high"), strict=False):
            number = told.get(field)
            yield key, "" if number is None else number


def _titled(row: Measure) -> str:
    return f"{row.title} ({row.unit})" if row.unit else row.title


def _number(row: Measure, one: Measured) -> str:
    number = row.rounded(one.values[row.id])["value"]
    return "" if number is None else f"{number}"
