"""nnU-Net's plain network, in two or three dimensions: MONAI's DynUNet.

Source: Isensee et al. 2021, Nat Methods 18:203-211.
"""

from __future__ import annotations

from collections.abc import Sequence

from monai.networks.nets.dynunet import DynUNet
from torch import Tensor, nn


def plain_network(dims: int, widths: Sequence[int], classes: int = 4, deep: int = 0) -> nn.Module:
    """(N, 1, ...) float32 to (N, classes, ...) logits over `dims` axes of space.

    Parameters
    ----------
    dims : int
        2 or 3; every axis must be divisible by ``2 ** (len(widths) - 1)``.
    widths : ints
        Channels per level; each level but the first halves the grid.
    classes : int
        Output channels, background included.
    deep : int
        While training, the logits of so many coarser levels too, stacked on a second axis.
    """
    deeper = len(widths) - 1
    network: nn.Module = DynUNet(
        spatial_dims=dims,
        in_channels=1,
        out_channels=classes,
        kernel_size=[3] * len(widths),
        strides=[1] + [2] * deeper,
        upsample_kernel_size=[2] * deeper,
        filters=list(widths),
        norm_name=("INSTANCE", {"affine": True}),
        act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
        deep_supervision=deep > 0,
        deep_supr_num=max(deep, 1),
    )
    return network


class NnUNet(nn.Module):
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits, a list of them while training.

    MONAI hands the coarser logits back on the full grid, which changes their loss a little.

    Parameters
    ----------
    widths, classes, deep
        As `plain_network` takes them.
    """

    def __init__(self, widths: Sequence[int], classes: int = 4, deep: int = 0) -> None:
        super().__init__()
        self.network = plain_network(3, widths, classes, deep)

    def forward(self, x: Tensor) -> Tensor | list[Tensor]:
        """Logits on the input's grid; while training with `deep`, a list of them."""
        logits: Tensor = self.network(x)
        return list(logits.unbind(dim=1)) if logits.ndim == 6 else logits
