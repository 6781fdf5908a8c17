"""Writing a file so that it is there whole or not at all.

Beside the target, flushed to the disk, checked by the caller, then moved into place.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from kidview.core.errors import TargetExists, WriteError
from kidview.io.beside import name_beside, sweep_beside


def write_atomically(
    path: Path,
    suffix: str,
    write: Callable[[Path], None],
    check: Callable[[Path], None],
    *,
    overwrite: bool,
    protected: Iterable[Path] = (),
) -> str:
    """Write a temporary file beside `path`, check it, move it into place.

    Parameters
    ----------
    path : Path
    suffix : str
        What the temporary name must end with for readers to know the format.
    write : callable
        Makes the file it is given.
    check : callable
        Reads the file again; raises WriteError if it is not what it should be.
    overwrite : bool
        Whether `path` may exist.
    protected : paths
        Files that are never replaced, under whatever name (links included).

    Returns
    -------
    str
        sha256 of the file.

    Raises
    ------
    WriteError
        Nothing was changed then, and no temporary file is left.
    """
    refuse(path, overwrite, protected)
    sweep_beside(path)
    beside = name_beside(path, suffix)
    try:
        write(beside)
        _flush(beside)
        check(beside)
        digest = _sha256(beside)
        refuse(path, overwrite, protected)  # it may have appeared meanwhile
        if path.exists():
            os.chmod(beside, path.stat().st_mode & 0o777)
        os.replace(beside, path)
    except OSError as error:
        raise as_write_error(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(path.parent)
    return digest


def check_target(path: Path, *, overwrite: bool, protected: Iterable[Path] = ()) -> None:
    """What `write_atomically` would refuse, told before long work: tries the folder out.

    Raises
    ------
    WriteError
        The target exists, is protected, or its folder is missing or may not be written to.
    """
    refuse(path, overwrite, protected)
    beside = name_beside(path, path.suffix)
    try:
        beside.touch(exist_ok=False)
        beside.unlink()
    except OSError as error:
        raise as_write_error(path, error) from error


def refuse(path: Path, overwrite: bool, protected: Iterable[Path]) -> None:
    """Raise WriteError if `path` must not be written; look only, write nothing."""
    try:
        if not path.parent.is_dir():
            raise WriteError(
                f"the folder {path.parent} does not exist", "make it first or choose another"
            )
        if path.is_dir():
            raise WriteError(f"{path.name} is a folder", "give a file name")
        if not path.exists():
            return
        if any(one.exists() and path.samefile(one) for one in protected):
            raise WriteError(
                f"{path.name} is the scan itself, which is never overwritten",
                "choose another name",
            )
    except OSError as error:
        raise as_write_error(path, error) from error
    if not overwrite:
        raise TargetExists(f"{path.name} exists already", "choose another name")


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flush_folder(folder: Path) -> None:
    """Make the move itself survive a power cut, where the system knows how."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows opens no folders; its rename is journalled
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network shares refuse; the file itself is flushed
    finally:
        os.close(handle)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def as_write_error(path: Path, error: OSError) -> WriteError:
    """What kept `path` from being written, as one sentence and a way out."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WriteError(
            f"the disk is full, {path.name} was not written", "free some space or save elsewhere"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        what = f"{path.name} cannot be saved, for {path.parent} may not be written to"
        return WriteError(what, "choose another folder")
    if error.errno == errno.ENAMETOOLONG:
        return WriteError("the file name is too long", "choose a shorter one")
    reason = error.strerror or str(error)
    return WriteError(f"{path.name} could not be written ({reason})", "save it elsewhere")
