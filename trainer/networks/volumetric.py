"""Published 3D networks, built of MONAI's blocks, as peers of the ones made here."""

from __future__ import annotations

from collections.abc import Sequence

from monai.networks.nets.dynunet import DynUNet
from monai.networks.nets.segresnet_ds import SegResNetDS
from torch import Tensor, nn


def segresnet(widths: Sequence[int], classes: int = 4, deep: int = 0) -> nn.Module:
    """SegResNet as it won KiTS23: residual blocks, four grids, a list of logits in training.

    Source: Myronenko et al. 2023, "Automated 3D Segmentation of Kidneys and Tumors in MICCAI
    KiTS 2023 Challenge" (arXiv 2310.04110). Channels double from `widths`' first.
    """
    blocks = (1, 2, 2, 4, 4)[: len(widths)]
    return SegResNetDS(
        spatial_dims=3,
        init_filters=widths[0],
        in_channels=1,
        out_channels=classes,
        norm="instance",
        blocks_down=blocks,
        dsdepth=deep + 1,
    )


class NnUNet(nn.Module):
    """nnU-Net's plain 3D network; while training the logits of `deep` coarser levels too.

    MONAI hands the coarser logits back on the full grid, which changes their loss a little.

    Source: Isensee et al. 2021, Nat Methods 18:203-211.

    Parameters
    ----------
    widths : ints
        Channels per level; each level but the first halves the grid.
    classes : int
    deep : int
    """

    def __init__(self, widths: Sequence[int], classes: int = 4, deep: int = 0) -> None:
        super().__init__()
        deeper = len(widths) - 1
        self.network = DynUNet(
            spatial_dims=3,
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

    def forward(self, x: Tensor) -> Tensor | list[Tensor]:
        """Logits on the input's grid; while training with `deep`, a list of them."""
        logits: Tensor = self.network(x)
        return list(logits.unbind(dim=1)) if logits.ndim == 6 else logits
