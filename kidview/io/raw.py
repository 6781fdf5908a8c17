"""What a file reader hands over, and how it becomes a scan or labels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Index
from kidview.core.volume import AxisOrder, Level, Note, Source, Volume
from kidview.io import regrid
from kidview.io.orientation import house_affine, is_straight, skew_degrees


@dataclass(frozen=True, eq=False)
class Raw:
    """Voxels in house order on the file's own grid, which may be sheared.

    Parameters
    ----------
    array : (Z, Y, X) int16 or uint8
        C-contiguous.
    order : AxisOrder
    file_affine : (4, 4) float64
        (i, j, k, 1) to RAS+ mm.
    shape_ijk : 3 ints
    notes : tuple of Note
    header : dict
        See `Source.header`.
    """

    array: np.ndarray[Any, Any]
    order: AxisOrder
    file_affine: FloatArray
    shape_ijk: Index
    notes: tuple[Note, ...] = ()
    header: dict[str, Any] = field(default_factory=dict)

    @property
    def zyx_to_ras(self) -> FloatArray:
        """(z, y, x, 1) to RAS+ mm."""
        return house_affine(self.file_affine, self.shape_ijk, self.order)


def to_volume(raw: Raw, path: Path, file: Path, format_name: str, title: str) -> Volume:
    """A scan; sheared axes are resampled to straight ones, and it is said.

    `Source.file_affine` stays the file's own, so a mask finds its way back.

    Parameters
    ----------
    raw : Raw
    path : Path
        What was asked for, perhaps a folder.
    file : Path
        The file on disk, which no export may replace.
    format_name, title : str

    Returns
    -------
    Volume
    """
    notes, array = raw.notes, raw.array
    header = raw.header | {"shape_ijk": raw.shape_ijk, "files": (file,)}
    if is_straight(raw.file_affine):
        geometry = Geometry(raw.array.shape, raw.zyx_to_ras)
    else:
        geometry = regrid.straight(raw.zyx_to_ras, raw.array.shape)
        array = regrid.linear(raw.array, raw.zyx_to_ras, geometry, fill=-1024)
        header["sheared"] = True
        text = (
            f"The axes are sheared by {skew_degrees(raw.file_affine):.1f} degrees: "
            "resampled to straight ones; labels are saved on the file's own grid"
        )
        notes += (Note(Level.WARNING, text),)
    source = Source(path, format_name, raw.order, raw.file_affine, title, notes, header)
    return Volume(array, geometry, source)
