"""Plane mm and pixels: scale, directions, zoom about a point."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.geometry import Geometry
from kidview.session import ViewState, plan_slice
from kidview.ui.projection import MM_PER_PIXEL_RANGE, Projection, fitting

VIEW = Projection((400, 300), (50.0, 80.0), 0.5)


def test_u_grows_to_the_left_and_v_upward() -> None:
    assert VIEW.to_pixels(50.0, 80.0) == (200.0, 150.0)
    assert VIEW.to_pixels(60.0, 80.0) == (180.0, 150.0)
    assert VIEW.to_pixels(50.0, 90.0) == (200.0, 130.0)


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_there_and_back(u: float, v: float) -> None:
    assert VIEW.to_plane(*VIEW.to_pixels(u, v)) == pytest.approx((u, v), abs=1e-9)


@given(st.floats(0.1, 10), st.floats(0, 400), st.floats(0, 300))
def test_zoom_holds_the_point_under_the_pointer(factor: float, x: float, y: float) -> None:
    zoomed = VIEW.zoomed(factor, x, y)
    assert zoomed.mm_per_pixel == pytest.approx(0.5 / factor)
    assert zoomed.to_plane(x, y) == pytest.approx(VIEW.to_plane(x, y), abs=1e-6)


def test_zoom_ends_somewhere() -> None:
    low, high = MM_PER_PIXEL_RANGE
    assert VIEW.zoomed(1e9, 0, 0).mm_per_pixel == low
    assert VIEW.zoomed(1e-9, 0, 0).mm_per_pixel == high


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_fitting_slice_touches_the_nearer_pair_of_edges(axis: int) -> None:
    geometry = Geometry.straight((40, 200, 100), (5.0, 0.7, 0.9))
    x, y, z = (float(v) for v in geometry.centre_ras)
    plan = plan_slice(geometry, ViewState(centre_ras=(x, y, z)), axis)
    projection = Projection.of(plan, (408, 308))
    rows, columns = plan.shape
    left, top = projection.to_pixels(
        (columns - 0.5) * plan.spacing[1], (rows - 0.5) * plan.spacing[0]
    )
    right, bottom = projection.to_pixels(-0.5 * plan.spacing[1], -0.5 * plan.spacing[0])
    assert left >= 3.999 and top >= 3.999 and right <= 404.001 and bottom <= 304.001
    assert min(left - 4, top - 4) == pytest.approx(0.0, abs=1e-6)
    assert left + right == pytest.approx(408) and top + bottom == pytest.approx(308)


def test_a_chosen_scale_is_used() -> None:
    geometry = Geometry.straight((4, 5, 6), (1, 1, 1))
    plan = plan_slice(geometry, ViewState(mm_per_pixel=0.25), 0)
    assert Projection.of(plan, (100, 100)).mm_per_pixel == 0.25
    assert Projection.of(replace(plan, mm_per_pixel=None), (108, 108)).mm_per_pixel == 0.06
    assert fitting(plan, (1, 1)) > 0  # a view not laid out yet
