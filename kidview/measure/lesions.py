"""Single tumours and cysts, and the kidney each belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES
from kidview.core.types import LabelArray, MaskArray
from kidview.measure.shapes import corner_points_mm, dilated, used_box

NEAR_MM = 20.0
"""A lesion further from every kidney belongs to none."""

_EVERYWHERE = np.ones((3, 3, 3), bool)
_KINDS = ((2, "T"), (3, "C"))


@dataclass(frozen=True, eq=False)
class Found:
    """A lesion in the cropped labels.

    Parameters
    ----------
    id : str
    kind : str
    kidney : int or None
        Number of its kidney, from 0.
    box : Box
    mask : (z, y, x) bool
        In the box.
    """

    id: str
    kind: str
    kidney: int | None
    box: Box
    mask: MaskArray


def find_lesions(
    labels: LabelArray, owner: LabelArray, grid: Geometry
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Lesions of a label map; 26-connected, the tumours first, the largest of a kind first.

    A lesion belongs to the kidney whose parenchyma it touches most; one that touches none, to
    the nearest within 20 mm.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    owner : (Z, Y, X) uint8
        1, 2, ... at the parenchyma of each kidney.
    grid : Geometry

    Returns
    -------
    tuple of Found, tuple of str
        The lesions, and what is unsure about them.
    """
    found: list[Found] = []
    notes: list[str] = []
    for label, letter in _KINDS:
        pieces = _pieces(labels, label)
        pieces.sort(key=lambda piece: -int(piece[1].sum()))
        for n, (box, mask) in enumerate(pieces, 1):
            name = f"{letter}{n}"
            kidney = _owner_of(name, box, mask, owner, grid, notes)
            found.append(Found(name, LABEL_NAMES[label], kidney, box, mask))
    return tuple(found), tuple(notes)


def _pieces(labels: LabelArray, label: int) -> list[tuple[Box, MaskArray]]:
    mask = labels == label
    used = used_box(mask.view(np.uint8))
    if used is None:
        return []
    parts, _ = ndimage.label(mask[used.slices], _EVERYWHERE)
    pieces = []
    for n, (z, y, x) in enumerate(ndimage.find_objects(parts), 1):
        box = Box((z.start, y.start, x.start), (z.stop, y.stop, x.stop))
        pieces.append((box.shifted(used.start), parts[box.slices] == n))
    return pieces


def _owner_of(
    name: str, box: Box, mask: MaskArray, owner: LabelArray, grid: Geometry, notes: list[str]
) -> int | None:
    shape = (owner.shape[0], owner.shape[1], owner.shape[2])
    outer = box.grown((1, 1, 1), shape)
    wide = np.zeros(outer.shape, bool)
    wide[box.seen_from(outer).slices] = mask
    votes = np.bincount(owner[outer.slices][dilated(wide, (1, 1, 1))])
    touched = np.flatnonzero(votes[1:])
    if len(touched) > 1:
        notes.append(f"{name} touches two kidneys and was given to the one it touches more")
    if len(touched):
        return int(votes[1:].argmax())
    return _nearest(name, box, mask, owner, grid, notes)


def _nearest(
    name: str, box: Box, mask: MaskArray, owner: LabelArray, grid: Geometry, notes: list[str]
) -> int | None:
    """The kidney nearest to a lesion that touches none."""
    step = grid.spacing_zyx
    shape = (owner.shape[0], owner.shape[1], owner.shape[2])
    z, y, x = (int(NEAR_MM / mm) + 2 for mm in step)
    near = box.grown((z, y, x), shape)
    own = corner_points_mm(mask, box.start, step)
    distances = {}
    for n in np.unique(owner[near.slices]):
        if n:
            corners = corner_points_mm(owner[near.slices] == n, near.start, step)
            distances[int(n) - 1] = float(cKDTree(corners).query(own)[0].min())
    nearest = min(distances, key=lambda n: distances[n], default=None)
    if nearest is None or distances[nearest] > NEAR_MM:
        if owner.any():
            notes.append(f"{name} is more than {NEAR_MM:.0f} mm from every kidney")
        return None
    notes.append(f"{name} touches no kidney; the nearest is {distances[nearest]:.1f} mm away")
    return nearest
