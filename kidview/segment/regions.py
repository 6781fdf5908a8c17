"""Where the coarse step saw kidneys: boxes for the fine step."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step
from kidview.core.types import FloatArray, Index, MaskArray

_LEAST_ML = 4.0
_MOST_REGIONS = 4


def kidney_regions(found: MaskArray, coarse: Geometry, scan: Geometry, fine: Step) -> list[Box]:
    """Boxes of the scan that hold every kidney with room around it, largest kidney first.

    A box has the fine step's margin on every side and is at least as large as its tile, so
    that the network sees real surroundings wherever the scan has any. Boxes that overlap
    become one: a voxel is judged once.

    Parameters
    ----------
    found : (z, y, x) bool
        Kidney or mass, on the coarse grid.
    coarse : Geometry
        Grid of `found`.
    scan : Geometry
        Grid of the boxes.
    fine : Step

    Returns
    -------
    list of Box
        None where nothing of 4 mL and more was found.
    """
    pieces, count = ndimage.label(found)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:] * coarse.voxel_ml
    places = ndimage.find_objects(pieces)
    order = [int(k) for k in np.argsort(sizes)[::-1] if sizes[k] >= _LEAST_ML]
    boxes: list[Box] = []
    for k in order[:_MOST_REGIONS]:
        z, y, x = places[k]
        low = np.array([z.start, y.start, x.start]) - 0.5
        high = np.array([z.stop, y.stop, x.stop]) - 0.5
        boxes = _with(boxes, _on_scan(low, high, coarse, scan, fine))
    return boxes


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
