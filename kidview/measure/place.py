"""Where a lesion lies in its kidney: along the axis, before or behind, rim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, MaskArray, Triple
from kidview.measure.anatomy import Kidney, Lesion
from kidview.measure.poles import Poles, find_poles
from kidview.measure.row import Case

CLEAR = 2 / 3
"""Share of a lesion on one side of the coronal plane from which on it is anterior or posterior."""

NO_KIDNEY = "no kidney is near"
NO_SINUS = "no sinus is seen in the labels"


@dataclass(frozen=True, eq=False)
class Place:
    """A lesion in the frame of its kidney.

    Parameters
    ----------
    case : Case
    lesion : Lesion
    kidney : Kidney
    poles : Poles
    along_mm : (n,) float64
        Its voxels along the kidney's axis, from the kidney's centre.
    half_mm : float
        Half of what a voxel measures along the axis.
    """

    case: Case
    lesion: Lesion
    kidney: Kidney
    poles: Poles
    along_mm: FloatArray
    half_mm: float

    @cached_property
    def anterior_share(self) -> float:
        """Share of its volume before the kidney's own coronal plane."""
        mask, grid = self.lesion.mask, self.lesion.geometry
        ahead = _along(mask, grid, self.kidney.centre_ras, self.poles.anterior_ras)
        return float((ahead > 0).mean())

    @property
    def medial_mm(self) -> float:
        """How far its centre lies on the hilum's side of the kidney's centre."""
        return float((self.lesion.centre_ras - self.kidney.centre_ras) @ self.poles.hilum_ras)

    def at_level(self, level_mm: float) -> Triple:
        """Its centre, moved along the kidney's axis to a level; mm, RAS+."""
        axis, centre = self.kidney.axis_ras, self.lesion.centre_ras
        x, y, z = centre + (level_mm - (centre - self.kidney.centre_ras) @ axis) * axis
        return (float(x), float(y), float(z))

    def nearest_line_mm(self, lower_mm: float, upper_mm: float) -> float:
        """The one of two lines that is nearer to its middle."""
        middle = (self.along_mm.min() + self.along_mm.max()) / 2
        return min((lower_mm, upper_mm), key=lambda line: abs(line - middle))


def find_place(case: Case, lesion: Lesion) -> Place | str:
    """A lesion in its kidney, or why it cannot be told; looked for once a case."""
    if lesion not in case.places:
        case.places[lesion] = _look(case, lesion)
    found: Place | str = case.places[lesion]
    return found


def _look(case: Case, lesion: Lesion) -> Place | str:
    kidney = case.anatomy.kidney_of(lesion)
    if kidney is None:
        return NO_KIDNEY
    poles = find_poles(case, kidney)
    if poles is None:
        return NO_SINUS
    along = _along(lesion.mask, lesion.geometry, kidney.centre_ras, kidney.axis_ras)
    turned = lesion.geometry.zyx_to_ras[:3, :3] / np.array(lesion.geometry.spacing_zyx)
    across = float(np.linalg.norm((kidney.axis_ras @ turned) * lesion.geometry.spacing_zyx))
    return Place(case, lesion, kidney, poles, along, across / 2)


def _along(
    mask: MaskArray, geometry: Geometry, origin_ras: FloatArray, axis_ras: FloatArray
) -> FloatArray:
    """(n,) mm of a mask's voxels along a direction; slice by slice, for there may be millions."""
    by_z, by_y, by_x = axis_ras @ geometry.zyx_to_ras[:3, :3]
    first = float((geometry.zyx_to_ras[:3, 3] - origin_ras) @ axis_ras)
    plane = first + by_y * np.arange(mask.shape[1])[:, None] + by_x * np.arange(mask.shape[2])
    return np.concatenate([plane[inside] + by_z * z for z, inside in enumerate(mask)])


def slice_of(case: Case, point_ras: FloatArray | Triple) -> int:
    """Axial slice nearest to a point."""
    return case.geometry.nearest_index(point_ras)[0]


def widest_slice(lesion: Lesion) -> int:
    """Axial slice of the whole scan with most of a lesion."""
    return lesion.box.start[0] + int(lesion.mask.sum(axis=(1, 2)).argmax())


def differs(points: Callable[[float], int], value: float, *others: float) -> bool:
    """Whether another value, half a voxel off, would give other points."""
    return any(points(other) != points(value) for other in others)


def face_of(place: Place) -> str:
    """ "a", "p", or "x" where less than two thirds lie on either side of the coronal plane."""
    share = place.anterior_share
    return "a" if share >= CLEAR else "p" if share <= 1 - CLEAR else "x"
