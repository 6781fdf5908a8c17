"""The folder of a set: made whole beside its place under a hidden name, then moved there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kidview.core.errors import WriteError
from kidview.io import (
    as_write_error,
    flush_folder,
    name_beside,
    sweep_beside,
    write_atomically,
)


def refuse_target(target: Path) -> None:
    """Raise WriteError unless something new can be made there; look only."""
    if not target.parent.is_dir():
        raise WriteError(
            f"the folder {target.parent} does not exist", "make it first or choose another"
        )
    if os.path.lexists(target):
        raise WriteError(
            f"{target.name} exists already", "choose another name: a set replaces nothing"
        )


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A hidden folder beside a target, gone at the end; errors of the disk become sentences."""
    sweep_beside(target)
    folder = name_beside(target)
    try:
        folder.mkdir()
        yield folder
    except OSError as error:
        raise as_write_error(target, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which is moved to its place when the ``with`` block ends well.

    Raises
    ------
    WriteError
        Nothing was written then.
    """
    refuse_target(target)
    with beside(target) as folder:
        yield folder
        for path in (folder, *folder.rglob("*/")):
            flush_folder(path)
        refuse_target(target)  # it may have appeared meanwhile
        os.rename(folder, target)
    flush_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Write a small file, read back before it is in place."""

    def write(made: Path) -> None:
        made.write_text(text, encoding="utf-8", newline="\n")

    def check(made: Path) -> None:
        if made.read_bytes() != text.encode():
            raise WriteError(f"{path.name} reads back different", "save it elsewhere")

    write_atomically(path, path.suffix, write, check, overwrite=False)
