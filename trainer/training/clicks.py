"""Labels as a network might leave them, and where a person would then click.

A refining network learns from pairs made up here: the truth of a patch is spoilt as networks
spoil it, the largest faults are clicked one after the other, and it has to give the truth.
Source: Sofiiuk et al. 2021, "Reviving Iterative Training with Mask Guidance" (arXiv 2102.06583).
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.clicks import LABELS_TOLD, Click
from kidview.core.types import Index, LabelArray, MaskArray

_KIDNEY, _TUMOUR, _CYST = 1, 2, 3
_LEAST_FAULT = 20  # voxels: what a person would not see is not clicked
_CORNERS = np.ones((3, 3, 3), bool)


def spoil(truth: LabelArray, rng: np.random.Generator) -> LabelArray:
    """Labels with the faults networks make: lesions missed, mistaken or made up, edges moved.

    Parameters
    ----------
    truth : (Z, Y, X) uint8
    rng : numpy Generator
    """
    if rng.random() < 0.08:
        return np.zeros_like(truth)
    out = truth.copy()
    if rng.random() < 0.6:
        _move_edges(out, rng)
    for label in (_TUMOUR, _CYST):
        pieces, count = ndimage.label(truth == label, _CORNERS)
        for piece in range(1, count + 1):
            _spoil_lesion(out, pieces == piece, label, rng)
    if rng.random() < 0.35:
        _add_blob(out, rng, inside=True)
    if rng.random() < 0.3:
        _add_blob(out, rng, inside=False)
    if rng.random() < 0.15:
        _cut_away(out, rng)
    return out


def click_faults(
    found: LabelArray, truth: LabelArray, count: int, rng: np.random.Generator | None = None
) -> list[Click]:
    """Clicks into the largest faults, each as deep inside its fault as can be.

    Parameters
    ----------
    found, truth : (Z, Y, X) uint8
    count : int
        At most; fewer where there are no more faults worth a click.
    rng : numpy Generator, optional
        Makes places and order less than perfect, as a person's are.
    """
    faults = []
    for label in LABELS_TOLD:
        pieces, number = ndimage.label((found != truth) & (truth == label), _CORNERS)
        sizes = np.bincount(pieces.ravel(), minlength=number + 1)
        boxes = ndimage.find_objects(pieces)
        for k in np.flatnonzero(sizes >= _LEAST_FAULT):
            if k > 0:
                depth = ndimage.distance_transform_edt(np.pad(pieces[boxes[k - 1]] == k, 1))
                faults.append(
                    (sizes[k] * depth.max(), boxes[k - 1], depth[1:-1, 1:-1, 1:-1], label)
                )
    weights = np.array([fault[0] for fault in faults], float)
    if rng is not None:
        weights *= np.exp(rng.normal(0, 0.7, len(weights)))
    clicks = []
    for k in np.argsort(-weights)[:count]:
        _, box, depth, label = faults[k]
        places = np.argwhere(depth >= (1.0 if rng is None else 0.5) * depth.max())
        at = places[0 if rng is None else rng.integers(len(places))]
        z, y, x = (float(s.start + i) for s, i in zip(box, at, strict=True))
        clicks.append(Click((z, y, x), label))
    return clicks


def _spoil_lesion(out: LabelArray, piece: MaskArray, label: int, rng: np.random.Generator) -> None:
    """Missed (half as kidney, half as background), taken for the other kind, or left; in place."""
    kind = rng.random()
    if kind < 0.45:
        out[piece & (out == label)] = _KIDNEY if rng.random() < 0.5 else 0
    elif kind < 0.65:
        out[piece & (out == label)] = _TUMOUR + _CYST - label


def _smooth_noise(shape: Index, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Random field of unit variance that changes over some voxels."""
    small = rng.standard_normal([max(int(n / scale), 2) for n in shape])
    zoom = [n / m for n, m in zip(shape, small.shape, strict=True)]
    field = ndimage.zoom(small, zoom, order=1, grid_mode=True, mode="nearest")
    return np.asarray(field[tuple(slice(n) for n in shape)] / max(field.std(), 1e-6))


def _move_edges(out: LabelArray, rng: np.random.Generator) -> None:
    """Every voxel takes the label of one some voxels away, smoothly varying; in place."""
    reach = rng.uniform(0.5, 2.5)
    at = [
        np.clip(np.rint(grid + reach * _smooth_noise(out.shape, 10.0, rng)), 0, n - 1).astype(int)
        for grid, n in zip(np.ogrid[tuple(slice(n) for n in out.shape)], out.shape, strict=True)
    ]
    out[:] = out[tuple(at)]


def _add_blob(out: LabelArray, rng: np.random.Generator, *, inside: bool) -> None:
    """A lesion that is none inside a kidney, or a piece of kidney or lesion beside; in place."""
    places = np.argwhere(out == _KIDNEY if inside else out == 0)
    if not len(places):
        return
    middle, radius = places[rng.integers(len(places))], rng.uniform(2.5, 9.0, 3)
    grids = np.ogrid[tuple(slice(n) for n in out.shape)]
    away = sum(((g - c) / r) ** 2 for g, c, r in zip(grids, middle, radius, strict=True))
    blob = away + 0.35 * _smooth_noise(out.shape, 6.0, rng) < 1
    where = blob & ((out == _KIDNEY) if inside else (out == 0))
    choices = (_TUMOUR, _CYST) if inside else (_KIDNEY, _KIDNEY, _TUMOUR, _CYST)
    out[where] = choices[int(rng.integers(len(choices)))]


def _cut_away(out: LabelArray, rng: np.random.Generator) -> None:
    """What lies beyond a plane becomes background, as at the edge of a crop; in place."""
    box = Box.tight(out > 0)
    if box is None:
        return
    axis, share = int(rng.integers(3)), rng.uniform(0.5, 0.9)
    at = round(box.start[axis] + share * box.shape[axis])
    beyond = [slice(None)] * 3
    low, high = box.start[axis], box.stop[axis]
    beyond[axis] = slice(at, None) if rng.random() < 0.5 else slice(None, low + high - at)
    out[tuple(beyond)] = 0
