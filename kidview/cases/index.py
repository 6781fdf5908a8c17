"""The list of cases, kept in SQLite so that a thousand of them need not be read each time.

The folders are the truth, the index only repeats them: a case whose record changed in time,
size or inode is read again, and an index that does not work is thrown away.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing, suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

from kidview.cases.case import Case
from kidview.cases.record import CASE_ID, RECORD_FILE, read_record
from kidview.cases.status import Status
from kidview.core.errors import CaseError

INDEX_FILE = "index.sqlite"
_FORMAT = 1


@dataclass(frozen=True)
class CaseRow:
    """A line of the list of cases.

    Parameters
    ----------
    case_id, patient : str
    status : Status or None
        None for a case whose record is unusable.
    model : str
        Name and version of the one that made the prediction; "" for none.
    correctors : str
        Names, joined by commas.
    reviewer : str
    created, changed : str
        UTC, ISO 8601.
    seconds : float
        Of active editing.
    image_sha256 : str
    error : str
        Why the record is unusable; "" for all others.
    """

    case_id: str
    patient: str = ""
    status: Status | None = None
    model: str = ""
    correctors: str = ""
    reviewer: str = ""
    created: str = ""
    changed: str = ""
    seconds: float = 0.0
    image_sha256: str = ""
    error: str = ""


_COLUMNS = ", ".join(column.name for column in fields(CaseRow))
_MARKS = ", ".join("?" for _ in fields(CaseRow))


def rows_of(folder: Path) -> tuple[CaseRow, ...]:
    """A row for each case in a store's folder, ordered by id; none where there is no folder.

    Raises
    ------
    CaseError
        The folder cannot be read.
    """
    path = folder / INDEX_FILE
    if not folder.exists():
        return ()
    try:
        return _rows(str(path), folder)
    except (sqlite3.Error, ValueError):
        # Damaged, of another format, or it may not be written: the folders say it all too.
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return _rows(":memory:", folder)


def case_with_image(folder: Path, sha256: str) -> str | None:
    """Id of the case with that scan."""
    return next((row.case_id for row in rows_of(folder) if row.image_sha256 == sha256), None)


def _rows(where: str, folder: Path) -> tuple[CaseRow, ...]:
    with closing(sqlite3.connect(where, timeout=5.0, isolation_level=None)) as database:
        _prepare(database)
        _refresh(database, folder)
        rows = [_row(*values) for values in database.execute(f"SELECT {_COLUMNS} FROM cases")]
    return tuple(sorted(rows, key=_place_in_list))


def _row(case_id: str, patient: str, status: str, *rest: Any) -> CaseRow:
    return CaseRow(case_id, patient, Status(status) if status else None, *rest)


def _place_in_list(row: CaseRow) -> tuple[str, int]:
    patient, _, number = row.case_id.rpartition("-")
    return patient, int(number)


def _prepare(database: sqlite3.Connection) -> None:
    (found,) = database.execute("PRAGMA user_version").fetchone()
    (health,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if found not in (0, _FORMAT) or health != "ok":  # SQLite reads a file cut short as empty rows
        raise sqlite3.DatabaseError("damaged, or of another format")
    if found == 0:
        database.execute(f"CREATE TABLE IF NOT EXISTS cases ({_COLUMNS}, stamp)")
        database.execute(f"PRAGMA user_version = {_FORMAT}")


def _refresh(database: sqlite3.Connection, folder: Path) -> None:
    """Read what changed since the index was written, forget what is gone."""
    there = _stamps(folder)
    known = dict(database.execute("SELECT case_id, stamp FROM cases"))
    stale = [case_id for case_id, stamp in there.items() if known.get(case_id) != stamp]
    gone = known.keys() - there.keys()
    if not stale and not gone:
        return
    fresh = [(*astuple(_read(folder, case_id)), there[case_id]) for case_id in stale]
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "DELETE FROM cases WHERE case_id = ?", [(case_id,) for case_id in (*gone, *stale)]
        )
        database.executemany(f"INSERT INTO cases VALUES ({_MARKS}, ?)", fresh)


def _stamps(folder: Path) -> dict[str, str]:
    """What changes with every record, by case; never read after the record itself."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            names = [one.name for one in entries if re.fullmatch(CASE_ID, one.name)]
    except OSError as error:
        raise CaseError("the folder of the case store cannot be read", "choose another") from error
    for name in names:
        try:
            told = os.stat(folder / name / RECORD_FILE)
            found[name] = f"{told.st_mtime_ns} {told.st_size} {told.st_ino}"
        except OSError:
            found[name] = "missing"
    return found


def _read(folder: Path, case_id: str) -> CaseRow:
    try:
        return row_of(read_record(folder / case_id / RECORD_FILE))
    except CaseError as error:
        return CaseRow(case_id, error=str(error))


def row_of(case: Case) -> CaseRow:
    """The line of a case."""
    model = case.model_author
    return CaseRow(
        case.case_id,
        case.patient,
        case.status,
        model.title if model is not None else "",
        ", ".join(case.correctors),
        case.reviewer,
        case.created,
        case.changed,
        case.seconds,
        case.image.sha256,
    )
