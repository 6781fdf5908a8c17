"""What training minimises: Dice per label plus weighted cross-entropy, in float32."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

_SMOOTH = 50.0  # voxels: a lesion of a few voxels shall not weigh like a kidney


def dice_loss(probabilities: Tensor, target: Tensor) -> Tensor:
    """1 - soft Dice, mean over the labels that occur in the batch.

    The batch is one region (sums run over it), and labels absent from it are left out:
    a voxel of a missing label would otherwise cost as much as a missed lesion. Nothing here
    asks a tensor for its value, which would make a card wait.

    Parameters
    ----------
    probabilities : (N, C, Z, Y, X) float32
    target : (N, Z, Y, X) int64
    """
    classes = probabilities.shape[1]
    hot = functional.one_hot(target, classes).movedim(-1, 1).to(probabilities.dtype)
    over = (0, 2, 3, 4)
    both, size = (probabilities * hot).sum(over), hot.sum(over)
    dice = (2 * both + _SMOOTH) / (probabilities.sum(over) + size + _SMOOTH)
    present = (size[1:] > 0).to(dice.dtype)
    return ((1 - dice[1:]) * present).sum() / present.sum().clamp(min=1)


def region_loss(probabilities: Tensor, target: Tensor, least: int) -> Tensor:
    """1 - soft Dice of the labels from `least` up as one region; 0 where there is none.

    From 1 it is the foreground, from 2 the masses of either kind.
    """
    truth = (target >= least).to(probabilities.dtype)
    found = probabilities[:, least:].sum(dim=1)
    both, size = (found * truth).sum(), truth.sum()
    loss: Tensor = 1 - (2 * both + _SMOOTH) / (found.sum() + size + _SMOOTH)
    return loss * (size > 0)


def segmentation_loss(logits: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Dice per label, of the foreground and of masses, plus cross-entropy with class weights."""
    logits = logits.float()
    probabilities = logits.softmax(dim=1)
    entropy = functional.cross_entropy(logits, target, weights)
    dice = dice_loss(probabilities, target)
    for least in (1, 2):
        dice = dice + region_loss(probabilities, target, least)
    return entropy + 0.5 * dice


def deep_loss(outputs: Sequence[Tensor], target: Tensor, weights: Tensor) -> Tensor:
    """`segmentation_loss` of logits on the full grid and on coarser ones, finest first.

    Each output weighs half of the one before, the weights sum to 1; the target of a coarser
    grid is every second (fourth, ...) voxel. Source: nnU-Net's deep supervision.
    """
    total = target.new_zeros((), dtype=torch.float32)
    shares = [0.5**k for k in range(len(outputs))]
    for share, logits in zip(shares, outputs, strict=True):
        z, y, x = (n // m for n, m in zip(target.shape[1:], logits.shape[2:], strict=True))
        total = total + share / sum(shares) * segmentation_loss(
            logits, target[:, ::z, ::y, ::x], weights
        )
    return total
