"""Fill between slices: shapes painted on some slices give those of the slices left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray, MaskArray, Triple
from kidview.edit.chains import chains
from kidview.edit.rewrite import boxes
from kidview.edit.shapes_between import shapes_between
from kidview.edit.snap import Guess, snapped
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

_MARGIN_MM = 8.0  # of the scan around a shape, to see what its outside looks like
_PLANES = ("axial", "coronal", "sagittal")

AXIS = Option(
    "fill_between.axis",
    "Slices",
    "On which slices the shape is painted",
    "view",
    choices=(("view", "Of the active view"), ("0", "Axial"), ("1", "Coronal"), ("2", "Sagittal")),
)
WIDEST_MM = Option(
    "fill_between.widest",
    "Widest gap",
    "Painted slices farther apart than this are not joined",
    40.0,
    low=1.0,
    high=200.0,
    unit="mm",
)
SNAPS = Option(
    "fill_between.snaps",
    "Snap to the scan",
    "Move the new outlines by up to 2 mm onto edges of the scan, as the painted ones lie on them",
    True,
)


def fill_between(
    labels: LabelArray,
    label: int,
    axis: int,
    geometry: Geometry,
    hu: HUArray | None = None,
    widest_mm: float = 40.0,
    task: Task | None = None,
) -> Edit:
    """Fill the slices left out between slices painted with a label.

    Painted pieces that go on in each other (`kidview.edit.chains`) are filled from their own
    slices; a piece that ends by itself is joined to none, so a finished outline has nothing to
    fill. Painted slices stay as they are, and nothing is added beyond the first and the last of
    a solid. Voxels of other labels are part of the edit: the guard decides about them.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    axis : int
        Array axis (0 z, 1 y, 2 x) across which the painted slices lie.
    geometry : Geometry
    hu : (Z, Y, X) int16, optional
        With it new outlines are snapped to the scan (`kidview.edit.snap`) where a shape has
        three painted slices to learn from.
    widest_mm : float
        Wider gaps are left alone.
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        The label is nowhere, on one slice only, without a gap, or with too wide gaps only; no
        two pieces go on in each other.
    """
    task = task or Task()
    whole, spacing = geometry.shape_zyx, _axis_first(geometry.spacing_zyx, axis)
    margin = [0 if a == axis else int(_MARGIN_MM / s) for a, s in enumerate(geometry.spacing_zyx)]
    box = _union(boxes(labels, label)).grown((margin[0], margin[1], margin[2]), whole)
    stack = np.moveaxis(labels[box.slices] == label, axis, 0)
    found, too_wide_mm = chains(stack, spacing, widest_mm, _MARGIN_MM, task)
    shapes = [_Shape(chain.painted, chain.at, spacing) for chain in found]
    open_shapes = [shape for shape in shapes if shape.gaps]
    if not open_shapes:
        raise _refusal(labels[box.slices], label, axis, shapes, too_wide_mm)
    scan = None if hu is None else np.moveaxis(hu[box.slices], axis, 0)
    new = np.zeros(stack.shape, bool)
    for n, shape in enumerate(open_shapes):
        part = task.part(n / len(open_shapes), (n + 1) / len(open_shapes))
        for index, filled in _fill(shape, scan, part):
            new[shape.at][index] |= filled
    mask = np.moveaxis(new, 0, axis)
    tight = Box.tight(mask)
    if tight is None:
        raise EditRefused("the shapes of these slices have nothing in common", "paint one between")
    return Edit(tight.shifted(box.start), mask[tight.slices], label)


@dataclass(frozen=True, eq=False)
class _Shape:
    """One solid and the slices it is painted on.

    Parameters
    ----------
    painted : (N, rows, columns) bool
        First axis along the gaps.
    at : 3 slices
        Where this lies in the stack of all of them.
    spacing : 3 floats, mm
    """

    painted: MaskArray
    at: tuple[slice, slice, slice]
    spacing: Triple

    @property
    def keys(self) -> list[int]:
        """Painted slices."""
        return [int(k) for k in np.flatnonzero(self.painted.any(axis=(1, 2)))]

    @property
    def gaps(self) -> list[tuple[int, int]]:
        """Painted slices next to each other with a gap between them."""
        return [(a, b) for a, b in pairwise(self.keys) if b - a > 1]

    def guesses(self, low: int, high: int, wanted: Iterable[int]) -> list[Guess]:
        """What slices look like between two painted ones."""
        gap_mm, wanted = (high - low) * self.spacing[0], list(wanted)
        fractions = np.array([(k - low) / (high - low) for k in wanted])
        masks = shapes_between(
            self.painted[low], self.painted[high], fractions, self.spacing[1:], gap_mm
        )
        return [
            Guess(k, mask, float(fraction), gap_mm)
            for k, mask, fraction in zip(wanted, masks, fractions, strict=True)
        ]


def _fill(shape: _Shape, scan: HUArray | None, task: Task) -> Iterator[tuple[int, MaskArray]]:
    """Slices of a shape that were left out, each with its number and its mask."""
    gaps, keys = shape.gaps, shape.keys
    guesses, lessons = [], []
    for n, (low, high) in enumerate(gaps):
        task.report(0.4 * n / len(gaps))
        guesses += shape.guesses(low, high, range(low + 1, high))
    masks = [guess.mask for guess in guesses]
    if scan is not None:
        for n, (low, key, high) in enumerate(zip(keys, keys[1:], keys[2:], strict=False)):
            task.report(0.4 + 0.4 * n / len(keys))
            lessons += shape.guesses(low, high, [key])
        masks = snapped(scan[shape.at], shape.painted, guesses, lessons, shape.spacing)
    yield from zip((guess.index for guess in guesses), masks, strict=True)


def _refusal(
    labels: LabelArray, label: int, axis: int, shapes: list[_Shape], too_wide_mm: float
) -> EditRefused:
    """Why no gap is filled."""
    name, plane = LABEL_NAMES[label], _PLANES[axis]
    if np.isfinite(too_wide_mm):
        return EditRefused(
            f"the gaps are {too_wide_mm:.0f} mm wide or wider",
            "allow a wider gap, or paint a slice between",
        )
    mask = labels == label
    others = [_PLANES[a] for a in range(3) if a != axis and _has_gap(mask, a)]
    hint = f"choose {others[0]} slices" if others else "paint the next one some slices away"
    if all(len(shape.keys) == 1 for shape in shapes):
        one = (
            f"on one {plane} slice only"
            if len(shapes) == 1
            else "on slices that do not lie over each other"
        )
        return EditRefused(f"nothing to fill: {name} is painted {one}", hint)
    if _has_gap(mask, axis):
        return EditRefused(
            f"nothing to fill: the pieces of {name} end before the {plane} slices left out",
            "paint a slice of what goes on there",
        )
    return EditRefused(
        f"nothing to fill: no {plane} slice is left out between those with {name}", hint
    )


def _has_gap(mask: MaskArray, axis: int) -> bool:
    used = mask.any(axis=tuple(a for a in range(3) if a != axis))
    return bool(np.any(np.diff(np.flatnonzero(used)) > 1))


def _axis_first(triple: Triple, axis: int) -> Triple:
    first, second = (v for a, v in enumerate(triple) if a != axis)
    return (triple[axis], first, second)


def _union(found: list[Box]) -> Box:
    box = found[0]
    for other in found[1:]:
        box = box.union(other)
    return box


def _act(work: Work) -> Edit:
    choice = work.choice(AXIS)
    axis = (work.axis or 0) if choice == "view" else int(choice)
    hu = work.hu if work.flag(SNAPS) else None
    return fill_between(
        work.labels, work.label, axis, work.geometry, hu, work.number(WIDEST_MM), work.task
    )


ROW = ToolRow(
    "fill_between",
    "Fill between slices",
    "F",
    "ph.stack",
    "Fill the slices left out between painted ones of the active label",
    "effect",
    ("label", AXIS, WIDEST_MM, SNAPS),
    _act,
)
