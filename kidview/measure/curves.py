"""A lesion as two curves: its HU beside its kidney's, and its area slice by slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.types import FloatArray
from kidview.measure.anatomy import Lesion
from kidview.measure.row import Case

HU = npt.NDArray[np.int16]
BIN_HU = 10
"""Width of a bin: narrower ones show little but noise."""
_ENDS_PERCENT = (0.5, 99.5)  # gas and stones would make everything else a spike


@dataclass(frozen=True, eq=False)
class Curves:
    """What the plots of a lesion draw.

    Parameters
    ----------
    name, kind : str
        Of the lesion.
    first_hu : int
        Where the first bin begins; each is `BIN_HU` wide.
    lesion, parenchyma : (n,) float64
        Percent of the voxels in each bin; empty without a scan, or without parenchyma.
    first_z : int
        Slice of the first area.
    areas_mm2 : (m,) float64
        One a slice.
    """

    name: str
    kind: str
    first_hu: int
    lesion: FloatArray
    parenchyma: FloatArray
    first_z: int
    areas_mm2: FloatArray


def find_curves(case: Case, lesion: Lesion) -> Curves:
    """Curves of a lesion; the parenchyma is that of its own kidney, else of all kidneys.

    Source: histogram of intensities in fixed bins (IBSI 2.7, fixed bin size), as percent of the
    voxels so that a small lesion compares with a kidney.
    """
    _, dy, dx = lesion.geometry.spacing_zyx
    areas = lesion.mask.sum(axis=(1, 2)) * dy * dx
    first_hu, shares = 0, (np.zeros(0), np.zeros(0))
    if case.hu is not None:
        own = case.hu[lesion.box.slices][lesion.mask]
        kidney = case.anatomy.kidney_of(lesion)
        kidneys = case.anatomy.kidneys if kidney is None else (kidney,)
        other = np.concatenate(
            [np.zeros(0, np.int16), *(case.hu[k.box.slices][k.parenchyma] for k in kidneys)]
        )
        first_hu, shares = _histograms(own, other)
    return Curves(
        lesion.id, lesion.kind, first_hu, *shares, lesion.box.start[0], areas.astype(np.float64)
    )


def _histograms(own: HU, other: HU) -> tuple[int, tuple[FloatArray, FloatArray]]:
    """First HU and percent in each bin, over the range that holds nearly all of both."""
    ends = np.array([np.percentile(hu, _ENDS_PERCENT) for hu in (own, other) if hu.size])
    low = int(np.floor(ends[:, 0].min() / BIN_HU)) * BIN_HU
    count = max(int(np.ceil((ends[:, 1].max() + 1 - low) / BIN_HU)), 1)
    edges = low + BIN_HU * np.arange(count + 1) - 0.5  # HU are whole numbers
    first, second = (
        100.0 * np.histogram(hu, edges)[0] / hu.size if hu.size else np.zeros(0)
        for hu in (own, other)
    )
    return low, (first, second)
