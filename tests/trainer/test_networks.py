"""Every network keeps the grid, fits its configuration and stays small."""

from __future__ import annotations

import pytest
import torch

from trainer.config import CONFIGS
from trainer.networks import NETWORKS, build


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_a_network_gives_four_logits_for_every_voxel(config):
    network = build(config).eval()
    with torch.inference_mode():
        out = network(torch.zeros(1, 1, 32, 48, 16))
    assert out.shape == (1, 4, 32, 48, 16)
    assert all(n % 2 ** (len(config.widths) - 1) == 0 for n in config.tile_zyx)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_a_network_is_small_enough_to_be_committed(config):
    parameters = sum(p.numel() for p in build(config).parameters())
    assert parameters * 4 < 7.8e6


def test_a_voxel_sees_a_whole_kidney():
    """What one output voxel depends on reaches over 12 cm on the fine grid."""
    config = CONFIGS["fine"]
    network = build(config).eval()
    image = torch.randn(1, 1, 96, 32, 32, generator=torch.Generator().manual_seed(0))
    image.requires_grad_(True)
    network(image)[0, 1, 48, 16, 16].backward()
    assert image.grad is not None
    reach = image.grad[0, 0].abs().amax(dim=(1, 2)).nonzero()
    assert (int(reach.max()) - int(reach.min()) + 1) * config.spacing_zyx[0] > 120


def test_every_configuration_names_a_known_network():
    assert {config.network for config in CONFIGS.values()} <= set(NETWORKS)
