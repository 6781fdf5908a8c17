"""Scan to network input and network output back to the scan's grid.

The trainer and the inference engine both use this module, so they cannot disagree about
intensities or about where a resampled voxel lies. Grids are resampled axis by axis with
small weight matrices, a slab of slices at a time: no float copy of a whole scan is made.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from kidview.core.errors import BadGeometry
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step
from kidview.core.types import HUArray, LabelArray, ScoreArray, Triple

_SLAB_VOXELS = 1 << 22  # input voxels turned into float32 at a time: 16 MB
_Weights = npt.NDArray[np.float32]


def normalise(hu: npt.NDArray[np.int16] | npt.NDArray[np.float32], step: Step) -> ScoreArray:
    """Intensities as a network wants them: clipped, shifted, scaled.

    Parameters
    ----------
    hu : (...) int16 or float32, HU
    step : Step
        Its `clip_hu`, `mean_hu` and `sd_hu` are used.

    Returns
    -------
    (...) float32
    """
    scaled = np.clip(hu, *step.clip_hu).astype(np.float32)
    scaled -= np.float32(step.mean_hu)
    scaled /= np.float32(step.sd_hu)
    return scaled


def to_spacing(hu: HUArray, geometry: Geometry, spacing_zyx: Triple) -> tuple[HUArray, Geometry]:
    """A scan on a grid of another spacing over the same region.

    Where the new voxels are larger they take the mean of the region they cover (so fine
    texture is not aliased), where they are smaller the old ones are interpolated linearly.

    Parameters
    ----------
    hu : (Z, Y, X) int16, HU
        May be a view, as ``volume.hu[box.slices]``.
    geometry : Geometry
        The grid of `hu`.
    spacing_zyx : 3 floats, mm

    Returns
    -------
    (z, y, x) int16, HU
        On the second value's grid, rounded.
    Geometry
        ``geometry.resampled(spacing_zyx)``.
    """
    target = geometry.resampled(spacing_zyx)
    _check_shape(hu.shape, geometry)
    out = np.empty(target.shape_zyx, np.int16)
    weights = _weights_between(geometry, target)
    for new, old, rows in _slabs(weights[0], hu.shape[1] * hu.shape[2]):
        slab = _apply(hu[old].astype(np.float32)[None], rows, weights[1], weights[2])[0]
        out[new] = np.rint(slab, out=slab)
    return out, target


def label_to_spacing(labels: LabelArray, geometry: Geometry, spacing_zyx: Triple) -> LabelArray:
    """A label map on the grid ``geometry.resampled(spacing_zyx)``.

    Every label's share of each new voxel is worked out as `to_spacing` does for HU, and
    the label with the largest share wins; between equals the lower number.

    Parameters
    ----------
    labels : (Z, Y, X) uint8
    geometry : Geometry
    spacing_zyx : 3 floats, mm

    Returns
    -------
    (z, y, x) uint8
    """
    target = geometry.resampled(spacing_zyx)
    _check_shape(labels.shape, geometry)
    values = np.flatnonzero(np.bincount(labels.ravel(), minlength=1)).astype(np.uint8)
    if values.size == 1:
        return np.full(target.shape_zyx, values[0], np.uint8)
    out = np.empty(target.shape_zyx, np.uint8)
    weights = _weights_between(geometry, target)
    for new, old, rows in _slabs(weights[0], labels.shape[1] * labels.shape[2] * values.size):
        shares = (labels[old][None] == values[:, None, None, None]).astype(np.float32)
        out[new] = values[np.argmax(_apply(shares, rows, weights[1], weights[2]), axis=0)]
    return out


def labels_on_grid(scores: ScoreArray, source: Geometry, target: Geometry) -> LabelArray:
    """The winning channel of a network's output, on the scan's own grid.

    Scores are brought to the target grid a slab at a time and only the number of the
    largest channel is kept. Outside the source grid its outermost scores are continued,
    so `target` should lie within it but for fractions of a voxel.

    Parameters
    ----------
    scores : (C, z, y, x) float32
        Probabilities (or logits) on `source`.
    source : Geometry
    target : Geometry
        Same axes as `source`, any spacing and origin; usually ``geometry.crop(box)``.

    Returns
    -------
    (Z, Y, X) uint8
        Channel numbers on `target`, 0 = background.

    Raises
    ------
    BadGeometry
        The two grids are turned against each other, or `scores` is not on `source`.
    """
    _check_shape(scores.shape[1:], source)
    out = np.empty(target.shape_zyx, np.uint8)
    weights = _weights_between(source, target)
    plane = max(target.shape_zyx[1] * target.shape_zyx[2], scores.shape[2] * scores.shape[3])
    for new, old, rows in _slabs(weights[0], plane * scores.shape[0]):
        out[new] = np.argmax(_apply(scores[:, old], rows, weights[1], weights[2]), axis=0)
    return out


def bytes_on_grid(values: ScoreArray, source: Geometry, target: Geometry) -> npt.NDArray[np.uint8]:
    """Values of 0..255 on another grid, rounded; grids as in `labels_on_grid`.

    Parameters
    ----------
    values : (z, y, x) float32
        On `source`.
    source, target : Geometry

    Returns
    -------
    (Z, Y, X) uint8
        On `target`.
    """
    _check_shape(values.shape, source)
    out = np.empty(target.shape_zyx, np.uint8)
    weights = _weights_between(source, target)
    plane = max(target.shape_zyx[1] * target.shape_zyx[2], values.shape[1] * values.shape[2])
    for new, old, rows in _slabs(weights[0], plane):
        slab = _apply(values[None, old], rows, weights[1], weights[2])[0]
        out[new] = np.rint(slab, out=slab)
    return out


def _check_shape(shape: tuple[int, ...], geometry: Geometry) -> None:
    if shape != geometry.shape_zyx:
        raise BadGeometry("array and grid differ in shape", "this is a fault, report it")


def _weights_between(source: Geometry, target: Geometry) -> tuple[_Weights, _Weights, _Weights]:
    """For z, y, x the (target, source) matrix that takes one axis to the other grid."""
    corners = source.ras_to_index(target.index_to_ras(np.vstack([np.zeros(3), np.eye(3)])))
    first, steps = corners[0], corners[1:] - corners[0]
    if np.abs(steps - np.diag(np.diag(steps))).max() > 1e-3:
        raise BadGeometry(
            "the two grids are turned against each other", "this is a fault, report it"
        )
    z, y, x = (
        _axis_weights(source.shape_zyx[a], target.shape_zyx[a], first[a], steps[a, a])
        for a in range(3)
    )
    return z, y, x


def _axis_weights(old: int, new: int, first: float, step: float) -> _Weights:
    """(new, old) weights, rows sum to 1; new voxel n is centred at old index first + n step."""
    centre = np.clip(first + np.arange(new) * step, 0, old - 1)
    at = np.arange(old)
    if step > 1:  # share of the old voxel that the new one covers
        low, high = centre - step / 2, centre + step / 2
        share = np.minimum(at + 0.5, high[:, None]) - np.maximum(at - 0.5, low[:, None])
        share = np.maximum(share, 0)
    else:
        share = np.maximum(1 - np.abs(centre[:, None] - at), 0)
    return np.asarray(share / share.sum(axis=1, keepdims=True), np.float32)


def _slabs(z_weights: _Weights, plane: int) -> Iterator[tuple[slice, slice, _Weights]]:
    """New slices, the old slices they need and the weights between them, slab by slab."""
    used = z_weights > 0
    starts = used.argmax(axis=1)
    stops = used.shape[1] - used[:, ::-1].argmax(axis=1)
    begin = 0
    while begin < len(starts):
        end = begin + 1
        while end < len(starts) and _cost(starts, stops, begin, end + 1) * plane <= _SLAB_VOXELS:
            end += 1
        old = slice(int(starts[begin]), int(stops[end - 1]))
        yield slice(begin, end), old, z_weights[begin:end, old]
        begin = end


def _cost(starts: npt.NDArray[np.intp], stops: npt.NDArray[np.intp], begin: int, end: int) -> int:
    """Slices in flight for new slices begin..end: the old ones or the new ones, the more."""
    return max(int(stops[end - 1] - starts[begin]), end - begin)


def _apply(slab: ScoreArray, z: _Weights, y: _Weights, x: _Weights) -> ScoreArray:
    """(C, a, b, c) to (C, A, B, C'), z first where that leaves fewer slices, else last."""
    if len(z) <= slab.shape[1]:
        return np.asarray(np.matmul(np.matmul(y, _along_z(slab, z)), x.T))
    return _along_z(np.matmul(np.matmul(y, slab), x.T), z)


def _along_z(slab: ScoreArray, z: _Weights) -> ScoreArray:
    channels, depth, height, width = slab.shape
    flat = np.matmul(z, slab.reshape(channels, depth, height * width))
    return np.asarray(flat.reshape(channels, len(z), height, width))
