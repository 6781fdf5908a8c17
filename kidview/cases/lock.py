"""One writer at a time, whether in this program or another.

The lock is a transaction on a SQLite file of its own: it works on every system, waits by
itself, and ends with the process that held it, even one that was killed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kidview.core.errors import WriteError

LOCK_FILE = "lock.sqlite"
WAIT_S = 60.0


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only writer of a store for the length of a ``with`` block.

    Raises
    ------
    WriteError
        Another one writes for longer than `WAIT_S`, or the folder may not be written to.
    """
    try:
        database = sqlite3.connect(folder / LOCK_FILE, timeout=WAIT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise _told(error) from error
    with closing(database):
        try:
            database.execute("BEGIN EXCLUSIVE")
            # On a file that may only be read SQLite takes no such lock and says nothing.
            database.execute("PRAGMA user_version = 1")
        except sqlite3.Error as error:
            raise _told(error) from error
        yield


def _told(error: sqlite3.Error) -> WriteError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY":
        return WriteError(
            "another program is writing to the case store", "try again when it is done"
        )
    return WriteError(
        f"the case store cannot be locked for writing ({error})",
        f"check that its folder may be written to; {LOCK_FILE} in it may be deleted",
    )
