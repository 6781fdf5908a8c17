"""Margin: a label grows or shrinks by so many millimetres on all sides."""

from __future__ import annotations

from kidview.core.errors import EditRefused
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray, Triple
from kidview.edit.kernel import SURFACE, ball
from kidview.edit.rewrite import given_up, leaves_nothing, partners, rewrite
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

MM = Option(
    "margin.mm",
    "By",
    "Distance from the surface; a negative one shrinks",
    2.0,
    low=-20.0,
    high=20.0,
    unit="mm",
    decimals=1,
)
KEEPS = Option(
    "margin.keeps",
    "Leaves alone",
    "Labels that neither lose voxels to the active one nor get any from it",
    "lesions",
    choices=(
        ("lesions", "Other lesions"),
        ("labels", "All other labels"),
        ("nothing", "Nothing"),
    ),
)


def margin(
    labels: LabelArray,
    label: int,
    spacing_zyx: Triple,
    mm: float,
    keeps: str = "lesions",
    task: Task | None = None,
) -> Edit:
    """Grow or shrink a label by a Euclidean distance from its surface.

    A voxel is gained when its centre is within the distance of the label's surface, and lost
    when it is that near to the surface of what surrounds the label (see `kernel.SURFACE`). A
    ball of radius R becomes one of R + mm, on voxels of any shape; the next slice takes part
    from 3/4 of the slice distance on.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    spacing_zyx : 3 floats, mm
    mm : float
        Negative shrinks. What is lost becomes the commonest label within the distance.
    keeps : str
        What stays as it is; the label does not shrink away from it either. "lesions": a tumour
        or cyst grows over kidney, a kidney over background only. "labels": over background
        only. "nothing": over everything.
    task : Task, optional

    Returns
    -------
    Edit
        The edge of the scan is no surface: nothing is lost there.

    Raises
    ------
    EditRefused
        There is no such label, nothing would change, or nothing would be left.
    """
    name = LABEL_NAMES[label]
    others = _others(label, keeps)
    kernel = ball(abs(mm), spacing_zyx, slack=SURFACE)

    def change(region: LabelArray) -> LabelArray:
        own, around = region == label, select(region, others)
        new = region.copy()
        if mm > 0:
            new[around & kernel.reaches(own)] = label
        else:
            lost = own & kernel.reaches(around)
            new[lost] = given_up(region, lost, others, kernel)
        return new

    if not any(kernel.reach_zyx):
        least = (1 - SURFACE) * min(spacing_zyx)
        raise EditRefused(f"{abs(mm):.1f} mm reach no voxel", f"the least is {least:.2f} mm")
    reach = kernel.reach_zyx if mm > 0 else (0, 0, 0)
    edit = rewrite(labels, label, reach, kernel.reach_zyx, change, task or Task())
    if edit is None:
        raise EditRefused(f"{name} borders on nothing it may exchange", "let it leave less alone")
    if leaves_nothing(labels, label, edit):
        raise EditRefused(f"nothing of {name} would be left", "shrink it by less")
    return edit


def _others(label: int, keeps: str) -> tuple[int, ...]:
    if keeps == "lesions":
        return partners(label)
    if keeps == "labels":
        return (0,)
    return (0, *(row.id for row in LABELS if row.id != label))


def _act(work: Work) -> Edit:
    return margin(
        work.labels,
        work.label,
        work.geometry.spacing_zyx,
        work.number(MM),
        work.choice(KEEPS),
        work.task,
    )


ROW = ToolRow(
    "margin",
    "Margin",
    "Shift+M",
    "ph.arrows-out-simple",
    "Grow or shrink the active label by millimetres",
    "effect",
    ("label", MM, KEEPS),
    _act,
)
