"""Labels against another mask on the same grid: how much they agree, and where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.hec import HECS, dice, select
from kidview.core.labels import LABEL_NAMES, LABELS
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.edit.mean_hu import reach_of
from kidview.edit.parts import parts
from kidview.edit.pieces import number
from kidview.edit.place import Place, in_ml, place_of

_IDS = tuple(row.id for row in LABELS)
_KINDS = max(_IDS) + 1
RIM_MM = 1.5  # a voxel's difference is thick where half of what lies as near differs alike
_LEAST_ML = 0.02
_MOST = 100


@dataclass(frozen=True)
class Comparison:
    """Labels and another mask.

    Parameters
    ----------
    dice : dict
        Label's name to Dice; 1 where neither has it.
    hec : dict
        Name of an evaluation class (`core.hec.HECS`) to Dice.
    volumes_ml : dict
        Label's name to its volume here and in the other.
    places : tuple of Place
        Where they differ, the largest first; the thin rims along outlines are left out.
    """

    dice: dict[str, float]
    hec: dict[str, float]
    volumes_ml: dict[str, tuple[float, float]]
    places: tuple[Place, ...]


def compare(
    labels: LabelArray, other: LabelArray, geometry: Geometry, task: Task | None = None
) -> Comparison:
    """Compare labels with another mask.

    Parameters
    ----------
    labels, other : (Z, Y, X) uint8
        0 to 3, on the same grid.
    geometry : Geometry
    task : Task, optional

    Raises
    ------
    GridMismatch
        They differ in shape.
    """
    if labels.shape != other.shape:
        sizes = [" x ".join(map(str, array.shape)) for array in (other, labels)]
        raise GridMismatch(
            f"the other mask has {sizes[0]} voxels instead of {sizes[1]}",
            "open a mask of this scan",
        )
    task = task or Task()
    hull = _hull(labels, other)
    here, there = labels[hull.slices], other[hull.slices]
    task.report(0.2)
    alike, ml = {}, {}
    for label in _IDS:
        masks = (select(here, (label,)), select(there, (label,)))
        name = LABEL_NAMES[label]
        alike[name] = dice(*masks)
        first, second = (float(np.count_nonzero(mask)) * geometry.voxel_ml for mask in masks)
        ml[name] = (first, second)
    task.report(0.4)
    hec = {name: dice(select(here, of), select(there, of)) for name, of in HECS.items()}
    task.report(0.6)
    places = sorted(_places(here, there, hull, geometry, task), key=lambda p: -p.size_ml)
    return Comparison(alike, hec, ml, tuple(places[:_MOST]))


def _hull(labels: LabelArray, other: LabelArray) -> Box:
    """The smallest box with every label of both; an empty one where there is none."""
    boxes = [*parts(labels, _IDS), *parts(other, _IDS)]
    if not boxes:
        return Box((0, 0, 0), (0, 0, 0))
    hull = boxes[0]
    for box in boxes[1:]:
        hull = hull.union(box)
    return hull


def _places(
    here: LabelArray, there: LabelArray, hull: Box, geometry: Geometry, task: Task
) -> Iterator[Place]:
    """Connected regions with one label here and another one there, without thin ones."""
    pair = np.where(here != there, here * _KINDS + there, np.uint8(0))
    reach = reach_of(RIM_MM, geometry.spacing_zyx)
    least = _LEAST_ML / geometry.voxel_ml
    for value in range(1, _KINDS * _KINDS):
        task.check()
        for box in parts(pair, (value,)):
            mask = pair[box.slices] == value
            if np.count_nonzero(mask) < least:
                continue
            share = ndimage.uniform_filter(
                mask.astype(np.float32), [2 * r + 1 for r in reach], mode="constant"
            )
            numbers, count = number(mask & (share >= 0.5))
            sizes = np.bincount(numbers.ravel(), minlength=count + 1)
            for k, where in enumerate(ndimage.find_objects(numbers), 1):
                if sizes[k] < least:
                    continue
                z, y, x = (
                    s.start + a + b for s, a, b in zip(where, box.start, hull.start, strict=True)
                )
                ml = float(sizes[k]) * geometry.voxel_ml
                words = _words(*divmod(value, _KINDS), ml)
                yield place_of("differs", numbers[where] == k, (z, y, x), ml, words)


def _words(here: int, there: int, ml: float) -> str:
    first, second = LABEL_NAMES[here], LABEL_NAMES[there]
    return f"{first.capitalize()} here, {second} in the other: {in_ml(ml)}"
