"""Smooth random fields, warps and fast resampling: the arithmetic below the anatomy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F

from kidview.core.types import Index, ScoreArray, Triple


def smooth_field(rng: np.random.Generator, shape: Index, scale: float) -> ScoreArray:
    """Normal noise whose blobs are about `scale` voxels wide; mean 0, sd 1.

    Returns
    -------
    (Z, Y, X) float32
    """
    coarse = tuple(int(np.ceil(n / scale)) + 3 for n in shape)
    out = rng.standard_normal(coarse, dtype=np.float32)
    # Linear along one axis after the other as matrix products: ten times trilinear's speed.
    for axis, n in enumerate(shape):
        at = rng.uniform(0, 1) + np.arange(n) / scale
        weight = np.clip(1 - np.abs(at[:, None] - np.arange(coarse[axis])), 0, None)
        moved = np.matmul(weight.astype(np.float32), np.moveaxis(out, axis, -2))
        out = np.moveaxis(moved, -2, axis)
    out = np.ascontiguousarray(out)
    out -= out.mean()
    out /= float(out[::2, ::2, ::2].std()) or 1.0
    return out


def blur(image: ScoreArray, sigma_zyx: Triple) -> ScoreArray:
    """Gaussian blur, edges repeated; far faster than general filters for small sigmas."""
    tensor = torch.from_numpy(np.ascontiguousarray(image))[None, None]
    for axis, sigma in enumerate(sigma_zyx):
        radius = int(np.ceil(2.5 * sigma))
        if sigma < 0.2 or radius < 1:
            continue
        steps = np.arange(-radius, radius + 1)
        weight = np.exp(-0.5 * (steps / sigma) ** 2).astype(np.float32)
        weight /= weight.sum()
        pad = [0, 0, 0, 0, 0, 0]
        pad[2 * (2 - axis)] = pad[2 * (2 - axis) + 1] = radius
        padded = F.pad(tensor, pad, mode="replicate")
        n = tensor.shape[2 + axis]
        total = torch.zeros_like(tensor)
        for k, w in enumerate(weight):
            total.add_(padded.narrow(2 + axis, k, n), alpha=float(w))
        tensor = total
    return np.asarray(tensor[0, 0].numpy())


def pull_grid(
    rng: np.random.Generator,
    shape: Index,
    centre_zyx: npt.NDArray[np.float64],
    matrix: npt.NDArray[np.float64],
    bend: float,
    bend_scale: float,
) -> npt.NDArray[np.float32]:
    """Source coordinates for every voxel of a grid: affine about its middle, then bent.

    Parameters
    ----------
    shape : 3 ints
        Grid to fill.
    centre_zyx : (3,) float
        Source voxel that lands in the grid's middle.
    matrix : (3, 3) float
        Offsets from the middle to offsets in the source, zyx.
    bend : float
        Voxels of random displacement (sd).
    bend_scale : float
        Voxels over which the displacement changes.

    Returns
    -------
    (3, Z, Y, X) float32, source voxels
    """
    axes = [np.arange(n, dtype=np.float32) - (n - 1) / 2 for n in shape]
    out = np.empty((3, *shape), np.float32)
    for i in range(3):
        z, y, x = (axes[j] * np.float32(matrix[i, j]) for j in range(3))
        out[i] = (z[:, None, None] + y[:, None]) + (x + np.float32(centre_zyx[i]))
        if bend > 0:
            out[i] += bend * smooth_field(rng, shape, bend_scale)
    return out


def pull(
    channels: npt.NDArray[np.float32], coordinates: npt.NDArray[np.float32], nearest: bool = False
) -> npt.NDArray[np.float32]:
    """Channels of a source read at the given source coordinates; 0 outside.

    Parameters
    ----------
    channels : (C, Z, Y, X) float32
    coordinates : (3, Z', Y', X') float32, voxels

    Returns
    -------
    (C, Z', Y', X') float32
    """
    size = np.array(channels.shape[1:], np.float32)
    grid = np.stack([coordinates[i] * (2 / max(size[i] - 1, 1)) - 1 for i in (2, 1, 0)], axis=-1)
    read = F.grid_sample(
        torch.from_numpy(np.ascontiguousarray(channels))[None],
        torch.from_numpy(grid.astype(np.float32))[None],
        mode="nearest" if nearest else "bilinear",
        padding_mode="zeros",
        align_corners=True,
    )
    return np.asarray(read[0].numpy())


def affine(scale_zyx: Triple, angles_deg: Triple, mirror: bool = False) -> npt.NDArray[np.float64]:
    """Inverse of a scaling and rotation about the z, y, x axes: from target to source offsets."""
    rotation = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(angles_deg)):
        i, j = [k for k in range(3) if k != axis]
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[i, j], turn[j, i] = -np.sin(angle), np.sin(angle)
        rotation = turn @ rotation
    scale = np.diag(1 / np.asarray(scale_zyx, dtype=np.float64))
    flip = np.diag([1.0, 1.0, -1.0 if mirror else 1.0])
    return np.asarray(flip @ scale @ rotation.T)
