"""A small sliding window for validation while a network trains.

It leaves out the cascade, the return to the scan's grid and the clean-up of
`kidview.segment`, which the verb `evaluate` measures as users meet it.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor, nn

from kidview.core.box import Box
from kidview.core.types import Index, LabelArray, ScoreArray


def predict(network: nn.Module, image: ScoreArray, tile_zyx: Index, overlap: float) -> LabelArray:
    """Label every voxel of a normalised volume.

    Parameters
    ----------
    network : nn.Module
    image : (Z, Y, X) float32
        Padded with its smallest value where it is smaller than a tile.
    tile_zyx : 3 ints
    overlap : float
        Share of a tile, 0..0.75.

    Returns
    -------
    (Z, Y, X) uint8
    """
    shape = image.shape
    missing = [max(t - n, 0) for t, n in zip(tile_zyx, shape, strict=True)]
    padded = np.pad(image, [(m // 2, m - m // 2) for m in missing], constant_values=image.min())
    starts = [_starts(n, t, overlap) for n, t in zip(padded.shape, tile_zyx, strict=True)]
    weight = _bump(tile_zyx)
    total: Tensor | None = None
    network.eval()
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        for corner in product(*starts):
            at = tuple(slice(c, c + t) for c, t in zip(corner, tile_zyx, strict=True))
            tile = torch.from_numpy(padded[at].copy())[None, None].to(device)
            scores = network(tile)[0].float().cpu()
            if total is None:
                total = torch.zeros((scores.shape[0], *padded.shape))
            total[(slice(None), *at)] += scores.softmax(dim=0) * weight
    assert total is not None
    inner = tuple(slice(m // 2, m // 2 + n) for m, n in zip(missing, shape, strict=True))
    return total.argmax(dim=0).numpy().astype(np.uint8)[inner]


def _starts(size: int, tile: int, overlap: float) -> list[int]:
    count = int(np.ceil((size - tile) / (tile * (1 - overlap)))) + 1
    return [int(s) for s in np.rint(np.linspace(0, size - tile, count))]


def _bump(tile_zyx: Index) -> Tensor:
    """Gaussian weights, sd an eighth of the tile, floored so that every voxel counts."""
    axes = [np.exp(-0.5 * ((np.arange(n) - (n - 1) / 2) / (n / 8)) ** 2) for n in tile_zyx]
    weight = np.einsum("z,y,x->zyx", *axes)
    return torch.from_numpy(np.maximum(weight, 1e-3).astype(np.float32))


def kidney_boxes(labels: LabelArray, margin: Index) -> list[Box]:
    """A box for each connected kidney (with its masses) of a label map, largest first, <= 2."""
    parts, count = ndimage.label(labels > 0)
    if count == 0:
        return []
    sizes = np.bincount(parts.ravel())[1:]
    order = np.argsort(sizes)[::-1][:2]
    found = ndimage.find_objects(parts)
    boxes = []
    for index in order:
        z, y, x = found[int(index)]
        box = Box((z.start, y.start, x.start), (z.stop, y.stop, x.stop))
        boxes.append(box.grown(margin, labels.shape))
    return boxes
