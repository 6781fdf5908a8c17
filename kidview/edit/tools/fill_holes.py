"""Fill holes: what a label encloses becomes that label."""

from __future__ import annotations

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray, MaskArray, Triple
from kidview.edit.parts import parts
from kidview.edit.pieces import at_edge, contact, number, sizes_of
from kidview.edit.rewrite import boxes, changed
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

BY = Option(
    "fill_holes.by",
    "Closed",
    "On all sides, or within each slice of the view used last",
    "volume",
    choices=(("volume", "On all sides"), ("slice", "Within a slice")),
)
MOST_ML = Option(
    "fill_holes.most_ml",
    "Up to",
    "Larger holes stay, such as the renal sinus; within a slice, of that slice",
    1.0,
    low=0.01,
    high=100.0,
    unit="mL",
    decimals=2,
)
OTHERS = Option(
    "fill_holes.others",
    "Other labels too",
    "Also fill pieces of other labels that the active one encloses all around",
    False,
)


def fill_holes(
    labels: LabelArray,
    label: int,
    spacing_zyx: Triple,
    most_ml: float = 1.0,
    others: bool = False,
    axis: int | None = None,
    task: Task | None = None,
) -> Edit:
    """Give a label the holes in it.

    A hole is background that is closed in by labels and borders on this one: a gap between
    kidney and tumour is filled with whichever of them is active. With `others` it is also all
    that this label closes in alone, whatever label it has.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    spacing_zyx : 3 floats, mm
    most_ml : float
        Larger holes stay.
    others : bool
    axis : int, optional
        Holes of the slices across this axis, each slice by itself.
    task : Task, optional

    Returns
    -------
    Edit
        Holes are connected over faces; what reaches the edge of the scan is none.

    Raises
    ------
    EditRefused
        There is no such label, or no hole, or none so small.
    """
    task = task or Task()
    boxes(labels, label)
    most = most_ml * 1000.0 / float(np.prod(spacing_zyx))
    whole = parts(labels, tuple(row.id for row in LABELS))
    found, left = [], []
    for k, box in enumerate(whole):
        task.report(k / len(whole))
        region = labels[box.slices]
        if not (region == label).any():
            continue
        holes, larger = _holes(region == 0, region, label, most, axis)
        left.append(larger)
        if others:
            enclosed, larger = _holes(region != label, region, label, most, axis)
            holes |= enclosed
            left.append(larger)
        found.append((box, np.where(holes, np.uint8(label), region)))
    edit = changed(labels, found)
    if edit is None:
        raise _none(label, min(left, default=0.0) * float(np.prod(spacing_zyx)) / 1000.0)
    return edit


def _holes(
    mask: MaskArray, region: LabelArray, label: int, most: float, axis: int | None
) -> tuple[MaskArray, float]:
    """Holes up to `most` voxels among a mask's pieces, and the size of the smallest larger one."""
    numbers, count = number(mask, axis)
    is_hole = ~at_edge(numbers, count, axis)
    is_hole[0] = False
    tight = Box.tight(is_hole[numbers])
    holes = np.zeros_like(mask)
    if tight is None:
        return holes, np.inf
    # One voxel more to each side is there: what touches the box's sides is no hole.
    margin = tuple(0 if a == axis else 1 for a in range(3))
    near = tight.grown((margin[0], margin[1], margin[2]), mask.shape).slices
    sizes = sizes_of(numbers, count)
    is_hole &= contact(numbers[near], count, region[near], (1.0, 1.0, 1.0), axis)[:, label] > 0
    is_small = is_hole & (sizes <= most)
    holes[near] = is_small[numbers[near]]
    return holes, min(map(float, sizes[is_hole & ~is_small]), default=np.inf)


def _none(label: int, left_ml: float) -> EditRefused:
    name = LABEL_NAMES[label]
    if np.isfinite(left_ml) and left_ml > 0:
        return EditRefused(
            f"the smallest hole of {name} has {left_ml:.2f} mL", "let it fill larger ones"
        )
    return EditRefused(f"{name} has no hole", "look for gaps that are open: brush or closing")


def _act(work: Work) -> Edit:
    flat = work.choice(BY) == "slice"
    return fill_holes(
        work.labels,
        work.label,
        work.geometry.spacing_zyx,
        work.number(MOST_ML),
        work.flag(OTHERS),
        (work.axis or 0) if flat else None,
        work.task,
    )


ROW = ToolRow(
    "fill_holes",
    "Fill holes",
    "Shift+F",
    "ph.bandaids",
    "Fill what the active label encloses",
    "effect",
    ("label", BY, MOST_ML, OTHERS),
    _act,
)
