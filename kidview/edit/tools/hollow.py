"""Hollow: of a label only a shell stays."""

from __future__ import annotations

from kidview.core.errors import EditRefused
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray, Triple
from kidview.edit.kernel import SURFACE, ball
from kidview.edit.rewrite import partners, rewrite
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

SHELL_MM = Option(
    "hollow.shell_mm",
    "Shell",
    "How thick the wall is",
    3.0,
    low=0.5,
    high=20.0,
    unit="mm",
    decimals=1,
)
SIDE = Option(
    "hollow.side",
    "Lies",
    "Where the wall lies, seen from the outline as it is now",
    "inside",
    choices=(("inside", "Inside"), ("centred", "On both sides"), ("outside", "Outside")),
)
CORE = Option(
    "hollow.core",
    "Core becomes",
    "What is inside the wall becomes this",
    "0",
    choices=(("0", "Background"), *((str(row.id), row.name.capitalize()) for row in LABELS)),
)


def hollow(
    labels: LabelArray,
    label: int,
    spacing_zyx: Triple,
    shell_mm: float,
    side: str = "inside",
    core: int = 0,
    task: Task | None = None,
) -> Edit:
    """Keep a shell of a label, such as the wall of a cystic tumour.

    Distances are those of `margin`. A wall outside grows over background, that of a tumour
    or cyst also over kidney; other lesions are left alone, and the border with them is no
    outline. Neither is the edge of the scan.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    label : int
    spacing_zyx : 3 floats, mm
    shell_mm : float
    side : str
        "inside", "centred" or "outside" of the present outline.
    core : int
        What the rest of the label becomes.
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        There is no such label, the wall is thinner than a voxel, or no core would be left.
    """
    name = LABEL_NAMES[label]
    if core == label:
        raise EditRefused(f"the core is {name} already", "let it become another label")
    inner = {"inside": shell_mm, "centred": shell_mm / 2, "outside": 0.0}[side]
    within = ball(inner, spacing_zyx, slack=SURFACE)
    beyond = ball(shell_mm - inner, spacing_zyx, slack=SURFACE)
    if not any((*within.reach_zyx, *beyond.reach_zyx)):
        least = (1 - SURFACE) * min(spacing_zyx) * (2 if side == "centred" else 1)
        raise EditRefused(
            f"a wall of {shell_mm:.1f} mm holds no voxel", f"the least is {least:.2f} mm"
        )
    others = partners(label)

    def change(region: LabelArray) -> LabelArray:
        own, around = region == label, select(region, others)
        new = region.copy()
        new[own if side == "outside" else own & ~within.reaches(around)] = core
        if side != "inside":
            new[around & beyond.reaches(own)] = label
        return new

    reach = (0, 0, 0) if side == "inside" else beyond.reach_zyx
    halo = within.reach_zyx if side == "inside" else beyond.reach_zyx
    edit = rewrite(labels, label, reach, halo, change, task or Task())
    if edit is None or not (edit.mask & (labels[edit.box.slices] == label)).any():
        raise EditRefused(f"{name} is all wall, no core is left", "choose a thinner wall")
    return edit


def _act(work: Work) -> Edit:
    return hollow(
        work.labels,
        work.label,
        work.geometry.spacing_zyx,
        work.number(SHELL_MM),
        work.choice(SIDE),
        int(work.choice(CORE)),
        work.task,
    )


ROW = ToolRow(
    "hollow",
    "Hollow",
    "Shift+H",
    "ph.record",
    "Keep a shell of the active label",
    "effect",
    ("label", SHELL_MM, SIDE, CORE),
    _act,
)
