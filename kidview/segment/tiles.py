"""A volume cut into overlapping tiles, and the tiles' scores put together again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

from kidview.core.task import Task
from kidview.core.types import Index, ScoreArray

Run = Callable[[ScoreArray, Task], ScoreArray]
"""(Z, Y, X) float32 tile to (C, Z, Y, X) float32 logits."""


def tile_starts(size: int, tile: int, overlap: float) -> list[int]:
    """First voxels of the tiles that cover an axis, evenly spread, ends included.

    Parameters
    ----------
    size, tile : int
        Voxels; ``size >= tile``.
    overlap : float
        Least share of a tile that overlaps its neighbour, 0..0.75.
    """
    count = int(np.ceil((size - tile) / (tile * (1 - overlap)))) + 1
    return [int(s) for s in np.rint(np.linspace(0, size - tile, count))]


def tile_weight(tile_zyx: Index) -> ScoreArray:
    """(Z, Y, X) float32 Gaussian: what a tile knows best is its middle.

    The sd is an eighth of the tile; floored so that every voxel counts.
    Source: Isensee et al. 2021, Nat Methods 18:203-211.
    """
    z, y, x = (np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / (n / 8)) ** 2) for n in tile_zyx)
    weight = z[:, None, None] * y[:, None] * x
    return np.asarray(np.maximum(weight, 1e-3), np.float32)


def tile_scores(
    image: ScoreArray, run: Run, tile_zyx: Index, overlap: float, channels: int, task: Task
) -> ScoreArray:
    """Probabilities of every voxel of a volume.

    Parameters
    ----------
    image : (Z, Y, X) float32
        Normalised; padded with its smallest value (air) where it is smaller than a tile.
    run : callable
        The network.
    tile_zyx : 3 ints
    overlap : float
    channels : int
        Background included.
    task : Task

    Returns
    -------
    (channels, Z, Y, X) float32
        Softmax of the logits, averaged over tiles; sums to 1.
    """
    shape = image.shape
    missing = [max(t - n, 0) for t, n in zip(tile_zyx, shape, strict=True)]
    padded = np.pad(image, [(m // 2, m - m // 2) for m in missing], constant_values=image.min())
    total = np.zeros((channels, *padded.shape), np.float32)
    weights = np.zeros(padded.shape, np.float32)
    weight = tile_weight(tile_zyx)
    starts = [tile_starts(n, t, overlap) for n, t in zip(padded.shape, tile_zyx, strict=True)]
    corners = list(product(*starts))
    for done, corner in enumerate(corners):
        task.report(done / len(corners), f"tile {done + 1} of {len(corners)}")
        at = tuple(slice(c, c + t) for c, t in zip(corner, tile_zyx, strict=True))
        scores = softmax(run(np.ascontiguousarray(padded[at]), task))
        scores *= weight
        total[(slice(None), *at)] += scores
        weights[at] += weight
    total /= weights
    inner = [slice(m // 2, m // 2 + n) for m, n in zip(missing, shape, strict=True)]
    return np.ascontiguousarray(total[(slice(None), *inner)])


def softmax(logits: ScoreArray) -> ScoreArray:
    """Probabilities of logits, over the first axis."""
    scores = np.exp(logits - logits.max(axis=0))
    return np.asarray(scores / scores.sum(axis=0), np.float32)
