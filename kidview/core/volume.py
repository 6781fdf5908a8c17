"""A scan: Hounsfield units, where they lie, where they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.errors import BadGeometry
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray


class Level(Enum):
    """How much a note matters."""

    INFO = "info"
    WARNING = "warning"


@dataclass(frozen=True)
class Note:
    """One sentence about what is odd in a file and what was done about it."""

    level: Level
    text: str


@dataclass(frozen=True)
class AxisOrder:
    """How a file's array is turned into house order: exact, one of 48.

    ``house = file.transpose(axes)`` and then reversed along every axis with ``flips``.

    Parameters
    ----------
    axes : 3 ints
        For house axis z, y, x: which axis of the file's array it is.
    flips : 3 bools
        For house axis z, y, x: whether the file runs the other way.
    """

    axes: tuple[int, int, int]
    flips: tuple[bool, bool, bool]

    def to_house(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """A view of a 3D file array in house order (no copy)."""
        return array.transpose(self.axes)[self._step]

    def to_file(self, array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """A view of a 3D house array in file order (no copy)."""
        return array[self._step].transpose(np.argsort(self.axes))

    @property
    def _step(self) -> tuple[slice, ...]:
        return tuple(slice(None, None, -1 if flip else 1) for flip in self.flips)


@dataclass(frozen=True)
class Source:
    """Where a scan came from and what is needed to write a mask that fits it.

    Parameters
    ----------
    path : Path
        The file or folder that was opened.
    format : str
        "NIfTI", "DICOM", "NRRD", "MetaImage" or "phantom".
    order : AxisOrder
        From the file's array (nibabel's i, j, k) to the house.
    file_affine : (4, 4) float64
        The file grid's affine as nibabel has it: (i, j, k, 1) to RAS+ mm.
    title : str
        Series description or file name, no patient data.
    notes : tuple of Note
        What is odd and what was done.
    header : dict
        What the writer needs beyond that, owned by `io` (sform and qform codes, units,
        DICOM slice positions); nobody else reads it.
    """

    path: Path
    format: str
    order: AxisOrder
    file_affine: FloatArray
    title: str = ""
    notes: tuple[Note, ...] = ()
    header: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, eq=False)
class Volume:
    """A CT scan, read-only.

    Parameters
    ----------
    hu : (Z, Y, X) int16
        Hounsfield units, house order, C-contiguous; set read-only here.
    geometry : Geometry
    source : Source
    """

    hu: HUArray
    geometry: Geometry
    source: Source

    def __post_init__(self) -> None:
        if self.hu.shape != self.geometry.shape_zyx:
            raise BadGeometry("array and grid differ in shape", "this is a fault, report it")
        if self.hu.dtype != np.int16 or not self.hu.flags.c_contiguous:
            raise TypeError("hu must be C-contiguous int16")
        self.hu.setflags(write=False)
