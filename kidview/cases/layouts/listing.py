"""cases.csv: which case of a store is which case of a set. Pseudonyms only, no names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from kidview.cases.case import Case
from kidview.cases.layouts.target import write_text
from kidview.cases.record import CASE_ID
from kidview.core.errors import BrokenFile

LISTING_FILE = "cases.csv"
_COLUMNS = ["case", "case_id", "patient", "status"]


def write_listing(folder: Path, named: Iterable[tuple[str, Case]]) -> None:
    """Write the list: name in the set, id, patient and status of each case."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_COLUMNS)
    for name, case in named:
        table.writerow([name, case.case_id, case.patient, case.status.value])
    write_text(folder / LISTING_FILE, text.getvalue())


def read_listing(folder: Path) -> dict[str, str]:
    """Id by name in the set; nothing where the set has no such list of ours.

    Raises
    ------
    BrokenFile
        A line is damaged.
    """
    try:
        lines = (folder / LISTING_FILE).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    rows = list(csv.reader(lines))
    if not rows or rows[0] != _COLUMNS:
        return {}
    found: dict[str, str] = {}
    for n, row in enumerate(rows[1:], start=2):
        if len(row) != len(_COLUMNS) or not _is_case(*row[:3]) or row[0] in found:
            raise BrokenFile(
                f"{LISTING_FILE}: line {n} is damaged", "take it from a backup, or remove the file"
            )
        found[row[0]] = row[1]
    return found


def _is_case(name: str, case_id: str, patient: str) -> bool:
    is_id = re.fullmatch(CASE_ID, case_id) is not None
    return bool(name) and is_id and case_id.rpartition("-")[0] == patient
