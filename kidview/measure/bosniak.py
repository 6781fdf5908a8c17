"""What the Bosniak classification asks of a cyst and HU can tell: facts, never a class.

Walls, septa, nodules and calcification need an eye, enhancement needs two phases; a class from
labels and one phase would be a guess. Source of the questions: Bosniak classification, version
2019, Silverman et al. 2019, Radiology 292:475-488.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from kidview.measure.anatomy import Lesion
from kidview.measure.density import hu_in, roi_range_hu
from kidview.measure.row import Case, Measure, Value

WATER_HU = (-9, 20)
"""Simple fluid in version 2019."""
DENSE_HU = 20
"""So far above the core's median a part may be a septum or a nodule."""
SMOOTH_MM = 3.0

_NOT_A_CYST = "told of cysts only"


def water_share(case: Case, lesion: Lesion) -> Value:
    """Share of a cyst's core with -9 to 20 HU, percent: noise in the scan lowers it.

    Source: homogeneous simple fluid, -9 to 20 HU, in class I of version 2019.
    """
    if (reason := _why_not(case, lesion)) is not None:
        return Value.none(reason)
    core = lesion.core
    if not core.any():
        return Value.none("the cyst is too small to have a core")
    hu = hu_in(case, lesion, core)
    return Value(100.0 * float(((hu >= WATER_HU[0]) & (hu <= WATER_HU[1])).mean()))


def dense_share(case: Case, lesion: Lesion) -> Value:
    """Share of a cyst's core 20 HU above its median after a 3 mm mean, percent.

    Candidates for septa and nodules to look at; 0 where the core is even.

    Source: this project's; 20 HU is what version 2019 calls enhancement between phases.
    """
    if (reason := _why_not(case, lesion)) is not None:
        return Value.none(reason)
    core = lesion.core
    if not core.any() or case.hu is None:
        return Value.none("the cyst is too small to have a core")
    size = [max(round(SMOOTH_MM / step), 1) for step in lesion.geometry.spacing_zyx]
    hu = np.where(lesion.mask, case.hu[lesion.box.slices], 0).astype(np.float32)
    weight = ndimage.uniform_filter(lesion.mask.astype(np.float32), size, mode="constant")[core]
    mean = ndimage.uniform_filter(hu, size, mode="constant")[core] / weight
    return Value(100.0 * float((mean > np.median(mean) + DENSE_HU).mean()))


def roi_low(case: Case, lesion: Lesion) -> Value:
    """Lowest mean HU of the 5 mm regions inside a cyst. Source: as `density.roi_spread_hu`."""
    return _roi(case, lesion, 0)


def roi_high(case: Case, lesion: Lesion) -> Value:
    """Highest mean HU of the 5 mm regions inside a cyst.

    Source: version 2019 asks for 70 HU and more without contrast, or 21 to 30 HU in the portal
    phase, all through; the highest region says whether another part is denser.
    """
    return _roi(case, lesion, 1)


def _roi(case: Case, lesion: Lesion, which: int) -> Value:
    if (reason := _why_not(case, lesion)) is not None:
        return Value.none(reason)
    number = roi_range_hu(case, lesion)[which]
    if number is None:
        return Value.none("the cyst is too small to hold two regions of 5 mm")
    return Value(number)


def _why_not(case: Case, lesion: Lesion) -> str | None:
    if lesion.kind != "cyst":
        return _NOT_A_CYST
    return "no scan was given" if case.hu is None else None


def _row(id: str, title: str, unit: str, function: Callable[..., Value], tip: str) -> Measure:
    source = "Bosniak 2019 (Silverman 2019)"
    return Measure(id, title, unit, "lesion", 0, function, source, tip, kind="cyst")


ROWS = (
    _row("water_percent", "Like water", "%", water_share, "Share of its core with -9 to 20 HU"),
    _row(
        "dense_percent",
        "Denser parts",
        "%",
        dense_share,
        "Share of its core 20 HU above its median: septa or nodules to look at",
    ),
    _row("roi_low_hu", "Lowest region", "HU", roi_low, "Lowest mean HU of 5 mm regions in it"),
    _row("roi_high_hu", "Highest region", "HU", roi_high, "Highest mean HU of 5 mm regions in it"),
)
