"""EXPORTS: one row a form in which labels leave the program, by window or command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from kidview.core.errors import WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.core.volume import Source
from kidview.io.atomic import refuse
from kidview.io.beside import name_beside
from kidview.io.deidentify import Disguise, deidentify
from kidview.io.dicom_copy import copy_disguised
from kidview.io.dicom_report import Reported, write_report, written_segments
from kidview.io.dicom_rtstruct_write import write_rtstruct
from kidview.io.dicom_seg_write import write_seg
from kidview.io.dicom_sources import read_back
from kidview.io.mesh_write import mesh_paths, write_meshes
from kidview.io.receipt import Receipt
from kidview.io.segments import Maker, Segment, segments_of
from kidview.io.writing import write_labels

Measure = Callable[[LabelArray, tuple[Segment, ...], Geometry], tuple[Reported, ...]]


@dataclass(frozen=True)
class Choices:
    """What the user may choose about an export.

    Parameters
    ----------
    maker : Maker
        Who made the labels.
    each_lesion : bool
        One segment a kidney and a lesion instead of one a label.
    wanted : tuple of int
        Labels that are written as surfaces, segments or contours; none: all that are there.
    disguise : Disguise or None
        Take people out of headers.
    measure : callable or None
        (segment numbers, segments, geometry) -> what a report tells of each lesion.
    """

    maker: Maker = field(default_factory=Maker)
    each_lesion: bool = False
    wanted: tuple[int, ...] = ()
    disguise: Disguise | None = None
    measure: Measure | None = None

    @property
    def change(self) -> Callable[[Any], None] | None:
        """What is done to a data set before it is written."""
        return None if self.disguise is None else partial(deidentify, disguise=self.disguise)


Write = Callable[[LabelMap, Source, Path, Choices, bool, Task], tuple[Receipt, ...]]


@dataclass(frozen=True)
class Export:
    """A row of the table.

    Parameters
    ----------
    key : str
        What ``--format`` takes.
    title : str
        For the window.
    suffixes : tuple of str
        The first is given to a name without one.
    write : callable
        (labels, source, path, choices, overwrite, task) -> receipts.
    is_dicom : bool
        Needs the DICOM series the scan was read from, and names the patient as that does.
    is_lossless : bool
        Whether the same labels can be read from it again.
    """

    key: str
    title: str
    suffixes: tuple[str, ...]
    write: Write
    is_dicom: bool = False
    is_lossless: bool = True

    def why_not(self, source: Source) -> str:
        """Why labels of a scan cannot be written in this form; "" where they can."""
        if self.is_dicom and source.header.get("stack") is None:
            return "needs the DICOM series the labels belong to"
        return ""


def _array(
    labels: LabelMap, source: Source, path: Path, choices: Choices, overwrite: bool, task: Task
) -> tuple[Receipt, ...]:
    return (write_labels(labels, source, path, overwrite=overwrite, task=task),)


def _seg(
    labels: LabelMap,
    source: Source,
    path: Path,
    choices: Choices,
    overwrite: bool,
    task: Task,
    as_labelmap: bool = False,
) -> tuple[Receipt, ...]:
    return (
        write_seg(
            labels,
            source,
            path,
            maker=choices.maker,
            each_lesion=choices.each_lesion,
            wanted=choices.wanted,
            as_labelmap=as_labelmap,
            change=choices.change,
            overwrite=overwrite,
            task=task,
        ),
    )


def _rtstruct(
    labels: LabelMap, source: Source, path: Path, choices: Choices, overwrite: bool, task: Task
) -> tuple[Receipt, ...]:
    return (
        write_rtstruct(
            labels,
            source,
            path,
            maker=choices.maker,
            each_lesion=choices.each_lesion,
            wanted=choices.wanted,
            change=choices.change,
            overwrite=overwrite,
            task=task,
        ),
    )


def _report_paths(path: Path) -> tuple[Path, Path]:
    return path, path.with_name(f"{path.stem}_seg{path.suffix}")


def _report(
    labels: LabelMap, source: Source, path: Path, choices: Choices, overwrite: bool, task: Task
) -> tuple[Receipt, ...]:
    """A SEG of every lesion beside the report that refers to it."""
    if choices.measure is None:
        raise WriteError("nobody here measures what a report tells", "report this fault")
    _, beside = _report_paths(path)
    protected = (source.path, *source.header.get("files", ()))
    for one in (path, beside):
        refuse(one, overwrite, protected)
    segments, numbers = segments_of(labels, each_lesion=True, wanted=choices.wanted)
    measures = choices.measure(numbers, segments, labels.geometry)
    plain = replace(choices, each_lesion=True, disguise=None)
    with TemporaryDirectory(prefix="kidview-") as folder, _all_or_nothing(beside):
        # The report refers to the segments under their own names, before those are changed.
        place = beside if choices.disguise is None else Path(folder) / beside.name
        (segmented,) = _seg(labels, source, place, plain, overwrite, task.part(0.0, 0.6))
        told = written_segments(place, segments, measures)
        reported = write_report(
            told,
            place,
            source,
            path,
            maker=choices.maker,
            change=choices.change,
            overwrite=overwrite,
            task=task.part(0.6, 1.0),
        )
        if choices.disguise is not None:
            sha256 = copy_disguised(read_back(place), beside, choices.disguise, overwrite=overwrite)
            segmented = replace(segmented, path=beside, sha256=sha256)
    return (reported, segmented)


@contextmanager
def _all_or_nothing(path: Path) -> Iterator[None]:
    """Take a file away that was not there before if what follows it cannot be made."""
    was_there = path.exists()
    try:
        yield
    except BaseException:
        if not was_there:
            path.unlink(missing_ok=True)
        raise


def _meshes(
    labels: LabelMap, source: Source, path: Path, choices: Choices, overwrite: bool, task: Task
) -> tuple[Receipt, ...]:
    return write_meshes(labels, source, path, choices.wanted, overwrite=overwrite, task=task)


EXPORTS = (
    Export("seg", "DICOM SEG", (".dcm",), _seg, is_dicom=True),
    Export(
        "labelmap", "DICOM SEG label map", (".dcm",), partial(_seg, as_labelmap=True), is_dicom=True
    ),
    Export("rtstruct", "DICOM RTSTRUCT contours", (".dcm",), _rtstruct, is_dicom=True),
    Export("report", "DICOM report (SR) with its SEG", (".dcm",), _report, is_dicom=True),
    Export("stl", "STL surfaces", (".stl",), _meshes, is_lossless=False),
    Export("obj", "OBJ surfaces", (".obj",), _meshes, is_lossless=False),
    Export("ply", "PLY surfaces", (".ply",), _meshes, is_lossless=False),
    Export("nifti", "NIfTI label map", (".nii.gz", ".nii"), _array),
    Export("nrrd", "NRRD label map", (".nrrd",), _array),
)


def export_of(path: Path, key: str = "") -> Export:
    """The row for a file name, or the one that was asked for.

    Raises
    ------
    WriteError
        There is no such form, or the name says another one.
    """
    name = path.name.lower()
    if key:
        row = next((row for row in EXPORTS if row.key == key.lower()), None)
        if row is None:
            known = ", ".join(row.key for row in EXPORTS)
            raise WriteError(f"there is no format {key}", f"choose from {known}")
        if not name.endswith(row.suffixes):
            raise WriteError(
                f"{path.name} is no name for {row.title}", f"let it end in {row.suffixes[0]}"
            )
        return row
    row = next((row for row in EXPORTS if name.endswith(row.suffixes)), None)
    if row is None:
        known = ", ".join(dict.fromkeys(suffix for row in EXPORTS for suffix in row.suffixes))
        raise WriteError(f"{path.name} is no name of a format that is written", f"use {known}")
    return row


def targets_of(row: Export, path: Path, wanted: tuple[int, ...] = ()) -> tuple[Path, ...]:
    """The files an export makes, as far as that can be told before labels are read.

    Surfaces of all labels, each in a file of its own, are told by their folder's check only.
    """
    if row.key == "report":
        return _report_paths(path)
    if not row.is_lossless:
        return tuple(mesh_paths(path, wanted).values())
    return (path,)


def refuse_targets(
    row: Export, path: Path, wanted: tuple[int, ...], scan: Path, *, overwrite: bool
) -> None:
    """What an export would refuse at once, told before long work; writes nothing.

    Parameters
    ----------
    row : Export
    path : Path
    wanted : tuple of int
        Labels, as in `Choices`.
    scan : Path
        Never replaced.
    overwrite : bool

    Raises
    ------
    WriteError
        A file exists, or the folder does not.
    """
    targets = targets_of(row, path, wanted)
    if not targets:
        refuse(name_beside(path), False, ())  # the folder alone
    for target in targets:
        refuse(target, overwrite, (scan,))


def export_labels(
    labels: LabelMap,
    source: Source,
    path: Path,
    row: Export,
    choices: Choices | None = None,
    *,
    overwrite: bool = False,
    task: Task | None = None,
) -> tuple[Receipt, ...]:
    """Write labels in the form of a row; every file is read back before it is in place.

    Raises
    ------
    KidViewError
        As the row's own function says.
    """
    return row.write(labels, source, path, choices or Choices(), overwrite, task or Task())
