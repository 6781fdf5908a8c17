"""Renal vessels and ureters: soft cords at the hilum that are not kidney."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from trainer.synthesis.scene import Scene
from trainer.synthesis.tissue import Tissue, at_phase, curve_of


def add_hilum(
    rng: np.random.Generator, scene: Scene, written: npt.NDArray[np.bool_], phase: float
) -> None:
    """Draw artery, vein and ureter of one kidney through the fat; nothing else is covered.

    Parameters
    ----------
    written : (Z, Y, X) bool
        The kidney's voxels.
    """
    at = np.argwhere(written)
    middle = at.mean(axis=0)
    midline = (scene.labels.shape[2] - 1) / 2
    targets = [t for t in scene.targets if t is not None]
    if len(targets) == 2:
        midline = float(np.mean([t[2] for t in targets]))
    inward = 1.0 if midline > middle[2] else -1.0
    edge = at[:, 2].max() if inward > 0 else at[:, 2].min()
    hilum = np.array((middle[0], middle[1] + 2, 0.5 * (middle[2] + edge)))
    great = np.array((middle[0] + rng.uniform(0, 12), middle[1] + rng.uniform(8, 16), midline))
    low = np.array((middle[0] - rng.uniform(40, 70), middle[1] + rng.uniform(5, 15), 0.0))
    low[2] = 0.5 * (middle[2] + midline)
    for tissue, end, radius in (
        (Tissue.VEIN, great, rng.uniform(2.0, 3.6)),
        (Tissue.ARTERY, great - (0, 5, 0), rng.uniform(1.2, 2.2)),
        (Tissue.URINE, low, rng.uniform(0.9, 2.4)),
    ):
        hu = at_phase(curve_of(tissue), phase) + rng.normal(0, 15)
        _cord(rng, scene, hilum + rng.normal(0, 1.5, 3), end, radius, hu)


def _cord(
    rng: np.random.Generator,
    scene: Scene,
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
    radius: float,
    hu: float,
) -> None:
    """Balls along a bent line, written where there is fat."""
    steps = np.linspace(0, 1, int(np.linalg.norm(end - start)) + 2)[:, None]
    bow = np.sin(np.pi * steps) * rng.normal(0, 4, 3)
    line = np.rint(start + (end - start) * steps + bow).astype(int)
    reach = int(np.ceil(radius))
    ball = np.argwhere(np.ones((2 * reach + 1,) * 3)) - reach
    ball = ball[(ball**2).sum(axis=1) <= radius**2 + 0.3]
    at = (line[:, None] + ball).reshape(-1, 3)
    at = at[((at >= 0) & (at < scene.labels.shape)).all(axis=1)]
    where = tuple(at.T)
    free = (scene.labels[where] == 0) & (scene.cost[where] == 0)
    scene.hu[tuple(at[free].T)] = hu
