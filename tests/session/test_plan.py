"""What each plane shows, on plain and on oblique grids."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.session import (
    IN_PLANE,
    Change,
    Slab,
    ViewState,
    What,
    cut,
    plan_slice,
    plane_point,
    plane_to_index,
    turned,
    voxel_under,
)
from kidview.session.planes import edge_letters

PLAIN = Geometry.straight((10, 24, 20), (2.0, 1.0, 0.5), (-5.0, -12.0, 30.0))


def oblique(degrees: float, about: int = 0) -> Geometry:
    """`PLAIN` turned about a patient axis (0 right, 1 anterior, 2 superior)."""
    angle = np.deg2rad(degrees)
    one, other = (i for i in range(3) if i != about)
    turn = np.eye(4)
    turn[one, one] = turn[other, other] = np.cos(angle)
    turn[other, one], turn[one, other] = np.sin(angle), -np.sin(angle)
    return Geometry(PLAIN.shape_zyx, turn @ PLAIN.zyx_to_ras)


OBLIQUE = oblique(25.0, 2)


@pytest.mark.parametrize(
    ("axis", "letters"),
    [(0, ("R", "L", "A", "P")), (1, ("R", "L", "S", "I")), (2, ("A", "P", "S", "I"))],
)
def test_letters_left_right_top_bottom(axis: int, letters: tuple[str, ...]) -> None:
    """Radiological: the patient's right is at the left of the screen, anterior left in sagittal."""
    assert edge_letters(PLAIN, axis) == letters


def test_letters_of_an_oblique_plane_name_both_directions() -> None:
    turned = oblique(20.0, 2)  # counter-clockwise seen from above: right turns toward anterior
    assert edge_letters(turned, 0) == ("RA", "LP", "AL", "PR")
    assert edge_letters(oblique(3.0, 2), 0) == ("R", "L", "A", "P")  # too little to name
    assert edge_letters(oblique(30.0, 0), 2) == ("AS", "PI", "SP", "IA")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_letters_say_where_the_screen_leads(axis: int) -> None:
    """Walking to the left edge of the screen leads toward the letter there."""
    names = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
    for geometry in (PLAIN, OBLIQUE, oblique(40.0, 0), oblique(-35.0, 1)):
        left, right, top, bottom = edge_letters(geometry, axis)
        here = geometry.index_to_ras(plane_to_index(geometry, axis, 3, 0.0, 0.0))
        for letters, (u, v) in ((left, (1, 0)), (right, (-1, 0)), (top, (0, 1)), (bottom, (0, -1))):
            there = geometry.index_to_ras(plane_to_index(geometry, axis, 3, u, v))
            component, sign = names[letters[0]]
            step = there - here
            assert sign * step[component] > 0
            assert abs(step[component]) == pytest.approx(np.abs(step).max())


@given(
    st.integers(0, 2),
    st.integers(0, 9),
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.sampled_from([PLAIN, OBLIQUE, oblique(40.0, 0)]),
)
def test_a_plane_point_and_back(
    axis: int, index: int, u: float, v: float, geometry: Geometry
) -> None:
    at = plane_to_index(geometry, axis, index, u, v)
    assert at[axis] == index
    x, y, z = (float(c) for c in geometry.index_to_ras(at))
    assert plane_point(geometry, (x, y, z), axis) == pytest.approx((u, v), abs=1e-6)


@pytest.mark.parametrize("geometry", [PLAIN, OBLIQUE])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_distances_in_the_plane_are_mm(axis: int, geometry: Geometry) -> None:
    one = geometry.index_to_ras(plane_to_index(geometry, axis, 2, 1.0, 2.0))
    other = geometry.index_to_ras(plane_to_index(geometry, axis, 2, 4.0, 6.0))
    assert np.linalg.norm(other - one) == pytest.approx(5.0)


def test_the_plan_of_a_view() -> None:
    x, y, z = (float(c) for c in PLAIN.index_to_ras((7, 5, 11)))
    view = ViewState(
        cursor_ras=(x, y, z), centre_ras=(x, y, z), window_hu=(0.0, 80.0), hidden=frozenset({2})
    )
    for axis, index in enumerate((7, 5, 11)):
        plan = plan_slice(PLAIN, view, axis)
        row, column = IN_PLANE[axis]
        assert (plan.index, plan.count) == (index, PLAIN.shape_zyx[axis])
        assert plan.shape == (PLAIN.shape_zyx[row], PLAIN.shape_zyx[column])
        assert plan.spacing == (PLAIN.spacing_zyx[row], PLAIN.spacing_zyx[column])
        at = (7, 5, 11)
        wanted = (at[column] * plan.spacing[1], at[row] * plan.spacing[0])
        assert plan.cursor_uv == pytest.approx(wanted) and plan.centre_uv == pytest.approx(wanted)
        assert plan.position_mm == pytest.approx((z, y, x)[axis])
        assert (plan.window_hu, plan.hidden) == ((0.0, 80.0), {2})


def test_a_crosshair_outside_shows_the_nearest_slice() -> None:
    far = ViewState(cursor_ras=(1e4, -1e4, 1e4))
    assert [plan_slice(PLAIN, far, axis).index for axis in range(3)] == [9, 0, 19]


def test_every_look_of_a_slice_is_in_its_plan() -> None:
    """A field of the view that no plan tells apart would never be repainted."""
    others = {
        "cursor_ras": (-4.0, -11.0, 33.0),
        "centre_ras": (1.0, 2.0, 3.0),
        "mm_per_pixel": 0.2,
        "window_hu": (1.0, 2.0),
        "is_smooth": False,
        "opacity": 0.9,
        "is_outline": True,
        "are_labels_hidden": True,
        "hidden": frozenset({1}),
        "has_crosshair": False,
        "has_doubt": True,
        "slab": Slab("max", 10.0),
        "turn": turned(PLAIN, None, 1, 10.0),
    }
    unseen = {"tool", "label", "options", "radius_mm", "is_ball", "maximised", "has_ct_in_3d"}
    assert set(others) | unseen >= {field.name for field in fields(ViewState)}
    for name, value in others.items():
        changed = replace(ViewState(), **{name: value})
        assert plan_slice(PLAIN, changed, 0) != plan_slice(PLAIN, ViewState(), 0), name


def test_a_cut_is_a_view_of_rows_and_columns() -> None:
    array = np.arange(10 * 24 * 20).reshape(10, 24, 20)
    for axis in range(3):
        plane = cut(array, axis, 4)
        np.testing.assert_array_equal(plane, array.take(4, axis=axis))
        assert np.shares_memory(plane, array)


def test_the_voxel_under_a_fractional_index() -> None:
    assert voxel_under(PLAIN, (0.49, 5.5, 19.49)) == (0, 6, 19)
    assert voxel_under(PLAIN, (-0.5, 0.0, 0.0)) == (0, 0, 0)
    assert voxel_under(PLAIN, (-0.51, 0.0, 0.0)) is None
    assert voxel_under(PLAIN, (0.0, 23.5, 0.0)) is None


def test_a_change_touches_the_slices_its_box_crosses() -> None:
    change = Change(What.LABELS, Box((2, 5, 5), (4, 6, 9)))
    assert [change.touches(What.LABELS, 0, n) for n in (1, 2, 3, 4)] == [False, True, True, False]
    assert not change.touches(What.PROPOSAL, 0, 2)
    assert change.touches(What.LABELS | What.PROPOSAL, 2, 8)
    assert Change(What.LABELS).touches(What.LABELS, 1, 999)


@pytest.mark.parametrize("axis", range(3))
def test_the_position_is_that_of_the_slice_shown(axis: int) -> None:
    """A scan of an even number of slices opens between two of them."""
    even = Geometry.straight((10, 6, 8), (2.5, 0.8, 0.7), (-20.0, 30.0, -240.0))
    x, y, z = (float(c) for c in even.centre_ras)
    plan = plan_slice(even, ViewState(cursor_ras=(x, y, z)), axis)
    index = [0, 0, 0]
    index[axis] = plan.index
    assert plan.position_mm == pytest.approx(even.index_to_ras(index)[2 - axis], abs=0.01)


def test_an_oblique_slice_tells_its_position_at_the_crosshair() -> None:
    angle = np.deg2rad(20)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = turn @ np.diag([0.7, 0.8, 2.5])[:, ::-1]
    oblique = Geometry((10, 6, 8), matrix)
    for y_index in (1, 4):
        x, y, z = (float(c) for c in oblique.index_to_ras((4.4, y_index, 3)))
        plan = plan_slice(oblique, ViewState(cursor_ras=(x, y, z)), 0)
        assert plan.index == 4
        on_slice = oblique.index_to_ras((4, y_index, 3))
        assert plan.position_mm == pytest.approx(on_slice[2], abs=0.01)
