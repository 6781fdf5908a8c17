"""Every network keeps the grid, fits its configuration and stays small."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from trainer.comparison.entries import ENTRIES
from trainer.config import CONFIGS
from trainer.export.onnx_file import checked_onnx
from trainer.networks import NETWORKS, build


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_a_network_gives_four_logits_for_every_voxel(config):
    network = build(config).eval()
    with torch.inference_mode():
        out = network(torch.zeros(1, config.inputs, 32, 48, 16))
    assert out.shape == (1, 4, 32, 48, 16)
    assert all(n % 2 ** (len(config.widths) - 1) == 0 for n in config.tile_zyx)


@pytest.mark.parametrize("name", ENTRIES)
def test_compared_networks_export_and_are_supervised_on_halving_grids(name):
    config = ENTRIES[name]
    if name == "nnU-Net":  # 66 MB of weights are too slow a test; its smaller twin is the same code
        config = replace(config, widths=(4, 8, 8, 16, 16))
    network = build(config).train()
    outputs = network(torch.zeros(1, 1, *config.tile_zyx) + torch.randn(1, 1, *config.tile_zyx))
    outputs = outputs if isinstance(outputs, list) else [outputs]
    assert len(outputs) == config.deep + 1
    assert outputs[0].shape == (1, 4, *config.tile_zyx)
    assert all(config.tile_zyx[0] % one.shape[2] == 0 for one in outputs)
    file, agreement = checked_onnx(network, config.tile_zyx)
    assert agreement.labels == 1.0 and len(file) > 1000


@pytest.mark.parametrize("name", ["2D U-Net", "2D U-Net, ResNet-34"])
def test_a_slice_network_does_not_see_the_next_slice(name):
    network = build(ENTRIES[name]).eval()
    image = torch.randn(1, 1, 4, 64, 64, generator=torch.Generator().manual_seed(1))
    other = image.clone()
    other[0, 0, 2] += 1
    with torch.inference_mode():
        a, b = network(image), network(other)
    assert torch.allclose(a[:, :, [0, 1, 3]], b[:, :, [0, 1, 3]], atol=1e-5)
    assert not torch.allclose(a[:, :, 2], b[:, :, 2], atol=1e-2)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=list(CONFIGS))
def test_a_network_is_small_enough_to_be_committed(config):
    """Half precision, 52 MB in all: one fine step, two coarse ones, one that refines."""
    parameters = sum(p.numel() for p in build(config).parameters())
    assert parameters * 2 < {"fine": 30e6, "coarse": 5e6, "refine": 12e6}[config.role]


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
