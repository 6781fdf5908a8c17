"""What a slice view must draw: a pure function of the state.

One display rule serves all three planes. House indices grow toward Superior, Anterior and
Right, so in every view rows grow upward and columns grow to the left of the screen:
axial rows y, columns x; coronal rows z, columns x; sagittal rows z, columns y. A turned plane
keeps the rule in a frame of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import Index, Triple
from kidview.session.oblique import chord_mm
from kidview.session.planes import IN_PLANE, Frame, edge_letters, frame_of, letters_of, lines_in
from kidview.session.view import Slab, ViewState


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
    lines : 2 (u, v)
        Directions of the crosshair's lines: the planes across the row axis and the column axis.
    frame : Frame or None
        Of a turned plane; None for a slice of the grid.
    depth_mm : float
        Where a turned plane lies along its normal (w).
    degrees : float
        How far it is turned.
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
    lines: tuple[tuple[float, float], ...] = ((1.0, 0.0), (0.0, 1.0))
    frame: Frame | None = None
    depth_mm: float = 0.0
    degrees: float = 0.0


def plan_slice(geometry: Geometry, view: ViewState, axis: int) -> SlicePlan:
    """What the view of plane `axis` draws."""
    row, column = IN_PLANE[axis]
    spacing = geometry.spacing_zyx
    index = geometry.nearest_index(view.cursor_ras)[axis]
    plan = SlicePlan(
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
    if view.turn is None:
        return plan
    plan = replace(plan, lines=lines_in(geometry, view.turn, axis))
    return _turned(plan, geometry, view) if view.is_turned(axis) else plan


def _turned(plan: SlicePlan, geometry: Geometry, view: ViewState) -> SlicePlan:
    """The plan of a turned plane: its slices are as far apart as the finest of the grid.

    Shape and spacing stay those of the grid's slice, so that turning does not zoom.
    """
    assert view.turn is not None
    frame, step = frame_of(geometry, view.turn, plan.axis), min(geometry.spacing_zyx)
    low, high = chord_mm(geometry, frame, view.cursor_ras)
    below, above = (int(reach / step + 1e-6) for reach in (-low, high))
    u, v, w = (float(value) for value in frame.to_plane(view.cursor_ras))
    centre_u, centre_v, _ = (float(value) for value in frame.to_plane(view.centre_ras))
    return replace(
        plan,
        index=below,
        count=below + above + 1,
        position_mm=0.0,
        cursor_uv=(u, v),
        centre_uv=(centre_u, centre_v),
        letters=letters_of(frame.left, frame.up),
        frame=frame,
        depth_mm=w,
        degrees=view.turn.degrees(plan.axis),
    )


def step_along(geometry: Geometry, view: ViewState, axis: int, index: int) -> Triple:
    """The crosshair on slice `index` of plane `axis`, as far as there are any, RAS+ mm.

    It moves along the plane's normal, so that planes turned about it stay where they are.
    """
    plan = plan_slice(geometry, view, axis)
    index = min(max(index, 0), plan.count - 1)
    if view.turn is None:
        at = list(geometry.nearest_index(view.cursor_ras))
        at[axis] = index
        x, y, z = (float(value) for value in geometry.index_to_ras(at))
        return (x, y, z)
    if plan.frame is not None:
        way = np.array(plan.frame.normal) * min(geometry.spacing_zyx) * (index - plan.index)
    else:
        way = geometry.zyx_to_ras[:3, axis] * (index - plan.index)
    x, y, z = (float(value) for value in np.array(view.cursor_ras) + way)
    return (x, y, z)


def point_on(geometry: Geometry, plan: SlicePlan, u: float, v: float) -> Triple:
    """RAS+ mm of plane coordinates (u, v) mm on the slice or turned plane of a plan."""
    if plan.frame is not None:
        point = plan.frame.to_ras((u, v, plan.depth_mm))
    else:
        point = geometry.index_to_ras(plane_to_index(geometry, plan.axis, plan.index, u, v))
    x, y, z = (float(value) for value in point)
    return (x, y, z)


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
