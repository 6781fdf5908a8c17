"""A small picture of a scan's middle, for lists; reads as little of the file as it can."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from kidview.io import dicom
from kidview.io.formats import FORMATS
from kidview.io.found import Found
from kidview.io.orientation import axis_order, spacing_of
from kidview.io.parts import Files

EDGE = 96
_LEVEL, _WIDTH = 40, 400  # soft tissue


def thumbnail(found: Found) -> npt.NDArray[np.uint8]:
    """The middle plane of the file, in radiological view and true proportions.

    Parameters
    ----------
    found : Found
        Of kind "scan".

    Returns
    -------
    (96, 96) uint8
        Row 0 on top; black around the slice. Soft tissue window 400/40.

    Raises
    ------
    ReadError
        The plane cannot be read.
    """
    with Files() as files:
        if found.format == "DICOM":
            slab, affine = dicom.middle_plane(found, files)
        else:
            row = next(row for row in FORMATS if row.name == found.format)
            slab, affine = row.middle_plane(found, files)
    return _fit(*_upright(slab[0], affine))


def _upright(plane: np.ndarray[Any, Any], affine: np.ndarray[Any, Any]) -> Any:
    """A (j, i) plane with up on top and the patient's right (or front) on the left; mm sizes."""
    order = axis_order(affine)
    spacing = spacing_of(affine)
    house = [order.axes.index(axis) for axis in (1, 0)]  # house axes of rows and columns
    flips = [order.flips[h] for h in house]
    plane = plane[:: -1 if flips[0] else 1, :: -1 if flips[1] else 1]
    sizes = [spacing[1], spacing[0]]
    if house[0] > house[1]:  # z before y before x, as in every view
        plane, sizes = plane.T, sizes[::-1]
    return plane[::-1, ::-1], sizes[0], sizes[1]


def _fit(plane: np.ndarray[Any, Any], row_mm: float, column_mm: float) -> npt.NDArray[np.uint8]:
    """Sampled to a square, window applied."""
    height, width = plane.shape[0] * row_mm, plane.shape[1] * column_mm
    mm = max(height, width) / EDGE
    rows = max(round(height / mm), 1)
    columns = max(round(width / mm), 1)
    at_row = ((np.arange(rows) + 0.5) * plane.shape[0] / rows).astype(int)
    at_column = ((np.arange(columns) + 0.5) * plane.shape[1] / columns).astype(int)
    small = plane[np.ix_(at_row, at_column)].astype(np.float32)
    grey = np.clip((small - (_LEVEL - _WIDTH / 2)) * (255 / _WIDTH), 0, 255)
    picture = np.zeros((EDGE, EDGE), np.uint8)
    top, left = (EDGE - rows) // 2, (EDGE - columns) // 2
    picture[top : top + rows, left : left + columns] = grey
    return picture
