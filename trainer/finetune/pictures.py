"""Where two models disagree most, as pictures: scan, old, new and reference side by side."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from kidview.core.labels import LABELS
from kidview.core.task import Task
from kidview.io import read_labels, read_scan
from trainer.evaluation.cases import Pair
from trainer.synthesis.montage import paint

_GAP = 2  # between pictures
_HALF = 96  # voxels about the kidneys that are shown
_COLOURS = np.array([(0, 0, 0), *(ImageColor.getrgb(row.colour) for row in LABELS)], np.uint8)
_Plane = npt.NDArray[np.uint8]


def draw_case(pair: Pair, old: Path, new: Path, out: Path) -> None:
    """A PNG of the axial slice on which the masks differ most.

    Parameters
    ----------
    pair : Pair
        Scan and reference.
    old, new : Path
        Masks of the two models, on the scan's grid.
    out : Path
    """
    scan = read_scan(pair.given, Task())
    masks = [
        read_labels(path, scan.geometry, scan.source, task=Task()).array
        for path in (old, new, pair.reference)
    ]
    differs = (masks[0] != masks[1]).sum(axis=(1, 2))
    if not differs.any():
        differs = (masks[1] != masks[2]).sum(axis=(1, 2))
    k = int(differs.argmax())
    middle = _middle(masks, k)
    tiles = [_crop(paint(scan.hu[k], None), middle)]
    tiles += [_crop(_outlined(paint(scan.hu[k], mask[k]), mask[k]), middle) for mask in masks]
    gap = np.zeros((2 * _HALF, _GAP, 3), np.uint8)
    row = [part for tile in tiles for part in (tile[::-1, ::-1], gap)][:-1]
    Image.fromarray(np.hstack(row)).save(out)


def _outlined(picture: _Plane, mask: _Plane) -> _Plane:
    """A picture with the outermost pixels of each label in its full colour, as in the window."""
    around = np.pad(mask, 1)
    neighbours = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
    edge = (mask > 0) & np.any([other != mask for other in neighbours], axis=0)
    picture[edge] = _COLOURS[mask[edge]]
    return picture


def _middle(masks: list[_Plane], k: int) -> tuple[int, int]:
    """Middle of the voxels that differ, or of the slice."""
    where = np.argwhere((masks[0][k] != masks[1][k]) | (masks[1][k] != masks[2][k]))
    if len(where) == 0:
        return masks[0].shape[1] // 2, masks[0].shape[2] // 2
    y, x = where.mean(axis=0)
    return int(y), int(x)


def _crop(picture: _Plane, middle: tuple[int, int]) -> _Plane:
    padded = np.pad(picture, ((_HALF, _HALF), (_HALF, _HALF), (0, 0)))
    y, x = middle
    part: _Plane = padded[y : y + 2 * _HALF, x : x + 2 * _HALF]
    return part
