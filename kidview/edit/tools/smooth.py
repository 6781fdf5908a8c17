"""Smooth: steps, crumbs and notches of an outline go."""

from __future__ import annotations

import numpy as np

from kidview.core.errors import EditRefused
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import LabelArray, MaskArray, Triple
from kidview.edit.kernel import Kernel, ball, bell
from kidview.edit.rewrite import given_up, leaves_nothing, partners, rewrite
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

METHOD = Option(
    "smooth.method",
    "Method",
    "Median and Gaussian even out both ways; closing fills notches, opening takes off spurs",
    "median",
    choices=(
        ("median", "Median"),
        ("gaussian", "Gaussian"),
        ("closing", "Closing"),
        ("opening", "Opening"),
    ),
)
KERNEL_MM = Option(
    "smooth.kernel_mm",
    "Kernel",
    "Diameter of what is looked at around a voxel; a larger one takes away larger details",
    3.0,
    low=0.5,
    high=20.0,
    unit="mm",
    decimals=1,
)


def smooth(
    labels: LabelArray,
    label: int,
    spacing_zyx: Triple,
    method: str = "median",
    kernel_mm: float = 3.0,
    task: Task | None = None,
) -> Edit:
    """Smooth the outline of a label.

    The outline exchanges voxels with background, and that of a tumour or cyst also with
    kidney: a tumour gains kidney, and what it loses becomes kidney or background, whichever
    is commoner within the kernel. Other lesions are left as they are and do not count, so a
    thin rim of kidney around a tumour stays. Nothing lies outside the scan.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    spacing_zyx : 3 floats, mm
    method : str
        "median": the majority within a ball. "gaussian": the same with weights that fall off,
        that is the Gaussian of the mask cut at 0.5. Both leave flat parts where they are and
        draw round ones in, a ball of radius R by r^2 / 4R with a kernel of radius r: of its
        volume a lesion of 20 mm loses 2 % to a kernel of 3 mm, one of 10 mm 7 %.
        "closing" loses nothing, "opening" gains nothing.
    kernel_mm : float
        Diameter of the ball.
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        There is no such label, the kernel is smaller than a voxel or larger than the label,
        or nothing would change.
    """
    name = LABEL_NAMES[label]
    if kernel_mm / 2 < min(spacing_zyx):
        least = 2 * min(spacing_zyx)
        raise EditRefused(
            f"a kernel of {kernel_mm:.1f} mm holds one voxel only",
            f"choose {np.ceil(least * 10) / 10:.1f} mm or more",
        )
    kernel = (bell if method == "gaussian" else ball)(kernel_mm / 2, spacing_zyx)
    others = partners(label)

    def change(region: LabelArray) -> LabelArray:
        gained, lost = _METHODS[method](region == label, select(region, others), kernel)
        new = region.copy()
        new[lost] = given_up(region, lost, others, kernel)
        new[gained] = label
        return new

    z, y, x = kernel.reach_zyx
    halo = (2 * z, 2 * y, 2 * x) if method in ("closing", "opening") else (z, y, x)
    edit = rewrite(labels, label, kernel.reach_zyx, halo, change, task or Task())
    if edit is None:
        raise EditRefused(f"{name} is as smooth as this kernel makes it", "choose a larger kernel")
    if leaves_nothing(labels, label, edit):
        raise EditRefused(f"nothing of {name} would be left", "choose a smaller kernel")
    return edit


Moved = tuple[MaskArray, MaskArray]
"""Voxels gained and lost."""


def _majority(own: MaskArray, others: MaskArray, kernel: Kernel) -> Moved:
    lead = kernel.sums(own.astype(np.float32) - others)
    tie = 1e-5 * float(kernel.weights.sum())  # rounding of the sums
    return others & (lead > tie), own & (lead < -tie)


def _closing(own: MaskArray, others: MaskArray, kernel: Kernel) -> Moved:
    open_to_fill = others & ~kernel.reaches(own)
    return others & ~own & ~kernel.reaches(open_to_fill), np.zeros_like(own)


def _opening(own: MaskArray, others: MaskArray, kernel: Kernel) -> Moved:
    core = ~kernel.reaches(others)
    return np.zeros_like(own), own & ~kernel.reaches(core)


_METHODS = {"median": _majority, "gaussian": _majority, "closing": _closing, "opening": _opening}


def _act(work: Work) -> Edit:
    return smooth(
        work.labels,
        work.label,
        work.geometry.spacing_zyx,
        work.choice(METHOD),
        work.number(KERNEL_MM),
        work.task,
    )


ROW = ToolRow(
    "smooth",
    "Smooth",
    "Shift+S",
    "ph.waves",
    "Smooth the outline of the active label",
    "effect",
    ("label", METHOD, KERNEL_MM),
    _act,
)
