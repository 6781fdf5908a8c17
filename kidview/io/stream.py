"""Voxels from a stream of bytes, a slab at a time, straight into the house array."""

from __future__ import annotations

import zipfile
import zlib
from typing import Any, BinaryIO, cast

import numpy as np
from isal import igzip, isal_zlib

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
_igzip: Any = igzip  # carries no types


def gunzipped(raw: BinaryIO) -> BinaryIO:
    """The uncompressed bytes of a gzip stream from where it stands; closes `raw` with it."""
    packed = _igzip.IGzipFile(fileobj=raw, mode="rb")
    packed.myfileobj = raw  # as gzip does with files it opened itself
    return cast(BinaryIO, packed)


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
        except EOFError:
            got = 0
        except DAMAGE as error:
            raise BrokenFile(
                f"{part.name} is damaged at plane {start + 1} of {depth}", "copy it again"
            ) from error
        if not got:
            whole = start + done // slab[0].nbytes
            raise BrokenFile(
                f"{part.name} is cut short: {whole} of {depth} planes are there", "copy it again"
            )
        done += got


def check_sum(stream: BinaryIO, part: Part) -> None:
    """Let a compressed stream check its sum, which it does only at its end."""
    try:
        stream.read(1)
    except DAMAGE as error:
        raise BrokenFile(
            f"{part.name} is damaged: its checksum does not fit", "copy it again"
        ) from error
