"""Layers that several of the networks made here are built of."""

from __future__ import annotations

from torch import nn

SLOPE = 0.01
"""Of the leaky ReLU below zero."""


def conv_block(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
    """A 3 x 3 x 3 convolution, instance norm and leaky ReLU; divides the grid by `stride`."""
    return nn.Sequential(
        nn.Conv3d(inside, outside, 3, stride, 1, bias=False),
        nn.InstanceNorm3d(outside, affine=True),
        nn.LeakyReLU(SLOPE, inplace=True),
    )
