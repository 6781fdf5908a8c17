"""SegResNet, as MONAI has it.

Source: Myronenko et al. 2023, "Automated 3D Segmentation of Kidneys and Tumors in MICCAI
KiTS 2023 Challenge" (arXiv 2310.04110), which won it.
"""

from __future__ import annotations

from collections.abc import Sequence

from monai.networks.nets.segresnet_ds import SegResNetDS
from torch import nn

_BLOCKS = (1, 2, 2, 4, 4)  # residual blocks a level


def segresnet(widths: Sequence[int], classes: int = 4, deep: int = 0) -> nn.Module:
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits; a list while training.

    Parameters
    ----------
    widths : ints
        Channels per level; only the first is free, each level doubles them.
    classes : int
        Output channels, background included.
    deep : int
        Coarser levels whose logits are given too while training.
    """
    network: nn.Module = SegResNetDS(
        spatial_dims=3,
        init_filters=widths[0],
        in_channels=1,
        out_channels=classes,
        norm="instance",
        blocks_down=_BLOCKS[: len(widths)],
        dsdepth=deep + 1,
    )
    return network
