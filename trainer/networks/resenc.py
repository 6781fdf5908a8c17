"""A 3D U-Net with a residual encoder and a slim decoder, made for few CPU cores.

The encoder is nnU-Net's ResEnc in small: blocks of two convolutions with a shortcut, more of
them where the grid is coarse. The decoder adds skips instead of joining them, has one
convolution a level and none on the full grid: there a step of the plain U-Net spends more than
half its time, while what tells a lesion from its surroundings is decided on coarser grids.

Source: Isensee et al. 2024, "nnU-Net Revisited" (arXiv 2404.09556), encoder only.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from trainer.networks.blocks import SLOPE, conv_block


def _norm(width: int) -> nn.InstanceNorm3d:
    return nn.InstanceNorm3d(width, affine=True)


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut; the grid is divided by `stride`."""

    def __init__(self, inside: int, outside: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv3d(inside, outside, 3, stride, 1, bias=False)
        self.second = nn.Conv3d(outside, outside, 3, 1, 1, bias=False)
        self.norms = nn.ModuleList([_norm(outside), _norm(outside)])
        way: list[nn.Module] = [] if stride == 1 else [nn.AvgPool3d(stride)]
        if inside != outside:
            way += [nn.Conv3d(inside, outside, 1, bias=False), _norm(outside)]
        self.shortcut = nn.Sequential(*way)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inside, Z, Y, X) to (N, outside, Z / stride, ...)."""
        y = functional.leaky_relu(self.norms[0](self.first(x)), SLOPE)
        y = self.norms[1](self.second(y))
        return functional.leaky_relu(y + self.shortcut(x), SLOPE)


class ResEncUNet(nn.Module):
    """(N, inputs, Z, Y, X) float32 to (N, classes, Z, Y, X) logits.

    While training, a list: the logits of the full grid and of `deep` coarser ones, each half
    the one before. Z, Y and X must be divisible by ``2 ** (len(widths) - 1)``.

    Parameters
    ----------
    widths : ints
        Channels per level; each level but the first halves the grid.
    classes : int
        Output channels, background included.
    deep : int
        Coarser levels whose logits are supervised too.
    inputs : int
        Input channels.
    """

    def __init__(
        self, widths: Sequence[int], classes: int = 4, deep: int = 0, inputs: int = 1
    ) -> None:
        super().__init__()
        self.stem = conv_block(inputs, widths[0])
        self.down, self.up, self.merge = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for level, (fine, coarse) in enumerate(pairwise(widths)):
            blocks = [ResidualBlock(fine, coarse, stride=2)]
            if level > 0:
                blocks.append(ResidualBlock(coarse, coarse))
            self.down.append(nn.Sequential(*blocks))
            self.up.insert(0, nn.ConvTranspose3d(coarse, fine, 2, 2))
            slim = nn.Sequential(_norm(fine), nn.LeakyReLU(SLOPE))
            self.merge.insert(0, slim if level == 0 else conv_block(fine, fine))
        self.heads = nn.ModuleList([nn.Conv3d(width, classes, 1) for width in widths[: deep + 1]])

    def forward(self, x: Tensor) -> Tensor | list[Tensor]:
        """Logits on the input's grid; while training, also on coarser ones."""
        x = self.stem(x)
        skips = []
        for level in self.down:
            skips.append(x)
            x = level(x)
        outputs = [x]
        for up, merge in zip(self.up, self.merge, strict=True):
            x = merge(up(x) + skips.pop())
            outputs.insert(0, x)
        if not self.training:
            logits: Tensor = self.heads[0](x)
            return logits
        return [head(y) for head, y in zip(self.heads, outputs, strict=False)]
