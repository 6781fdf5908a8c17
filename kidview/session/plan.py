"""What a slice view must draw: a pure function of the state.

One display rule serves all three planes. House indices grow toward Superior, Anterior and
Right, so in every view rows grow upward and columns grow to the left of the screen:
axial rows y, columns x; coronal rows z, columns x; sagittal rows z, columns y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import Index, Triple
from kidview.session.view import Slab, ViewState

PLANES = ("axial", "coronal", "sagittal")
"""Plane n is cut across array axis n."""

IN_PLANE = ((1, 2), (0, 2), (0, 1))
"""(row axis, column axis) of each plane."""

_RAS_LETTERS = (("R", "L"), ("A", "P"), ("S", "I"))


@dataclass(frozen=True)
class SlicePlan:
    """Equal plans draw equal pictures (labels apart).

    Plane coordinates are mm: u to the LEFT of the screen along the column axis, v upward
    along the row axis, both from the centre of voxel 0.

    Parameters
    ----------
    axis : int
        Array axis the plane cuts across: 0 axial, 1 coronal, 2 sagittal.
    index : int
        Slice.
    count : int
        Slices there are.
    position_mm : float
        RAS coordinate of the slice's centre plane where the crosshair meets it: S, A or R is
        positive. On an oblique grid it changes along the slice.
    spacing : (row, column) mm
    shape : (rows, columns)
    cursor_uv, centre_uv : (u, v) mm
    mm_per_pixel : float or None
    window_hu : (low, high)
    slab : Slab or None
    is_smooth, has_crosshair, has_doubt : bool
    opacity : float
        0 when labels are hidden.
    outline : bool
    hidden : frozenset of int
    letters : (left, right, top, bottom)
        Orientation letters of the four edges, compound when oblique.
    """

    axis: int
    index: int
    count: int
    position_mm: float
    spacing: tuple[float, float]
    shape: tuple[int, int]
    cursor_uv: tuple[float, float]
    centre_uv: tuple[float, float]
    mm_per_pixel: float | None
    window_hu: tuple[float, float]
    slab: Slab | None
    is_smooth: bool
    has_crosshair: bool
    has_doubt: bool
    opacity: float
    outline: bool
    are_labels_hidden: bool
    hidden: frozenset[int]
    letters: tuple[str, str, str, str]


def plan_slice(geometry: Geometry, view: ViewState, axis: int) -> SlicePlan:
    """What the view of plane `axis` draws."""
    row, column = IN_PLANE[axis]
    spacing = geometry.spacing_zyx
    index = geometry.nearest_index(view.cursor_ras)[axis]
    return SlicePlan(
        axis=axis,
        index=index,
        count=geometry.shape_zyx[axis],
        position_mm=_position_mm(geometry, view.cursor_ras, axis, index),
        spacing=(spacing[row], spacing[column]),
        shape=(geometry.shape_zyx[row], geometry.shape_zyx[column]),
        cursor_uv=plane_point(geometry, view.cursor_ras, axis),
        centre_uv=plane_point(geometry, view.centre_ras, axis),
        mm_per_pixel=view.mm_per_pixel,
        window_hu=view.window_hu,
        slab=view.slab,
        is_smooth=view.is_smooth,
        has_crosshair=view.has_crosshair,
        has_doubt=view.has_doubt,
        opacity=view.opacity,
        outline=view.is_outline,
        are_labels_hidden=view.are_labels_hidden,
        hidden=view.hidden,
        letters=edge_letters(geometry, axis),
    )


def _position_mm(geometry: Geometry, point_ras: Triple, axis: int, index: int) -> float:
    """Where slice `index` lies at a point; the point itself may lie between two slices."""
    on_slice = geometry.ras_to_index(point_ras)
    on_slice[axis] = index
    return round(float(geometry.index_to_ras(on_slice)[2 - axis]), 2)


def cut(array: npt.NDArray[np.generic], axis: int, index: int) -> npt.NDArray[np.generic]:
    """(rows, columns) of a (Z, Y, X) array, a view: rows upward, columns to the left."""
    return array[(slice(None),) * axis + (index, ...)]


def plane_point(geometry: Geometry, point_ras: Triple, axis: int) -> tuple[float, float]:
    """(u, v) mm of a RAS point in plane `axis`."""
    index = geometry.ras_to_index(point_ras)
    row, column = IN_PLANE[axis]
    spacing = geometry.spacing_zyx
    return (float(index[column] * spacing[column]), float(index[row] * spacing[row]))


def plane_to_index(geometry: Geometry, axis: int, slice_index: float, u: float, v: float) -> Triple:
    """Fractional zyx index of plane coordinates (u, v) mm on a slice."""
    row, column = IN_PLANE[axis]
    index = [0.0, 0.0, 0.0]
    index[axis] = float(slice_index)
    index[row] = v / geometry.spacing_zyx[row]
    index[column] = u / geometry.spacing_zyx[column]
    return (index[0], index[1], index[2])


def voxel_under(geometry: Geometry, index_zyx: Triple) -> Index | None:
    """The voxel a fractional index falls into; None outside the scan."""
    z, y, x = (int(np.floor(i + 0.5)) for i in index_zyx)
    return (z, y, x) if geometry.contains((z, y, x)) else None


def edge_letters(geometry: Geometry, axis: int) -> tuple[str, str, str, str]:
    """Letters of the left, right, top and bottom edge, such as ("R", "L", "A", "P").

    Oblique axes get compound letters by dominance ("AL" is more anterior than left);
    components below 0.1 of the direction are not named.
    """
    row, column = IN_PLANE[axis]
    left = _direction_letters(geometry, column)
    top = _direction_letters(geometry, row)
    return (left[0], left[1], top[0], top[1])


def _direction_letters(geometry: Geometry, axis: int) -> tuple[str, str]:
    """Letters toward which and away from which an array axis grows."""
    direction = geometry.zyx_to_ras[:3, axis] / geometry.spacing_zyx[axis]
    order = sorted(range(3), key=lambda i: -abs(direction[i]))
    named = [i for i in order if abs(direction[i]) > 0.1]
    toward = "".join(_RAS_LETTERS[i][0 if direction[i] > 0 else 1] for i in named)
    away = "".join(_RAS_LETTERS[i][1 if direction[i] > 0 else 0] for i in named)
    return toward, away
