"""Grow: one click takes the connected tissue of about the same HU."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Task
from kidview.core.types import HUArray, Index, LabelArray, MaskArray
from kidview.edit.flood import Flood
from kidview.edit.mean_hu import NOISE_MM, MeanArray, mean_hu, reach_of
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

TOLERANCE = Option(
    "grow.tolerance",
    "Tolerance",
    "How far HU may lie from those at the click",
    35,
    1,
    500,
    "HU",
)
GAP_MM = Option(
    "grow.gap_mm",
    "Gap",
    "It does not leak through what is narrower than this; 0 lets it through",
    6,
    0,
    20,
    "mm",
    1,
)
IS_3D = Option("grow.is_3d", "3D", "Grow through the slices, not only in this one", True)
FILLS_HOLES = Option(
    "grow.fills_holes", "Fill holes", "Take what the region encloses and has no other label", True
)
MOST_ML = Option(
    "grow.most_ml",
    "Up to",
    "A larger region is refused as a leak; in one slice, one larger than the middle of such a ball",
    250,
    0.1,
    5000,
    "mL",
    1,
)

_TILE, _TILE_IN_PLANE = 40, 96  # voxels a side: a few ms each
_ROUNDING_HU = 1e-3  # of means in float32


@dataclass(frozen=True, eq=False)
class _Tissue:
    """What is like the place clicked."""

    hu: HUArray
    centre_hu: float
    tolerance_hu: float
    noise: Index  # voxels to either side that a mean takes in
    gap: Index  # voxels to either side that a passage must have

    def fits(self, box: Box) -> MaskArray:
        """Whose mean is about that of the click."""
        return self._is_near(mean_hu(self.hu, box, self.noise))

    def fits_itself(self, box: Box) -> MaskArray:
        """Whose own HU are about those of the click."""
        return self._is_near(self.hu[box.slices].astype(np.float32))

    def is_wide(self, box: Box) -> MaskArray:
        """Where all of the cuboid of a passage's width fits."""
        outer = self.around(box, self.gap)
        wide: MaskArray = ndimage.minimum_filter(self.fits(outer), _width(self.gap), mode="nearest")
        return wide[box.seen_from(outer).slices]

    def around(self, box: Box, reach: Index) -> Box:
        """With a margin, as far as the scan goes."""
        return box.grown(reach, (self.hu.shape[0], self.hu.shape[1], self.hu.shape[2]))

    def _is_near(self, values: MeanArray) -> MaskArray:
        is_near: MaskArray = np.abs(values - self.centre_hu) <= self.tolerance_hu + _ROUNDING_HU
        return is_near


def grow(
    at_zyx: Index,
    tolerance_hu: float,
    most_ml: float,
    label: int,
    hu: HUArray,
    labels: LabelArray,
    geometry: Geometry,
    axis: int | None = None,
    *,
    gap_mm: float = 0.0,
    fills_holes: bool = True,
    noise_mm: float = NOISE_MM,
    task: Task | None = None,
) -> Edit:
    """Grow a region from a click over voxels of about the same HU.

    Parameters
    ----------
    at_zyx : 3 ints
        The voxel clicked.
    tolerance_hu : float
        Greatest difference from the mean HU at the click.
    most_ml : float
        Largest volume; in a plane the largest area is that of the middle of such a ball.
    label : int
        For all voxels of the region, whatever label they have; 0 erases.
    hu : (Z, Y, X) int16
    labels : (Z, Y, X) uint8
        A hole keeps what has another label, such as a cyst inside a kidney.
    geometry : Geometry
    axis : int, optional
        Grow only in the slice across this array axis.
    gap_mm : float
        The region only holds cuboids of this side (to the nearest odd number of voxels), so it
        does not leak through what is narrower: the edge between bright and dark, which
        has all HU in between, or the touching of two organs.
    fills_holes : bool
        Take what the region encloses (in the plane, or in space).
    noise_mm : float
        Reach of the means that are compared, for noise would tear holes; 0 uses HU as they
        are. Means are wrong next to sharp edges, so voxels within this reach of the region
        are taken when their own HU fit.
    task : Task, optional

    Returns
    -------
    Edit
        A 6-connected region, with its holes.

    Raises
    ------
    EditRefused
        The click is outside the scan, the tissue there is narrower than the gap, or the
        region is larger than allowed.
    """
    if not geometry.contains(at_zyx):
        raise EditRefused("the click is outside the scan", "click into the scan")
    room = _room(at_zyx, geometry, axis)
    z, y, x = (i - s for i, s in zip(at_zyx, room.start, strict=True))
    voxel = Box((z, y, x), (z + 1, y + 1, x + 1))
    noise = reach_of(noise_mm, geometry.spacing_zyx, axis)
    gap = _half_width(gap_mm, geometry, axis)
    hu, labels = hu[room.slices], labels[room.slices]
    centre_hu = float(mean_hu(hu, voxel, noise)[0, 0, 0])
    tissue = _Tissue(hu, centre_hu, tolerance_hu, noise, gap)
    limit = _Limit(most_ml, tolerance_hu, geometry, axis)

    tile = (_TILE,) * 3 if axis is None else (_TILE_IN_PLANE,) * 3
    flood = Flood(tissue.is_wide, room.shape, tile)
    box, mask = flood.run(_start(voxel, tissue, gap_mm), limit.voxels, task or Task())
    limit.check(mask)
    box, mask = _with_margin(box, mask, tissue)
    if fills_holes:
        mask = _filled(mask, labels[box.slices], label, axis)
    limit.check(mask)
    return Edit(box.shifted(room.start), mask, label)


def _room(at_zyx: Index, geometry: Geometry, axis: int | None) -> Box:
    """Where it may grow: the scan or the slice."""
    shape = geometry.shape_zyx
    z, y, x = (i if a == axis else 0 for a, i in enumerate(at_zyx))
    dz, dy, dx = (1 if a == axis else n for a, n in enumerate(shape))
    return Box((z, y, x), (z + dz, y + dy, x + dx))


def _half_width(gap_mm: float, geometry: Geometry, axis: int | None) -> Index:
    """Voxels to either side of the middle: the odd number of voxels nearest to the gap."""
    z, y, x = (
        0 if a == axis else math.floor(gap_mm / step / 2)
        for a, step in enumerate(geometry.spacing_zyx)
    )
    return (z, y, x)


def _start(voxel: Box, tissue: _Tissue, gap_mm: float) -> Index:
    """The voxel nearest to the click whose cuboid fits and covers the click."""
    around = tissue.around(voxel, tissue.gap)
    places = np.argwhere(tissue.is_wide(around)) + around.start
    if not len(places):
        raise EditRefused(
            f"what is like the place clicked is narrower than {gap_mm:g} mm",
            "click into its middle, raise the tolerance, or set a smaller gap above the views",
        )
    steps = np.abs(places - voxel.start).sum(axis=1)
    z, y, x = (int(i) for i in places[steps.argmin()])
    return (z, y, x)


@dataclass(frozen=True, eq=False)
class _Limit:
    """How large a region may be."""

    most_ml: float
    tolerance_hu: float
    geometry: Geometry
    axis: int | None

    @property
    def voxels(self) -> int:
        """Of a region within the limit."""
        if self.axis is None:
            return int(self.most_ml / self.geometry.voxel_ml)
        return int(self._most_cm2 / self._pixel_cm2)

    def check(self, mask: MaskArray) -> None:
        """Raise EditRefused for what is larger."""
        count = int(np.count_nonzero(mask))
        if count <= self.voxels:
            return
        if self.axis is None:
            reached, most = f"{count * self.geometry.voxel_ml:.1f} mL", f"{self.most_ml:g} mL"
        else:
            reached = f"{count * self._pixel_cm2:.1f} cm² of this slice"
            most = f"{self._most_cm2:.1f} cm²"
        raise EditRefused(
            f"the region reached {reached} or more, and {most} are allowed",
            f"lower the tolerance below {self.tolerance_hu:g} HU, or raise the limit"
            " above the views",
        )

    @property
    def _most_cm2(self) -> float:
        """Area of the middle of a ball."""
        radius_cm = float((3 * self.most_ml / (4 * math.pi)) ** (1 / 3))
        return math.pi * radius_cm**2

    @property
    def _pixel_cm2(self) -> float:
        a, b = (step for n, step in enumerate(self.geometry.spacing_zyx) if n != self.axis)
        return a * b / 100


def _with_margin(box: Box, mask: MaskArray, tissue: _Tissue) -> tuple[Box, MaskArray]:
    """The cuboids about the middle of the region, then voxels at its edge that fit."""
    outer = tissue.around(tissue.around(box, tissue.gap), tissue.noise)
    region = np.zeros(outer.shape, bool)
    region[box.seen_from(outer).slices] = mask
    region = ndimage.maximum_filter(region, _width(tissue.gap), mode="constant")
    may_join = region | tissue.fits_itself(outer)
    for step in range(max(tissue.noise)):
        region = ndimage.binary_dilation(region, _cross(tissue.noise, step), mask=may_join)
    tight = Box.tight(region)
    assert tight is not None  # the flooded voxels are in it
    return tight.shifted(outer.start), region[tight.slices]


def _cross(reach: Index, step: int) -> MaskArray:
    """Neighbours over faces, along the axes whose reach is more than `step`."""
    cross = np.zeros((3, 3, 3), bool)
    cross[1, 1, 1] = True
    if reach[0] > step:
        cross[:, 1, 1] = True
    if reach[1] > step:
        cross[1, :, 1] = True
    if reach[2] > step:
        cross[1, 1, :] = True
    return cross


def _width(half: Index) -> Index:
    return (2 * half[0] + 1, 2 * half[1] + 1, 2 * half[2] + 1)


def _filled(mask: MaskArray, labels: LabelArray, label: int, axis: int | None) -> MaskArray:
    """With its holes, but for what has another label there."""
    if axis is None:
        full = ndimage.binary_fill_holes(mask)
    else:
        full = np.expand_dims(ndimage.binary_fill_holes(mask.take(0, axis)), axis)
    is_free = (labels == 0) | (labels == label)
    filled: MaskArray = mask | (full & is_free)
    return filled


def _act(work: Work) -> Edit:
    return grow(
        work.clicked,
        work.number(TOLERANCE),
        work.number(MOST_ML),
        work.label,
        work.hu,
        work.labels,
        work.geometry,
        None if work.flag(IS_3D) else work.axis,
        gap_mm=work.number(GAP_MM),
        fills_holes=work.flag(FILLS_HOLES),
        task=work.task,
    )


ROW = ToolRow(
    "grow",
    "Grow",
    "W",
    "ph.paint-bucket",
    "Click tissue to take all of it that is connected and has about the same HU",
    "click",
    ("label", TOLERANCE, GAP_MM, IS_3D, MOST_ML, FILLS_HOLES, "over"),
    _act,
    has_hint=True,
)
