"""Patches for a network that refines labels where somebody clicks, and its validation."""

from __future__ import annotations

import zlib

import numpy as np
import torch
from torch import Tensor, nn

from kidview.core.box import Box
from kidview.core.clicks import Click, told
from kidview.core.prepare import normalise
from kidview.core.types import HUArray, Index, LabelArray, ScoreArray
from trainer.config import Config
from trainer.training.clicks import click_faults, spoil

CLICKS_VALIDATED = 3
_MOST_CLICKS = 4


def with_clicks(image: Tensor, truth: Tensor, rng: np.random.Generator) -> Tensor:
    """Input of a refining network for a patch: spoilt labels, and clicks that mend them.

    Parameters
    ----------
    image : (1, Z, Y, X) float32
    truth : (Z, Y, X) int64
    rng : numpy Generator

    Returns
    -------
    (CHANNELS, Z, Y, X) float32
        On the image's device.
    """
    labels = truth.cpu().numpy().astype(np.uint8)
    spoilt = spoil(labels, rng)
    clicks = click_faults(spoilt, labels, 1 + int(rng.integers(_MOST_CLICKS)), rng)
    given = told(image[0].cpu().numpy(), spoilt, clicks)
    return torch.from_numpy(given).to(image.device)


def refine(
    network: nn.Module, image: ScoreArray, labels: LabelArray, clicks: list[Click]
) -> LabelArray:
    """(Z, Y, X) uint8: what a refining network makes of a tile."""
    device = next(network.parameters()).device
    network.eval()
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
        logits = network(torch.from_numpy(told(image, labels, clicks))[None].to(device))
    return np.asarray(logits[0].float().argmax(dim=0).cpu().numpy(), np.uint8)


def after_clicks(
    network: nn.Module, hu: HUArray, labels: LabelArray, config: Config
) -> tuple[LabelArray, LabelArray]:
    """A tile of a sample after three clicks, and its truth; always the same faults."""
    rng = np.random.default_rng(zlib.crc32(labels.tobytes()))
    least = 2 if (labels > 1).any() else 1
    places = np.argwhere(labels >= least)
    if not len(places):
        places = np.array([np.array(labels.shape) // 2])
    box = tile_about(places[rng.integers(len(places))].tolist(), config.tile_zyx, labels.shape)
    truth = padded(labels[box.slices], config.tile_zyx, 0)
    image = padded(normalise(hu[box.slices], config.step()), config.tile_zyx, None)
    found, clicks = spoil(truth, rng), list[Click]()
    for _ in range(CLICKS_VALIDATED):
        clicks += click_faults(found, truth, 1)
        found = refine(network, image, found, clicks)
    return found, truth


def tile_about(middle: list[int], tile_zyx: Index, shape: tuple[int, ...]) -> Box:
    """A box of a tile's size about a voxel, moved inward at the edges of an array."""
    start = [
        min(max(m - t // 2, 0), max(n - t, 0))
        for m, t, n in zip(middle, tile_zyx, shape, strict=True)
    ]
    stop = [min(a + t, n) for a, t, n in zip(start, tile_zyx, shape, strict=True)]
    return Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))


def padded(array: np.ndarray, tile_zyx: Index, value: float | None) -> np.ndarray:
    """An array at least as large as a tile; filled behind, with its smallest value if not told."""
    missing = [(0, t - n) for t, n in zip(tile_zyx, array.shape, strict=True)]
    fill = array.min() if value is None else value
    return np.pad(array, missing, constant_values=fill)
