"""One writer at a time of a folder, whether in this program or another.

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
def locked(
    folder: Path, *, wait_s: float | None = None, busy: WriteError | None = None
) -> Iterator[None]:
    """Be the only writer of a folder for the length of a ``with`` block.

    Parameters
    ----------
    folder : Path
        A case store, or another folder that is there.
    wait_s : float, optional
        How long another one may go on writing; default `WAIT_S`.
    busy : WriteError, optional
        What is said of one that writes for longer; default: of the case store.

    Raises
    ------
    WriteError
        Another one writes for longer, or the folder may not be written to.
    """
    wait_s = WAIT_S if wait_s is None else wait_s
    try:
        database = sqlite3.connect(folder / LOCK_FILE, timeout=wait_s, isolation_level=None)
    except sqlite3.Error as error:
        raise _told(error, folder, busy) from error
    with closing(database):
        try:
            database.execute("BEGIN EXCLUSIVE")
            # On a file that may only be read SQLite takes no such lock and says nothing.
            database.execute("PRAGMA user_version = 1")
        except sqlite3.Error as error:
            raise _told(error, folder, busy) from error
        yield


def _told(error: sqlite3.Error, folder: Path, busy: WriteError | None) -> WriteError:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY":
        return busy or WriteError(
            "another program is writing to the case store", "try again when it is done"
        )
    return WriteError(
        f"the folder {folder.name} cannot be locked for writing ({error})",
        f"check that it may be written to; {LOCK_FILE} in it may be deleted",
    )
