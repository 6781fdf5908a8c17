"""The brush against the distance of every voxel, computed one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.geometry import Geometry
from kidview.core.types import MaskArray, Triple
from kidview.edit.tools.brush import brush

SHAPE = (8, 14, 18)
GRIDS = (
    Geometry.straight(SHAPE, (1.0, 1.0, 1.0)),
    Geometry.straight(SHAPE, (5.0, 0.8, 0.8)),
    Geometry.straight(SHAPE, (0.6, 2.5, 1.1)),
)
PLACES = st.tuples(*(st.floats(-3.0, n + 2.0) for n in SHAPE))


def distance_mm(point: Triple, start: Triple, end: Triple, spacing: Triple) -> float:
    """Of a point from a segment, by the foot of its perpendicular."""
    p, a, b = ([c * d for c, d in zip(q, spacing, strict=True)] for q in (point, start, end))
    length_sq = math.dist(a, b) ** 2
    if length_sq == 0:
        return math.dist(p, a)
    foot = sum((pc - ac) * (bc - ac) for pc, ac, bc in zip(p, a, b, strict=True)) / length_sq
    t = min(max(foot, 0.0), 1.0)
    return math.dist(p, [ac + t * (bc - ac) for ac, bc in zip(a, b, strict=True)])


def painted(geometry: Geometry, *args: object, **kwargs: object) -> MaskArray:
    """The edit's mask on the whole grid."""
    edit = brush(*args, 1, geometry, **kwargs)  # type: ignore[arg-type]
    mask = np.zeros(geometry.shape_zyx, bool)
    mask[edit.box.slices] = edit.mask
    return mask


@settings(deadline=None, max_examples=60)
@given(
    PLACES, PLACES, st.floats(0.3, 6.0), st.sampled_from(GRIDS), st.sampled_from([None, 0, 1, 2])
)
def test_covers_what_is_within_the_radius(
    start: Triple, end: Triple, radius: float, grid: Geometry, axis: int | None
) -> None:
    mask = painted(grid, start, end, radius, axis=axis)
    if axis is not None:  # a disc is drawn in the plane of the pointer, whole
        level = float(np.rint(end[axis]))
        start = tuple(level if a == axis else c for a, c in enumerate(start))
        end = tuple(level if a == axis else c for a, c in enumerate(end))
    under = tuple(int(i) for i in np.rint(end))
    for at in np.ndindex(SHAPE):
        distance = distance_mm(at, start, end, grid.spacing_zyx)
        if abs(distance - radius) < 1e-6:
            continue  # either is right
        expected = distance <= radius and (axis is None or at[axis] == end[axis])
        assert mask[at] == (expected or at == under), (at, distance)


def test_a_ball_has_the_volume_of_a_ball() -> None:
    grid = Geometry.straight((60, 120, 120), (1.5, 0.7, 0.7))
    mask = painted(grid, (30, 60, 60), (30, 60, 60), 25.0)
    volume = np.count_nonzero(mask) * 1.5 * 0.7 * 0.7
    assert volume == pytest.approx(4 / 3 * math.pi * 25**3, rel=0.01)


def test_a_quick_drag_leaves_no_gaps() -> None:
    """Two far places: what lies between is one piece, as wide as the brush."""
    grid = Geometry.straight((3, 100, 100), (5.0, 0.8, 0.8))
    mask = painted(grid, (1, 10, 10), (1, 90, 85), 4.0, axis=0)[1]
    area = np.count_nonzero(mask) * 0.8 * 0.8
    length = math.hypot(80 * 0.8, 75 * 0.8)
    assert area == pytest.approx(2 * 4.0 * length + math.pi * 4.0**2, rel=0.02)


def test_the_smallest_brush_paints_the_voxel_under_the_pointer() -> None:
    mask = painted(GRIDS[1], (3.4, 6.4, 9.6), (3.4, 6.4, 9.6), 0.01)
    assert np.argwhere(mask).tolist() == [[3, 6, 10]]


def test_outside_the_scan_nothing_is_painted() -> None:
    for axis in (None, 0, 1, 2):
        assert not painted(GRIDS[0], (-9, -9, -9), (-9, -9, -9), 3.0, axis=axis).any()
