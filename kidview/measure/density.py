"""HU of a lesion: in the whole of it and in its core, away from the partial volume at its edge."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.types import MaskArray
from kidview.measure.anatomy import Lesion
from kidview.measure.row import Case, Measure, Value

ROI_MM = 5.0
"""Side of the small regions that tell how even a lesion is: about 0.1 mL."""

_NO_SCAN = "no scan was given"
HU = npt.NDArray[np.int16]


def hu_in(case: Case, lesion: Lesion, mask: MaskArray) -> HU:
    """(n,) int16 of the voxels of a mask in the lesion's box.

    Raises
    ------
    ValueError
        The case has no scan; ask `case.hu` first.
    """
    if case.hu is None:
        raise ValueError(_NO_SCAN)
    return np.asarray(case.hu[lesion.box.slices][mask])


def mean_hu(case: Case, lesion: Lesion) -> Value:
    """Mean HU of all voxels of a lesion. Source: mean intensity, IBSI 3.3.1."""
    return _of(case, lesion, lesion.mask, lambda hu: float(hu.mean()))


def sd_hu(case: Case, lesion: Lesion) -> Value:
    """Standard deviation of HU over all voxels of a lesion; the scan's noise is in it.

    Source: square root of intensity variance (over n), IBSI 3.3.2.
    """
    return _of(case, lesion, lesion.mask, lambda hu: float(hu.std()))


def percentile_hu(percent: float) -> Callable[[Case, Lesion], Value]:
    """A measure: the HU below which so many percent of a lesion's voxels lie, interpolated.

    Source: intensity percentiles, IBSI 3.3.7 and following.
    """

    def measure(case: Case, lesion: Lesion) -> Value:
        return _of(case, lesion, lesion.mask, lambda hu: float(np.percentile(hu, percent)))

    return measure


def core_mean_hu(case: Case, lesion: Lesion) -> Value:
    """Mean HU of a lesion's core: 2 mm inside its edge, the outermost voxels left out.

    Source: this project's; an ROI inside the lesion is what readers place.
    """
    return _of(case, lesion, lesion.core, lambda hu: float(hu.mean()))


def core_sd_hu(case: Case, lesion: Lesion) -> Value:
    """Standard deviation of HU in a lesion's core. Source: as `core_mean_hu`."""
    return _of(case, lesion, lesion.core, lambda hu: float(hu.std()))


def roi_spread_hu(case: Case, lesion: Lesion) -> Value:
    """How uneven a lesion is: highest less lowest mean HU of small regions inside it.

    The regions are cuboids of 5 mm that lie wholly in the lesion, at every voxel; averaging
    takes most of the noise out, which `core_sd_hu` has in it. 0 is even.

    Source: several small regions instead of a large one, McGahan et al. on carcinomas whose
    low mean hid denser parts; the number itself is this project's.
    """
    if case.hu is None:
        return Value.none(_NO_SCAN)
    low, high = roi_range_hu(case, lesion)
    if low is None or high is None:
        return Value.none("the lesion is too small to hold two regions of 5 mm")
    return Value(high - low)


def roi_range_hu(case: Case, lesion: Lesion) -> tuple[float | None, float | None]:
    """Lowest and highest mean HU of the 5 mm regions in a lesion; None where fewer than two fit."""
    size = [max(round(ROI_MM / step), 1) for step in lesion.geometry.spacing_zyx]
    if case.hu is None or any(n > m for n, m in zip(size, lesion.mask.shape, strict=True)):
        return None, None
    hu = np.where(lesion.mask, case.hu[lesion.box.slices], 0).astype(np.float32)
    filled = ndimage.uniform_filter(lesion.mask.astype(np.float32), size, mode="constant")
    inside = filled > 1 - 0.5 / np.prod(size)
    if int(inside.sum()) < 2:
        return None, None
    means = ndimage.uniform_filter(hu, size, mode="constant")[inside]
    return float(means.min()), float(means.max())


def _of(case: Case, lesion: Lesion, mask: MaskArray, number: Callable[[HU], float]) -> Value:
    if case.hu is None:
        return Value.none(_NO_SCAN)
    if not mask.any():
        return Value.none("the lesion is too small to have a core")
    return Value(number(hu_in(case, lesion, mask).astype(np.float64)))


def _row(id: str, title: str, function: Callable[..., Value], source: str, tip: str) -> Measure:
    return Measure(id, title, "HU", "lesion", 0, function, source, tip)


_IBSI = "IBSI intensity statistics"
ROWS = (
    _row("mean_hu", "Mean", mean_hu, _IBSI, "Mean HU of all its voxels"),
    _row("sd_hu", "SD", sd_hu, _IBSI, "Standard deviation of HU of all its voxels"),
    *(
        _row(
            f"p{p:02d}_hu",
            f"{p}th percentile",
            percentile_hu(p),
            _IBSI,
            f"{p} percent of its voxels are below this HU",
        )
        for p in (5, 25, 50, 75, 95)
    ),
    _row("core_mean_hu", "Mean of core", core_mean_hu, "KidView", "Mean HU 2 mm inside its edge"),
    _row("core_sd_hu", "SD of core", core_sd_hu, "KidView", "SD of HU 2 mm inside its edge"),
    _row(
        "roi_spread_hu",
        "Unevenness",
        roi_spread_hu,
        "after McGahan, small ROIs",
        "Highest less lowest mean HU of 5 mm regions inside it; 0 is even",
    ),
)
