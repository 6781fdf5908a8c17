"""Files of cases that are gone or damaged, as far as anybody noticed; a table of the index.

That a file is gone is seen when the list is read. That its voxels are damaged is seen when
they are read, and counts until the file changes or is read well.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kidview.cases.case import Case

TABLE = "CREATE TABLE IF NOT EXISTS damage (case_id, file, stamp, error)"
_GONE = ""
"""Stamp of a file that is not there, or is empty."""


@dataclass(frozen=True)
class Damage:
    """A file of a case that cannot be used, and the sentence that says why.

    Parameters
    ----------
    case_id : str
    file : str
        Name in the case's folder, or the path of a scan that is referred to.
    stamp : str
        Of the file, when it was found so.
    error : str
    """

    case_id: str
    file: str
    stamp: str
    error: str


def stamp_of(path: Path) -> str:
    """What changes with a file."""
    try:
        told = path.stat()
    except OSError:
        return _GONE
    return f"{told.st_mtime_ns} {told.st_size} {told.st_ino}" if told.st_size else _GONE


def files_of(case: Case) -> frozenset[str]:
    """The files a case needs; joined to its folder each leads to its place."""
    return case.files | ({case.image.local_path} - {""})


def lost_files(case: Case, folder: Path) -> list[Damage]:
    """What of a case's files is gone; reads none of them."""
    return [
        Damage(case.case_id, file, _GONE, _in_words(case, file))
        for file in sorted(files_of(case))
        if stamp_of(folder / file) == _GONE
    ]


def _in_words(case: Case, file: str) -> str:
    if file == case.image.local_path:  # whose name may be a patient's
        return (
            f"the scan of case {case.case_id} is gone - "
            "put it back to the place its record tells in 'image.local_path'"
        )
    return f"{case.case_id}/{file} is missing - put it back, or take the case from a backup"


def known(database: sqlite3.Connection) -> list[Damage]:
    """All that was noticed."""
    return [Damage(*row) for row in database.execute("SELECT * FROM damage ORDER BY file DESC")]


def is_over(damage: Damage, store: Path) -> bool:
    """Whether the file is another one by now."""
    return stamp_of(store / damage.case_id / damage.file) != damage.stamp


def note(database: sqlite3.Connection, damage: Damage) -> None:
    """Keep what was found of a file; one without an error was read well.

    Of a file that is known to be gone nothing better can be said.
    """
    before = {one.file: one for one in known(database) if one.case_id == damage.case_id}
    there = before.get(damage.file)
    if damage.error == (there.error if there else ""):
        return
    if there is not None and damage.stamp == there.stamp == _GONE:
        return
    with database:
        database.execute("BEGIN IMMEDIATE")
        _forget(database, [damage])
        if damage.error:
            _insert(database, [damage])


def renew(
    database: sqlite3.Connection,
    cases: Mapping[str, Case | None],
    lost: Iterable[Damage],
    store: Path,
) -> None:
    """Take over what is gone of cases that were just read, and drop what counts no more.

    Parameters
    ----------
    database : Connection
        In a transaction.
    cases : dict
        Id to the case; None for one that is gone or whose record is unusable.
    lost : iterable of Damage
    store : Path
    """
    over = [
        one
        for one in known(database)
        if one.case_id in cases and (_is_foreign(one, cases[one.case_id]) or is_over(one, store))
    ]
    lost = list(lost)
    _forget(database, [*over, *lost])
    _insert(database, lost)


def _is_foreign(damage: Damage, case: Case | None) -> bool:
    return case is None or damage.file not in files_of(case)


def _forget(database: sqlite3.Connection, found: list[Damage]) -> None:
    database.executemany(
        "DELETE FROM damage WHERE case_id = ? AND file = ?",
        [(one.case_id, one.file) for one in found],
    )


def _insert(database: sqlite3.Connection, found: list[Damage]) -> None:
    database.executemany(
        "INSERT INTO damage VALUES (?, ?, ?, ?)",
        [(one.case_id, one.file, one.stamp, one.error) for one in found],
    )
