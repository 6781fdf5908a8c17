"""3D scissors: what lies inside or outside an outline drawn over the 3D view is cut away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.hec import select
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.edit.outline import inside_outline
from kidview.edit.parts import parts
from kidview.edit.tools.row import Option, ToolRow, Work
from kidview.edit.types import Edit

_AT_ONCE = 1 << 20  # voxels looked at; those with a label take 40 bytes each

SIDE = Option(
    "scissors.side",
    "Cut",
    "Which side of the outline is cut away",
    "inside",
    choices=(("inside", "Inside"), ("outside", "Outside")),
)
WHAT = Option(
    "scissors.what",
    "From",
    "Cut the active label only, or all of them",
    "active",
    choices=(("active", "Active label"), ("all", "All labels")),
)


def cut(
    labels: LabelArray,
    geometry: Geometry,
    to_view: FloatArray,
    outline_xy: Sequence[tuple[float, float]],
    side: str = "inside",
    label: int | None = None,
    task: Task | None = None,
) -> Edit:
    """Make background of what is seen inside or outside an outline, at any depth.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    geometry : Geometry
    to_view : (4, 4) float64
        Takes (x, y, z, 1) in mm, RAS+, to (x, y, depth, 1) w of the view. What has w <= 0
        lies behind the eye: it is not seen, and never cut.
    outline_xy : at least 3 vertices
        In the view's x and y, as `to_view` gives them; closed by itself, even-odd.
    side : str
        "inside" or "outside".
    label : int, optional
        None cuts all labels.
    task : Task, optional

    Returns
    -------
    Edit
        Voxels whose centre is cut, with label 0.

    Raises
    ------
    EditRefused
        Fewer than 3 vertices, no such label, or nothing of it on that side.
    """
    if len(outline_xy) < 3:
        raise EditRefused("an outline needs three points", "draw around what shall be cut")
    name = "label" if label is None else LABEL_NAMES[label]
    members = tuple(row.id for row in LABELS) if label is None else (label,)
    places = [slab for box in parts(labels, members) for slab in _slabs(box)]
    if not places:
        raise EditRefused(f"there is no {name} to cut", "choose another label, or outline one")
    to_clip = (to_view @ geometry.zyx_to_ras)[[0, 1, 3]]
    outline, found = np.array(outline_xy, float), []
    for n, place in enumerate(places):
        (task or Task()).report(n / len(places))
        mask = select(labels[place.slices], members)
        voxels = np.argwhere(mask).astype(float) + place.start
        mask[mask] = _is_cut(voxels, to_clip, outline, side)
        tight = Box.tight(mask)
        if tight is not None:
            found.append((tight.shifted(place.start), mask[tight.slices]))
    if not found:
        raise EditRefused(f"no {name} lies {side} the outline", "draw it over what shall be cut")
    return _together(found)


def _slabs(box: Box) -> Iterator[Box]:
    """A box in pieces along z."""
    step = max(_AT_ONCE // (box.shape[1] * box.shape[2]), 1)
    for z in range(box.start[0], box.stop[0], step):
        yield Box((z, *box.start[1:]), (min(z + step, box.stop[0]), *box.stop[1:]))


def _is_cut(voxels: FloatArray, to_clip: FloatArray, outline: FloatArray, side: str) -> MaskArray:
    """Which of (N, 3) voxels are cut; `to_clip` takes (z, y, x, 1) to (x, y, 1) w."""
    clip = voxels @ to_clip[:, :3].T + to_clip[:, 3]
    is_seen = clip[:, 2] > 0
    is_inside = np.zeros(len(clip), bool)
    is_inside[is_seen] = inside_outline(clip[is_seen, :2] / clip[is_seen, 2:], outline)
    return is_inside if side == "inside" else is_seen & ~is_inside


def _together(found: list[tuple[Box, MaskArray]]) -> Edit:
    """One edit of masks in boxes apart from each other."""
    union = found[0][0]
    for box, _ in found[1:]:
        union = union.union(box)
    whole = np.zeros(union.shape, bool)
    for box, mask in found:
        whole[box.seen_from(union).slices] = mask
    return Edit(union, whole, 0)


def _act(work: Work) -> Edit:
    if work.to_view is None:
        raise EditRefused("no outline was drawn", "draw one over the 3D view")
    outline_xy = [(x, y) for x, y, _ in work.outline]
    label = work.label if work.choice(WHAT) == "active" else None
    return cut(
        work.labels, work.geometry, work.to_view, outline_xy, work.choice(SIDE), label, work.task
    )


ROW = ToolRow(
    "scissors",
    "3D scissors",
    "Y",
    "ph.scissors",
    "Draw an outline over the 3D view to cut labels away",
    "outline3d",
    ("label", SIDE, WHAT),
    _act,
)
