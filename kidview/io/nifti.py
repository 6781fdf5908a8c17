"""NIfTI: find, read, thumbnail. Decompressed straight into the house array."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from kidview.core.errors import BrokenFile, ReadError
from kidview.core.task import Task
from kidview.core.types import Index
from kidview.io.found import Found
from kidview.io.nifti_header import DAMAGE, NiftiHeader, open_stream, read_header
from kidview.io.orientation import axis_order, place, shape_in_house, spacing_of
from kidview.io.parts import Files, Part
from kidview.io.raw import Raw
from kidview.io.values import Block, ToHU, Values

_SLAB_BYTES = 12 << 20  # read at a time: large enough to be fast, small beside a scan


def find(path: Path, part: Part, files: Files) -> tuple[Found, ...]:
    """One `Found` for a 3D file, one per frame for a 4D file; reads the header only."""
    header = read_header(part, files)
    detail = describe(header.shape, header.affine)
    title = part.name
    if header.frames == 1:
        key = part.member
        return (_found(path, part, header, title, detail, key, 0),)
    return tuple(
        _found(path, part, header, f"{title}, frame {n + 1}", detail, str(n + 1), n)
        for n in range(header.frames)
    )


def _found(
    path: Path, part: Part, header: NiftiHeader, title: str, detail: str, key: str, frame: int
) -> Found:
    slices = shape_in_house(header.shape, axis_order(header.affine))[0]
    return Found(path, "NIfTI", title, detail, key, slices, header.notes, plan=(part, frame))


def describe(shape_ijk: Index, affine: np.ndarray[Any, Any]) -> str:
    """Such as "178 slices, 512 x 512, 2.5 mm"; slices are those along the body."""
    order = axis_order(affine)
    z, y, x = shape_in_house(shape_ijk, order)
    return f"{z} slices, {x} x {y}, {spacing_of(affine)[order.axes[0]]:.3g} mm"


def read(part: Part, frame: int, values: Values, files: Files, task: Task) -> Raw:
    """Voxels of a file (one frame of a 4D one) in house order.

    Parameters
    ----------
    part : Part
    frame : int
        From 0.
    values : Values
        Turns stored numbers into HU or labels.
    files : Files
    task : Task

    Raises
    ------
    ReadError
        Damaged or cut short, or refused by `values`.
    """
    header = read_header(part, files)
    if not 0 <= frame < header.frames:
        raise ReadError(f"{part.name} has no frame {frame + 1}", f"it has {header.frames}")
    order = axis_order(header.affine)
    values.start(part.name, header.dtype, header.slope, header.inter)
    array = allocate(shape_in_house(header.shape, order), values.dtype, part.name)
    target = order.to_file(array).T  # (k, j, i), the order of the bytes in the file
    stream, _ = open_stream(part, files)
    with stream:
        _skip(stream, header, frame, part)
        _read_slabs(stream, header, target, values, part, task)
    notes = header.notes + values.finish()
    kept = header.kept | {"is_integer": header.dtype.kind in "iu"}
    return Raw(array, order, header.affine, header.shape, notes, kept)


def allocate(shape: Index, dtype: np.dtype[Any], name: str) -> np.ndarray[Any, Any]:
    """An uninitialised array, or a sentence when the memory does not suffice."""
    try:
        return np.empty(shape, dtype)
    except MemoryError as error:
        size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize / 2**30
        raise ReadError(
            f"{name} needs {size:.1f} GB of memory, more than there is", "close other programs"
        ) from error


def _read_slabs(
    stream: BinaryIO,
    header: NiftiHeader,
    target: np.ndarray[Any, Any],
    values: Values,
    part: Part,
    task: Task,
) -> None:
    depth, rows, columns = target.shape
    plane = rows * columns * header.dtype.itemsize
    thick = min(max(_SLAB_BYTES // plane, 1), 64, depth)
    buffer = np.empty((thick, rows, columns), header.dtype)
    for start in range(0, depth, thick):
        slab = buffer[: min(thick, depth - start)]
        _fill(stream, slab, part, start, depth)
        place(target[start : start + len(slab)], values(slab))
        task.report((start + len(slab)) / depth, f"Reading {part.name}")
    _read_to_end(stream, part, header)


def _fill(stream: BinaryIO, slab: Block, part: Part, start: int, depth: int) -> None:
    """Read exactly one slab."""
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
            whole = start + done // (slab[0].nbytes)
            raise BrokenFile(
                f"{part.name} is cut short: {whole} of {depth} planes are there", "copy it again"
            )
        done += got


def _skip(stream: BinaryIO, header: NiftiHeader, frame: int, part: Part) -> None:
    frame_bytes = int(np.prod(header.shape, dtype=np.int64)) * header.dtype.itemsize
    try:
        stream.seek(header.offset + frame * frame_bytes)
    except DAMAGE as error:
        raise BrokenFile(f"{part.name} is cut short or damaged", "copy it again") from error


def _read_to_end(stream: BinaryIO, part: Part, header: NiftiHeader) -> None:
    """Let gzip check its sum; it does so only at the end of the stream."""
    if header.frames > 1:
        return
    try:
        stream.read(1)
    except DAMAGE as error:
        raise BrokenFile(
            f"{part.name} is damaged: its checksum does not fit", "copy it again"
        ) from error


def middle_plane(found: Found, files: Files) -> tuple[Block, np.ndarray[Any, Any]]:
    """The middle k plane as (1, j, i) HU and the file's affine; decompresses half a file."""
    part, frame = found.plan
    header = read_header(part, files)
    depth, rows, columns = header.shape[::-1]
    values = ToHU()
    values.start(part.name, header.dtype, header.slope, header.inter)
    stream, _ = open_stream(part, files)
    with stream:
        plane = rows * columns * header.dtype.itemsize
        stream.seek(header.offset + (frame * depth + depth // 2) * plane)
        slab = np.empty((1, rows, columns), header.dtype)
        _fill(stream, slab, part, depth // 2, depth)
    return values(slab), header.affine
