"""A 2D U-Net whose encoder is ResNet-34, as a slice network.

Source: He et al. 2016, "Deep Residual Learning" (arXiv 1512.03385), with free
widths; the decoder is a U-Net's. MONAI's FlexibleUNet was tried first: its shortcuts are padded
in a way that ties an ONNX file to one number of slices.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

_BLOCKS = (3, 4, 6, 3)  # what makes it a ResNet-34


def _conv(inside: int, outside: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(outside),
    )


class _BasicBlock(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.first, self.second = _conv(inside, outside, 3, stride), _conv(outside, outside)
        is_same = inside == outside and stride == 1
        self.shortcut = nn.Identity() if is_same else _conv(inside, outside, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(functional.relu(self.first(x)))
        return functional.relu(y + self.shortcut(x))


class ResNet34UNet(nn.Module):
    """(N, 1, Y, X) float32 to (N, classes, Y, X) logits; Y and X divisible by 32.

    Parameters
    ----------
    widths : 5 ints
        Channels of the stem (half the grid) and of the four stages; ResNet-34 has 64, 64, 128,
        256, 512.
    classes : int
    """

    def __init__(self, widths: Sequence[int], classes: int = 4) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(1, widths[0], 7, 2), nn.ReLU())
        self.stages = nn.ModuleList()
        for stage, count in enumerate(_BLOCKS):
            inside, outside = widths[stage], widths[stage + 1]
            stride = 1 if stage == 0 else 2  # the first stage comes behind the pooling
            blocks = [_BasicBlock(inside, outside, stride)]
            blocks += [_BasicBlock(outside, outside, 1) for _ in range(count - 1)]
            self.stages.append(nn.Sequential(*blocks))
        self.merge = nn.ModuleList()
        deep = list(widths[::-1])
        for below, skip in zip(deep, [*deep[1:], 0], strict=True):
            outside = skip or widths[0] // 2
            self.merge.append(nn.Sequential(_conv(below + skip, outside), nn.ReLU()))
        self.head = nn.Conv2d(widths[0] // 2, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Logits on the slice's grid."""
        x = self.stem(x)
        skips = [x]
        x = functional.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = stage(x)
            skips.append(x)
        skips.pop()
        for merge in self.merge:
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = merge(torch.cat([x, skips.pop()], dim=1) if skips else x)
        logits: Tensor = self.head(x)
        return logits
