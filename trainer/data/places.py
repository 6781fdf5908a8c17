"""Where verbs write to: looked at before long work, made when there is something to write."""

from __future__ import annotations

import os
from pathlib import Path

from kidview.core.errors import WriteError

_HINT = "choose another place, or check who may write there"


def check_folder(path: Path) -> None:
    """Look whether a folder is there or could be made; makes nothing.

    Raises
    ------
    WriteError
        The path, or one above it, is a file or may not be written to.
    """
    above = path.absolute()
    while not above.exists() and above != above.parent:
        above = above.parent
    if not above.is_dir():
        raise WriteError(f"{above} is a file, no folder", "choose another place")
    if not os.access(above, os.W_OK):
        raise WriteError(f"{above} may not be written to", _HINT)


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there yet.

    Raises
    ------
    WriteError
    """
    check_folder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"the folder {path} cannot be made", _HINT) from error


def check_file(path: Path) -> None:
    """Look whether a file can be written, or replaced; its folder must be there.

    Raises
    ------
    WriteError
    """
    if path.is_dir():
        raise WriteError(f"{path} is a folder", "give a file name")
    if not path.parent.is_dir():
        raise WriteError(f"there is no folder {path.parent}", "make it first or choose another")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise WriteError(f"{path} may not be written to", _HINT)
