"""NRRD and MetaImage, by SimpleITK; its LPS ends here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK

from kidview.core.errors import BadGeometry, BrokenFile, UnknownFormat, WriteError
from kidview.core.task import Task
from kidview.core.types import FloatArray, Index
from kidview.core.volume import AxisOrder, Level, Note
from kidview.io.attached import open_voxels
from kidview.io.found import Found
from kidview.io.nifti import describe
from kidview.io.nifti_write import slabs
from kidview.io.orientation import axis_order, place, shape_in_house
from kidview.io.parts import HEAD_BYTES, Files, Part
from kidview.io.raw import Raw
from kidview.io.stream import allocate, check_sum, read_slabs
from kidview.io.values import Block, ToHU, Values

sitk: Any = SimpleITK  # carries no types
_TO_RAS = np.diag([-1.0, -1.0, 1.0])
_SLAB = 16
_ORIENTED = {
    "NRRD": (b"\nspace:", b"\nspace directions:"),
    "MetaImage": (b"TransformMatrix", b"Orientation ", b"Rotation"),
}
sitk.ProcessObject.SetGlobalWarningDisplay(False)


def find(path: Path, part: Part, files: Files, format_name: str) -> tuple[Found, ...]:
    """The one scan of a file; reads the header only."""
    reader = _reader(part, files)
    affine = _affine(reader, part)
    notes = _notes(part, files, format_name)
    detail = describe(_shape(reader), affine)
    slices = shape_in_house(_shape(reader), axis_order(affine))[0]
    return (
        Found(path, format_name, part.name, detail, part.member, slices, notes, plan=(part, 0)),
    )


def read(part: Part, format_name: str, values: Values, files: Files, task: Task) -> Raw:
    """Voxels of a file in house order; see `nifti.read`."""
    task.report(0.0, f"Reading {part.name}")
    reader = _reader(part, files)
    affine, shape = _affine(reader, part), _shape(reader)
    order = axis_order(affine)
    streamed = open_voxels(part, format_name, files)
    if streamed is None:
        array, dtype = _read_whole(reader, order, values, part, task)
    else:
        stream, dtype = streamed
        values.start(part.name, dtype, 1.0, 0.0)
        array = allocate(shape_in_house(shape, order), values.dtype, part.name)
        with stream:
            read_slabs(stream, dtype, order.to_file(array).T, values, part, task)
            check_sum(stream, part)
    notes = _notes(part, files, format_name) + values.finish()
    return Raw(array, order, affine, shape, notes, {"is_integer": dtype.kind in "iu"})


def _read_whole(
    reader: Any, order: AxisOrder, values: Values, part: Part, task: Task
) -> tuple[np.ndarray[Any, Any], np.dtype[Any]]:
    """House array by SimpleITK, which holds the file's array beside it; and its type."""
    try:
        image = reader.Execute()
    except RuntimeError as error:
        raise BrokenFile(f"{part.name} is cut short or damaged", "copy it again") from error
    stored = sitk.GetArrayViewFromImage(image)  # (k, j, i)
    values.start(part.name, stored.dtype, 1.0, 0.0)
    array = allocate(shape_in_house(_shape(reader), order), values.dtype, part.name)
    target = order.to_file(array).T
    for start in range(0, len(stored), _SLAB):
        slab = stored[start : start + _SLAB]
        place(target[start : start + _SLAB], values(slab))
        task.report(0.5 + 0.5 * start / len(stored))
    return array, stored.dtype


def middle_plane(found: Found, files: Files) -> tuple[Block, np.ndarray[Any, Any]]:
    """The middle k plane as (1, j, i) HU and the file's affine."""
    part, _ = found.plan
    reader = _reader(part, files)
    affine, (columns, rows, depth) = _affine(reader, part), _shape(reader)
    reader.SetExtractIndex([0, 0, depth // 2])
    reader.SetExtractSize([columns, rows, 1])
    try:
        plane = sitk.GetArrayFromImage(reader.Execute())
    except RuntimeError as error:
        raise BrokenFile(f"{part.name} is cut short or damaged", "copy it again") from error
    values = ToHU()
    values.start(part.name, plane.dtype, 1.0, 0.0)
    return values(plane), affine


def _reader(part: Part, files: Files) -> Any:
    """A SimpleITK reader that knows the header, for a scalar 3D image."""
    files.open(part).close()  # says in our words what is missing or may not be read
    if part.name.lower().endswith((".mha", ".mhd")):
        _check_metaimage(files.read(part, HEAD_BYTES), part)
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(files.on_disk(part)))
    try:
        reader.ReadImageInformation()
    except RuntimeError as error:
        raise BrokenFile(
            f"{part.name} cannot be read: its header is damaged or its voxels are missing",
            "keep header and data file together, or export it again",
        ) from error
    if reader.GetNumberOfComponents() > 1 or reader.GetDimension() > 3:
        raise UnknownFormat(
            f"{part.name} has several values in each voxel, no HU", "export one of them alone"
        )
    if reader.GetDimension() < 3:
        raise BadGeometry(f"{part.name} is a 2D image, no volume", "open a 3D scan")
    return reader


def _check_metaimage(head: bytes, part: Part) -> None:
    """MetaIO writes to the terminal what it misses; say it ourselves before."""
    for word in (b"DimSize", b"ElementType", b"ElementDataFile"):
        if word not in head:
            raise BrokenFile(
                f"{part.name} is no MetaImage: its header has no {word.decode()}",
                "look where the file came from",
            )


def _shape(reader: Any) -> Index:
    i, j, k = reader.GetSize()
    return (int(i), int(j), int(k))


def _affine(reader: Any, part: Part) -> FloatArray:
    direction = np.array(reader.GetDirection(), dtype=np.float64).reshape(3, 3)
    spacing = np.array(reader.GetSpacing(), dtype=np.float64)
    affine = np.eye(4)
    affine[:3, :3] = _TO_RAS @ (direction * spacing)
    affine[:3, 3] = _TO_RAS @ np.array(reader.GetOrigin(), dtype=np.float64)
    if not np.isfinite(affine).all() or np.abs(spacing).min() < 1e-6:
        raise BadGeometry(f"{part.name} has zero spacing", "correct its header or export it again")
    if abs(np.linalg.det(direction)) < 1e-3:
        raise BadGeometry(f"{part.name} has axes that lie in one plane", "export it again")
    return affine


def _notes(part: Part, files: Files, format_name: str) -> tuple[Note, ...]:
    head = files.read(part, HEAD_BYTES)
    if any(word in head for word in _ORIENTED[format_name]):
        return ()
    text = "The header does not tell the orientation: left and right are a guess"
    return (Note(Level.WARNING, text),)


def write(
    path: Path, view: np.ndarray[Any, Any], affine: FloatArray, header: dict[str, Any], task: Task
) -> None:
    """Write an (i, j, k) view as compressed NRRD; see `nifti_write.write`."""
    task.report(0.0, "Writing")
    image = sitk.GetImageFromArray(np.ascontiguousarray(view.T))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((_TO_RAS @ (affine[:3, :3] / spacing)).ravel().tolist())
    image.SetOrigin((_TO_RAS @ affine[:3, 3]).tolist())
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
    except RuntimeError as error:
        raise _write_error(path, error) from error


def _write_error(path: Path, error: RuntimeError) -> Exception:
    """ITK hides the system's reason: ask the system with a write of its own."""
    try:
        with path.open("ab") as probe:
            probe.write(bytes(1 << 16))
            probe.flush()
    except OSError as reason:
        return reason
    return WriteError(f"{path.name} could not be written by SimpleITK", "save it as .nii.gz")


def check(
    path: Path, view: np.ndarray[Any, Any], affine: FloatArray, header: dict[str, Any], task: Task
) -> None:
    """Read a file again and compare every voxel and the affine; see `nifti_write.check`."""
    lost = "the disk may be full or faulty: save it elsewhere"
    part = Part(path)
    with Files() as files:
        reader = _reader(part, files)
        if np.abs(_affine(reader, part) - affine).max() > 1e-3:
            raise WriteError(f"{path.name} reads back at another place", lost)
        try:
            image = reader.Execute()  # named: the view below does not keep it alive
        except RuntimeError as error:
            raise WriteError(f"{path.name} does not read back whole", lost) from error
        data = sitk.GetArrayViewFromImage(image)
        if data.T.shape != view.shape or data.dtype != view.dtype:
            raise WriteError(f"{path.name} reads back with another shape or type", lost)
        for start, slab in slabs(view):
            task.report(start / view.shape[2], "Checking")
            if not np.array_equal(data[start : start + len(slab)], slab):
                raise WriteError(f"{path.name} reads back with other voxels", lost)
