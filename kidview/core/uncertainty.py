"""How unsure a network was, voxel by voxel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.box import Box
from kidview.core.types import ScoreArray

_MOST = 255.0  # a uint8 that stands for full doubt
_LEAST = np.float32(1e-7)  # of a probability, so that its logarithm is a number
_LEAST_OUTLINE_ML = 1.0


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Entropy of a network's probabilities in a box; outside the box it was not asked.

    Parameters
    ----------
    box : Box
        In the scan's voxels.
    values : (Z, Y, X) uint8
        0: sure of one label; 255: all labels equally likely.
    """

    box: Box
    values: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        self.values.setflags(write=False)

    def per_ml(self, outline_ml: float, voxel_ml: float) -> float:
        """Doubt of a whole scan: the sum of all doubt in mL, over the volume outlined.

        By it scans are put in an order to correct them in. Small outlines count as 1 mL, so a scan
        with doubt in many places and nothing outlined comes first.

        Parameters
        ----------
        outline_ml, voxel_ml : float
            Volume of all labels, and of a voxel.
        """
        doubt_ml = float(self.values.sum(dtype=np.int64)) / _MOST * voxel_ml
        return doubt_ml / max(outline_ml, _LEAST_OUTLINE_ML)


def entropy(probabilities: ScoreArray) -> ScoreArray:
    """Shannon's entropy over that of a guess, in 0..255.

    Parameters
    ----------
    probabilities : (C, ...) float32
        Sum to 1 over the first axis.

    Returns
    -------
    (...) float32
        0 where one channel has it all, 255 where all are equal.
    """
    out = np.zeros(probabilities.shape[1:], np.float32)
    for channel in probabilities:
        p = np.clip(channel, _LEAST, 1)
        out -= p * np.log(p)
    out *= _MOST / np.log(np.float32(len(probabilities)))
    return np.clip(out, 0, _MOST, out=out)
