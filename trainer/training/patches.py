"""Samples and the patches drawn from them: where, how turned, how disturbed.

All random numbers of a patch are drawn first (`Draw`) and applied second, so that a patch
can be explained and repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kidview.core.geometry import Geometry
from kidview.core.prepare import label_to_spacing, to_spacing
from kidview.core.types import FloatArray, HUArray, LabelArray, MaskArray, Triple
from trainer.config import Config
from trainer.data.prepared import OnGrid

AIR_HU = -1024
_SEEDS = 400  # voxels kept per label as possible patch centres
Indices = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


@dataclass(frozen=True)
class Sample:
    """A training volume on the network's grid.

    Parameters
    ----------
    name : str
    hu : (Z, Y, X) int16 tensor
        On the device that trains.
    labels : (Z, Y, X) uint8 tensor
    seeds : dict
        Label to (n, 3) zyx indices of some of its voxels.
    changed : (n, 3) int64
        zyx indices of some of the voxels that people changed.
    """

    name: str
    hu: Tensor
    labels: Tensor
    seeds: dict[int, Indices]
    changed: Indices = field(default_factory=lambda: np.empty((0, 3), np.int64))


def on_grid(
    hu: HUArray,
    labels: LabelArray,
    geometry: Geometry,
    spacing_zyx: Triple,
    changed: MaskArray | None = None,
) -> OnGrid:
    """Scan, labels and what people changed of them, resampled to a network's grid."""
    grid_hu, grid = to_spacing(hu, geometry, spacing_zyx)
    marks = None if changed is None else _marked(changed, geometry, grid)
    return OnGrid(grid_hu, label_to_spacing(labels, geometry, spacing_zyx), marks)


def _marked(mask: MaskArray, geometry: Geometry, grid: Geometry) -> MaskArray:
    """The voxels of a grid that hold a voxel of a mask, so that a thin one does not vanish."""
    at = grid.ras_to_index(geometry.index_to_ras(np.argwhere(mask)))
    z, y, x = np.clip(np.rint(at).astype(np.int64), 0, np.array(grid.shape_zyx) - 1).T
    marks = np.zeros(grid.shape_zyx, bool)
    marks[z, y, x] = True
    return marks


def make_sample(name: str, case: OnGrid, device: torch.device | str = "cpu") -> Sample:
    """A volume on the network's grid, with notes where its labels and people's changes lie."""
    rng = np.random.default_rng(0)
    masks = {label: case.labels == label for label in (1, 2, 3)}
    seeds = {label: _some_of(mask, rng) for label, mask in masks.items() if mask.any()}
    hu, labels = (
        torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in (case.hu, case.labels)
    )
    if case.changed is None:
        return Sample(name, hu, labels, seeds)
    return Sample(name, hu, labels, seeds, _some_of(case.changed, rng))


def _some_of(mask: MaskArray, rng: np.random.Generator) -> Indices:
    """(n, 3) zyx indices of some voxels of a mask."""
    where = np.flatnonzero(mask)
    some = rng.choice(where, min(_SEEDS, where.size), replace=False)
    return np.stack(np.unravel_index(some, mask.shape), axis=1)


@dataclass(frozen=True)
class Draw:
    """The random numbers of one patch.

    Parameters
    ----------
    centre_zyx : 3 floats
        Voxel of the sample that becomes the middle of the patch.
    turn : (3, 3) float64
        Patch voxel offsets to sample voxel offsets: rotation, zoom and left-right flip.
    gain, shift_hu, noise_hu : float
        HU are multiplied about 50 HU, shifted, and get normal noise of that sd.
    blur : 3 ints
        Voxels averaged along z, y, x.
    seed : int
        Of the noise.
    """

    centre_zyx: FloatArray
    turn: FloatArray
    gain: float
    shift_hu: float
    noise_hu: float
    blur: tuple[int, int, int]
    seed: int


def draw(sample: Sample, config: Config, rng: np.random.Generator) -> Draw:
    """Choose a patch of a sample and its disturbances."""
    angles = np.deg2rad(rng.normal(0, (6, 3, 3)))  # about z, y, x
    zoom = np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.04, 3))
    turn = _rotation(angles) * zoom
    if rng.random() < 0.5:
        turn[:, 2] *= -1  # left-right mirror image: kidneys stay plausible
    blur = (1, 1, 1)
    if rng.random() < 0.2:
        thick, plane = int(rng.integers(1, 4)), int(rng.integers(1, 3))
        blur = (thick, plane, plane)
    return Draw(
        centre_zyx=_centre(sample, config, rng),
        turn=turn,
        gain=float(np.exp(rng.normal(0, 0.12))),
        shift_hu=float(rng.normal(0, 12)),
        noise_hu=float(rng.choice([0.0, rng.uniform(0, 12), rng.uniform(0, 30)])),
        blur=blur,
        seed=int(rng.integers(1 << 31)),
    )


def _centre(sample: Sample, config: Config, rng: np.random.Generator) -> FloatArray:
    shape, tile = np.array(sample.hu.shape), np.array(config.tile_zyx)
    if len(sample.changed) and rng.random() < config.changed_share:
        at = sample.changed[rng.integers(len(sample.changed))]
        return np.asarray(at + rng.uniform(-1, 1, 3) * tile / 4)
    slack = np.maximum(shape - tile, 0) / 2 + tile / 8  # a little beyond the edge
    anywhere = (shape - 1) / 2 + rng.uniform(-1, 1, 3) * slack
    if config.whole or not sample.seeds:
        return np.asarray(anywhere)
    kind = rng.random()
    if kind < 0.1:
        return np.asarray(anywhere)
    masses = [label for label in sample.seeds if label > 1]
    is_lesion = bool(masses) and kind < 0.1 + config.lesion_share
    pick = int(rng.choice(masses)) if is_lesion else min(sample.seeds)
    seeds = sample.seeds[pick]
    at = seeds[rng.integers(len(seeds))]
    spread = tile / 2 if kind > 0.85 else tile / 4  # the wide ones mostly show neighbours
    return np.asarray(at + rng.uniform(-1, 1, 3) * spread)


def _rotation(angles: FloatArray) -> FloatArray:
    """Rotation about z, y, x (radians) as a matrix on zyx offsets."""
    out = np.eye(3)
    for axis, angle in enumerate(angles):
        i, j = [a for a in range(3) if a != axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        out = out @ turn
    return out


def cut(sample: Sample, config: Config, how: Draw) -> tuple[Tensor, Tensor]:
    """Apply a draw on the sample's device, which is never made to wait for the CPU.

    Returns
    -------
    (1, Z, Y, X) float32
        Normalised intensities; outside the sample is air.
    (Z, Y, X) int64
        Labels.
    """
    device = sample.hu.device
    grid = _sampling_grid(sample.hu.shape, config.tile_zyx, how, device)
    raised = sample.hu.float()[None, None] - AIR_HU
    hu = functional.grid_sample(raised, grid, align_corners=True)[0] + AIR_HU
    whole = sample.labels.float()[None, None]
    labels = functional.grid_sample(whole, grid, mode="nearest", align_corners=True)[0, 0]
    hu = (hu - 50) * how.gain + 50 + how.shift_hu
    if max(how.blur) > 1:
        hu = _box_blur(hu, how.blur)
    if how.noise_hu > 0:
        noise = torch.Generator(device).manual_seed(how.seed)
        hu = hu + torch.randn(hu.shape, generator=noise, device=device) * how.noise_hu
    return _normalised(hu, config), labels.round().long()


def _normalised(hu: Tensor, config: Config) -> Tensor:
    """What `kidview.core.prepare.normalise` does, on any device."""
    low, high = config.clip_hu
    return (hu.clamp(low, high) - config.mean_hu) / config.sd_hu


def _sampling_grid(
    shape: tuple[int, ...], tile: tuple[int, int, int], how: Draw, device: torch.device
) -> Tensor:
    """(1, Z, Y, X, 3) positions for grid_sample: xyz in -1..1, corners at voxel centres."""
    half_tile, half = (np.maximum(np.array(n) - 1, 1) / 2 for n in (tile, shape))
    theta = np.empty((3, 4))
    theta[:, :3] = how.turn * half_tile / half[:, None]
    theta[:, 3] = how.centre_zyx / half - 1
    theta = np.hstack([theta[::-1, 2::-1], theta[::-1, 3:]])  # zyx to xyz
    matrix = torch.tensor(theta[None], dtype=torch.float32).to(device, non_blocking=True)
    return functional.affine_grid(matrix, [1, 1, *tile], align_corners=True)


def _box_blur(hu: Tensor, size: tuple[int, int, int]) -> Tensor:
    """(1, Z, Y, X) averaged over `size` voxels, same shape."""
    before = [(n - 1) // 2 for n in size]
    after = [n - 1 - b for n, b in zip(size, before, strict=True)]
    padding = [before[2], after[2], before[1], after[1], before[0], after[0]]
    padded = functional.pad(hu[None], padding, mode="replicate")
    return functional.avg_pool3d(padded, size, stride=1)[0]
