"""How much of a lesion bulges out of the closed kidney."""

from __future__ import annotations

import numpy as np

from kidview.measure.anatomy import Kidney, Lesion
from kidview.measure.place import NO_KIDNEY, widest_slice
from kidview.measure.row import Case, Measure, Value
from kidview.measure.shapes import dilated, eroded

NO_PARENCHYMA = "no parenchyma is labelled"


def exophytic_share(case: Case, lesion: Lesion) -> Value:
    """Share of a lesion's volume outside its kidney, closed slice by slice; percent.

    Source: E of the RENAL score sets a line at 50 percent, Kutikov and Uzzo 2009, J Urol
    182:844-853; it leaves open what the kidney's border is, see `exophytic_range`.
    """
    kidney = case.anatomy.kidney_of(lesion)
    if kidney is None:
        return Value.none(NO_KIDNEY)
    if not kidney.body.any():
        return Value.none(NO_PARENCHYMA)
    share, low, high = exophytic_range(kidney, lesion)
    x, y, z = lesion.centre_ras.tolist()
    return Value(share, "", low, high, ((x, y, z),), widest_slice(lesion))


def exophytic_range(kidney: Kidney, lesion: Lesion) -> tuple[float, float, float]:
    """Percent of a lesion outside the closed kidney, and with that half a voxel out and in.

    Closed slice by slice: by the convex outline of the parenchyma in every axial slice. The
    hull in space would swallow a mass that parenchyma of other slices caps.

    Source: Heller et al. 2022, doi 10.1097/JU.0000000000002390 (its code read), which closes
    each piece of a slice by itself; here all pieces of a slice have one outline.
    """
    at = lesion.box.seen_from(kidney.box).slices
    closed = kidney.closed[at[0]]
    size = int(np.count_nonzero(lesion.mask))
    outlines = (closed, dilated(closed, (0, 1, 1)), eroded(closed, (0, 1, 1)))
    share, less, more = (
        100.0 * (1 - int(np.count_nonzero(one[:, at[1], at[2]] & lesion.mask)) / size)
        for one in outlines
    )
    return share, (share + less) / 2, (share + more) / 2


ROWS = (
    Measure(
        "exophytic_percent",
        "Outside the kidney",
        "%",
        "lesion",
        0,
        exophytic_share,
        "RENAL, exophytic (Kutikov 2009)",
        "Share of its volume outside the parenchyma, whose outline is closed slice by slice",
        has_range=True,
    ),
)
