"""C-Index: how central a tumour lies."""

from __future__ import annotations

import numpy as np

from kidview.measure.anatomy import Lesion
from kidview.measure.row import Case, Measure, Value


def c_index(case: Case, lesion: Lesion) -> Value:
    """Distance between the centres of kidney and tumour over the tumour's radius, no unit.

    Below 1 the tumour holds the kidney's centre. The centres are centres of mass, the kidney's
    that of its closed hull; the radius is half the largest axial diameter. The paper builds the
    distance by Pythagoras from a distance in the slice and one across slices.

    Source: centrality index, Simmons et al. 2010, J Urol 183:1708-1713, cited from memory and
    from papers that use it (Spaliviero et al. 2015, World J Urol 33:853-858); the paper itself
    was not at hand.
    """
    kidney = case.anatomy.kidney_of(lesion)
    if kidney is None:
        return Value.none("no kidney is near")
    radius_mm = lesion.axial.long.mm / 2
    if radius_mm <= 0:
        return Value.none("one voxel a slice, too small for a radius")
    apart_mm = float(np.linalg.norm(lesion.centre_ras - kidney.centre_ras))
    ends = (kidney.centre_ras.tolist(), lesion.centre_ras.tolist())
    (ax, ay, az), (bx, by, bz) = ends
    return Value(apart_mm / radius_mm, points_ras=((ax, ay, az), (bx, by, bz)))


ROWS = (
    Measure(
        "c_index",
        "C-Index",
        "",
        "lesion",
        2,
        c_index,
        "centrality index (Simmons 2010)",
        "Distance from the kidney's centre to the tumour's over the tumour's radius",
    ),
)
