"""Files as they lie: on disk or inside a zip, opened one way.

A zip is never unpacked: its members are read where they are, so no name in it can lead
outside and nothing has to be removed afterwards.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import BinaryIO, Self, cast

from kidview.core.errors import BrokenFile, ReadError
from kidview.core.task import Task

HEAD_BYTES = 65536
"""Enough for the header of nearly every file; read in one go."""


@dataclass(frozen=True, order=True)
class Part:
    """A file on disk, or a member of a zip on disk."""

    path: Path
    member: str = ""

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.member.rpartition("/")[2] if self.member else self.path.name


class Files:
    """Opens parts and closes what they need at the end of a ``with`` block."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._zips: dict[Path, zipfile.ZipFile] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def open(self, part: Part) -> BinaryIO:
        """A binary stream of a part; the caller closes it."""
        try:
            if part.member:
                return cast(BinaryIO, self._archive(part.path).open(part.member))
            return part.path.open("rb")
        except OSError as error:
            raise _unreadable(part.name, error) from error
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile, KeyError) as error:
            raise BrokenFile(
                f"{part.name} cannot be taken out of {part.path.name}",
                "unpack the archive and open the folder",
            ) from error

    def read(self, part: Part, limit: int = -1) -> bytes:
        """The bytes of a part, at most `limit`."""
        with self.open(part) as stream:
            try:
                return stream.read(limit)
            except OSError as error:
                raise _unreadable(part.name, error) from error
            except (zipfile.BadZipFile, EOFError, zlib.error) as error:
                raise _damaged(part) from error

    def members(self, path: Path) -> tuple[Part, ...]:
        """The files inside a zip, sorted by name."""
        names = [row.filename for row in self._archive(path).infolist() if not row.is_dir()]
        return tuple(Part(path, name) for name in sorted(names) if not _is_clutter(name))

    def on_disk(self, part: Part) -> Path:
        """A path for libraries that open files by name.

        A member of a zip is copied to a temporary folder, with those beside it that its
        header names; under their plain names, and removed when the block ends.
        """
        if not part.member:
            return part.path
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="kidview-")))
        head = self.read(part, HEAD_BYTES)
        inside = part.member.rpartition("/")[0]
        for other in self.members(part.path):
            named = other.member.rpartition("/")[0] == inside and other.name.encode() in head
            if other == part or named:
                with self.open(other) as stream, (folder / other.name).open("wb") as copy:
                    shutil.copyfileobj(stream, copy)
        return folder / part.name

    def size(self, part: Part) -> int:
        """Bytes of a part."""
        if part.member:
            return self._archive(part.path).getinfo(part.member).file_size
        return part.path.stat().st_size

    def _archive(self, path: Path) -> zipfile.ZipFile:
        if path not in self._zips:
            try:
                self._zips[path] = self._stack.enter_context(zipfile.ZipFile(path))
            except OSError as error:
                raise _unreadable(path.name, error) from error
            except zipfile.BadZipFile as error:
                raise BrokenFile(
                    f"{path.name} is a damaged zip archive", "copy or download it again"
                ) from error
        return self._zips[path]


def files_below(folder: Path, task: Task) -> Iterator[Part]:
    """Every file of a folder and the folders in it, in sorted order."""
    for at, folders, names in os.walk(folder, onerror=_raise_unreadable):
        task.check()
        folders.sort()
        for name in sorted(names):
            if not _is_clutter(name):
                yield Part(Path(at) / name)


def is_zip(part: Part, files: Files) -> bool:
    """Whether a file on disk is a zip archive, by its first bytes."""
    return not part.member and files.read(part, 4) in (b"PK\x03\x04", b"PK\x05\x06")


def _is_clutter(name: str) -> bool:
    last = name.rpartition("/")[2]
    return last.startswith(".") or name.startswith("__MACOSX/") or last == "DICOMDIR"


def _raise_unreadable(error: OSError) -> None:
    raise _unreadable(Path(str(error.filename)).name, error) from error


def _unreadable(name: str, error: OSError) -> ReadError:
    if isinstance(error, FileNotFoundError):
        return ReadError(f"{name} does not exist", "check the path")
    if isinstance(error, PermissionError):
        return ReadError(f"{name} may not be read", "ask its owner for the right to read it")
    return ReadError(
        f"{name} cannot be read ({error.strerror or error})", "check the disk or the network"
    )


def _damaged(part: Part) -> BrokenFile:
    return BrokenFile(
        f"{part.name} is damaged inside {part.path.name}", "copy or download the archive again"
    )
