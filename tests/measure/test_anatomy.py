"""Left and right, one kidney or joined ones, and lesions given to the right kidney."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.measure import find_anatomy, measure_case
from tests.measure.shapes import ball, ellipsoid, grid, points, two_kidneys


@pytest.fixture(scope="module")
def room() -> Geometry:
    return grid("coarse", (260, 110, 130))


def body(geometry: Geometry, centre_x_mm: float) -> np.ndarray:  # type: ignore[type-arg]
    """A scan of a round body of 100 x 50 mm half axes in air."""
    at = points(geometry)
    inside = ((at[..., 0] - centre_x_mm) / 100) ** 2 + (at[..., 1] / 50) ** 2 <= 1
    return np.where(inside, 40, -1000).astype(np.int16)


def test_right_is_where_ras_x_is_larger(room: Geometry) -> None:
    anatomy = find_anatomy(two_kidneys(room), room)
    right, left = anatomy.kidneys
    assert (right.name, left.name) == ("right kidney", "left kidney")
    assert right.centre_ras[0] == pytest.approx(60, abs=1)
    assert left.centre_ras[0] == pytest.approx(-60, abs=1)
    assert anatomy.midline_source == "kidneys" and anatomy.midline_x_mm == pytest.approx(0, abs=1)
    assert anatomy.notes == ()


def test_the_axis_is_that_of_the_kidney_and_points_to_the_head() -> None:
    geometry = grid("oblique", (64, 64, 104))
    labels = np.where(ellipsoid(geometry, (0, 0, 0), (25, 28, 50)), 1, 0).astype(np.uint8)
    kidney = find_anatomy(labels, geometry).kidneys[0]
    assert kidney.axis_ras @ np.array([0, 0, 1]) > np.cos(np.deg2rad(2))
    assert kidney.extent_mm == pytest.approx((-50, 50), abs=1)
    assert kidney.centre_ras == pytest.approx((0, 0, 0), abs=0.3)


def test_lesions_have_kind_side_and_pole_and_the_largest_is_first(room: Geometry) -> None:
    labels = two_kidneys(room)
    labels[ball(room, (75, 0, 38), 8)] = 2
    labels[ball(room, (-75, 0, 0), 12)] = 2
    labels[ball(room, (-65, 0, -40), 6)] = 3
    measured = measure_case(None, labels, room)
    told = [
        (one.name, one.facts["kind"], one.facts["side"], one.facts["pole"])
        for one in measured.lesions
    ]
    assert told == [
        ("T1", "tumour", "left", "middle"),
        ("T2", "tumour", "right", "upper"),
        ("C1", "cyst", "left", "lower"),
    ]


def test_voxels_that_touch_at_a_corner_are_one_lesion(room: Geometry) -> None:
    labels = two_kidneys(room)
    labels[4, 4, 4] = labels[5, 5, 5] = labels[6, 6, 6] = 3
    labels[5, 5, 6] = 2
    lesions = find_anatomy(labels, room).lesions
    assert [(one.id, int(one.mask.sum())) for one in lesions] == [("T1", 1), ("C1", 3)]


@pytest.mark.parametrize(("x", "side"), [(50.0, "right"), (-50.0, "left"), (5.0, "unsure")])
def test_one_kidney_has_its_side_from_the_body(room: Geometry, x: float, side: str) -> None:
    labels = np.where(ellipsoid(room, (x, 0, 0), (25, 30, 50)), 1, 0).astype(np.uint8)
    anatomy = find_anatomy(labels, room, body(room, 10.0))
    assert anatomy.midline_source == "body"
    assert anatomy.midline_x_mm == pytest.approx(10, abs=4)
    assert [one.side for one in anatomy.kidneys] == [side]
    assert any("only one kidney" in note for note in anatomy.notes)
    assert any("unsure" in note for note in anatomy.notes) == (side == "unsure")


def test_one_kidney_without_a_scan_says_that_the_grid_told_its_side(room: Geometry) -> None:
    labels = np.where(ellipsoid(room, (50, 0, 0), (25, 30, 50)), 1, 0).astype(np.uint8)
    anatomy = find_anatomy(labels, room)
    assert anatomy.midline_source == "grid" and anatomy.kidneys[0].side == "right"
    assert any("middle of the grid" in note for note in anatomy.notes)


def test_two_kidneys_on_one_side_of_the_body_are_unsure(room: Geometry) -> None:
    labels = np.where(ellipsoid(room, (25, 0, 0), (18, 30, 50)), 1, 0).astype(np.uint8)
    labels[ellipsoid(room, (85, 0, 0), (18, 30, 50))] = 1
    anatomy = find_anatomy(labels, room, body(room, -10.0))
    assert [one.side for one in anatomy.kidneys] == ["unsure", "unsure"]
    assert any("one side of the body" in note for note in anatomy.notes)


def horseshoe(room: Geometry) -> LabelArray:
    labels = two_kidneys(room)
    at = points(room)
    bridge = (np.abs(at[..., 0]) < 60) & (np.abs(at[..., 1]) < 8) & (np.abs(at[..., 2] + 38) < 9)
    labels[bridge] = 1
    return labels


def test_a_horseshoe_is_parted_at_its_bridge_and_said_to_be_unsure(room: Geometry) -> None:
    labels = horseshoe(room)
    anatomy = find_anatomy(labels, room)
    assert [one.side for one in anatomy.kidneys] == ["right", "left"]
    assert any("horseshoe" in note for note in anatomy.notes)
    sizes = [int(one.parenchyma.sum()) for one in anatomy.kidneys]
    assert sum(sizes) == int((labels == 1).sum())  # nothing lost
    assert sizes[0] == pytest.approx(sizes[1], rel=0.25)


def test_kidneys_that_touch_through_a_mass_are_told_apart(room: Geometry) -> None:
    labels = two_kidneys(room)
    mass = ellipsoid(room, (10, 0, 20), (50, 20, 20))
    labels[mass] = 2
    anatomy = find_anatomy(labels, room)
    assert [one.side for one in anatomy.kidneys] == ["right", "left"]
    assert any("touch through a mass" in note for note in anatomy.notes)
    assert [one.side for one in anatomy.lesions] == ["right"]  # it reaches further into that one
    assert any("T1 touches two kidneys" in note for note in anatomy.notes)


def test_a_kidney_in_two_pieces_is_one(room: Geometry) -> None:
    labels = two_kidneys(room)
    at = points(room)
    labels[(at[..., 0] > 0) & (np.abs(at[..., 2]) < 4)] = 0
    anatomy = find_anatomy(labels, room)
    assert [one.name for one in anatomy.kidneys] == ["right kidney", "left kidney"]
    assert int(sum(one.parenchyma.sum() for one in anatomy.kidneys)) == int((labels == 1).sum())


def test_crumbs_belong_to_the_nearest_kidney_and_do_not_widen_its_hull(room: Geometry) -> None:
    labels = two_kidneys(room)
    plain = find_anatomy(labels, room).kidneys[0]
    labels[ball(room, (60, 45, 0), 3)] = 1
    anatomy = find_anatomy(labels, room)
    right = anatomy.kidneys[0]
    assert int(right.parenchyma.sum()) > int(plain.parenchyma.sum())
    assert int(right.hull.sum()) == int(plain.hull.sum())


def test_a_third_kidney_is_named_and_told(room: Geometry) -> None:
    labels = two_kidneys(room)
    labels[ellipsoid(room, (-118, 0, 0), (12, 20, 30))] = 1
    anatomy = find_anatomy(labels, room)
    names = [one.name for one in anatomy.kidneys]
    assert len(names) == len(set(names)) == 3
    assert any("3 kidneys" in note for note in anatomy.notes)


@pytest.mark.parametrize(("x", "kidney"), [(95.0, 0), (125.0, None)])
def test_a_lesion_off_the_kidney_is_given_to_a_near_one_or_to_none(
    room: Geometry, x: float, kidney: int | None
) -> None:
    labels = two_kidneys(room)
    labels[ball(room, (x, 0, 0), 5)] = 3
    anatomy = find_anatomy(labels, room)
    assert anatomy.lesions[0].kidney == kidney
    expected = "touches no kidney" if kidney == 0 else "more than 20 mm"
    assert any(expected in note for note in anatomy.notes)
    assert anatomy.pole_of(anatomy.lesions[0]) == ("middle" if kidney == 0 else "unsure")


def test_what_reaches_the_edge_of_the_scan_is_told(room: Geometry) -> None:
    labels = two_kidneys(room)
    cut = Box((20, 0, 0), room.shape_zyx)
    anatomy = find_anatomy(labels[cut.slices], room.crop(cut))
    assert all(one.touches_edge for one in anatomy.kidneys)
    assert sum("edge of the scan" in note for note in anatomy.notes) == 2


def test_a_kidney_stretched_over_a_large_mass_is_one_kidney(room: Geometry) -> None:
    labels = np.where(ellipsoid(room, (-95, 0, 0), (18, 30, 50)), 1, 0).astype(np.uint8)
    labels[ellipsoid(room, (35, 0, 0), (75, 40, 55))] = 1
    labels[ellipsoid(room, (35, 0, 0), (66, 60, 40))] = 2
    anatomy = find_anatomy(labels, room)
    assert [one.name for one in anatomy.kidneys] == ["right kidney", "left kidney"]
    assert not any("horseshoe" in note for note in anatomy.notes)
