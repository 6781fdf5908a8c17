"""NIfTI: write labels or a scan, and read them back by another way.

The header is made afresh, but for the fields that say where the voxels lie: those are
taken over from a NIfTI source bit for bit, so that every reader, whichever form it
prefers, lays the mask upon the scan.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, cast

import nibabel
import numpy as np
from isal import igzip

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.core.types import FloatArray
from kidview.io.orientation import place

_nibabel: Any = nibabel  # its headers carry no types
_igzip: Any = igzip
_SLAB_VOXELS = 12 << 20
_SCANNER = 1  # sform and qform code: scanner coordinates
Array = np.ndarray[Any, Any]


def write(path: Path, view: Array, affine: FloatArray, header: dict[str, Any], task: Task) -> None:
    """Write an (i, j, k) view of any strides; compressed if the name ends in .gz.

    Parameters
    ----------
    path : Path
    view : (I, J, K) uint8 or int16
        House array seen in file order.
    affine : (4, 4) float64
        (i, j, k, 1) to RAS+ mm.
    header : dict
        `Source.header` of a NIfTI source; empty for any other.
    task : Task
    """
    head = _header(view, affine, header)
    with path.open("wb") as raw:
        if path.name.endswith(".gz"):
            # mtime 0 and no name: the same labels give the same file, byte by byte
            packed = _igzip.IGzipFile(filename="", fileobj=raw, mode="wb", compresslevel=1, mtime=0)
            with packed:
                _write_all(cast(BinaryIO, packed), head, view, task)
        else:
            _write_all(raw, head, view, task)


def _write_all(stream: BinaryIO, head: bytes, view: Array, task: Task) -> None:
    stream.write(head)
    for start, slab in slabs(view):
        stream.write(memoryview(slab).cast("B"))
        task.report((start + len(slab)) / view.shape[2], "Writing")


def slabs(view: Array) -> Any:
    """First k and contiguous (k, j, i) copy of each slab of an (i, j, k) view, in turn."""
    kji = view.T
    depth, rows, columns = kji.shape
    thick = min(max(_SLAB_VOXELS // (rows * columns), 1), 64, depth)
    buffer = np.empty((thick, rows, columns), view.dtype)
    for start in range(0, depth, thick):
        slab = buffer[: min(thick, depth - start)]
        place(slab, kji[start : start + len(slab)])
        yield start, slab


def _header(view: Array, affine: FloatArray, source: dict[str, Any]) -> bytes:
    version = source.get("version", 1)
    head: Any = _nibabel.Nifti1Header() if version == 1 else _nibabel.Nifti2Header()
    head.set_data_dtype(view.dtype)
    head.set_data_shape(view.shape)
    head.set_slope_inter(1, 0)
    head["descrip"] = b"KidView"
    offset = 352 if version == 1 else 544
    head["vox_offset"] = offset
    _set_place(head, affine, source)
    block: bytes = head.binaryblock
    return block + bytes(offset - len(block))


def _set_place(head: Any, affine: FloatArray, source: dict[str, Any]) -> None:
    fields = source.get("fields")
    if fields is None:
        head.set_sform(affine, _SCANNER)
        head.set_qform(affine, _SCANNER)
        head.set_xyzt_units("mm")
        return
    for name, value in fields.items():
        head[name] = value
    if not source["agree"]:  # say one thing in both places, under the codes they had
        in_file = affine.copy()
        in_file[:3] /= source["to_mm"]
        head.set_sform(in_file, int(fields["sform_code"]))
        head.set_qform(in_file, int(fields["qform_code"]))
    spacing = np.linalg.norm(affine[:3, :3], axis=0) / source["to_mm"]
    pixdim = np.abs(np.array(head["pixdim"][1:4], dtype=np.float64))
    head["pixdim"][1:4] = np.where(pixdim > 1e-6, pixdim, spacing)
    head["pixdim"][4:] = 1


def check(path: Path, view: Array, affine: FloatArray, header: dict[str, Any], task: Task) -> None:
    """Read a file with nibabel and compare every voxel and the affine.

    Raises
    ------
    WriteError
        Something reads back different.
    """
    image: Any = _nibabel.load(path, keep_file_open=True)
    lost = "the disk may be faulty: save it elsewhere"
    if image.shape != view.shape or image.get_data_dtype() != view.dtype:
        raise WriteError(f"{path.name} reads back with another shape or type", lost)
    if (image.dataobj.slope, image.dataobj.inter) != (1, 0):
        raise WriteError(f"{path.name} reads back scaled", lost)
    in_mm = image.affine.copy()
    in_mm[:3] *= header.get("to_mm", 1.0)
    if np.abs(in_mm - affine).max() > 1e-3:
        raise WriteError(f"{path.name} reads back at another place", lost)
    for start, slab in slabs(view):
        task.report(start / view.shape[2], "Checking")
        # Slab by slab: nibabel's reading of a whole map keeps Python's lock, and the window waits.
        if not np.array_equal(image.dataobj[..., start : start + len(slab)].T, slab):
            raise WriteError(f"{path.name} reads back with other voxels", lost)
