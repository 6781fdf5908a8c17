"""Networks, one per file, and the table that names them."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from trainer.config import Config
from trainer.networks.unet import UNet, UNetConfig

__all__ = ["NETWORKS", "build"]

NETWORKS: dict[str, Callable[[Config], nn.Module]] = {
    "unet": lambda config: UNet(UNetConfig(widths=config.widths)),
}


def build(config: Config) -> nn.Module:
    """The network a configuration names, freshly initialised."""
    return NETWORKS[config.network](config)
