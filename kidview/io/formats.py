"""FORMATS: one row a file format. A new format is a file beside this one and a row here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.task import Task
from kidview.io import itk, nifti
from kidview.io.found import Found
from kidview.io.parts import Files, Part
from kidview.io.raw import Raw
from kidview.io.values import Block, Values


@dataclass(frozen=True)
class Format:
    """A row of the table: files that hold one array each.

    Parameters
    ----------
    name : str
    suffixes : tuple of str
        Lower case.
    find : callable
        (path asked for, part, files) -> what is in the part.
    read : callable
        (part, frame, values, files, task) -> voxels in house order.
    middle_plane : callable
        (found, files) -> one plane of HU and the file's affine, for a thumbnail.
    is_written : tuple of str
        The suffixes labels and scans can be written with.
    """

    name: str
    suffixes: tuple[str, ...]
    find: Callable[[Path, Part, Files], tuple[Found, ...]]
    read: Callable[[Part, int, Values, Files, Task], Raw]
    middle_plane: Callable[[Found, Files], tuple[Block, np.ndarray[Any, Any]]]
    is_written: tuple[str, ...] = ()


def _itk(name: str, suffixes: tuple[str, ...], is_written: tuple[str, ...]) -> Format:
    def read(part: Part, frame: int, values: Values, files: Files, task: Task) -> Raw:
        return itk.read(part, name, values, files, task)

    return Format(
        name, suffixes, partial(itk.find, format_name=name), read, itk.middle_plane, is_written
    )


FORMATS = (
    Format(
        "NIfTI",
        (".nii.gz", ".nii"),
        nifti.find,
        nifti.read,
        nifti.middle_plane,
        (".nii.gz", ".nii"),
    ),
    _itk("NRRD", (".nrrd", ".nhdr"), (".nrrd",)),
    _itk("MetaImage", (".mha", ".mhd"), ()),
)


def format_of(name: str) -> Format | None:
    """The row whose suffix a file name has; None for DICOM, archives and anything else."""
    lower = name.lower()
    return next((row for row in FORMATS if lower.endswith(row.suffixes)), None)
