"""From a path to what is there, to a scan, to labels on its grid."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kidview.core.errors import BrokenFile, GridMismatch, ReadError, UnknownFormat
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.volume import Source, Volume
from kidview.io import dicom, dicom_labels, regrid
from kidview.io.formats import FORMATS, Format, format_of
from kidview.io.found import Found, choose
from kidview.io.orientation import is_straight
from kidview.io.parts import Files, Part, files_below, is_zip
from kidview.io.raw import Raw, to_volume
from kidview.io.values import ToHU, ToLabels


def find(path: Path, task: Task | None = None) -> tuple[Found, ...]:
    """What can be opened at a path, and what cannot and why; reads headers only.

    Parameters
    ----------
    path : Path
        A file, a folder (with those in it), a zip, or one DICOM file: then the series it
        belongs to, from the folder it lies in.
    task : Task, optional

    Returns
    -------
    tuple of Found
        Scans first, at least one entry.

    Raises
    ------
    ReadError
        The path cannot be read, or nothing in it is known.
    """
    task = task or Task()
    with Files() as files:
        if path.is_dir():
            found = _among(path, files_below(path, task), files, task)
            if not found:
                raise _nothing_in(path)
            return found
        part = Part(path)
        row = format_of(path.name)
        if row is not None:
            return row.find(path, part, files)
        if is_zip(part, files):
            found = _among(path, files.members(path), files, task)
            if not found:
                raise UnknownFormat(f"{path.name} holds no scan", "choose another archive")
            return found
        if dicom.is_dicom(files.read(part, dicom.SNIFF_BYTES)):
            return dicom.find_series_of(path, files, task)
    raise _unknown(path)


def _among(path: Path, parts: Iterable[Part], files: Files, task: Task) -> tuple[Found, ...]:
    """What is in many files: array files one by one, DICOM files by series."""
    found: list[Found] = []
    slices: list[Part] = []
    for part in parts:
        task.check()
        row = format_of(part.name)
        if row is None:
            slices.append(part)
        else:
            found += _tolerant(path, part, row, files)
    found += dicom.find(path, slices, files, task)
    return tuple(sorted(found, key=lambda one: one.kind == "other"))


def _tolerant(path: Path, part: Part, row: Format, files: Files) -> tuple[Found, ...]:
    """What a file among others holds; a broken one is listed with its reason."""
    inside = part.member or str(part.path.relative_to(path))
    try:
        found = row.find(path, part, files)
    except ReadError as error:
        return (Found(path, row.name, part.name, key=inside, kind="other", reason=error.what),)
    if len(found) == 1:
        return (_renamed(found[0], inside),)
    return tuple(_renamed(one, f"{inside}#{one.key}") for one in found)


def _renamed(found: Found, key: str) -> Found:
    return Found(
        found.path, found.format, found.title, found.detail, key, found.slices, found.notes,
        plan=found.plan,
    )  # fmt: skip


def _nothing_in(path: Path) -> ReadError:
    if not any(path.iterdir()):
        return UnknownFormat(f"the folder {path.name} is empty", "choose one that holds a CT")
    return UnknownFormat(
        f"the folder {path.name} holds no scan", "choose one with DICOM, NIfTI or NRRD files"
    )


def _unknown(path: Path) -> ReadError:
    if path.stat().st_size == 0:
        return BrokenFile(f"{path.name} is empty", "copy or export it again")
    known = ", ".join(suffix for row in FORMATS for suffix in row.suffixes)
    return UnknownFormat(f"{path.name} is no scan that is known", f"open DICOM, {known} or .zip")


def read_scan(what: Path | Found | Sequence[Found], task: Task | None = None) -> Volume:
    """Read a scan.

    Parameters
    ----------
    what : Path, Found or sequence of Found
        A path or a list must leave one choice.
    task : Task, optional
        Told of every slab or slice; its cancel is noticed there.

    Returns
    -------
    Volume

    Raises
    ------
    SeveralScans
        There is more than one scan; names --series or --frame.
    ReadError
        What is wrong with the file.
    """
    task = task or Task()
    if isinstance(what, Path):
        what = find(what, task.part(0.0, 0.1))
        task = task.part(0.1, 1.0)
    found = what if isinstance(what, Found) else choose(what)
    if found.kind == "other":
        raise ReadError(f"{found.title} cannot be opened: {found.reason}", "choose a CT series")
    with Files() as files:
        if found.format == "DICOM":
            return dicom.read(found, files, task)
        part, frame = found.plan
        row = next(row for row in FORMATS if row.name == found.format)
        raw = row.read(part, frame, ToHU(), files, task)
    return to_volume(raw, found.path, part.path, found.format, found.title)


def read_labels(
    path: Path,
    geometry: Geometry,
    source: Source,
    task: Task | None = None,
    *,
    resample: bool = False,
    highest: int = max(LABEL_NAMES),
    roles: Mapping[str, int] | None = None,
) -> LabelMap:
    """Read a label map onto a scan's grid.

    Parameters
    ----------
    path : Path
        A NIfTI, NRRD or MetaImage file whose values are the known labels; a DICOM SEG or
        RTSTRUCT made on the scan's series.
    geometry : Geometry
        The scan's.
    source : Source
        The scan's; labels saved on a sheared scan's own grid come back through it.
    task : Task, optional
    resample : bool
        Bring a map of another grid onto this one by nearest neighbour; of a SEG or RTSTRUCT
        take what lies on the scan although some does not.
    highest : int
        The largest value that may occur; 255 reads any map of uint8 codes.
    roles : mapping of str to int, optional
        Labels of a SEG's segments or an RTSTRUCT's structures, by their names.

    Returns
    -------
    LabelMap
        On `geometry`.

    Raises
    ------
    GridMismatch
        Another grid: shape, or corners more than half a voxel away.
    ReadError
        Not a label map of the known labels.
    """
    task = task or Task()
    if format_of(path.name) is None and dicom_labels.kind_of(path):
        return dicom_labels.read_dicom_labels(
            path, geometry, source, task, partly=resample, roles=roles
        )
    raw = _read_raw_labels(path, highest, task)
    sheared = not is_straight(raw.file_affine)
    if sheared and source.header.get("sheared") and _same_grid(raw, source):
        resample = True  # saved from here, on the scan's own sheared grid
    if not sheared:
        own = Geometry(geometry_shape(raw), raw.zyx_to_ras)
        difference = geometry.difference(own)
        if difference is None:
            return LabelMap(raw.array, geometry, owned=True)
    else:
        difference = "its axes are sheared"
    if not resample:
        raise GridMismatch(
            f"{path.name} lies on another grid than the scan: {difference}",
            "open its own scan, or resample it to this one",
        )
    array = regrid.nearest(raw.array, raw.zyx_to_ras, geometry.zyx_to_ras, geometry.shape_zyx)
    return LabelMap(array, geometry, owned=True)


def geometry_shape(raw: Raw) -> tuple[int, int, int]:
    """Shape of raw voxels, zyx."""
    z, y, x = raw.array.shape
    return (z, y, x)


def patient_key(source: Source) -> str:
    """What all DICOM scans of one patient have in common; "" where the file tells no patient.

    A sha256, but of a number that can be guessed: keep it in memory and out of files.
    """
    return str(source.header.get("patient_key", ""))


def _read_raw_labels(path: Path, highest: int, task: Task) -> Raw:
    row = format_of(path.name)
    if row is None:
        known = ", ".join(suffix for row in FORMATS for suffix in row.suffixes)
        raise UnknownFormat(
            f"{path.name} is no label map that is known",
            f"use DICOM SEG, RTSTRUCT or one of {known}",
        )
    with Files() as files:
        found = choose(row.find(path, Part(path), files))
        part, frame = found.plan
        return row.read(part, frame, ToLabels(highest), files, task)


def _same_grid(raw: Raw, source: Source) -> bool:
    return raw.shape_ijk == source.header["shape_ijk"] and bool(
        np.abs(raw.file_affine - source.file_affine).max() < 1e-2
    )
