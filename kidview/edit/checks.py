"""Checks of a label map: what is likely wrong by what kidneys must be, or by a network's doubt.

A check is a function of a `Scene` and a row in `CHECKS`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES
from kidview.core.types import FloatArray, Index, LabelArray, MaskArray
from kidview.core.uncertainty import Uncertainty
from kidview.edit.pieces import at_edge, number
from kidview.edit.place import Place, as_index, in_ml, place_of

_KIDNEY, _TUMOUR, _CYST = 1, 2, 3
_CRUMB_ML = {_KIDNEY: 1.0, _TUMOUR: 0.3, _CYST: 0.3}  # a ball of 12 mm, of 8 mm
_LEAST_ML = 0.1  # outlines by hand are full of smaller holes and pieces; one voxel may have 0.003
_LEAST_ALONE_ML = 0.01  # far from a kidney even a crumb is wrong
_UNEVEN = 0.4  # of the larger kidney: one that shrank, or lacks a part

_JUMP_CM2 = 1.0
_JUMP_SHARE = 0.25  # of the larger of the two areas
_JUMP_TIMES = 4.0  # what is usual around it
_AROUND = 3  # slices to either side
_LEAST_LESION_ML = 5.0  # smaller ones change much from slice to slice anyway

_FAR_MM, _FAR_SHARE = 10.0, 0.1  # doubt away from all labels is mostly another organ
_DOUBT = 100  # of 255: p of 0.25 between two labels; half and half is 127
_DOUBT_MM = (
    3.0  # as wide a mean, or a little more: of an organ the rim is always unsure, and thinner
)


@dataclass(frozen=True, eq=False)
class Piece:
    """Labels that hang together over faces of voxels, whatever they are.

    Parameters
    ----------
    box : Box
    region : (Z, Y, X) uint8
        Labels of the box that belong to it.
    ml : (labels + 1,) float64
        Volume of each label; of background none.
    """

    box: Box
    region: LabelArray
    ml: FloatArray


@dataclass(frozen=True, eq=False)
class Scene:
    """What all checks look at.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    geometry : Geometry
    uncertainty : Uncertainty or None
    pieces : tuple of Piece
        All, the largest first.
    kidneys : tuple of Piece
        The largest with kidney in them, two at most.
    """

    labels: LabelArray
    geometry: Geometry
    uncertainty: Uncertainty | None
    pieces: tuple[Piece, ...]
    kidneys: tuple[Piece, ...]


def alone(scene: Scene) -> Iterator[Place]:
    """Pieces without any kidney in them."""
    for piece in scene.pieces:
        ml = float(piece.ml.sum())
        if piece.ml[_KIDNEY] == 0.0 and ml >= _LEAST_ALONE_ML:
            words = f"{_mainly(piece)}, {in_ml(ml)}, does not touch a kidney"
            yield place_of("alone", piece.region != 0, piece.box.start, ml, words)


def apart(scene: Scene) -> Iterator[Place]:
    """Pieces with kidney in them, beside the kidneys."""
    for piece in scene.pieces:
        ml = float(piece.ml.sum())
        is_kidney = any(piece is kidney for kidney in scene.kidneys)
        if piece.ml[_KIDNEY] > 0.0 and ml >= _LEAST_ML and not is_kidney:
            words = f"{_mainly(piece)}, {in_ml(ml)}, lies apart from the kidneys"
            yield place_of("apart", piece.region != 0, piece.box.start, ml, words)


def _mainly(piece: Piece) -> str:
    return LABEL_NAMES[int(piece.ml.argmax())].capitalize()


def crumbs(scene: Scene) -> Iterator[Place]:
    """In a kidney, small pieces of a label beside the largest one of that label."""
    for kidney in scene.kidneys:
        for label, most_ml in _CRUMB_ML.items():
            numbers, count = number(kidney.region == label)
            ml = np.bincount(numbers.ravel(), minlength=count + 1) * scene.geometry.voxel_ml
            ml[0] = 0.0
            largest, found = int(ml.argmax()), ndimage.find_objects(numbers)
            for k in range(1, count + 1):
                if k != largest and _LEAST_ML <= ml[k] < most_ml:
                    corner = _corner(found[k - 1], kidney.box.start)
                    name = LABEL_NAMES[label]
                    words = f"Small piece of {name}, {in_ml(ml[k])}, apart from the other {name}"
                    yield place_of("crumb", numbers[found[k - 1]] == k, corner, float(ml[k]), words)


def holes(scene: Scene) -> Iterator[Place]:
    """Background that a piece closes in on all sides."""
    for piece in scene.pieces:
        if piece.ml.sum() < _LEAST_ML:
            break  # so are those that follow
        numbers, count = number(piece.region == 0)
        sizes = np.bincount(numbers.ravel(), minlength=count + 1)
        is_hole = ~at_edge(numbers, count) & (sizes * scene.geometry.voxel_ml >= _LEAST_ML)
        is_hole[0] = False
        found = ndimage.find_objects(numbers)
        for k in np.flatnonzero(is_hole):
            # What closes it in lies in the piece's box too, so there is a voxel to each side.
            near = tuple(slice(s.start - 1, s.stop + 1) for s in found[k - 1])
            hole = numbers[near] == k
            corner = _corner(near, piece.box.start)
            is_free: MaskArray = hole & (scene.labels[_box_at(corner, hole.shape).slices] == 0)
            ml = float(np.count_nonzero(is_free)) * scene.geometry.voxel_ml
            if ml < _LEAST_ML:
                continue
            rim = ndimage.binary_dilation(hole) & ~hole
            name = LABEL_NAMES[int(np.bincount(piece.region[near][rim]).argmax())]
            yield place_of("hole", is_free, corner, ml, f"Hole in the {name}, {in_ml(ml)}")


def jumps(scene: Scene) -> Iterator[Place]:
    """Slices between which the area of a kidney with its lesions, or of one, jumps."""
    for kidney in scene.kidneys:
        yield from _jumps(scene, kidney.region != 0, kidney.box.start, "kidney")
        for label in (_TUMOUR, _CYST):
            if kidney.ml[label] < _LEAST_LESION_ML:
                continue
            numbers, _ = number(kidney.region == label)
            for k, where in enumerate(ndimage.find_objects(numbers), 1):
                mask = numbers[where] == k
                if np.count_nonzero(mask) * scene.geometry.voxel_ml >= _LEAST_LESION_ML:
                    corner = _corner(where, kidney.box.start)
                    yield from _jumps(scene, mask, corner, LABEL_NAMES[label])


def _jumps(scene: Scene, mask: MaskArray, corner: Index, name: str) -> Iterator[Place]:
    """Of one thing in its tight box."""
    dz, dy, dx = scene.geometry.spacing_zyx
    padded = np.pad(mask, ((1, 1), (0, 0), (0, 0)))  # it ends above and below
    areas = np.count_nonzero(padded, axis=(1, 2)) * dy * dx / 100.0
    change = np.abs(np.diff(areas))
    if corner[0] == 0:
        change[0] = 0.0  # the scan ends, not the kidney
    if corner[0] + len(mask) == len(scene.labels):
        change[-1] = 0.0
    larger = np.maximum(areas[:-1], areas[1:])
    is_large = (change >= _JUMP_CM2) & (change >= _JUMP_SHARE * larger)
    for k in map(int, np.flatnonzero(is_large)):
        usual = np.median(np.delete(change[max(k - _AROUND, 0) : k + _AROUND + 1], min(k, _AROUND)))
        if change[k] < _JUMP_TIMES * usual:
            continue
        differ = padded[k] ^ padded[k + 1]
        first, last = max(k - 1, 0), min(k + 1, len(mask))  # slices of `mask` to both sides of it
        at = (corner[0] + first, corner[1], corner[2])
        words = f"The {name} changes by {change[k]:.1f} cm² from one slice to the next"
        ml = float(change[k]) * dz / 10.0
        yield place_of("jump", mask[first:last] & differ, at, ml, words)


def doubts(scene: Scene) -> Iterator[Place]:
    """Connected regions, thicker than the rim of an organ, of which the network was unsure."""
    unsure = scene.uncertainty
    if unsure is None or not unsure.box.size:
        return
    side = [math.ceil(_DOUBT_MM / step - 1e-6) for step in scene.geometry.spacing_zyx]
    weight = _weights(scene, unsure.box, side)
    mean = _means(unsure.values, side)
    numbers, count = number((mean >= _DOUBT) & (weight > 0.0))
    block_ml = float(np.prod(side)) * scene.geometry.voxel_ml
    ml = np.bincount(numbers.ravel(), minlength=count + 1) * block_ml
    weighed = mean * weight
    doubt = np.bincount(numbers.ravel(), weighed.ravel(), minlength=count + 1) * block_ml / 255.0
    for k, where in enumerate(ndimage.find_objects(numbers), 1):
        if doubt[k] < _LEAST_ML:
            continue
        low, high = ([getattr(s, end) for s in where] for end in ("start", "stop"))
        inside = np.where(numbers[where] == k, weighed[where], 0.0)
        block = np.array(np.unravel_index(int(inside.argmax()), inside.shape)) + low
        cube = Box(as_index(block * side), as_index((block + 1) * side)).clip(unsure.box.shape)
        values = unsure.values[cube.slices]
        worst = np.array(np.unravel_index(int(values.argmax()), values.shape))
        at = as_index(worst + cube.start + np.array(unsure.box.start))
        box = Box(as_index(np.multiply(low, side)), as_index(np.multiply(high, side)))
        box = box.clip(unsure.box.shape).shifted(unsure.box.start)
        words = f"Unsure of {in_ml(ml[k])}, {_now(scene.labels[at])}"
        yield Place("doubt", at, box, float(ml[k]), float(doubt[k]), words)


def _weights(scene: Scene, box: Box, side: list[int]) -> npt.NDArray[np.float32]:
    """How much doubt counts in each block of voxels of a box.

    Far from all labels it is mostly another organ: with two kidneys outlined it counts nothing,
    else a little, for a kidney may have been missed.
    """
    is_near = scene.labels[box.slices] != 0
    for axis, n in enumerate(side):
        starts = np.arange(0, is_near.shape[axis], n)
        is_near = np.maximum.reduceat(is_near, starts, axis=axis)
    far = np.float32(0.0 if len(scene.kidneys) > 1 else _FAR_SHARE)
    if not is_near.any():
        return np.full(is_near.shape, _FAR_SHARE, np.float32)
    steps = [n * mm for n, mm in zip(side, scene.geometry.spacing_zyx, strict=True)]
    away = ndimage.distance_transform_edt(~is_near, sampling=steps)
    return np.where(away <= _FAR_MM, np.float32(1.0), far)


def _now(label: int) -> str:
    return "not outlined" if label == 0 else f"called {LABEL_NAMES[int(label)]}"


def _means(values: npt.NDArray[np.uint8], side: list[int]) -> npt.NDArray[np.float32]:
    """Mean of each block of voxels; the last along an axis may be smaller."""
    means: npt.NDArray[np.float32] = values.astype(np.float32)
    for axis, n in enumerate(side):
        starts = np.arange(0, values.shape[axis], n)
        sizes = np.diff(np.append(starts, values.shape[axis])).astype(np.float32)
        means = np.add.reduceat(means, starts, axis=axis)
        means /= sizes.reshape([-1 if a == axis else 1 for a in range(3)])
    return means


def sides(scene: Scene) -> Iterator[Place]:
    """Only one kidney, or one much smaller than the other; both may well be right."""
    if len(scene.kidneys) == 1:
        (only,) = scene.kidneys
        yield _kidney(only, "Only one kidney is outlined")
    if len(scene.kidneys) < 2:
        return
    small, large = sorted(scene.kidneys, key=lambda kidney: float(kidney.ml[_KIDNEY]))
    ml, other_ml = float(small.ml[_KIDNEY]), float(large.ml[_KIDNEY])
    if ml < _UNEVEN * other_ml:
        middle = [np.add(k.box.start, k.box.stop) / 2 for k in (small, large)]
        x, other_x = scene.geometry.index_to_ras(middle)[:, 0]
        side, other = ("right", "left") if x > other_x else ("left", "right")
        words = f"The {side} kidney has {in_ml(ml)}, the {other} one {in_ml(other_ml)}"
        yield _kidney(small, words)


def _kidney(piece: Piece, words: str) -> Place:
    ml = float(piece.ml[_KIDNEY])
    return place_of("sides", piece.region == _KIDNEY, piece.box.start, ml, words, score=0.0)


def _corner(where: tuple[slice, ...], start: Index) -> Index:
    z, y, x = (s.start + a for s, a in zip(where, start, strict=True))
    return (int(z), int(y), int(x))


def _box_at(corner: Index, shape: tuple[int, ...]) -> Box:
    z, y, x = (a + n for a, n in zip(corner, shape, strict=True))
    return Box(corner, (z, y, x))


Check = Callable[[Scene], Iterator[Place]]

CHECKS: tuple[Check, ...] = (alone, apart, crumbs, holes, jumps, doubts, sides)
"""In the order in which their words are preferred where several tell the same place."""
