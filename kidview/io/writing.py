"""Labels and scans -> files, on the grid they came from, checked before they are in place."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.errors import GridMismatch, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray
from kidview.core.volume import Source, Volume
from kidview.io import itk, nifti_write, regrid
from kidview.io.atomic import refuse, write_atomically
from kidview.io.orientation import file_affine
from kidview.io.receipt import Receipt, make_receipt

_WRITERS = {
    ".nii.gz": (nifti_write, "nibabel"),
    ".nii": (nifti_write, "nibabel"),
    ".nrrd": (itk, "SimpleITK"),
}


def write_labels(
    labels: LabelMap,
    source: Source,
    path: Path,
    *,
    overwrite: bool = False,
    task: Task | None = None,
) -> Receipt:
    """Write labels on exactly the grid and axis order of the scan they belong to.

    uint8, slope 1, a header of its own; sform and qform as in a NIfTI source. Written
    beside the target, flushed, read back by another program, compared voxel by voxel, then
    moved into place.

    Parameters
    ----------
    labels : LabelMap
    source : Source
        Of the scan. The scan's own files are never replaced.
    path : Path
        Ends in .nii.gz, .nii or .nrrd.
    overwrite : bool
        Whether another file of that name may be replaced.
    task : Task, optional

    Returns
    -------
    Receipt

    Raises
    ------
    WriteError
        Nothing was written then.
    GridMismatch
        The labels do not lie on the source's grid.
    """
    view, affine = _on_source_grid(labels, source)
    counted = view if source.header.get("sheared") else labels.array
    return _write(view, affine, source, path, counted, overwrite, task or Task())


def write_scan(
    volume: Volume, path: Path, *, overwrite: bool = False, task: Task | None = None
) -> Receipt:
    """Write a scan as int16 HU in its source's axis order; see `write_labels`.

    A scan that was resampled on opening is written on its straight grid, and the receipt
    says so.
    """
    order = volume.source.order
    view = order.to_file(volume.hu)
    affine = volume.source.file_affine
    if volume.source.header.get("sheared"):
        affine = file_affine(volume.geometry, order)
    return _write(view, affine, volume.source, path, None, overwrite, task or Task())


def refuse_target(path: Path, source: Source, *, overwrite: bool) -> None:
    """What `write_labels` would refuse at once, told before long work; writes nothing.

    Raises
    ------
    WriteError
        No format is written under that name, it exists, it is the scan, or has no folder.
    """
    _suffix_of(path)
    refuse(path, overwrite, (source.path, *source.header.get("files", ())))


def _suffix_of(path: Path) -> str:
    suffix = next((s for s in _WRITERS if path.name.lower().endswith(s)), None)
    if suffix is None:
        known = ", ".join(_WRITERS)
        raise WriteError(f"{path.name} is no name of a format that is written", f"use {known}")
    return suffix


def _on_source_grid(labels: LabelMap, source: Source) -> tuple[LabelArray, FloatArray]:
    """(i, j, k) view of the labels in the file's order, and its affine."""
    if source.header.get("sheared"):
        found = regrid.nearest(
            labels.array, labels.geometry.zyx_to_ras, source.file_affine, source.header["shape_ijk"]
        )
        return found, source.file_affine
    view = source.order.to_file(labels.array)
    if view.shape != source.header.get("shape_ijk", view.shape) or not _lies_on(
        labels.geometry, source
    ):
        raise GridMismatch(
            "the labels do not lie on the grid of the scan they are saved for",
            "resample them to the scan first",
        )
    return view, source.file_affine


def _lies_on(geometry: Geometry, source: Source) -> bool:
    difference = np.abs(file_affine(geometry, source.order) - source.file_affine)
    return bool(difference.max() < 1e-3 * min(geometry.spacing_zyx))


def _write(
    view: np.ndarray[Any, Any],
    affine: FloatArray,
    source: Source,
    path: Path,
    labels: LabelArray | None,
    overwrite: bool,
    task: Task,
) -> Receipt:
    suffix = _suffix_of(path)
    writer, checker = _WRITERS[suffix]
    protected = (source.path, *source.header.get("files", ()))
    refuse(path, overwrite, protected)
    same_grid = labels is not None or not source.header.get("sheared")
    header = source.header if source.format == "NIfTI" and same_grid else {}
    digest = write_atomically(
        path,
        suffix,
        partial(_call, writer.write, view, affine, header, task.part(0.0, 0.6)),
        partial(_call, writer.check, view, affine, header, task.part(0.6, 1.0)),
        overwrite=overwrite,
        protected=protected,
    )
    shape = (view.shape[0], view.shape[1], view.shape[2])
    notes = tuple(source.header.get("on_export", ()))
    if not same_grid:
        notes += ("on straight axes, not on the file's sheared ones",)
    return make_receipt(path, shape, affine, labels, digest, checker, notes)


def _call(
    function: Any,
    view: np.ndarray[Any, Any],
    affine: FloatArray,
    header: dict[str, Any],
    task: Task,
    path: Path,
) -> None:
    function(path, view, affine, header, task)
