"""The list of cases, kept in SQLite so that a thousand of them need not be read each time.

The folders are the truth, the index only repeats them: a case whose record or folder changed in
time, size or inode is read again, and an index that does not work is thrown away.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any

from kidview.cases import damage
from kidview.cases.case import Case
from kidview.cases.damage import Damage
from kidview.cases.record import CASE_ID, RECORD_FILE, read_record
from kidview.cases.status import Status
from kidview.core.errors import CaseError

INDEX_FILE = "index.sqlite"
_FORMAT = 4


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
    correctors, readers : str
        Names, joined by commas; readers are those with a mask of their own.
    reviewer : str
    created, changed : str
        UTC, ISO 8601.
    seconds : float
        Of active editing.
    image_sha256 : str
    doubt : float or None
        Of the prediction; None where nothing told it.
    revision : int
        Of the record; 0 for an unusable one.
    error : str
        What is damaged, the record or a file it names; "" for a case that is whole.
    """

    case_id: str
    patient: str = ""
    status: Status | None = None
    model: str = ""
    correctors: str = ""
    readers: str = ""
    reviewer: str = ""
    created: str = ""
    changed: str = ""
    seconds: float = 0.0
    image_sha256: str = ""
    doubt: float | None = None
    revision: int = 0
    error: str = ""

    @property
    def is_damaged(self) -> bool:
        """Whether the case cannot be worked on, however far it is."""
        return self.status is None or bool(self.error)


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


def by_falling_doubt(rows: Sequence[CaseRow]) -> tuple[CaseRow, ...]:
    """Rows of which the network was least sure first; those without doubt as they came, last."""
    return tuple(
        sorted(rows, key=lambda row: -1.0 if row.doubt is None else row.doubt, reverse=True)
    )


def case_with_image(folder: Path, sha256: str) -> str | None:
    """Id of the case with that scan."""
    return next((row.case_id for row in rows_of(folder) if row.image_sha256 == sha256), None)


def note_damage(folder: Path, case_id: str, file: str, error: str) -> None:
    """Let the list tell that a file of a case is damaged; no error says that it was read well."""
    stamp = damage.stamp_of(folder / case_id / file)
    with suppress(sqlite3.Error), closing(_connected(folder / INDEX_FILE)) as database:
        _prepare(database)
        damage.note(database, Damage(case_id, file, stamp, error))


def _connected(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=5.0, isolation_level=None)


def _rows(where: str, folder: Path) -> tuple[CaseRow, ...]:
    with closing(_connected(where)) as database:
        _prepare(database)
        _refresh(database, folder)
        rows = [_row(*values) for values in database.execute(f"SELECT {_COLUMNS} FROM cases")]
        errors = {one.case_id: one.error for one in damage.known(database)}
    for n, row in enumerate(rows):
        if row.case_id in errors and not row.error:
            rows[n] = replace(row, error=errors[row.case_id])
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
        database.execute(damage.TABLE)
        database.execute(f"PRAGMA user_version = {_FORMAT}")


def _refresh(database: sqlite3.Connection, folder: Path) -> None:
    """Read what changed since the index was written, forget what is gone."""
    there = _stamps(folder)
    known = dict(database.execute("SELECT case_id, stamp FROM cases"))
    mended = {one.case_id for one in damage.known(database) if damage.is_over(one, folder)}
    stale = [
        case_id
        for case_id, stamp in there.items()
        if known.get(case_id) != stamp or case_id in mended
    ]
    gone = known.keys() - there.keys()
    if not stale and not gone:
        return
    read = {case_id: _read(folder, case_id) for case_id in stale}
    fresh = [(*astuple(row), there[case_id]) for case_id, (row, _, _) in read.items()]
    cases = {case_id: case for case_id, (_, case, _) in read.items()} | dict.fromkeys(gone)
    lost = [one for _, _, found in read.values() for one in found]
    with database:
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "DELETE FROM cases WHERE case_id = ?", [(case_id,) for case_id in (*gone, *stale)]
        )
        database.executemany(f"INSERT INTO cases VALUES ({_MARKS}, ?)", fresh)
        damage.renew(database, cases, lost, folder)


def _stamps(folder: Path) -> dict[str, str]:
    """What changes with every record and every file of a case; never read after the record."""
    found = {}
    try:
        with os.scandir(folder) as entries:
            cases = [one for one in entries if re.fullmatch(CASE_ID, one.name)]
    except OSError as error:
        raise CaseError("the folder of the case store cannot be read", "choose another") from error
    for case in cases:
        try:
            told, files = os.stat(os.path.join(case.path, RECORD_FILE)), case.stat()
            stamp = f"{told.st_mtime_ns} {told.st_size} {told.st_ino} {files.st_mtime_ns}"
        except OSError:
            stamp = "missing"
        found[case.name] = stamp
    return found


def _read(folder: Path, case_id: str) -> tuple[CaseRow, Case | None, list[Damage]]:
    """The row of a case, the case, and what of its files is gone."""
    path = folder / case_id / RECORD_FILE
    try:
        case = read_record(path)
        lost = damage.lost_files(case, path.parent)
        if lost:  # unless a writer replaced them since the record was read
            case = read_record(path)
            lost = damage.lost_files(case, path.parent)
    except CaseError as error:
        return CaseRow(case_id, error=str(error)), None, []
    return row_of(case), case, lost


def row_of(case: Case) -> CaseRow:
    """The line of a case."""
    model = case.model_author
    return CaseRow(
        case.case_id,
        case.patient,
        case.status,
        model.title if model is not None else "",
        ", ".join(case.correctors),
        ", ".join(reading.by for reading in case.readings),
        case.reviewer,
        case.created,
        case.changed,
        case.seconds,
        case.image.sha256,
        case.doubt,
        case.revision,
    )
