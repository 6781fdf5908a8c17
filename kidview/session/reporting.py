"""What a DICOM report tells of each lesion: numbers from `measure`, for `io` to write."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.io import Reported, Segment
from kidview.measure.calipers import largest_axial

_KIDNEY = 1


def measured(
    numbers: LabelArray, segments: Sequence[Segment], geometry: Geometry
) -> tuple[Reported, ...]:
    """Volume, largest axial diameter and the one across it of every lesion.

    Parameters
    ----------
    numbers : (Z, Y, X) uint8
        Number of the segment, from 1, of each voxel.
    segments : sequence of Segment
    geometry : Geometry
        Of the array.

    Returns
    -------
    tuple of Reported
        One a tumour and a cyst, none for kidneys. Diameters that are no longer than a voxel
        are left out.
    """
    found = []
    for number, segment in enumerate(segments, 1):
        box = Box.tight(numbers == number)
        if box is None or segment.label == _KIDNEY:
            continue
        mask = np.asarray(numbers[box.slices] == number)
        pair = largest_axial(mask, geometry.crop(box))
        found.append(
            Reported(
                number,
                int(mask.sum()) * geometry.voxel_ml,
                pair.long.mm or None,
                pair.short.mm or None,
            )
        )
    return tuple(found)
