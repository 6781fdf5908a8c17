"""What may make two scans differ, or look alike, without the patient's doing."""

from __future__ import annotations

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray
from kidview.follow.overlay import Overlay
from kidview.measure import Case

_TILT_DEGREES = 3.0
_SHOWN_DEGREES = 0.05  # 3.04 would be told as "3.0", which is not above 3


def grid_notes(then: Geometry, now: Geometry, over: Overlay) -> list[str]:
    """Why axial diameters of the two may differ without any growth.

    Parameters
    ----------
    then, now : Geometry
        Grids of the whole scans.
    over : Overlay
        How the kidneys lie over each other: one that turned is cut otherwise by slices that
        did not.
    """
    notes = []
    tilts = {
        one.now.name: _apart_degrees(one.rigid.matrix[:3, :3] @ _normal(then), _normal(now))
        for one in over.kidneys
    }
    told = [
        f"{tilt:.1f} degrees apart in the {name}"
        for name, tilt in tilts.items()
        if tilt >= _TILT_DEGREES + _SHOWN_DEGREES
    ]
    if told:
        notes.append(
            f"the slices of the two scans are {' and '.join(told)}, "
            "so axial diameters may differ without any growth"
        )
    thin, thick = sorted((then.spacing_zyx[0], now.spacing_zyx[0]))
    if thick > 2 * thin:
        notes.append(
            f"slices are {then.spacing_zyx[0]:g} mm apart then and {now.spacing_zyx[0]:g} mm now"
        )
    return notes


def same_notes(then: Case, now: Case) -> list[str]:
    """Whether one scan was given twice, by its voxels and what is outlined in it."""
    if then.hu is None or now.hu is None or not np.array_equal(then.hu, now.hu):
        return []
    note = "the two scans are one: all voxels are equal"
    return [f"{note}, and so are their labels" if _outlined_alike(then, now) else note]


def _outlined_alike(then: Case, now: Case) -> bool:
    """Whether what is measured of two scans of one grid is the same, voxel for voxel."""
    one, two = (
        [(each.box, each.parenchyma) for each in case.anatomy.kidneys]
        + [(each.box, each.mask) for each in case.anatomy.lesions]
        for case in (then, now)
    )
    kinds = [[lesion.kind for lesion in case.anatomy.lesions] for case in (then, now)]
    return (
        kinds[0] == kinds[1]
        and len(one) == len(two)
        and all(
            box == other_box and np.array_equal(mask, other)
            for (box, mask), (other_box, other) in zip(one, two, strict=True)
        )
    )


def _normal(grid: Geometry) -> FloatArray:
    """(3,) direction from slice to slice, RAS+."""
    step = grid.zyx_to_ras[:3, 0]
    return np.asarray(step / np.linalg.norm(step))


def _apart_degrees(one: FloatArray, other: FloatArray) -> float:
    return float(np.degrees(np.arccos(np.clip(abs(one @ other), 0.0, 1.0))))
