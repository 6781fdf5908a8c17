"""Islands: which pieces of a label stay, and what becomes of the others."""

from __future__ import annotations

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import FloatArray, Index, LabelArray, MaskArray, Triple
from kidview.edit.pieces import Numbers, Pieces, contact, pieces
from kidview.edit.rewrite import changed
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

MODE = Option(
    "islands.mode",
    "Keep",
    "Which pieces stay",
    "larger",
    choices=(
        ("larger", "Pieces of at least"),
        ("largest", "The largest"),
        ("crosshair", "The one at the crosshair"),
    ),
)
LEAST_ML = Option(
    "islands.least_ml",
    "At least",
    "Smaller pieces go, where pieces of at least a volume are kept",
    0.3,
    low=0.01,
    high=100.0,
    unit="mL",
    decimals=2,
    only_if=(MODE.id, ("larger",)),
)
COUNT = Option(
    "islands.count",
    "How many",
    "How many stay, where the largest are kept: two kidneys are two",
    2.0,
    low=1.0,
    high=20.0,
    only_if=(MODE.id, ("largest",)),
)
REST = Option(
    "islands.rest",
    "Others become",
    "What the other pieces become; another label splits this one in two",
    "around",
    choices=(
        ("around", "What is around them"),
        ("0", "Background"),
        *((str(row.id), row.name.capitalize()) for row in LABELS),
    ),
)


def islands(
    labels: LabelArray,
    label: int,
    spacing_zyx: Triple,
    mode: str = "larger",
    least_ml: float = 0.3,
    count: int = 2,
    at_zyx: Index | None = None,
    rest: int | None = None,
    task: Task | None = None,
) -> Edit:
    """Keep some pieces of a label.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
        Voxels with a common face are of one piece, as in `relabel`.
    label : int
    spacing_zyx : 3 floats, mm
    mode : str
        "larger": all of at least `least_ml`. "largest": the `count` largest. "crosshair": the
        one at `at_zyx`.
    least_ml : float
    count : int
        Of equal pieces the one that begins lower stays.
    at_zyx : 3 ints, optional
    rest : int, optional
        What the others become; None is the label that most of a piece's surface borders on,
        so a crumb of tumour within a kidney becomes kidney.
    task : Task, optional

    Returns
    -------
    Edit

    Raises
    ------
    EditRefused
        There is no such label, or every piece or none would stay.
    """
    name = LABEL_NAMES[label]
    if rest == label:
        raise EditRefused(f"the others are {name} already", "let them become another label")
    task = task or Task()
    all_pieces = pieces(labels, label, task)
    ml = all_pieces.sizes.astype(np.float64) * float(np.prod(spacing_zyx)) / 1000.0
    keep = np.zeros(ml.size, bool)
    if mode == "crosshair":
        keep[_at(at_zyx, all_pieces, name)] = True
    elif mode == "largest":
        keep[np.argsort(-ml, kind="stable")[:count]] = True
    else:
        keep = ml >= least_ml
    _refuse(keep[1:], ml[1:], name)
    found = []
    for box, numbers in all_pieces.places:
        task.check()
        found.append((box, _without(labels[box.slices], numbers, keep, spacing_zyx, rest)))
    edit = changed(labels, found)
    assert edit is not None  # some piece goes, and becomes another label
    return edit


def _at(at_zyx: Index | None, all_pieces: Pieces, name: str) -> int:
    """Number of the piece a voxel is in."""
    for box, numbers in all_pieces.places:
        if at_zyx is not None and all(
            a <= i < b for a, i, b in zip(box.start, at_zyx, box.stop, strict=True)
        ):
            found = int(numbers[tuple(i - a for i, a in zip(at_zyx, box.start, strict=True))])
            if found:
                return found
    raise EditRefused(
        f"the crosshair is not on {name}", "put it on the piece to keep, with Navigate"
    )


def _refuse(keep: MaskArray, ml: FloatArray, name: str) -> None:
    if ml.size == 1:
        raise EditRefused(f"{name} is one piece", f"it has {ml[0]:.2f} mL: there is no other")
    if keep.all():
        raise EditRefused(
            f"all {ml.size} pieces of {name} stay",
            f"the smallest has {ml.min():.2f} mL: keep fewer",
        )
    if not keep.any():
        raise EditRefused(
            f"no piece of {name} would stay",
            f"the largest has {ml.max():.2f} mL: keep less",
        )


def _without(
    region: LabelArray,
    numbers: Numbers,
    keep: MaskArray,
    spacing_zyx: Triple,
    rest: int | None,
) -> LabelArray:
    """Labels of a box in which the pieces that go have become something else."""
    new = region.copy()
    gone = (numbers > 0) & ~keep[numbers]
    tight = Box.tight(gone)
    if tight is None:
        return new
    near = tight.grown((1, 1, 1), numbers.shape).slices
    if rest is not None:
        new[gone] = rest
    else:
        around = contact(numbers[near], keep.size - 1, region[near], spacing_zyx)
        new[gone] = around.argmax(axis=1)[numbers[gone]]
    return new


def _act(work: Work) -> Edit:
    rest = work.choice(REST)
    return islands(
        work.labels,
        work.label,
        work.geometry.spacing_zyx,
        work.choice(MODE),
        work.number(LEAST_ML),
        round(work.number(COUNT)),
        work.at_zyx,
        None if rest == "around" else int(rest),
        work.task,
    )


ROW = ToolRow(
    "islands",
    "Islands",
    "Shift+I",
    "ph.circles-three",
    "Keep some pieces of the active label",
    "effect",
    ("label", MODE, LEAST_ML, COUNT, REST),
    _act,
)
