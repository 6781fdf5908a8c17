"""Threshold: what lies between two HU gets the active label, in and around the labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import HUArray, Index, LabelArray, MaskArray
from kidview.edit.kernel import SURFACE, ball
from kidview.edit.mean_hu import NOISE_MM, mean_hu, reach_of
from kidview.edit.parts import parts, slabs
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

# Where there is none of the label yet these are a fluid's: Bosniak classification 2019,
# Silverman et al., Radiology 292:475.
LOW = Option("threshold.low", "From", "Lowest HU", -9, -1024, 3071, "HU")
HIGH = Option("threshold.high", "to", "Highest HU", 20, -1024, 3071, "HU")
WHERE = Option(
    "threshold.where",
    "Where",
    "Which voxels are looked at",
    "own",
    choices=(
        ("own", "At this label"),
        ("in", "In labels"),
        ("near", "Near labels"),
        ("all", "Whole scan"),
    ),
)
NEAR_MM = Option(
    "threshold.near_mm",
    "Near",
    "Distance from the surface of the labels",
    5,
    0,
    50,
    "mm",
    only_if=(WHERE.id, ("near",)),
)
IS_SMOOTH = Option(
    "threshold.is_smooth",
    "Less noise",
    "Compare the mean of the voxels close by instead of each voxel's own HU",
    True,
)

_OWN: Index = (0, 0, 0)
_BESIDE_MM = 3.0  # background that counts as being at a label
_START_PERCENT = (5, 95)  # of a label's voxels; its rim is blurred with what is beside it
_KIDNEY = 1


@dataclass(frozen=True, eq=False)
class Place:
    """Voxels that are looked at.

    Parameters
    ----------
    box : Box
    mask : bool array of the box's shape, or None
        None is all of the box.
    """

    box: Box
    mask: MaskArray | None


def place(
    where: str,
    near_mm: float,
    labels: LabelArray,
    geometry: Geometry,
    task: Task | None = None,
    label: int = 0,
) -> Place:
    """Where to look.

    Parameters
    ----------
    where : str
        "own": a label and background within 3 mm of it, no voxel of another label; the kidney
        while there is nothing of the label yet. "in": all that has a label. "near": that and
        what is within `near_mm` of its surface. "all": the scan.
    near_mm : float
    labels : (Z, Y, X) uint8
    geometry : Geometry
    task : Task, optional
    label : int
        The one that "own" is about.

    Raises
    ------
    EditRefused
        There is no label to look in or near.
    """
    whole = Box.whole(geometry.shape_zyx)
    if where == "all":
        return Place(whole, None)
    is_own = where == "own" and bool((labels == label).any())
    beyond_mm = {"near": near_mm, "own": _BESIDE_MM if is_own else 0.0}.get(where, 0.0)
    kernel = ball(beyond_mm, geometry.spacing_zyx, SURFACE)
    reach = kernel.reach_zyx
    members = tuple(row.id for row in LABELS)
    if where == "own":
        members = (label if is_own else _KIDNEY,)
    boxes = [box.grown(reach, whole.stop) for box in parts(labels, members, reach)]
    if not boxes:
        if where == "own":
            raise EditRefused(
                f"there is no {LABEL_NAMES.get(label, 'label')} yet, and no kidney to find it in",
                "outline something, or take the whole scan",
            )
        raise EditRefused("there are no labels yet", "outline something, or take the whole scan")
    union = boxes[0]
    for box in boxes[1:]:
        union = union.union(box)
    mask = np.zeros(union.shape, bool)
    for slab in (slab for box in boxes for slab in slabs(box)):
        (task or Task()).check()
        around = slab.grown(reach, whole.stop)
        found = select(labels[around.slices], members)
        if any(reach):
            found = kernel.reaches(found)
        found = found[slab.seen_from(around).slices]
        if is_own:
            found &= select(labels[slab.slices], (0, label))
        mask[slab.seen_from(union).slices] |= found
    return Place(union, mask)


def threshold(
    low_hu: float,
    high_hu: float,
    at: Place,
    label: int,
    hu: HUArray,
    labels: LabelArray,
    reach_zyx: Index = _OWN,
    task: Task | None = None,
) -> Edit:
    """Give a label to what lies between two HU.

    Parameters
    ----------
    low_hu, high_hu : float
        Both included.
    at : Place
    label : int
        Replaces whatever label the voxels have; 0 erases them.
    hu : (Z, Y, X) int16
    labels : (Z, Y, X) uint8
    reach_zyx : 3 ints
        Voxels to either side whose mean, rounded, is compared (`mean_hu.reach_of`).
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        The lowest is above the highest, no voxel lies between them, or all have the label.
    """
    if low_hu > high_hu:
        raise EditRefused(
            f"{low_hu:g} HU is above {high_hu:g} HU", "set the lowest below the highest"
        )
    low, high = int(np.ceil(low_hu)), int(np.floor(high_hu))
    mask = np.zeros(at.box.shape, bool)
    changes = False
    for piece, part in _pieces(at, task or Task()):
        values = _values(hu, piece, reach_zyx)
        found = (values >= low) & (values <= high)
        if part is not None:
            found &= part
        mask[piece.seen_from(at.box).slices] = found
        changes = changes or bool((found & (labels[piece.slices] != label)).any())
    tight = Box.tight(mask)
    if tight is None:
        raise EditRefused(f"no voxel there has {low_hu:g} to {high_hu:g} HU", "widen the range")
    if not changes:
        word = LABEL_NAMES.get(label, "background")
        raise EditRefused(f"all of this is {word} already", "widen the range")
    return Edit(tight.shifted(at.box.start), mask[tight.slices], label)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often each HU occurs.

    Parameters
    ----------
    first_hu : int
        HU of the first count.
    counts : int64
        Of first_hu, first_hu + 1 and so on; the first and the last are not 0.
    """

    first_hu: int
    counts: npt.NDArray[np.int64]

    @property
    def last_hu(self) -> int:
        """HU of the last count."""
        return self.first_hu + len(self.counts) - 1

    def bins(self, low_hu: int, high_hu: int, number: int) -> npt.NDArray[np.int64]:
        """Counts of equal steps from `low_hu` up to but without `high_hu`.

        Some steps hold one HU more than others when the range is no multiple of `number`.
        """
        hu = np.arange(self.first_hu, self.last_hu + 1)
        is_in = (hu >= low_hu) & (hu < high_hu)
        step = (hu[is_in] - low_hu) * number // max(high_hu - low_hu, 1)
        return np.bincount(step, self.counts[is_in], number).astype(np.int64)

    def percentile(self, percent: float) -> int:
        """The HU that so many percent of the voxels do not exceed."""
        reached = np.cumsum(self.counts)
        return self.first_hu + int(np.searchsorted(reached, percent / 100 * reached[-1]))

    def otsu(self) -> int:
        """The HU that parts the voxels into two groups as unlike as can be; it is the darker's.

        Source: Otsu 1979, IEEE Trans Syst Man Cybern 9:62-66.
        """
        hu = np.arange(self.first_hu, self.last_hu + 1, dtype=np.float64)
        counts = self.counts.astype(np.float64)
        if len(hu) == 1:
            return self.first_hu
        below, total = np.cumsum(counts)[:-1], counts.sum()
        sum_below, total_sum = np.cumsum(counts * hu)[:-1], (counts * hu).sum()
        above = total - below
        apart = sum_below / below - (total_sum - sum_below) / above
        return self.first_hu + int(np.argmax(below * above * apart**2))


def histogram(
    at: Place, hu: HUArray, reach_zyx: Index = _OWN, task: Task | None = None
) -> Histogram:
    """Count each HU of a place.

    Parameters
    ----------
    at : Place
        With at least one voxel.
    hu : (Z, Y, X) int16
    reach_zyx : 3 ints
        As for `threshold`.
    task : Task, optional

    Returns
    -------
    Histogram
    """
    lowest = np.iinfo(np.int16).min
    counts = np.zeros(1 << 16, np.int64)
    for piece, part in _pieces(at, task or Task()):
        values = _values(hu, piece, reach_zyx)
        counted = values.ravel() if part is None else values[part]
        counts += np.bincount(counted.astype(np.int32) - lowest, minlength=1 << 16)
    used = np.flatnonzero(counts)
    return Histogram(lowest + int(used[0]), counts[used[0] : used[-1] + 1])


def _values(hu: HUArray, piece: Box, reach_zyx: Index) -> HUArray:
    """What is compared."""
    if not any(reach_zyx):
        return hu[piece.slices]
    return np.rint(mean_hu(hu, piece, reach_zyx)).astype(np.int16)


def _pieces(at: Place, task: Task) -> Iterator[tuple[Box, MaskArray | None]]:
    """A place in slabs."""
    for slab in slabs(at.box):
        inside = slab.seen_from(at.box)
        task.report(inside.start[0] / at.box.shape[0])
        yield slab, None if at.mask is None else at.mask[inside.slices]


def start_hu(
    label: int, hu: HUArray, labels: LabelArray, reach_zyx: Index, task: Task | None = None
) -> tuple[int, int] | None:
    """The range to begin with: what most of a label has.

    Parameters
    ----------
    label : int
    hu : (Z, Y, X) int16
    labels : (Z, Y, X) uint8
    reach_zyx : 3 ints
        As for `threshold`.
    task : Task, optional

    Returns
    -------
    (low, high) or None
        5th and 95th percentile; None where there is nothing of the label.
    """
    boxes = parts(labels, (label,))
    if not boxes:
        return None
    union = boxes[0]
    for box in boxes[1:]:
        union = union.union(box)
    own = Place(union, labels[union.slices] == label)
    counts = histogram(own, hu, reach_zyx, task)
    low, high = (counts.percentile(percent) for percent in _START_PERCENT)
    return low, high


def _act(work: Work) -> Edit:
    where, near_mm = work.choice(WHERE), work.number(NEAR_MM)
    at = place(where, near_mm, work.labels, work.geometry, work.task, work.label)
    reach = reach_of(NOISE_MM, work.geometry.spacing_zyx) if work.flag(IS_SMOOTH) else _OWN
    ends: tuple[float, float] = (work.number(LOW), work.number(HIGH))
    if LOW.id not in work.options and HIGH.id not in work.options:
        ends = start_hu(work.label, work.hu, work.labels, reach, work.task) or ends
    return threshold(*ends, at, work.label, work.hu, work.labels, reach, work.task)


ROW = ToolRow(
    "threshold",
    "Threshold",
    "T",
    "ph.chart-bar",
    "Give the active label to what lies between two HU",
    "effect",
    ("label", LOW, HIGH, WHERE, NEAR_MM, IS_SMOOTH, "over"),
    _act,
)
