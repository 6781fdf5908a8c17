"""One program at a time teaches or measures a model of a name."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kidview.cases import locked
from kidview.core.errors import WriteError
from trainer.data.places import make_folder

NOTE_FILE = "process.txt"
WAIT_S = 10.0  # a program that was told to stop writes its checkpoint meanwhile


@contextmanager
def one_teacher(folder: Path, name: str) -> Iterator[None]:
    """Be the only program at work in a model's folder for the length of a ``with`` block.

    The lock ends with the process, even with one that was killed.

    Parameters
    ----------
    folder : Path
        Made where it is not there.
    name : str
        Of the model.

    Raises
    ------
    WriteError
        Another program is at work there and does not end within `WAIT_S`.
    """
    make_folder(folder)
    note = folder / NOTE_FILE
    busy = WriteError(
        f"{_holder(note)} is at work on {name} already",
        "wait until it is done, stop it there, or choose another name",
    )
    with locked(folder, wait_s=WAIT_S, busy=busy):
        with suppress(OSError):  # it only makes the sentence above more helpful
            note.write_text(f"process {os.getpid()} on {platform.node()}\n", encoding="utf-8")
        yield


def _holder(note: Path) -> str:
    """Who noted down to be at work; it matters only while the lock is held."""
    with suppress(OSError, UnicodeDecodeError):
        return note.read_text(encoding="utf-8").strip() or "another program"
    return "another program"
