"""Networks, and the table that names them.

Each maps (N, inputs, Z, Y, X) float32 to (N, 4, Z, Y, X) logits; while training it may give a list
instead, finest first, whose coarser members are supervised too.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from trainer.config import Config
from trainer.networks.nnunet import NnUNet, plain_network
from trainer.networks.resenc import ResEncUNet
from trainer.networks.resnet34 import ResNet34UNet
from trainer.networks.segresnet import segresnet
from trainer.networks.slicewise import Slicewise
from trainer.networks.unet import UNet

__all__ = ["NETWORKS", "build"]

NETWORKS: dict[str, Callable[[Config], nn.Module]] = {
    "unet": lambda config: UNet(config.widths),
    "unet_2d": lambda config: Slicewise(plain_network(2, config.widths)),
    "resnet34_unet": lambda config: Slicewise(ResNet34UNet(config.widths)),
    "resenc": lambda config: ResEncUNet(config.widths, deep=config.deep, inputs=config.inputs),
    "segresnet": lambda config: segresnet(config.widths, deep=config.deep),
    "nnunet": lambda config: NnUNet(config.widths, deep=config.deep),
}


def build(config: Config) -> nn.Module:
    """The network a configuration names, freshly initialised."""
    return NETWORKS[config.network](config)
