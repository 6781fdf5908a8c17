"""The brush against the distance of every voxel, computed one by one, and a walk over HU."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, Index, MaskArray, Triple
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


def covers_at_some_moment(at: Index, start: Triple, end: Triple, reach: Triple) -> float:
    """How far (as a share of its reach) a cuboid on its way comes from a voxel, at best.

    The largest of three distances along the way is lowest where two of them cross, where one
    is zero, or at an end.
    """
    lines = [((a - p) / r, (b - a) / r) for p, a, b, r in zip(at, start, end, reach, strict=True)]
    signed = [(sign * c, sign * w) for c, w in lines for sign in (1, -1)]
    moments = [0.0, 1.0]
    for c, w in signed:
        for d, v in signed:
            if abs(w - v) > 1e-12:
                moments.append(min(max((d - c) / (w - v), 0.0), 1.0))
    return min(max(abs(c + t * w) for c, w in lines) for t in moments)


@settings(deadline=None, max_examples=20)
@given(
    PLACES, PLACES, st.floats(0.3, 6.0), st.sampled_from(GRIDS), st.sampled_from([None, 0, 1, 2])
)
def test_a_square_covers_what_it_passes_over(
    start: Triple, end: Triple, radius: float, grid: Geometry, axis: int | None
) -> None:
    mask = painted(grid, start, end, radius, axis=axis, is_square=True)
    reach = [radius / s for s in grid.spacing_zyx]
    if axis is not None:
        level = float(np.rint(end[axis]))
        start = tuple(level if a == axis else c for a, c in enumerate(start))
        end = tuple(level if a == axis else c for a, c in enumerate(end))
        reach[axis] = 1e-3
    under = tuple(int(i) for i in np.rint(end))
    for at in np.ndindex(SHAPE):
        share = covers_at_some_moment(at, start, end, tuple(reach))
        if abs(share - 1) > 1e-6:  # else either is right
            assert mask[at] == (share < 1 or at == under), (at, share)


def test_a_square_dab_has_its_size_in_mm() -> None:
    grid = Geometry.straight((20, 60, 60), (5.0, 0.8, 0.5))
    flat = painted(grid, (9, 30, 30), (9, 30, 30), 8.0, axis=0, is_square=True)
    assert np.argwhere(flat).min(axis=0).tolist() == [9, 20, 14]
    assert np.argwhere(flat).max(axis=0).tolist() == [9, 40, 46]
    assert flat.sum() == 21 * 33
    cube = painted(grid, (9, 30, 30), (9, 30, 30), 8.0, is_square=True)
    assert cube.sum() == 3 * 21 * 33


def walked(covered: MaskArray, hu: HUArray, at: Index, similar: float, axis: int) -> MaskArray:
    """The part of what is covered that a walk over similar voxels comes to."""
    near = [
        int(hu[there])
        for there in np.ndindex(hu.shape)
        if all(abs(t - a) <= (n != axis) for n, (t, a) in enumerate(zip(there, at, strict=True)))
    ]
    centre = float(np.median(near))
    reached, waiting = np.zeros(hu.shape, bool), deque([at])
    while waiting:
        here = waiting.popleft()
        if reached[here] or not covered[here]:
            continue
        if here != at and abs(int(hu[here]) - centre) > similar:
            continue
        reached[here] = True
        for a in range(3):
            for step in (-1, 1):
                there = tuple(c + step * (n == a) for n, c in enumerate(here))
                if all(0 <= c < n for c, n in zip(there, hu.shape, strict=True)):
                    waiting.append(there)
    return reached


NOISE = np.random.default_rng(5).integers(-60, 60, SHAPE).astype(np.int16)
NOISE.setflags(write=False)


@settings(deadline=None, max_examples=60)
@given(
    PLACES,
    PLACES,
    st.floats(0.01, 6.0),
    st.sampled_from(GRIDS),
    st.sampled_from([None, 0, 1, 2]),
    st.booleans(),
    st.sampled_from([0.5, 20, 40, 60.5, 70000]),
)
def test_an_adaptive_brush_paints_what_a_walk_reaches(
    start: Triple,
    end: Triple,
    radius: float,
    grid: Geometry,
    axis: int | None,
    is_square: bool,
    similar: float,
) -> None:
    """Pointers beside the scan and brushes smaller than a voxel are among them."""
    plain = painted(grid, start, end, radius, axis=axis, is_square=is_square)
    mask = painted(
        grid, start, end, radius, axis=axis, is_square=is_square, similar_hu=similar, hu=NOISE
    )
    z, y, x = (int(i) for i in np.rint(end))
    if not grid.contains((z, y, x)):
        assert not mask.any()
        return
    expected = walked(plain, NOISE, (z, y, x), similar, 0 if axis is None else axis)
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_an_adaptive_brush_stays_in_the_lesion(axis: int | None) -> None:
    """Next to its edge, in a scan at whose corner it lies; one noisy voxel is no matter."""
    grid = Geometry.straight((12, 30, 30), (2.0, 0.8, 0.8))
    hu = np.full(grid.shape_zyx, -100, np.int16)
    hu[:6, :15, :15] = 40
    hu[3, 10, 10] = 900
    plain = painted(grid, (3, 10, 10), (3, 10, 10), 9.0, axis=axis)
    mask = painted(grid, (3, 10, 10), (3, 10, 10), 9.0, axis=axis, similar_hu=30.0, hu=hu)
    np.testing.assert_array_equal(mask, plain & (hu > 0))
    assert mask.sum() < plain.sum()


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 1), (2, 2, 2)])
@pytest.mark.parametrize("axis", [None, 0, 1, 2])
def test_an_adaptive_brush_in_the_smallest_scans(shape: Index, axis: int | None) -> None:
    grid = Geometry.straight(shape, (5.0, 0.8, 0.8))
    hu = np.full(shape, -32768, np.int16)
    for place in np.ndindex(4, 4, 4):
        at = tuple(float(p) - 1.0 for p in place)
        for radius in (1e-6, 1.0, 500.0):
            mask = painted(grid, at, at, radius, axis=axis, similar_hu=10.0, hu=hu)
            inside = all(0 <= c < n for c, n in zip(at, shape, strict=True))
            assert mask.any() == inside


def test_an_adaptive_brush_that_is_switched_off_needs_no_scan() -> None:
    args = ((3, 6, 9), (4, 8, 9), 4.0)
    np.testing.assert_array_equal(
        painted(GRIDS[1], *args, similar_hu=0.0, hu=None), painted(GRIDS[1], *args)
    )
