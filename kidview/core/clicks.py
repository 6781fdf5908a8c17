"""What a refining network is told: the scan, the labels so far, and where somebody clicked.

The trainer and the inference engine both use this module, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kidview.core.types import FloatArray, LabelArray, ScoreArray

LABELS_TOLD = (0, 1, 2, 3)
CHANNELS = 1 + len(LABELS_TOLD[1:]) + len(LABELS_TOLD)
"""Intensity; kidney, tumour, cyst so far; clicks that say background, kidney, tumour, cyst."""

_SD_VOXELS = 2.0
_REACH_VOXELS = 6


@dataclass(frozen=True)
class Click:
    """A voxel and what it shall be.

    Parameters
    ----------
    at_zyx : 3 floats
        Index on the grid at hand.
    label : int
        0 background.
    """

    at_zyx: tuple[float, float, float]
    label: int


def told(image: ScoreArray, labels: LabelArray, clicks: Sequence[Click]) -> ScoreArray:
    """Input of a refining network.

    Parameters
    ----------
    image : (Z, Y, X) float32
        Normalised as the network's step says.
    labels : (Z, Y, X) uint8
        So far, on the same grid.
    clicks : sequence of Click
        Indices on the same grid; each becomes a Gaussian ball of 2 voxels (sd).

    Returns
    -------
    (CHANNELS, Z, Y, X) float32
    """
    out = np.zeros((CHANNELS, *image.shape), np.float32)
    out[0] = image
    for label in LABELS_TOLD[1:]:
        out[label] = labels == label
    for click in clicks:
        _add_ball(out[len(LABELS_TOLD) + click.label], np.array(click.at_zyx))
    return out


def _add_ball(channel: ScoreArray, at: FloatArray) -> None:
    start = np.clip(np.floor(at).astype(int) - _REACH_VOXELS, 0, channel.shape)
    stop = np.clip(np.ceil(at).astype(int) + _REACH_VOXELS + 1, start, channel.shape)
    region = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
    z, y, x = (np.arange(a, b) - c for a, b, c in zip(start, stop, at, strict=True))
    square = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2
    ball = np.exp(-square / (2 * _SD_VOXELS**2)).astype(np.float32)
    channel[region] = np.maximum(channel[region], ball)
