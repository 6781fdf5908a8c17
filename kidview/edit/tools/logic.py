"""Logic: one label against another.

A voxel has one label, so two labels never overlap: "both" would always be empty, and "not the
other" would change nothing. What is asked of two labels here is which lies close to which.
"""

from __future__ import annotations

import numpy as np

from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray, Triple
from kidview.edit.kernel import SURFACE, ball
from kidview.edit.parts import slabs
from kidview.edit.pieces import pieces
from kidview.edit.rewrite import boxes, changed, leaves_nothing, rewrite
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

OPERATION = Option(
    "logic.operation",
    "Active label",
    "What the active label does with the other one",
    "add",
    choices=(
        ("add", "Takes all of"),
        ("add_near", "Takes the pieces close to it of"),
        ("subtract", "Ends where it comes close to"),
        ("intersect", "Stays only where close to"),
        ("pieces", "Keeps only pieces close to"),
    ),
)
WITH = Option(
    "logic.with",
    "Other label",
    "The label to compare with",
    str(LABELS[-1].id),
    choices=tuple((str(row.id), row.name.capitalize()) for row in LABELS),
)
MM = Option(
    "logic.mm",
    "Close is",
    "Distance between the surfaces that still counts as close; pieces at 0 mm touch",
    5.0,
    low=0.0,
    high=20.0,
    unit="mm",
    decimals=1,
    only_if=(OPERATION.id, ("add_near", "subtract", "intersect", "pieces")),
)
REST = Option(
    "logic.rest",
    "Rest becomes",
    "What the active label loses becomes this",
    "0",
    choices=(("0", "Background"), *((str(row.id), row.name.capitalize()) for row in LABELS)),
    only_if=(OPERATION.id, ("subtract", "intersect", "pieces")),
)


def logic(
    labels: LabelArray,
    label: int,
    other: int,
    spacing_zyx: Triple,
    operation: str = "add",
    mm: float = 5.0,
    rest: int = 0,
    task: Task | None = None,
) -> Edit:
    """Compare a label with another one, and change one of the two.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label, other : int
    spacing_zyx : 3 floats, mm
    operation : str
        "add": all of the other becomes the label (a cyst that is part of the tumour).
        "add_near": only pieces of the other that come close (not the cyst elsewhere).
        "subtract": voxels of the label close to the other become `rest` (kidney that is left
        after a resection with a margin).
        "intersect": voxels of the label that are not close become `rest` (kidney that such a
        resection takes).
        "pieces": pieces of the label that do not come close become `rest` (a tumour away from
        any kidney).
    mm : float
        What close is. Of a voxel: from its centre to the other's surface, as in `margin`. Of a
        piece: between the two surfaces; 0 are pieces that touch, be it at a corner.
    rest : int
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        One of the labels is not there, both are the same, nothing would change or nothing
        would be left.
    """
    name, its = LABEL_NAMES[label], LABEL_NAMES[other]
    if other == label:
        raise EditRefused(f"{name} is the active label itself", "choose another one")
    if rest == label and operation in ("subtract", "intersect", "pieces"):
        raise EditRefused(f"the rest is {name} already", "let it become another label")
    task = task or Task()
    boxes(labels, other)
    if operation == "add":
        found = [(box, _turned(labels[box.slices], other, label)) for box in boxes(labels, other)]
        edit = changed(labels, found)
    elif operation == "add_near":
        edit = _by_piece(labels, other, label, spacing_zyx, mm, True, label, task)
    elif operation == "pieces":
        edit = _by_piece(labels, label, other, spacing_zyx, mm, False, rest, task)
    else:
        is_close = operation == "subtract"
        edit = _by_voxel(labels, label, other, spacing_zyx, mm, is_close, rest, task)
    if edit is None:
        near = "all of" if operation in ("intersect", "pieces") else "nothing of"
        whose, to = (its, name) if operation == "add_near" else (name, its)
        raise EditRefused(f"{near} {whose} is within {mm:.1f} mm of {to}", "set another distance")
    if operation not in ("add", "add_near") and leaves_nothing(labels, label, edit):
        raise EditRefused(f"nothing of {name} would be left", "set another distance")
    return edit


def _turned(region: LabelArray, old: int, new: int) -> LabelArray:
    return np.where(region == old, np.uint8(new), region)


def _by_voxel(
    labels: LabelArray,
    label: int,
    other: int,
    spacing_zyx: Triple,
    mm: float,
    is_close: bool,
    becomes: int,
    task: Task,
) -> Edit | None:
    """Voxels of a label that are close to another one, or are not, become something else."""
    kernel = ball(mm, spacing_zyx, slack=SURFACE)

    def change(region: LabelArray) -> LabelArray:
        new = region.copy()
        new[(region == label) & (kernel.reaches(region == other) == is_close)] = becomes
        return new

    return rewrite(labels, label, (0, 0, 0), kernel.reach_zyx, change, task)


def _by_piece(
    labels: LabelArray,
    label: int,
    other: int,
    spacing_zyx: Triple,
    mm: float,
    is_close: bool,
    becomes: int,
    task: Task,
) -> Edit | None:
    """Pieces of a label that come close to another one, or do not, become something else."""
    kernel = ball(mm, spacing_zyx, slack=1.0)
    whole = (labels.shape[0], labels.shape[1], labels.shape[2])
    own = pieces(labels, label, task)
    comes_close = np.zeros(own.sizes.size, bool)
    for box, numbers in own.places:
        for slab in slabs(box):
            task.check()
            around = slab.grown(kernel.reach_zyx, whole)
            near = kernel.reaches(labels[around.slices] == other)[slab.seen_from(around).slices]
            comes_close[numbers[slab.seen_from(box).slices][near]] = True
    goes = comes_close == is_close
    goes[0] = False
    found = [
        (box, np.where(goes[numbers], np.uint8(becomes), labels[box.slices]))
        for box, numbers in own.places
    ]
    return changed(labels, found)


def _act(work: Work) -> Edit:
    return logic(
        work.labels,
        work.label,
        int(work.choice(WITH)),
        work.geometry.spacing_zyx,
        work.choice(OPERATION),
        work.number(MM),
        int(work.choice(REST)),
        work.task,
    )


ROW = ToolRow(
    "logic",
    "Logic",
    "Shift+B",
    "ph.intersect",
    "Merge the active label with another, or keep of it what is close to the other",
    "effect",
    ("label", OPERATION, WITH, MM, REST),
    _act,
)
