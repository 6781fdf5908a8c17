"""Left or right: told by where a kidney lies in the patient, and said when that is unsure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray
from kidview.measure.masses import APART_MM

SIDES = ("right", "left", "unsure")
CLEAR_MM = 20.0
"""A single kidney's centre is so far from the midline, or its side is unsure."""
BODY_HU = -300
"""What is denser belongs to the body."""

_ORDINALS = ("", "second ", "third ", "fourth ")
_COARSE = 4  # the body's outline needs no finer columns


@dataclass(frozen=True)
class Sides:
    """Sides of kidneys.

    Parameters
    ----------
    of : tuple of str
        "left", "right" or "unsure" for each kidney.
    names : tuple of str
        Such as "left kidney", each once.
    midline_x_mm : float
        RAS x.
    source : str
        "kidneys", "body" or "grid".
    notes : tuple of str
    """

    of: tuple[str, ...]
    names: tuple[str, ...]
    midline_x_mm: float
    source: str
    notes: tuple[str, ...] = ()


def find_sides(
    centres_ras: FloatArray, extents_mm: FloatArray, geometry: Geometry, hu: HUArray | None
) -> Sides:
    """Sides of kidneys from their centres; RAS x grows toward the patient's right.

    Two kidneys 50 mm apart have the midline between them. Otherwise it is the middle of the
    body, where a scan is given, and without one the middle of the grid.

    Parameters
    ----------
    centres_ras : (n, 3) float64, mm
    extents_mm : (n, 2) float64
        Least and largest RAS x of each.
    geometry : Geometry
        Of the whole scan.
    hu : (Z, Y, X) int16, optional

    Returns
    -------
    Sides
    """
    body = None if hu is None or not len(centres_ras) else body_midline(hu, geometry, centres_ras)
    x = centres_ras[:, 0]
    if len(x) > 1 and np.ptp(x) >= APART_MM:
        return _of_pair(x, extents_mm, body)
    source = "grid" if body is None else "body"
    midline = float(geometry.centre_ras[0]) if body is None else body
    notes = []
    if len(x) == 1:
        where = "the body" if source == "body" else "the grid, for there is no scan to go by"
        notes.append(f"only one kidney is labelled: its side is told from the middle of {where}")
    sides = tuple(_side(float(at) - midline, CLEAR_MM) for at in x)
    if "unsure" in sides:
        notes.append("a kidney lies near the midline, so its side is unsure")
    if len(set(sides)) < len(sides):
        notes.append("several kidneys lie on one side")
    return Sides(sides, _names(sides), midline, source, tuple(notes))


def _of_pair(x: FloatArray, extents_mm: FloatArray, body: float | None) -> Sides:
    midline = float(x.min() + x.max()) / 2
    sides = tuple(_side(float(at) - midline, 0.0) for at in x)
    notes = []
    if body is not None and ((extents_mm[:, 0] > body).all() or (extents_mm[:, 1] < body).all()):
        notes.append("all kidneys lie on one side of the body, so their sides are unsure")
        sides = ("unsure",) * len(sides)
    if len(sides) > 2:
        notes.append(f"{len(sides)} kidneys are labelled")
    return Sides(sides, _names(sides), midline, "kidneys", tuple(notes))


def _side(offset_mm: float, clear_mm: float) -> str:
    if abs(offset_mm) < clear_mm:
        return "unsure"
    return "right" if offset_mm > 0 else "left"


def _names(sides: tuple[str, ...]) -> tuple[str, ...]:
    names = []
    for n, side in enumerate(sides):
        before = sides[:n].count(side)
        ordinal = _ORDINALS[before] if before < len(_ORDINALS) else f"{before + 1}th "
        names.append(f"{ordinal}kidney" if side == "unsure" else f"{ordinal}{side} kidney")
    return tuple(names)


def body_midline(hu: HUArray, geometry: Geometry, centres_ras: FloatArray) -> float | None:
    """RAS x in the middle of the body, from the slice through the kidneys' middle.

    Parameters
    ----------
    hu : (Z, Y, X) int16
    geometry : Geometry
    centres_ras : (n, 3) float64, mm
        Centres of the kidneys.

    Returns
    -------
    float or None
        None where the slice holds air only.
    """
    z, y, _ = geometry.nearest_index(centres_ras.mean(axis=0))
    parts, count = ndimage.label(hu[z, ::_COARSE, ::_COARSE] > BODY_HU)
    if not count:
        return None
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    columns = np.flatnonzero((parts == sizes.argmax()).any(axis=0))
    middle = (columns[0] + columns[-1]) / 2 * _COARSE
    return float(geometry.index_to_ras((z, y, middle))[0])
