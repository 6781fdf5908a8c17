"""Where to look next in a label map: what the checks find, the worst first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import Index, LabelArray
from kidview.core.uncertainty import Uncertainty
from kidview.edit.checks import CHECKS, Piece, Scene
from kidview.edit.parts import parts
from kidview.edit.pieces import number
from kidview.edit.place import Place

_MOST_KIDNEYS = 2
_LEAST_KIDNEY_ML = 1.0  # of a piece, to be a kidney: what a large tumour leaves
_SAME_MM = 5.0  # two places as close are one
_MOST = 50  # of a check


def find_places(
    labels: LabelArray,
    geometry: Geometry,
    uncertainty: Uncertainty | None = None,
    task: Task | None = None,
) -> list[Place]:
    """Places that are likely wrong.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    geometry : Geometry
    uncertainty : Uncertainty, optional
        Of the network that outlined them; without it doubt is not told.
    task : Task, optional

    Returns
    -------
    list of Place
        The highest score first. What several checks find is told once, in the words of the
        first of them in `CHECKS`.
    """
    task = task or Task()
    pieces = tuple(_pieces(labels, geometry.voxel_ml, task))
    kidneys = [piece for piece in pieces if piece.ml[1] >= _LEAST_KIDNEY_ML]
    scene = Scene(labels, geometry, uncertainty, pieces, tuple(kidneys[:_MOST_KIDNEYS]))
    found: list[Place] = []
    for k, check in enumerate(CHECKS, 1):
        task.report(k / (len(CHECKS) + 1))
        for place in sorted(check(scene), key=lambda place: -place.score)[:_MOST]:
            _add(found, place, geometry)
    return sorted(found, key=lambda place: -place.score)


def _pieces(labels: LabelArray, voxel_ml: float, task: Task) -> list[Piece]:
    """What hangs together, the largest first."""
    found = []
    for box in parts(labels, tuple(row.id for row in LABELS)):
        task.check()
        region = labels[box.slices]
        numbers, _ = number(region != 0)
        for k, where in enumerate(ndimage.find_objects(numbers), 1):
            own = np.where(numbers[where] == k, region[where], np.uint8(0))
            counts = np.bincount(own.ravel(), minlength=len(LABEL_NAMES))
            ml = counts.astype(np.float64) * voxel_ml
            ml[0] = 0.0
            z, y, x = where
            tight = Box((z.start, y.start, x.start), (z.stop, y.stop, x.stop))
            found.append(Piece(tight.shifted(box.start), own, ml))
    return sorted(found, key=lambda piece: -float(piece.ml.sum()))


def _add(found: list[Place], new: Place, geometry: Geometry) -> None:
    """Append a place, unless one is there already: each then lies in the other's box."""
    for k, old in enumerate(found):
        if _is_in(new.at_zyx, old.box, geometry) and _is_in(old.at_zyx, new.box, geometry):
            found[k] = replace(old, score=max(old.score, new.score))
            return
    found.append(new)


def _is_in(index_zyx: Index, box: Box, geometry: Geometry) -> bool:
    z, y, x = (int(_SAME_MM / step) for step in geometry.spacing_zyx)
    near = box.grown((z, y, x), geometry.shape_zyx)
    return all(a <= i < b for a, i, b in zip(near.start, index_zyx, near.stop, strict=True))
