"""A kidney along its own axis: its sinus level by level, polar lines, hilum and faces."""

from __future__ import annotations

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.types import FloatArray, MaskArray
from kidview.measure.anatomy import Kidney
from kidview.measure.hull import closed_in_slices, find_hollow
from kidview.measure.row import Case
from kidview.measure.shapes import dilated, moments, row_ends

STEP_MM = 1.0
"""Side of the cubes in which a kidney is looked at along its axis."""
DEEP_MM = 5.0
"""A gap so far behind the outline of a cut is sinus; a dent of the surface is not."""
NEAR_MM = 10.0
"""Gaps that lie within twice this of each other are one sinus, whose fat a mass may part."""
LEAST_ML = 0.1
"""Less fat than this is no sinus to measure from."""
LEAST_SPAN_MM = 10.0
"""A sinus shorter than this along the axis gives no lines."""
LEAST_LIPS_MM = 20.0
"""An opening shorter than this is a gap of the label rather than a hilum (about 30 mm)."""
OPEN_COSINE = 0.7
"""A gap that opens more than 45 degrees away from the hilum is no sinus."""
BESIDE_COSINE = 0.9
"""Beside a lesion, which makes notches of its own, the same from 26 degrees on."""
CRUMB = 0.02
"""Pieces beside a lesion below this share of the sinus are left out."""
LATERAL_MM = 8.0
"""So far beyond the kidney's axis, seen from the hilum, there is no sinus."""
WIDE_SHARE = 0.5
"""Cuts smaller than this share of the largest are the kidney's ends, which hold no sinus."""
FAT_HU = -20
"""Kidney label on voxels darker than this lies on sinus fat."""

_PLANE = np.array([[[0, 0, 0]] * 3, [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 0, 0]] * 3], bool)
_MEDIAL_X = {"right": -1.0, "left": 1.0}  # RAS x from a kidney toward the spine
_OFF_CENTRE = 1 / 8  # share of the length by which lines may lie off the middle


@dataclass(frozen=True, eq=False)
class Poles:
    """Landmarks of a kidney along its axis and around it.

    Parameters
    ----------
    lower_mm, upper_mm : float
        RENAL's polar lines, mm along the kidney's axis from its centre.
    lips_seen : bool
        The lines are where the medial lip is interrupted; else no clear hilum is seen (the label
        closes it, or a mass lies there) and they are the ends of the sinus.
    doubt : str
        Why the lines may be wrong, a clause for a sentence; "" where there is no sign of it.
    sinus_lower_mm, sinus_upper_mm : float
        PADUA's sinus lines: the lowest and highest level with sinus, open or closed.
    hilum_ras : (3,) float64
        Unit vector at a right angle to the axis, from the kidney's centre to its hilum.
    anterior_ras : (3,) float64
        Unit normal of the kidney's own coronal plane (axis and hilum), toward the front.
    sinus : (z, y, x) bool
        Voxels of the kidney's box that are sinus: fat, and what else is not labelled.
    """

    lower_mm: float
    upper_mm: float
    lips_seen: bool
    doubt: str
    sinus_lower_mm: float
    sinus_upper_mm: float
    hilum_ras: FloatArray
    anterior_ras: FloatArray
    sinus: MaskArray

    @property
    def middle_mm(self) -> float:
        """The axial renal midline: half-way between the polar lines."""
        return (self.lower_mm + self.upper_mm) / 2


_KNOWN: WeakKeyDictionary[Kidney, Poles | None] = WeakKeyDictionary()
"""Every lesion asks for its kidney, and again after an edit elsewhere; weak, to keep none alive."""


def find_poles(case: Case, kidney: Kidney) -> Poles | None:
    """Polar lines, sinus lines and faces of a kidney; None where no sinus is seen.

    The kidney is cut at right angles to its axis every millimetre. In each cut, what is not
    labelled (or, with a scan, is labelled kidney but fat) 5 mm and more inside the outline is
    sinus, and what hangs together with it in the cut. What opens away from the hilum or lies
    beyond the kidney's axis is none. Pieces within 20 mm are one sinus; the largest is taken.
    Where it reaches the outline, the medial lip is interrupted. Labels in the manner of KiTS
    close the lip over vessels and pelvis: then no opening may be seen, and the sinus' own ends
    are the lines, which lie further apart. Looked for once a kidney.

    Source: polar lines where the medial lip of parenchyma is interrupted, sinus lines where
    sinus fat begins, midline half-way between: as in the program of Heller et al. 2022, J Urol
    207, doi 10.1097/JU.0000000000002390 (its code read), which goes by axial slices. Cuts across
    the kidney's own axis are this project's choice, and so are the numbers.
    """
    if kidney not in _KNOWN:
        _KNOWN[kidney] = _look(kidney)
    poles = _KNOWN[kidney]
    doubt = "" if poles is None else _doubt(case, kidney, poles)
    return replace(poles, doubt=doubt) if poles is not None and doubt else poles


def _look(kidney: Kidney) -> Poles | None:
    if not kidney.body.any():
        return None
    gap = _unfilled(kidney)
    frame = _Frame.of(kidney, gap)
    hilum = _dent(kidney)
    sinus = frame.sinus(hilum)
    if sinus is None:
        return None
    ends = frame.ends_mm(sinus)
    if ends[1] - ends[0] < LEAST_SPAN_MM:
        return None
    if hilum is None:
        hilum = _across(kidney, frame.points_ras(moments(sinus)[0]))
    front = np.cross(kidney.axis_ras, hilum)
    front = _unit(front * (1.0 if front[1] >= 0 else -1.0))
    lips = frame.lips_mm(sinus, hilum)
    if lips is not None and _is_off_centre(kidney, *lips):  # beside a mass, say
        lips = None
    lower, upper = lips or ends
    on_grid = frame.on_grid(sinus, kidney, gap)
    return Poles(lower, upper, lips is not None, "", *ends, hilum, front, on_grid)


def _is_off_centre(kidney: Kidney, lower_mm: float, upper_mm: float) -> bool:
    below, above = kidney.extent_mm
    return abs(lower_mm + upper_mm - below - above) / 2 > _OFF_CENTRE * (above - below)


def _doubt(case: Case, kidney: Kidney, poles: Poles) -> str:
    if any("horseshoe" in note for note in case.anatomy.notes):
        return "the kidneys are joined, as in a horseshoe kidney"
    if kidney.touches_edge:
        return "the kidney reaches the edge of the scan"
    if np.count_nonzero(kidney.lesions) > np.count_nonzero(kidney.body):
        return "the lesions are larger than what is left of the kidney"
    if _is_off_centre(kidney, poles.lower_mm, poles.upper_mm):
        return "the sinus that is seen lies off the middle of the kidney"
    if not poles.lips_seen:
        return "no clear hilum is seen, so the ends of the sinus stand for the polar lines"
    return ""


def _dent(kidney: Kidney) -> FloatArray | None:
    """Direction of the hilum: to the dent of the closed kidney, or toward the spine."""
    medial = np.array([_MEDIAL_X.get(kidney.side, 0.0), 0.0, 0.0])
    spacing = kidney.geometry.spacing_zyx
    dent = find_hollow(kidney.hull, kidney.parenchyma, kidney.lesions, spacing, kidney.hu)
    if dent.any():
        toward = _across(kidney, kidney.geometry.index_to_ras(moments(dent)[0]))
        if toward @ medial >= 0:  # else it is the bed of a lesion
            return toward
    return _across(kidney, kidney.centre_ras + medial) if medial.any() else None


def _across(kidney: Kidney, point_ras: FloatArray) -> FloatArray:
    """Unit vector from the kidney's centre to a point, across its axis."""
    toward = point_ras - kidney.centre_ras
    return _unit(toward - (toward @ kidney.axis_ras) * kidney.axis_ras)


@dataclass(frozen=True, eq=False)
class _Frame:
    """A kidney in cubes along its axis: [level, to the front, across]."""

    outline: MaskArray  # the body, every cut closed
    gap: MaskArray  # in the outline
    is_beside: MaskArray  # lesions and two cubes around
    axes_ras: FloatArray  # rows: axis, front, across
    origin: FloatArray  # (3,) mm along the rows, of cube (0, 0, 0), from the centre
    centre_ras: FloatArray

    @classmethod
    def of(cls, kidney: Kidney, gap: MaskArray) -> _Frame:
        axis = kidney.axis_ras
        front = _unit(np.array([0.0, 1.0, 0.0]) - axis[1] * axis)
        rows = np.stack([axis, front, np.cross(front, axis)])
        ends = kidney.geometry.index_to_ras(row_ends(kidney.body))
        along = (ends - kidney.centre_ras) @ rows.T
        low, high = along.min(axis=0) - 2 * STEP_MM, along.max(axis=0) + 2 * STEP_MM
        shape = tuple(int(n) for n in np.ceil((high - low) / STEP_MM) + 1)
        first = kidney.centre_ras + low @ rows
        start = kidney.geometry.ras_to_index(first)
        ends = kidney.geometry.ras_to_index(first + STEP_MM * rows)
        matrix = (ends - start).T  # cube to voxel index

        def cubes(mask: MaskArray) -> MaskArray:
            if not mask.any():
                return np.zeros(shape, bool)
            soft = ndimage.affine_transform(
                mask.view(np.uint8), matrix, start, shape, np.float32, order=1, prefilter=False
            )
            return np.asarray(soft >= 0.5)

        outline = closed_in_slices(cubes(kidney.body))
        beside = _crossed(_crossed(cubes(kidney.lesions)))
        return cls(outline, cubes(gap) & outline, beside, rows, low, kidney.centre_ras)

    def sinus(self, hilum_ras: FloatArray | None) -> MaskArray | None:
        """The sinus; None where there is too little."""
        parts, count = ndimage.label(self.gap, _PLANE)
        is_sought = np.arange(count + 1) > 0
        if hilum_ras is not None:
            is_sought &= ~self._opens_elsewhere(parts, count, hilum_ras)
        deep = is_sought[parts] & _deep(self.outline)
        if hilum_ras is not None:
            index = np.argwhere(deep)
            inward = (self.points_ras(index) - self.centre_ras) @ hilum_ras
            deep[tuple(index[inward < -LATERAL_MM].T)] = False
        area = np.count_nonzero(self.outline, axis=(1, 2))
        deep[area < WIDE_SHARE * area.max()] = False
        box = Box.tight(deep)
        if box is None:
            return None
        seeds = _largest(deep[box.slices])
        if np.count_nonzero(seeds) * STEP_MM**3 < LEAST_ML * 1000:
            return None
        is_hit = np.zeros(count + 1, bool)
        is_hit[parts[box.slices][seeds]] = True
        sinus = is_hit[parts]
        return np.asarray(sinus & ~self._crumbs(sinus))

    def _crumbs(self, sinus: MaskArray) -> MaskArray:
        """Small pieces that touch a lesion: fat caught between a mass and the kidney."""
        pieces, count = ndimage.label(sinus, np.ones((3, 3, 3)))
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)
        is_crumb = sizes < CRUMB * sizes[1:].sum()
        return np.asarray((is_crumb & self._is_beside(pieces, count))[pieces])

    def _is_beside(self, parts: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.bool_]:
        """(count + 1,) whether a part touches a lesion."""
        return np.bincount(parts[self.is_beside], minlength=count + 1) > 0

    def _opens_elsewhere(
        self, parts: npt.NDArray[np.int32], count: int, hilum_ras: FloatArray
    ) -> npt.NDArray[np.bool_]:
        """(count + 1,) gaps that open away from the hilum: notches, beds of lesions."""
        at_edge = self.gap & self._rim()
        toward = self.points_ras(np.argwhere(at_edge)) - self.centre_ras
        axis = self.axes_ras[0]
        toward -= (toward @ axis)[:, None] * axis
        cosine = (toward @ hilum_ras) / np.maximum(np.linalg.norm(toward, axis=1), 1e-9)
        number = np.bincount(parts[at_edge], minlength=count + 1)
        mean = np.bincount(parts[at_edge], cosine, count + 1) / np.maximum(number, 1)
        least = np.where(self._is_beside(parts, count), BESIDE_COSINE, OPEN_COSINE)
        return np.asarray((number > 0) & (mean < least))

    def _rim(self) -> MaskArray:
        """Cubes with one outside the cut's outline beside them."""
        wide = np.pad(self.outline, ((0, 0), (1, 1), (1, 1)))
        y, x = wide[:, :, 1:-1], wide[:, 1:-1]
        return ~(y[:, :-2] & y[:, 2:] & x[:, :, :-2] & x[:, :, 2:])

    def lips_mm(self, sinus: MaskArray, hilum_ras: FloatArray) -> tuple[float, float] | None:
        """Ends of where the sinus reaches the outline on the side of the hilum."""
        index = np.argwhere(sinus & self._rim())
        medial = index[(self.points_ras(index) - self.centre_ras) @ hilum_ras > 0]
        if not len(medial):
            return None
        is_open = np.zeros_like(sinus)
        is_open[tuple(medial.T)] = True
        low, high = self.ends_mm(is_open)
        return (low, high) if high - low >= LEAST_LIPS_MM else None

    def ends_mm(self, mask: MaskArray) -> tuple[float, float]:
        """Lower and upper end of a mask, mm along the axis from the centre."""
        levels = np.flatnonzero(mask.any(axis=(1, 2)))
        low, high = levels[0] - 0.5, levels[-1] + 0.5
        return float(self.origin[0] + STEP_MM * low), float(self.origin[0] + STEP_MM * high)

    def points_ras(self, index: npt.ArrayLike) -> FloatArray:
        return np.asarray(
            self.centre_ras + (self.origin + STEP_MM * np.asarray(index)) @ self.axes_ras
        )

    def on_grid(self, mask: MaskArray, kidney: Kidney, gap: MaskArray) -> MaskArray:
        """A mask of cubes as voxels of the kidney's box."""
        wide = _crossed(mask)  # a voxel's centre may lie beside its cube's
        out = np.zeros(gap.shape, bool)
        ends = kidney.geometry.ras_to_index(self.points_ras(row_ends(wide)))
        low = np.clip(np.floor(ends.min(axis=0)) - 1, 0, None).astype(int)
        high = np.ceil(ends.max(axis=0)).astype(int) + 2
        near = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        index = np.argwhere((kidney.hull & gap)[near]) + low
        at = (kidney.geometry.index_to_ras(index) - self.centre_ras) @ self.axes_ras.T
        cube = np.rint((at - self.origin) / STEP_MM).astype(int)
        inside = ((cube >= 0) & (cube < mask.shape)).all(axis=1)
        index, cube = index[inside], cube[inside]
        out[tuple(index.T)] = wide[tuple(cube.T)]
        return out


def _deep(outline: MaskArray) -> MaskArray:
    """Cubes at least `DEEP_MM` from every one outside the outline of their cut."""
    reach = DEEP_MM / STEP_MM
    steps = range(int(np.ceil(reach)))
    widened = [~outline]
    for _ in steps[1:]:
        widened.append(dilated(widened[-1], (0, 0, 1)))
    near = np.zeros_like(outline)
    for y in steps:
        row = widened[max(x for x in steps if x**2 + y**2 < reach**2)]
        near[:, y:] |= row[:, : row.shape[1] - y]
        near[:, : row.shape[1] - y] |= row[:, y:]
    return ~near


def _largest(deep: MaskArray) -> MaskArray:
    """The largest of pieces that lie within `NEAR_MM` twice of each other."""
    room = int(np.ceil(NEAR_MM / STEP_MM))
    apart = ndimage.distance_transform_edt(np.pad(~deep, room, constant_values=True))
    parts, count = ndimage.label(apart * STEP_MM <= NEAR_MM)
    inner = parts[tuple(slice(room, room + n) for n in deep.shape)]
    return np.asarray(deep & (inner == np.bincount(inner[deep], minlength=count + 1).argmax()))


def _crossed(mask: MaskArray) -> MaskArray:
    """A mask and what touches it at a face."""
    one, two, three = (dilated(mask, reach) for reach in ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    return one | two | three


def _unfilled(kidney: Kidney) -> MaskArray:
    """What is neither parenchyma nor lesion: not labelled, or fat where there is a scan."""
    gap = ~(kidney.parenchyma | kidney.lesions)
    if kidney.hu is not None:
        gap |= kidney.parenchyma & (kidney.hu < FAT_HU)
    return np.asarray(gap)


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9))
