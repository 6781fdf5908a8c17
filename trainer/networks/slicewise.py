"""2D networks on every axial slice of a patch: they never see the slice above or below.

The plain one is MONAI's DynUNet, which is nnU-Net's network.
"""

from __future__ import annotations

from collections.abc import Sequence

from monai.networks.nets.dynunet import DynUNet
from torch import Tensor, nn


class Slicewise(nn.Module):
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits by a network of slices.

    Parameters
    ----------
    network : nn.Module
        (M, 1, Y, X) to (M, classes, Y, X).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """All slices of the batch at once."""
        n, _, z, height, width = x.shape
        slices = x.transpose(1, 2).reshape(-1, 1, height, width)
        logits: Tensor = self.network(slices)
        return logits.reshape(n, z, -1, height, width).transpose(1, 2)


def unet_2d(widths: Sequence[int], classes: int = 4) -> nn.Module:
    """nnU-Net's plain network in two dimensions; Y and X divisible by 2 per level."""
    deeper = len(widths) - 1
    network = DynUNet(
        spatial_dims=2,
        in_channels=1,
        out_channels=classes,
        kernel_size=[3] * len(widths),
        strides=[1] + [2] * deeper,
        upsample_kernel_size=[2] * deeper,
        filters=list(widths),
        norm_name=("INSTANCE", {"affine": True}),
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
    )
    return Slicewise(network)
