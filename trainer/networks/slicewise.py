"""A 2D network on every axial slice of a patch: it never sees the slice above or below."""

from __future__ import annotations

from torch import Tensor, nn


class Slicewise(nn.Module):
    """(N, 1, Z, Y, X) float32 to (N, classes, Z, Y, X) logits by a network of slices.

    Parameters
    ----------
    network : nn.Module
        (M, 1, Y, X) to (M, classes, Y, X).
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> Tensor:
        """All slices of the batch at once."""
        n, _, z, height, width = x.shape
        slices = x.transpose(1, 2).reshape(-1, 1, height, width)
        logits: Tensor = self.network(slices)
        return logits.reshape(n, z, -1, height, width).transpose(1, 2)
