"""A plain 3D U-Net: strided convolutions down, transposed ones up, skips between.

Instance norm and leaky ReLU after every convolution. Instance norm (statistics of the tile
at hand) was kept over batch norm because scanners differ more than the synthetic images the
network learns from; it costs a tenth of the training step.

Source: Isensee et al. 2021, Nat Methods 18:203-211, reduced to what two CPU cores can run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class UNetConfig:
    """Shape of the network.

    Parameters
    ----------
    widths : ints
        Channels per level; each level but the first halves the grid.
    classes : int
        Output channels, background included.
    slope : float
        Of the leaky ReLU below zero.
    """

    widths: Sequence[int] = (12, 24, 48, 96, 128)
    classes: int = 4
    slope: float = 0.01


def _conv(inside: int, outside: int, stride: int, slope: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv3d(inside, outside, 3, stride, 1, bias=False),
        nn.InstanceNorm3d(outside, affine=True),
        nn.LeakyReLU(slope, inplace=True),
    )


class UNet(nn.Module):
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits.

    Z, Y and X must be divisible by ``2 ** (len(widths) - 1)``.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        widths, slope = list(config.widths), config.slope
        self.down = nn.ModuleList([_conv(1, widths[0], 1, slope)])  # one conv: full grid is dear
        self.up = nn.ModuleList()
        self.merge = nn.ModuleList()
        for fine, coarse in pairwise(widths):
            level = nn.Sequential(_conv(fine, coarse, 2, slope), _conv(coarse, coarse, 1, slope))
            self.down.append(level)
            self.up.insert(0, nn.ConvTranspose3d(coarse, fine, 2, 2))
            self.merge.insert(0, _conv(2 * fine, fine, 1, slope))
        self.head = nn.Conv3d(widths[0], config.classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits on the input's grid."""
        skips = []
        for level in self.down:
            x = level(x)
            skips.append(x)
        skips.pop()
        for up, merge in zip(self.up, self.merge, strict=True):
            x = merge(torch.cat([up(x), skips.pop()], dim=1))
        return cast(Tensor, self.head(x))
