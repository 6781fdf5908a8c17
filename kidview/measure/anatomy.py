"""Which kidney is which, and which lesions are whose: what every measure stands on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, LabelArray, MaskArray, Triple
from kidview.measure.calipers import Caliper, RecistPair, largest_axial, largest_diameter
from kidview.measure.hull import closed_in_slices, convex_hull, without_strays
from kidview.measure.lesions import Found, find_lesions
from kidview.measure.masses import Parted, part_kidneys
from kidview.measure.shapes import core_of, corner_points_mm, moments, row_ends, used_box
from kidview.measure.sides import SIDES, find_sides
from kidview.measure.surface import Surface, find_surface

CORE_MM = 2.0
"""Voxels of a lesion's core have their centre farther than this from every one outside."""


@dataclass(frozen=True, eq=False)
class Kidney:
    """One kidney with what lies in it; masks are those of its box.

    Parameters
    ----------
    name : str
        "left kidney", "right kidney", "second left kidney" or "kidney" where unsure.
    side : str
        "left", "right" or "unsure": the patient's, not the screen's.
    box : Box
        Around the kidney, its lesions and a margin of one voxel where the scan goes on.
    parenchyma : (z, y, x) bool
        Label 1 of this kidney.
    lesions : (z, y, x) bool
        Its tumours and cysts.
    geometry : Geometry
        Grid of the box.
    touches_edge : bool
        The parenchyma reaches the edge of the scan, so part of the kidney may be missing.
    hu : (z, y, x) int16, optional
        The scan in the box, a view.
    """

    name: str
    side: str
    box: Box
    parenchyma: MaskArray
    lesions: MaskArray
    geometry: Geometry
    touches_edge: bool = False
    hu: HUArray | None = None

    @cached_property
    def body(self) -> MaskArray:
        """(z, y, x) bool: the parenchyma without stray crumbs below 5 %."""
        return without_strays(self.parenchyma)

    @cached_property
    def hull(self) -> MaskArray:
        """(z, y, x) bool: the closed kidney, the convex hull of `body`.

        It bridges the sinus and the bed of a lesion; the part of a lesion outside bulges.
        """
        return convex_hull(self.body)

    @cached_property
    def closed(self) -> MaskArray:
        """(z, y, x) bool: `body` closed slice by slice, by its convex outline.

        A mass that bulges in a slice is outside, though parenchyma of other slices caps it.
        """
        return closed_in_slices(self.body)

    @cached_property
    def length(self) -> Caliper | None:
        """Largest distance between two points of `body`; None without parenchyma."""
        return largest_diameter(self.body, self.geometry)

    @cached_property
    def surface(self) -> Surface:
        """Of the parenchyma and lesions together."""
        return find_surface(self.parenchyma | self.lesions, self.geometry.spacing_zyx)

    @cached_property
    def centre_ras(self) -> FloatArray:
        """(3,) middle of the closed kidney, mm, RAS+: the centre of mass of `hull`."""
        return self._moments[0]

    @cached_property
    def axis_ras(self) -> FloatArray:
        """(3,) unit vector of the kidney's length, toward the head: first axis of inertia."""
        return self._moments[1]

    @cached_property
    def extent_mm(self) -> tuple[float, float]:
        """How far the closed kidney reaches below (negative) and above its centre, on its axis."""
        return self._moments[2]

    @cached_property
    def _moments(self) -> tuple[FloatArray, FloatArray, tuple[float, float]]:
        mean, spread = moments(self.hull)
        centre = self.geometry.index_to_ras(mean)
        turn = self.geometry.zyx_to_ras[:3, :3]
        axis = np.linalg.eigh(turn @ spread @ turn.T)[1][:, -1]
        axis = np.asarray(axis * (1.0 if axis[2] >= 0 else -1.0))
        along = (self.geometry.index_to_ras(row_ends(self.hull)) - centre) @ axis
        return centre, axis, (float(along.min()), float(along.max()))


@dataclass(frozen=True, eq=False)
class Lesion:
    """One tumour or cyst: voxels of one label that touch at a face, an edge or a corner.

    Parameters
    ----------
    id : str
        "T1", "T2", ... and "C1", ...: the largest of its kind first.
    kind : str
        "tumour" or "cyst".
    kidney : int or None
        Index into `Anatomy.kidneys`; None where no kidney is near.
    side : str
        Of its kidney; "unsure" without one.
    box : Box
        Tight.
    mask : (z, y, x) bool
        In the box.
    around : (z + 2, y + 2, x + 2) uint8
        Labels of the box and one voxel to every side; 0 beyond the scan.
    geometry : Geometry
        Grid of the box.
    touches_edge : bool
        It reaches the edge of the scan, so part of it may be missing.
    """

    id: str
    kind: str
    kidney: int | None
    side: str
    box: Box
    mask: MaskArray
    around: LabelArray
    geometry: Geometry
    touches_edge: bool = False

    @cached_property
    def volume_ml(self) -> float:
        """Voxels times the volume of one, mL."""
        return int(self.mask.sum()) * self.geometry.voxel_ml

    @cached_property
    def centre_ras(self) -> FloatArray:
        """(3,) centre of mass, mm, RAS+."""
        return self.geometry.index_to_ras(moments(self.mask)[0])

    @cached_property
    def surface(self) -> Surface:
        """Smoothed surface; `outside` of its faces indexes `around`."""
        return find_surface(self.mask, self.geometry.spacing_zyx)

    @cached_property
    def axial(self) -> RecistPair:
        """Largest diameter in an axial slice, and the one across it."""
        return largest_axial(self.mask, self.geometry)

    @cached_property
    def longest(self) -> Caliper:
        """Largest diameter in space."""
        caliper = largest_diameter(self.mask, self.geometry)
        assert caliper is not None  # a lesion has at least one voxel
        return caliper

    @cached_property
    def core(self) -> MaskArray:
        """(z, y, x) bool: what is more than 2 mm inside, without the outermost voxels."""
        return core_of(self.mask, CORE_MM, self.geometry.spacing_zyx)

    @cached_property
    def corners_mm(self) -> FloatArray:
        """(n, 3) corners of its surface voxels, zyx mm along the whole grid's axes."""
        return corner_points_mm(self.mask, self.box.start, self.geometry.spacing_zyx)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Kidneys and lesions of a label map.

    Parameters
    ----------
    kidneys : tuple of Kidney
        Right first (as on the screen), then left, then unsure ones.
    lesions : tuple of Lesion
        Tumours before cysts, larger before smaller.
    midline_x_mm : float
        RAS x that parts left from right.
    midline_source : str
        "kidneys", "body" or "grid": what the midline was taken from.
    notes : tuple of str
        What is unsure, each one sentence in plain words.
    """

    kidneys: tuple[Kidney, ...]
    lesions: tuple[Lesion, ...]
    midline_x_mm: float
    midline_source: str
    notes: tuple[str, ...] = ()

    def kidney_of(self, lesion: Lesion) -> Kidney | None:
        """The kidney a lesion belongs to; None where none is near."""
        return None if lesion.kidney is None else self.kidneys[lesion.kidney]

    def pole_of(self, lesion: Lesion) -> str:
        """ "upper", "middle" or "lower" third of the kidney's length, or "unsure".

        The lesion's centre is projected on the kidney's axis; thirds are those of the closed
        kidney. A centre beyond the kidney's end belongs to that end.
        """
        kidney = self.kidney_of(lesion)
        if kidney is None:
            return "unsure"
        at = float((lesion.centre_ras - kidney.centre_ras) @ kidney.axis_ras)
        low, high = kidney.extent_mm
        third = (at - low) / max(high - low, 1e-6)
        return "lower" if third < 1 / 3 else "upper" if third > 2 / 3 else "middle"


def find_anatomy(labels: LabelArray, geometry: Geometry, hu: HUArray | None = None) -> Anatomy:
    """Tell kidneys and lesions apart; the whole label map is read once, the rest is boxes.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        1 kidney, 2 tumour, 3 cyst.
    geometry : Geometry
    hu : (Z, Y, X) int16, optional
        The scan, to find the body's midline where there are no two kidneys.

    Returns
    -------
    Anatomy
        Without kidneys and lesions, and with a note, where nothing is labelled.

    Raises
    ------
    GridMismatch
        Labels, scan and grid differ in shape.
    """
    _refuse_mismatch(labels, geometry, hu)
    used = used_box(labels)
    if used is None:
        middle = float(geometry.centre_ras[0])
        return Anatomy((), (), middle, "grid", ("nothing is labelled",))
    crop = labels[used.slices]
    parted = part_kidneys(crop, geometry.crop(used))
    sides = find_sides(parted.centres_ras, parted.extents_mm, geometry, hu)
    found, lesion_notes = find_lesions(crop, parted.owner, geometry.crop(used))
    order = sorted(range(len(sides.names)), key=lambda n: (SIDES.index(sides.of[n]), n))
    kidneys = tuple(
        _kidney(n, (sides.names[n], sides.of[n]), used, crop, parted, found, geometry, hu)
        for n in order
    )
    place = {old: new for new, old in enumerate(order)}
    lesions = tuple(_lesion(one, place, kidneys, used, labels, geometry) for one in found)
    notes = (*parted.notes, *sides.notes, *lesion_notes, *_edge_notes(kidneys, lesions))
    if not kidneys:
        notes = ("no kidney is labelled, only lesions", *notes)
    return Anatomy(kidneys, lesions, sides.midline_x_mm, sides.source, notes)


def _refuse_mismatch(labels: LabelArray, geometry: Geometry, hu: HUArray | None) -> None:
    shapes = {labels.shape, geometry.shape_zyx} | ({hu.shape} if hu is not None else set())
    if len(shapes) > 1:
        told = " and ".join(sorted(" x ".join(map(str, shape)) for shape in shapes))
        raise GridMismatch(
            f"scan and labels differ: {told} voxels", "measure labels on the scan they belong to"
        )


def _kidney(
    n: int,
    name_and_side: tuple[str, str],
    used: Box,
    crop: LabelArray,
    parted: Parted,
    found: tuple[Found, ...],
    geometry: Geometry,
    hu: HUArray | None,
) -> Kidney:
    tight = parted.boxes[n]
    own = [one for one in found if one.kidney == n]
    for one in own:
        tight = tight.union(one.box)
    whole = tight.shifted(used.start)
    box = whole.grown((1, 1, 1), geometry.shape_zyx)
    shape = box.shape
    parenchyma, lesions = np.zeros(shape, bool), np.zeros(shape, bool)
    inner = whole.seen_from(box).slices
    is_own = parted.owner[tight.slices] == n + 1
    parenchyma[inner] = is_own & (crop[tight.slices] == 1)
    for one in own:
        lesions[one.box.shifted(used.start).seen_from(box).slices] |= one.mask
    edge = _touches(parted.boxes[n].shifted(used.start), geometry)
    seen = None if hu is None else hu[box.slices]
    return Kidney(*name_and_side, box, parenchyma, lesions, geometry.crop(box), edge, seen)


def _lesion(
    one: Found,
    place: dict[int, int],
    kidneys: tuple[Kidney, ...],
    used: Box,
    labels: LabelArray,
    geometry: Geometry,
) -> Lesion:
    box = one.box.shifted(used.start)
    outer = box.grown((1, 1, 1), geometry.shape_zyx)
    around = np.zeros([n + 2 for n in box.shape], np.uint8)
    start = [a - b + 1 for a, b in zip(outer.start, box.start, strict=True)]
    around[tuple(slice(s, s + n) for s, n in zip(start, outer.shape, strict=True))] = labels[
        outer.slices
    ]
    kidney = None if one.kidney is None else place[one.kidney]
    side = "unsure" if kidney is None else kidneys[kidney].side
    edge = _touches(box, geometry)
    grid = geometry.crop(box)
    return Lesion(one.id, one.kind, kidney, side, box, one.mask, around, grid, edge)


def _touches(box: Box, geometry: Geometry) -> bool:
    return any(a == 0 for a in box.start) or any(
        b == n for b, n in zip(box.stop, geometry.shape_zyx, strict=True)
    )


def _edge_notes(kidneys: tuple[Kidney, ...], lesions: tuple[Lesion, ...]) -> list[str]:
    end = "reaches the edge of the scan, so part of it may be missing"
    return [f"the {one.name} {end}" for one in kidneys if one.touches_edge] + [
        f"{one.id} {end}" for one in lesions if one.touches_edge
    ]


__all__ = ["Anatomy", "Kidney", "Lesion", "Triple", "find_anatomy"]
