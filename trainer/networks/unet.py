"""A plain 3D U-Net: strided convolutions down, transposed ones up, skips between.

Instance norm and leaky ReLU after every convolution. Instance norm (statistics of the tile
at hand) was kept over batch norm because scanners differ more than the synthetic images the
network learns from; it costs a tenth of the training step.

Source: Isensee et al. 2021, Nat Methods 18:203-211, reduced to what two CPU cores can run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from trainer.networks.blocks import conv_block


class UNet(nn.Module):
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits.

    Z, Y and X must be divisible by ``2 ** (len(widths) - 1)``.

    Parameters
    ----------
    widths : ints
        Channels per level; each level but the first halves the grid.
    classes : int
        Output channels, background included.
    """

    def __init__(self, widths: Sequence[int], classes: int = 4) -> None:
        super().__init__()
        self.down = nn.ModuleList([conv_block(1, widths[0])])  # one conv: full grid is dear
        self.up = nn.ModuleList()
        self.merge = nn.ModuleList()
        for fine, coarse in pairwise(widths):
            level = nn.Sequential(conv_block(fine, coarse, 2), conv_block(coarse, coarse))
            self.down.append(level)
            self.up.insert(0, nn.ConvTranspose3d(coarse, fine, 2, 2))
            self.merge.insert(0, conv_block(2 * fine, fine))
        self.head = nn.Conv3d(widths[0], classes, 1)

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
