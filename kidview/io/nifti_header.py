"""The header of a NIfTI-1 or NIfTI-2 file: checked, and where its voxels lie.

Source: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, BinaryIO

import nibabel
import numpy as np
from nibabel import quaternions

from kidview.core.errors import BadGeometry, BrokenFile, UnknownFormat
from kidview.core.types import FloatArray, Index
from kidview.core.volume import Level, Note
from kidview.io.parts import Files, Part
from kidview.io.stream import DAMAGE, GZIP, Inflated, read_start

GEOMETRY_FIELDS = (
    "pixdim", "qform_code", "sform_code", "quatern_b", "quatern_c", "quatern_d",
    "qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z", "xyzt_units",
)  # fmt: skip
"""What a mask copies from its scan, so that every reader lays both upon each other."""

_nibabel: Any = nibabel  # its headers and quaternions carry no types
_quaternions: Any = quaternions

_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # xyzt_units: unknown, m, mm, micrometre
_KINDS = "iuf"
_MAX_DEFLATE = 1100  # deflate cannot make a file smaller than by about 1032 : 1


@dataclass(frozen=True)
class NiftiHeader:
    """What is needed to read the voxels and to write a mask beside them.

    Parameters
    ----------
    shape : 3 ints
        i, j, k.
    frames : int
    dtype : numpy dtype
        As stored, with byte order.
    slope, inter : float
        1 and 0 where the file has none.
    offset : int
        Byte of the first voxel in the uncompressed stream.
    affine : (4, 4) float64
        (i, j, k, 1) to RAS+ mm.
    notes : tuple of Note
    kept : dict
        For `Source.header`: "fields" (raw geometry fields), "version" 1 or 2, "agree"
        (False when sform and qform contradict each other), "to_mm".
    """

    shape: Index
    frames: int
    dtype: np.dtype[Any]
    slope: float
    inter: float
    offset: int
    affine: FloatArray
    notes: tuple[Note, ...]
    kept: dict[str, Any]


def open_stream(part: Part, files: Files) -> tuple[BinaryIO, bool]:
    """The uncompressed bytes of a file, and whether it was gzip; by content, not by name."""
    raw = files.open(part)
    try:
        start = raw.read(2)
        raw.seek(0)
    except DAMAGE as error:
        raw.close()
        raise BrokenFile(f"{part.name} cannot be read: it is damaged", "copy it again") from error
    if start == b"\x1f\x8b":
        return Inflated(raw, GZIP).as_stream(), True
    return raw, False


def read_header(part: Part, files: Files) -> NiftiHeader:
    """Read and check a header.

    Raises
    ------
    BrokenFile
        No NIfTI, cut short, or more voxels than the file can hold.
    BadGeometry
        2D, or a spacing or matrix that makes no grid.
    """
    stream, is_gzip = open_stream(part, files)
    with stream:
        block = _first_bytes(stream, part, is_gzip)
    header, version = _parse(block, part, is_gzip)
    notes: list[Note] = []
    if part.name.lower().endswith(".gz") and not is_gzip:
        notes.append(Note(Level.INFO, "The file is not compressed although its name says so"))
    shape, frames = _shape(header, part)
    dtype = _dtype(header, part)
    slope, inter = _scaling(header)
    to_mm = _to_mm(header, notes)
    affine, agree = _affine(header, shape, part, notes)
    affine = affine.copy()
    affine[:3] *= to_mm
    _judge_spacing(header, affine, notes)
    offset = _offset(header, version, part)
    _check_size(part, files, offset + math.prod(shape) * frames * dtype.itemsize, is_gzip)
    fields = {name: np.array(header[name]) for name in GEOMETRY_FIELDS}
    kept = {"fields": fields, "version": version, "agree": agree, "to_mm": to_mm}
    return NiftiHeader(shape, frames, dtype, slope, inter, offset, affine, tuple(notes), kept)


def _first_bytes(stream: BinaryIO, part: Part, is_gzip: bool) -> bytes:
    try:
        block = read_start(stream, 544)
    except DAMAGE as error:
        raise BrokenFile(
            f"{part.name} is cut short or damaged within its header", "copy it again"
        ) from error
    if len(block) >= 348:
        return block
    if is_gzip:
        raise BrokenFile(f"{part.name} is cut short within its header", "copy it again")
    raise _not_nifti(part, block)


def _not_nifti(part: Part, block: bytes) -> BrokenFile:
    if not block:
        return BrokenFile(f"{part.name} is empty", "copy or export it again")
    text = all(9 <= byte < 127 for byte in block[:256])
    what = "text" if text else "no NIfTI image"
    return BrokenFile(
        f"{part.name} is {what}, whatever its name says", "look where the file came from"
    )


def _parse(block: bytes, part: Part, is_gzip: bool) -> tuple[Any, int]:
    """A nibabel header of the right version and byte order, unchecked."""
    for order, endian in (("little", "<"), ("big", ">")):
        size = int.from_bytes(block[:4], order)  # type: ignore[arg-type]
        if size == 348:
            if block[344:347] == b"ni1":
                raise UnknownFormat(
                    f"{part.name} keeps its voxels in a second file (.hdr and .img)",
                    "convert it to .nii first",
                )
            if block[344:347] != b"n+1":
                raise UnknownFormat(
                    f"{part.name} is an Analyze image, which does not tell left from right",
                    "export it as NIfTI or DICOM",
                )
            return _nibabel.Nifti1Header(block[:348], endianness=endian, check=False), 1
        if size == 540 and len(block) >= 540 and block[4:7] == b"n+2":
            return _nibabel.Nifti2Header(block[:540], endianness=endian, check=False), 2
    raise _not_nifti(part, block)


def _shape(header: Any, part: Part) -> tuple[Index, int]:
    dims = [int(n) for n in header["dim"]]
    ndim = dims[0]
    if not 1 <= ndim <= 7 or min(dims[1 : ndim + 1]) < 1:
        raise BrokenFile(f"{part.name} has an impossible shape in its header", "export it again")
    if ndim < 3:
        size = " x ".join(str(n) for n in dims[1 : ndim + 1])
        raise BadGeometry(f"{part.name} is a {ndim}D image ({size}), no volume", "open a 3D scan")
    frames = math.prod(dims[4 : ndim + 1])
    return (dims[1], dims[2], dims[3]), frames


def _dtype(header: Any, part: Part) -> np.dtype[Any]:
    try:
        dtype: np.dtype[Any] = header.get_data_dtype()
    except Exception as error:  # nibabel knows several ways not to know a type
        code = int(header["datatype"])
        raise BrokenFile(
            f"{part.name} has voxels of unknown type {code}", "export it again"
        ) from error
    if dtype.kind not in _KINDS or dtype.itemsize > 8:
        raise UnknownFormat(
            f"{part.name} has colour or complex voxels, no HU", "open the scan it was made from"
        )
    return dtype


def _offset(header: Any, version: int, part: Part) -> int:
    told = float(header["vox_offset"])
    if not np.isfinite(told):
        raise BrokenFile(f"{part.name} does not say where its voxels begin", "export it again")
    return max(int(told), 352 if version == 1 else 544)


def _scaling(header: Any) -> tuple[float, float]:
    slope, inter = float(header["scl_slope"]), float(header["scl_inter"])
    if slope == 0 or not np.isfinite(slope):
        return 1.0, 0.0
    return slope, inter if np.isfinite(inter) else 0.0


def _to_mm(header: Any, notes: list[Note]) -> float:
    code = int(header["xyzt_units"]) & 7
    if code in (1, 3):
        unit = {1: "metres", 3: "micrometres"}[code]
        notes.append(Note(Level.INFO, f"The file counts in {unit}; shown in mm"))
    return _MM.get(code, 1.0)


def _affine(header: Any, shape: Index, part: Part, notes: list[Note]) -> tuple[FloatArray, bool]:
    """The affine in the file's unit, and whether sform and qform agree."""
    pixdim = np.array(header["pixdim"], dtype=np.float64)
    if (pixdim[1:4] < 0).any():
        notes.append(Note(Level.WARNING, "Negative spacing in the header: its amount was taken"))
    sform = _sform(header) if int(header["sform_code"]) > 0 else None
    qform = _qform(header, pixdim) if int(header["qform_code"]) > 0 else None
    if sform is not None and _is_usable(sform):
        agree = True
        if qform is not None and _is_usable(qform):
            far = _apart(sform, qform, shape)
            agree = far <= max(1e-3, 1e-5 * np.abs(sform).max())
            if not agree:
                text = f"The header's two positions (sform, qform) differ by up to {far:.2g} mm"
                notes.append(Note(Level.WARNING, f"{text}: the sform was taken"))
        return sform, agree
    if qform is not None and _is_usable(qform):
        if sform is not None:
            notes.append(Note(Level.WARNING, "The sform is no grid: the qform was taken"))
        return qform, sform is None
    if sform is not None or qform is not None or not (np.abs(pixdim[1:4]) > 1e-6).all():
        raise _no_grid(pixdim, sform, part)
    text = "The header does not tell the orientation: left and right are a guess"
    notes.append(Note(Level.WARNING, text))
    return np.array(header.get_base_affine(), dtype=np.float64), True


def _sform(header: Any) -> FloatArray:
    rows = [np.array(header[f"srow_{axis}"], dtype=np.float64) for axis in "xyz"]
    return np.vstack([*rows, [0.0, 0.0, 0.0, 1.0]])


def _qform(header: Any, pixdim: FloatArray) -> FloatArray | None:
    quaternion = np.array([header[f"quatern_{axis}"] for axis in "bcd"], dtype=np.float64)
    affine = np.eye(4)
    try:
        rotation = _quaternions.quat2mat(_quaternions.fillpositive(quaternion, w2_thresh=-1e-5))
    except ValueError:
        return None
    zooms = np.abs(pixdim[1:4])
    zooms[2] *= -1.0 if pixdim[0] < 0 else 1.0  # qfac
    affine[:3, :3] = rotation * zooms
    affine[:3, 3] = [header[f"qoffset_{axis}"] for axis in "xyz"]
    return affine


def _is_usable(affine: FloatArray) -> bool:
    if not np.isfinite(affine).all():
        return False
    lengths = np.linalg.norm(affine[:3, :3], axis=0)
    return bool(lengths.min() > 1e-9 and abs(np.linalg.det(affine[:3, :3] / lengths)) > 1e-3)


def _apart(one: FloatArray, other: FloatArray, shape: Index) -> float:
    """Largest distance between the two places of a corner voxel."""
    last = np.array(shape) - 1
    corners = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T * last
    shift = corners @ (one - other)[:3, :3].T + (one - other)[:3, 3]
    return float(np.linalg.norm(shift, axis=1).max())


def _no_grid(pixdim: FloatArray, sform: FloatArray | None, part: Part) -> BadGeometry:
    lengths = np.abs(pixdim[1:4]) if sform is None else np.linalg.norm(sform[:3, :3], axis=0)
    hint = "correct the header or export the scan again"
    if not np.isfinite(lengths).all():
        return BadGeometry(f"{part.name} has a position matrix with NaN or inf", hint)
    if (lengths <= 1e-6).any():
        axis = "ijk"[int(np.argmin(lengths))]
        return BadGeometry(f"{part.name} has zero spacing along axis {axis}", hint)
    return BadGeometry(f"{part.name} has axes that lie in one plane", hint)


def _judge_spacing(header: Any, affine: FloatArray, notes: list[Note]) -> None:
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if int(header["xyzt_units"]) & 7 == 0 and (spacing.min() < 0.1 or spacing.max() > 10):
        shown = " x ".join(f"{mm:.3g}" for mm in spacing)
        text = f"The header names no unit of length: {shown} was taken as mm"
        notes.append(Note(Level.WARNING, text))


def _check_size(part: Part, files: Files, needed: int, is_gzip: bool) -> None:
    size = files.size(part)
    if part.member:
        return
    if needed > size * (_MAX_DEFLATE if is_gzip else 1):
        raise BrokenFile(
            f"{part.name} is cut short: its header promises {needed} bytes of a scan",
            "copy it again",
        )
