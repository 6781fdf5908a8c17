"""Relabel: one click turns a whole component into another label."""

from __future__ import annotations

from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.types import Index, LabelArray, MaskArray
from kidview.edit.tools.row import ToolRow, Work
from kidview.edit.types import Edit

_FIRST_MARGIN = 32  # voxels around the click; doubled until the component fits


def relabel(at_zyx: Index, label: int, labels: LabelArray) -> Edit:
    """Give the connected component under a voxel another label.

    Parameters
    ----------
    at_zyx : 3 ints
        The voxel clicked.
    label : int
        The new label; 0 deletes the component.
    labels : (Z, Y, X) uint8

    Returns
    -------
    Edit
        The face-connected (6) component of the clicked voxel's label.

    Raises
    ------
    EditRefused
        The voxel is background, or has that label already.
    """
    old = int(labels[at_zyx])
    if old == 0:
        raise EditRefused("no label here", "click on a labelled piece")
    if old == label:
        raise EditRefused(
            "this piece has that label already", "choose another label above the views"
        )
    box, mask = component_at(at_zyx, labels)
    return Edit(box, mask, label)


def component_at(at_zyx: Index, labels: LabelArray) -> tuple[Box, MaskArray]:
    """Box and mask of the 6-connected component of the voxel's label.

    Looks at a box around the voxel that doubles until the component does not touch its
    sides, so a small lesion in a large scan costs little.
    """
    shape = labels.shape
    whole = Box.whole((shape[0], shape[1], shape[2]))
    margin = _FIRST_MARGIN
    while True:
        z, y, x = at_zyx
        box = Box((z, y, x), (z + 1, y + 1, x + 1)).grown((margin,) * 3, whole.stop)
        region = labels[box.slices]
        parts, _ = ndimage.label(region == labels[at_zyx])
        local = tuple(i - s for i, s in zip(at_zyx, box.start, strict=True))
        mask: MaskArray = parts == parts[local]
        tight = Box.tight(mask)
        assert tight is not None  # the clicked voxel is in it
        inside = tight.shifted(box.start)
        cut = any(
            (inside.start[a] == box.start[a] > 0) or (inside.stop[a] == box.stop[a] < shape[a])
            for a in range(3)
        )
        if not cut:
            return inside, mask[tight.slices]
        margin *= 2


def _act(work: Work) -> Edit:
    return relabel(work.clicked, work.label, work.labels)


ROW = ToolRow(
    "relabel",
    "Relabel",
    "K",
    "ph.swap",
    "Click a piece to give it the active label",
    "click",
    ("label",),
    _act,
)
