"""How much of a lesion bulges out of the closed kidney."""

from __future__ import annotations

import numpy as np

from kidview.core.types import MaskArray
from kidview.measure.anatomy import Kidney, Lesion
from kidview.measure.place import NO_KIDNEY, widest_slice
from kidview.measure.row import Case, Measure, Value
from kidview.measure.shapes import dilated, eroded

NO_PARENCHYMA = "no parenchyma is labelled"


def exophytic_share(case: Case, lesion: Lesion) -> Value:
    """Share of a lesion's volume outside its closed kidney, percent.

    Source: E of the RENAL score sets a line at 50 percent, Kutikov and Uzzo 2009, J Urol
    182:844-853; it leaves open what the kidney's border is, see `exophytic_range`.
    """
    kidney = case.anatomy.kidney_of(lesion)
    if kidney is None:
        return Value.none(NO_KIDNEY)
    if not kidney.body.any():
        return Value.none(NO_PARENCHYMA)
    share, low, high = exophytic_range(kidney, lesion)
    return Value(share, "", low, high, slice_z=widest_slice(lesion))


def exophytic_range(kidney: Kidney, lesion: Lesion) -> tuple[float, float, float]:
    """Percent of a lesion outside the closed kidney, and with that half a voxel out and in.

    The closed kidney is the convex hull of the parenchyma. It is flat over a lesion's bed where the
    kidney was round, so the share is high by up to six points for balls in an ellipsoid; and it
    swallows a mass that parenchyma clasps like a claw, so there it is low.
    """
    outlines = (kidney.hull, dilated(kidney.hull, (1, 1, 1)), eroded(kidney.hull, (1, 1, 1)))
    share, less, more = (_share_outside(one, kidney, lesion) for one in outlines)
    return share, (share + less) / 2, (share + more) / 2


def share_in_slices(kidney: Kidney, lesion: Lesion) -> float:
    """Percent of a lesion outside the parenchyma's convex outline in every axial slice.

    A second opinion: high by up to 37 points for balls at a pole, where whole slices are lesion.

    Source: Heller et al. 2022, doi 10.1097/JU.0000000000002390 (its code read), which closes
    each piece of a slice by itself; here all pieces of a slice have one outline.
    """
    return _share_outside(kidney.closed, kidney, lesion)


def _share_outside(closed: MaskArray, kidney: Kidney, lesion: Lesion) -> float:
    inside = closed[lesion.box.seen_from(kidney.box).slices] & lesion.mask
    return 100.0 * (1 - int(np.count_nonzero(inside)) / int(np.count_nonzero(lesion.mask)))


ROWS = (
    Measure(
        "exophytic_percent",
        "Outside the kidney",
        "%",
        "lesion",
        0,
        exophytic_share,
        "RENAL, exophytic (Kutikov 2009)",
        "Share of its volume outside the convex hull of the parenchyma",
        has_range=True,
    ),
)
