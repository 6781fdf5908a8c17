"""Where the coarse step saw kidneys: their cores, and boxes for the fine step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step
from kidview.core.types import FloatArray, Index, LabelArray, ScoreArray

MOST_KIDNEYS = 2
_SURE = 0.5  # of kidney or mass, for a core
_LEAST_ML = 8.0  # an atrophic kidney has 20 mL and more
_MOST_MASS = 10.0  # times the kidney in a piece: what counts of the masses in it
_LEAST_SHARE = 0.1  # of the largest
_TOLD_SHARE = 0.6  # of the second: such a third piece is told


@dataclass(frozen=True, eq=False)
class Regions:
    """What the coarse step found.

    Parameters
    ----------
    boxes : tuple of Box
        On the scan, with room around the kidneys; they do not overlap.
    cores : (z, y, x) uint8
        On the coarse grid: 1 the likeliest kidney, 2 the next, 0 elsewhere.
    notes : tuple of str
        What was left out although it looked much like a kidney.
    """

    boxes: tuple[Box, ...]
    cores: LabelArray
    notes: tuple[str, ...]


def kidney_regions(scores: ScoreArray, coarse: Geometry, scan: Geometry, fine: Step) -> Regions:
    """The two likeliest kidneys: connected voxels by the sum of their probabilities.

    Where a piece is nearly all mass, only ten times its kidney counts: a liver that looks like
    a tumour has none in it, while even a tumour that replaced its kidney leaves some.

    A box has the fine step's margin on every side and is at least as large as its tile, so
    that the network sees real surroundings wherever the scan has any. Boxes that overlap
    become one: a voxel is judged once.

    Parameters
    ----------
    scores : (C, z, y, x) float32
        Probabilities on the coarse grid: background, kidney, then masses.
    coarse : Geometry
        Grid of `scores`.
    scan : Geometry
        Grid of the boxes.
    fine : Step
    """
    found = 1 - scores[0]
    pieces, count = ndimage.label(found > _SURE)
    summed, kidney = (
        np.bincount(pieces.ravel(), values.ravel(), minlength=count + 1)[1:]
        for values in (found, scores[1])
    )
    evidence = np.minimum(summed, _MOST_MASS * kidney) * coarse.voxel_ml
    order = [int(k) for k in np.argsort(evidence)[::-1]]
    order = [k for k in order if evidence[k] >= max(_LEAST_ML, _LEAST_SHARE * evidence[order[0]])]
    cores = np.zeros(found.shape, np.uint8)
    boxes: list[Box] = []
    places = ndimage.find_objects(pieces)
    for number, k in enumerate(order[:MOST_KIDNEYS], 1):
        cores[pieces == k + 1] = number
        z, y, x = places[k]
        low = np.array([z.start, y.start, x.start]) - 0.5
        high = np.array([z.stop, y.stop, x.stop]) - 0.5
        boxes = _with(boxes, _on_scan(low, high, coarse, scan, fine))
    notes = tuple(
        f"a third piece like a kidney, of about {evidence[k]:.0f} mL, was left out"
        for k in order[MOST_KIDNEYS:]
        if evidence[k] >= _TOLD_SHARE * evidence[order[MOST_KIDNEYS - 1]]
    )
    return Regions(tuple(boxes), cores, notes)


def cores_in(cores: LabelArray, coarse: Geometry, grid: Geometry) -> LabelArray:
    """The cores on another grid with the same axes, by nearest voxel.

    Parameters
    ----------
    cores : (z, y, x) uint8
        On `coarse`.
    coarse, grid : Geometry

    Returns
    -------
    (Z, Y, X) uint8
        On `grid`.
    """
    corners = coarse.ras_to_index(grid.index_to_ras(np.vstack([np.zeros(3), np.eye(3)])))
    out = cores
    for axis in range(3):
        step = corners[1 + axis, axis] - corners[0, axis]
        at = np.rint(corners[0, axis] + np.arange(grid.shape_zyx[axis]) * step).astype(int)
        out = out.take(at.clip(0, cores.shape[axis] - 1), axis)
    return out


def _on_scan(
    low: FloatArray, high: FloatArray, coarse: Geometry, scan: Geometry, fine: Step
) -> Box:
    """Outer faces of a coarse box, as a box of the scan with margin, at least a tile large."""
    faces = scan.ras_to_index(coarse.index_to_ras(np.stack([low, high])))
    spacing = np.array(scan.spacing_zyx)
    tile = np.array(fine.tile_zyx) * fine.spacing_zyx / spacing
    wanted = np.maximum(faces[1] - faces[0] + 2 * fine.margin_mm / spacing, tile)
    middle = faces.mean(axis=0)
    shape = np.array(scan.shape_zyx)
    size = np.minimum(np.ceil(wanted), shape).astype(int)
    # Moved inward where it would leave the scan, rather than cut.
    start = np.clip(np.floor(middle - wanted / 2 + 0.5).astype(int), 0, shape - size)
    return Box(_index(start), _index(start + size))


def _index(values: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> Index:
    z, y, x = (int(v) for v in values)
    return (z, y, x)


def _with(boxes: list[Box], new: Box) -> list[Box]:
    """The list with a box that swallows all it overlaps."""
    for k, old in enumerate(boxes):
        if _overlap(old, new):
            return _with(boxes[:k] + boxes[k + 1 :], old.union(new))
    return [*boxes, new]


def _overlap(one: Box, other: Box) -> bool:
    pairs = zip(one.start, one.stop, other.start, other.stop, strict=True)
    return all(a < d and c < b for a, b, c, d in pairs)
