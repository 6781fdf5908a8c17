"""Where the voxels of NRRD and MetaImage files lie, to read them as a stream.

SimpleITK reads what is not covered here (voxels in another file, rare encodings), at
twice the memory. Sources: https://teem.sourceforge.net/nrrd/format.html and
https://itk.org/Wiki/MetaIO/Documentation
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from kidview.io.parts import HEAD_BYTES, Files, Part
from kidview.io.stream import GZIP, ZLIB, Inflated

Opened = tuple[BinaryIO, np.dtype[Any]]

_NRRD_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_META_TYPES = {
    "i1": ("met_char",),
    "u1": ("met_uchar",),
    "i2": ("met_short",),
    "u2": ("met_ushort",),
    "i4": ("met_int",),
    "u4": ("met_uint",),
    "f4": ("met_float",),
    "f8": ("met_double",),
}


def open_voxels(part: Part, format_name: str, files: Files) -> Opened | None:
    """A stream at the first voxel and the stored type; None where SimpleITK must read.

    Parameters
    ----------
    part : Part
    format_name : str
        "NRRD" or "MetaImage".
    files : Files

    Returns
    -------
    binary stream and numpy dtype with byte order, or None
    """
    head = files.read(part, HEAD_BYTES)
    found = _nrrd(head) if format_name == "NRRD" else _metaimage(head)
    if found is None:
        return None
    offset, dtype, packing = found
    stream = files.open(part)
    stream.seek(offset)
    if packing == "gzip":
        stream = Inflated(stream, GZIP).as_stream()
    elif packing == "zlib":
        stream = Inflated(stream, ZLIB).as_stream()
    return stream, dtype


def _nrrd(head: bytes) -> tuple[int, np.dtype[Any], str] | None:
    """Byte of the first voxel, type and packing."""
    blank = re.search(rb"\r?\n\r?\n", head)  # the line that ends the header
    if blank is None:
        return None
    fields = _fields(head[: blank.start()], ":")
    if any(name in fields for name in ("data file", "datafile", "line skip", "byte skip")):
        return None
    packing = {"raw": "", "gzip": "gzip", "gz": "gzip"}.get(fields.get("encoding", ""))
    big = fields.get("endian", "little") == "big"
    dtype = _dtype(_NRRD_TYPES, fields.get("type", ""), big)
    return None if packing is None or dtype is None else (blank.end(), dtype, packing)


def _metaimage(head: bytes) -> tuple[int, np.dtype[Any], str] | None:
    last = re.search(rb"ElementDataFile\s*=\s*LOCAL\s*?\n", head)
    if last is None:
        return None
    fields = _fields(head[: last.start()], "=")
    if "headersize" in fields or fields.get("binarydata", "true") != "true":
        return None
    order = fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "false"))
    dtype = _dtype(_META_TYPES, fields.get("elementtype", ""), order == "true")
    packing = "zlib" if fields.get("compresseddata", "false") == "true" else ""
    return None if dtype is None else (last.end(), dtype, packing)


def _dtype(types: Mapping[str, tuple[str, ...]], name: str, big: bool) -> np.dtype[Any] | None:
    code = next((code for code, names in types.items() if name in names), None)
    return None if code is None else np.dtype((">" if big else "<") + code)


def _fields(head: bytes, mark: str) -> dict[str, str]:
    lines = head.decode("latin-1").splitlines()
    pairs = (line.split(mark, 1) for line in lines if mark in line and not line.startswith("#"))
    return {name.strip().lower(): value.strip().lower() for name, value in pairs}
