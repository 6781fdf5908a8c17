"""How sure a mean over few cases is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_DRAWS = 10_000


def bootstrap_mean(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """Mean with its 95 % percentile bootstrap interval over cases.

    Parameters
    ----------
    values : floats
        One a case, at least one.

    Returns
    -------
    mean, low, high : float

    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13.
    """
    given = np.asarray(values, np.float64)
    draws = np.random.default_rng(seed).integers(len(given), size=(_DRAWS, len(given)))
    low, high = np.percentile(given[draws].mean(axis=1), (2.5, 97.5))
    return float(given.mean()), float(low), float(high)
