"""A zip with a list of its files and their sha256, written and proved.

The checksums tell damage, not intent: who can write the zip can write the list. So names are
checked one by one before anything is unpacked, and nothing is read beyond the size it is
declared with.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from kidview import __version__
from kidview.cases.fields import Fields
from kidview.core.errors import BrokenFile
from kidview.core.task import Task
from kidview.io import as_write_error

MANIFEST = "manifest.json"
_KIND, _SCHEMA = "KidView cases", 1
_CHUNK = 1 << 20
_MOST_TEXT = 64 << 20  # bytes of a list or a record; 100,000 cases need less
_THEN = (1980, 1, 1, 0, 0, 0)  # the same cases give the same zip
# zipfile raises RuntimeError at encryption, and a kind of it at a packing it does not know.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    RuntimeError,
    OSError,
)


@dataclass(frozen=True)
class _Entry:
    """What the list says of a file."""

    sha256: str
    size: int


@contextmanager
def new_zip(path: Path) -> Iterator[Callable[[str, Path], None]]:
    """A function that puts a file into a new zip under a name; the list is added at the end."""
    entries: dict[str, _Entry] = {}
    with zipfile.ZipFile(path, "w") as archive:

        def take(name: str, file: Path) -> None:
            info = zipfile.ZipInfo(name, _THEN)
            info.file_size = file.stat().st_size  # tells zipfile whether it needs zip64
            with file.open("rb") as source, archive.open(info, "w") as target:
                digest, size = _copy(source, target.write)
            entries[name] = _Entry(digest, size)

        yield take
        archive.writestr(zipfile.ZipInfo(MANIFEST, _THEN), _manifest(entries))


def _manifest(entries: Mapping[str, _Entry]) -> str:
    table = {
        "kind": _KIND,
        "schema": _SCHEMA,
        "application": __version__,
        "files": {n: {"sha256": one.sha256, "bytes": one.size} for n, one in entries.items()},
    }
    return json.dumps(table, indent=2) + "\n"


class CheckedZip:
    """A zip whose every file was compared with its list; see `open_zip`."""

    def __init__(self, name: str, archive: zipfile.ZipFile, entries: Mapping[str, _Entry]) -> None:
        self.name = name
        self._archive, self._entries = archive, entries

    @property
    def names(self) -> tuple[str, ...]:
        """The files, the list apart."""
        return tuple(self._entries)

    def sha256(self, name: str) -> str:
        """Of a file, as the list has it and as it was found to be."""
        return self._entries[name].sha256

    def read(self, name: str) -> bytes:
        """A small file."""
        return _small(self._archive, name, self.name)

    def extract(self, name: str, target: Path) -> None:
        """Unpack a file to where none is, flushed and compared with the list once more."""

        def write(chunk: bytes) -> None:
            try:
                stream.write(chunk)
            except OSError as error:  # of the target, not of the zip
                raise as_write_error(target, error) from error

        try:
            with target.open("xb", buffering=0) as stream:
                self.prove(name, write)
                os.fsync(stream.fileno())
        except OSError as error:
            raise as_write_error(target, error) from error

    def prove(self, name: str, sink: Callable[[bytes], object]) -> None:
        """Unpack a file into a function; raises BrokenFile if it is not the one of the list."""
        with _told(self.name), self._archive.open(name) as stream:
            digest, size = _copy(stream, sink)
        if _Entry(digest, size) != self._entries[name]:
            raise BrokenFile(
                f"{self.name}/{name} is not the file that was packed: its sha256 is another",
                "copy the zip again, or export it again",
            )


@contextmanager
def open_zip(path: Path, member: str, task: Task) -> Iterator[CheckedZip]:
    """Open a zip and prove all of it.

    Parameters
    ----------
    path : Path
    member : str
        Pattern of the names its files may have.
    task : Task

    Raises
    ------
    BrokenFile
        It is damaged, has no list or another one, or a file that is not in the list or has
        another name; nothing was unpacked then.
    """
    with _opened(path) as archive:
        entries = _entries(archive, path.name)
        _refuse_strangers(archive, entries, member, path.name)
        found = CheckedZip(path.name, archive, entries)
        for n, name in enumerate(entries):
            task.report(n / len(entries), "Checking")
            found.prove(name, len)
        yield found


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with _told(path.name):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Damage of a zip as a sentence."""
    try:
        yield
    except _DAMAGE as error:
        raise BrokenFile(
            f"{name} is damaged, or no zip that can be read", "copy it again"
        ) from error


def _entries(archive: zipfile.ZipFile, name: str) -> dict[str, _Entry]:
    if MANIFEST not in archive.namelist():
        raise BrokenFile(
            f"{name} is no bundle of cases: it has no {MANIFEST}",
            "unpack it and import the folder, if it is a set of another layout",
        )
    place = f"{name}/{MANIFEST}"
    try:
        table = json.loads(_small(archive, MANIFEST, name))
    except (ValueError, RecursionError) as error:
        raise BrokenFile(f"{place} is no JSON", "copy the zip again") from error
    fields = Fields(table, place)
    fields.choice("kind", [_KIND])
    version = fields.whole("schema", 1)
    if version > _SCHEMA:
        raise BrokenFile(f"{place} is of a newer KidView", "import it with that one")
    fields.text("application")
    files = fields.table("files")
    fields.end()
    return {one: _entry(files.table(one)) for one in files.names()}


def _entry(fields: Fields) -> _Entry:
    sha256 = fields.text("sha256", "[0-9a-f]{64}", "64 digits 0-9 a-f")
    entry = _Entry(sha256, fields.whole("bytes"))
    fields.end()
    return entry


def _refuse_strangers(
    archive: zipfile.ZipFile, entries: Mapping[str, _Entry], member: str, name: str
) -> None:
    """Raise unless the zip holds each file of the list once, of that size, and no other.

    Folders without more, which some programs add when they pack a zip anew, do no harm.
    """
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    counts = Counter(archive.namelist())
    for one in (*counts, *entries):
        if one == MANIFEST or (one.endswith("/") and re.fullmatch(member, f"{one}case.json")):
            continue
        if not re.fullmatch(member, one):
            shown = one.encode(errors="backslashreplace").decode()
            raise BrokenFile(
                f"{name} holds '{shown}', which is no file of a case",
                "KidView did not write it so: do not trust it",
            )
        if one not in entries or sizes.get(one) != entries[one].size or counts[one] != 1:
            raise BrokenFile(
                f"{name}/{one} is missing, twice there, not in {MANIFEST} or of another size",
                "copy the zip again, or export it again",
            )


def _small(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """A file that must fit into memory."""
    if archive.getinfo(member).file_size > _MOST_TEXT:
        raise BrokenFile(f"{name}/{member} is too large to be what it should be", "do not trust it")
    with _told(name):
        return archive.read(member)


def _copy(source: IO[bytes], sink: Callable[[bytes], object]) -> tuple[str, int]:
    """sha256 and size of what went through."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        sink(chunk)
    return digest.hexdigest(), size
