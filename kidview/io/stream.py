"""Voxels from a stream of bytes, a slab at a time, straight into the house array."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any, BinaryIO, cast

import numpy as np
from isal import isal_zlib

from kidview.core.errors import BrokenFile, ReadError
from kidview.core.task import Task
from kidview.core.types import Index
from kidview.io.orientation import place
from kidview.io.parts import Part
from kidview.io.values import Block, Values

DAMAGE: tuple[type[Exception], ...] = (
    OSError,
    EOFError,
    cast(type[Exception], isal_zlib.error),
    zlib.error,
    zipfile.BadZipFile,
)
"""What a cut or changed compressed stream raises."""

_SLAB_BYTES = 12 << 20  # read at a time: large enough to be fast, small beside a scan
_SLAB_PLANES = 64
_PACKED_BYTES, _STEP_BYTES = 1 << 18, 1 << 20
GZIP, ZLIB = 31, 15  # window bits by which zlib tells its formats


class Inflated(io.RawIOBase):
    """The uncompressed bytes of a gzip or zlib stream from where it stands.

    Python's gzip objects read ahead and drop what they have when the end is missing; this
    one gives every byte there is, so that a cut file can say how much of it is left. The
    checksum at the end is checked. Closes the stream below with itself.

    Parameters
    ----------
    below : binary stream
    form : int
        `GZIP` (also several members, as bgzip writes) or `ZLIB`.
    """

    def __init__(self, below: BinaryIO, form: int) -> None:
        self._below, self._form = below, form
        self._inflate: Any = isal_zlib.decompressobj(form)

    def as_stream(self) -> BinaryIO:
        """Itself, under the type that plain files have."""
        return cast(BinaryIO, self)

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    @property
    def is_whole(self) -> bool:
        """Whether the end was reached, checksum included."""
        return bool(self._inflate.eof)

    def readinto(self, buffer: Any) -> int:
        """Fill as much of `buffer` as one step gives; 0 when there is no more."""
        while True:
            packed = self._inflate.unconsumed_tail or self._inflate.unused_data
            packed = packed or self._below.read(_PACKED_BYTES)
            if self._inflate.eof:
                if not packed.startswith(b"\x1f\x8b"):
                    return 0  # the end, or padding after it
                self._inflate = isal_zlib.decompressobj(self._form)
            data = self._inflate.decompress(packed, min(len(buffer), _STEP_BYTES))
            if data:
                buffer[: len(data)] = data
                return len(data)
            if not packed:
                return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go forward to a byte, from the start of an unread stream."""
        scratch = memoryview(bytearray(min(offset, _STEP_BYTES) or 1))
        left = offset
        while left:
            got = self.readinto(scratch[:left])
            if not got:
                break
            left -= got
        return offset - left

    def close(self) -> None:
        """Close, with the stream below."""
        self._below.close()
        super().close()


def allocate(shape: Index, dtype: np.dtype[Any], name: str) -> np.ndarray[Any, Any]:
    """An uninitialised array, or a sentence when the memory does not suffice."""
    try:
        return np.empty(shape, dtype)
    except MemoryError as error:
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize / 2**30
        raise ReadError(
            f"{name} needs {size:.1f} GB of memory, more than there is", "close other programs"
        ) from error


def read_slabs(
    stream: BinaryIO,
    dtype: np.dtype[Any],
    target: np.ndarray[Any, Any],
    values: Values,
    part: Part,
    task: Task,
) -> None:
    """Read all voxels from where the stream stands.

    Parameters
    ----------
    stream : binary stream
        Planes of constant k, each rows of constant j.
    dtype : numpy dtype
        As stored, with byte order.
    target : (k, j, i) array
        View of the house array, filled here.
    values : Values
        Already started.
    part : Part
        For its name.
    task : Task

    Raises
    ------
    BrokenFile
        Cut short or damaged.
    """
    depth, rows, columns = target.shape
    plane = rows * columns * dtype.itemsize
    thick = min(max(_SLAB_BYTES // plane, 1), _SLAB_PLANES, depth)
    buffer = np.empty((thick, rows, columns), dtype)
    for start in range(0, depth, thick):
        slab = buffer[: min(thick, depth - start)]
        fill(stream, slab, part, start, depth)
        place(target[start : start + len(slab)], values(slab))
        task.report((start + len(slab)) / depth, f"Reading {part.name}")


def fill(stream: BinaryIO, slab: Block, part: Part, start: int, depth: int) -> None:
    """Read exactly one slab, whose first plane is number `start` of `depth`."""
    view = memoryview(cast(Any, slab.reshape(-1).view(np.uint8)))
    done = 0
    while done < len(view):
        try:
            got = stream.readinto(view[done:])  # type: ignore[attr-defined]
        except DAMAGE as error:
            raise _damaged(part, f"from plane {start + 1} of {depth} on", error) from error
        if not got:
            whole = start + done // slab[0].nbytes
            raise BrokenFile(
                f"{part.name} is cut short: {whole} of {depth} planes are there", "copy it again"
            )
        done += got


def read_start(stream: BinaryIO, count: int) -> bytes:
    """The next `count` bytes, fewer only where the stream ends."""
    block = b""
    while len(block) < count and (more := stream.read(count - len(block))):
        block += more
    return block


def _damaged(part: Part, where: str, error: Exception) -> BrokenFile:
    if "checksum" in str(error):
        where = "its checksum does not fit"
    return BrokenFile(f"{part.name} is damaged: {where}", "copy it again")


def check_sum(stream: BinaryIO, part: Part) -> None:
    """Let a compressed stream check its sum, which it does only at its end."""
    try:
        stream.read(1)
    except DAMAGE as error:
        raise _damaged(part, "at its end", error) from error
    if isinstance(stream, Inflated) and not stream.is_whole:
        raise BrokenFile(f"{part.name} is cut short at its very end", "copy it again")
