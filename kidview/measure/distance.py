"""Smallest distances of a lesion: to the renal sinus and to the other lesions, mm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from kidview.core.types import FloatArray, Triple
from kidview.measure.anatomy import Lesion
from kidview.measure.place import Place, find_place
from kidview.measure.row import Case, Measure, Value
from kidview.measure.shapes import corner_points_mm


@dataclass(frozen=True)
class Gap:
    """The shortest line between two bodies.

    Parameters
    ----------
    mm : float
        Between the outer sides of voxels, exactly; 0 where they touch.
    ends_ras : two (x, y, z)
        mm, RAS+.
    half_mm : float
        Half a voxel along it.
    """

    mm: float
    ends_ras: tuple[Triple, Triple]
    half_mm: float


def sinus_gap(place: Place) -> Gap:
    """From a lesion to its kidney's sinus, as `poles.find_poles` sees it.

    Vessels and pelvis that were labelled kidney are no part of it, so the true distance may be
    smaller, never larger.
    """
    lesion, kidney = place.lesion, place.kidney
    spacing = lesion.geometry.spacing_zyx
    sinus = corner_points_mm(place.poles.sinus, kidney.box.start, spacing)
    return _nearest(place.case, lesion.corners_mm, sinus, spacing)


def sinus_distance(case: Case, lesion: Lesion) -> Value:
    """Smallest distance from a lesion to its kidney's sinus, mm; 0 where they touch.

    Source: N of the RENAL score asks for the nearness to sinus or collecting system, Kutikov
    and Uzzo 2009, J Urol 182:844-853.
    """
    place = find_place(case, lesion)
    if isinstance(place, str):
        return Value.none(place)
    gap = sinus_gap(place)
    low, high = max(gap.mm - gap.half_mm, 0.0), gap.mm + gap.half_mm
    return Value(gap.mm, "", low, high, gap.ends_ras)


def nearest_lesion(case: Case, lesion: Lesion) -> Value:
    """Smallest distance from a lesion to any other one, mm; 0 where they touch.

    Source: this project's; between the outer sides of voxels, exactly.
    """
    others = [one.corners_mm for one in case.anatomy.lesions if one is not lesion]
    if not others:
        return Value.none("there is no other lesion")
    spacing = lesion.geometry.spacing_zyx
    gap = _nearest(case, lesion.corners_mm, np.concatenate(others), spacing)
    return Value(gap.mm, points_ras=gap.ends_ras)


def _nearest(case: Case, own: FloatArray, others: FloatArray, spacing_zyx: Triple) -> Gap:
    """The shortest line between two sets of corners."""
    most = _at_most(own, others)
    own, others = _within(own, others, most), _within(others, own, most)
    apart, at = cKDTree(others).query(own)
    n = int(apart.argmin())
    ends = np.stack([own[n], others[at[n]]]) / spacing_zyx
    (ax, ay, az), (bx, by, bz) = case.geometry.index_to_ras(ends).tolist()
    mm, along = float(apart[n]), others[at[n]] - own[n]
    voxel = np.linalg.norm(along / mm * spacing_zyx) if mm > 0 else min(spacing_zyx)
    return Gap(mm, ((ax, ay, az), (bx, by, bz)), float(voxel) / 2)


def _at_most(one: FloatArray, two: FloatArray) -> float:
    """A distance that the shortest does not exceed: from the point of each nearest to the other."""
    first = one[np.linalg.norm(one - two.mean(axis=0), axis=1).argmin()]
    return float(np.linalg.norm(two - first, axis=1).min())


def _within(points: FloatArray, of: FloatArray, mm: float) -> FloatArray:
    """The points no farther than `mm` from the box around others: the rest cannot be nearest."""
    beyond = np.maximum(np.maximum(of.min(axis=0) - points, points - of.max(axis=0)), 0)
    return np.asarray(points[np.linalg.norm(beyond, axis=1) <= mm + 1e-6])


ROWS = (
    Measure(
        "sinus_distance_mm",
        "Distance to sinus",
        "mm",
        "lesion",
        1,
        sinus_distance,
        "RENAL, nearness (Kutikov 2009)",
        "Smallest distance to sinus fat; the collecting system and vessels carry no label",
        has_range=True,
    ),
    Measure(
        "nearest_lesion_mm",
        "Distance to next lesion",
        "mm",
        "lesion",
        1,
        nearest_lesion,
        "KidView",
        "Smallest distance to another lesion; 0 where they touch",
    ),
)
