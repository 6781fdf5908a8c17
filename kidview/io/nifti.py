"""NIfTI: find, read, thumbnail. Decompressed straight into the house array."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from kidview.core.errors import BrokenFile, ReadError
from kidview.core.task import Task
from kidview.core.types import Index
from kidview.io.found import Found
from kidview.io.nifti_header import NiftiHeader, open_stream, read_header
from kidview.io.orientation import axis_order, shape_in_house, spacing_of
from kidview.io.parts import Files, Part
from kidview.io.raw import Raw
from kidview.io.stream import DAMAGE, allocate, check_sum, fill, read_slabs
from kidview.io.values import Block, ToHU, Values


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
        read_slabs(stream, header.dtype, target, values, part, task)
        if header.frames == 1:
            check_sum(stream, part)
    notes = header.notes + values.finish()
    kept = header.kept | {"is_integer": header.dtype.kind in "iu"}
    return Raw(array, order, header.affine, header.shape, notes, kept)


def _skip(stream: BinaryIO, header: NiftiHeader, frame: int, part: Part) -> None:
    frame_bytes = math.prod(header.shape) * header.dtype.itemsize
    try:
        stream.seek(header.offset + frame * frame_bytes)
    except DAMAGE as error:
        raise BrokenFile(f"{part.name} is cut short or damaged", "copy it again") from error


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
        fill(stream, slab, part, depth // 2, depth)
    return values(slab), header.affine
