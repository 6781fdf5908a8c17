"""Bodies with known volume, diameter, area and share, on straight, uneven and turned grids."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.morphology import convex_hull_image

from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray, MaskArray
from kidview.measure import Case, Kidney, Lesion, find_anatomy
from kidview.measure.c_index import c_index
from kidview.measure.contact import contact_area
from kidview.measure.diameter import axial_across, axial_diameter, diameter_3d, kidney_length
from kidview.measure.distance import nearest_lesion, sinus_distance
from kidview.measure.exophytic import exophytic_share, share_in_slices
from kidview.measure.hull import closed_in_slices, convex_hull, find_hollow
from kidview.measure.split import split_share
from kidview.measure.volume import kidney_volume, lesion_volume, parenchyma_volume
from tests.measure.shapes import SPACINGS, ball, cylinder, ellipsoid, grid, points, two_kidneys

KINDS = list(SPACINGS)


def case_of(labels: LabelArray, geometry: Geometry) -> Case:
    return Case(find_anatomy(labels, geometry), geometry)


def of_ball(kind: str, radius_mm: float) -> tuple[Case, Lesion, Geometry]:
    geometry = grid(kind, (2 * radius_mm,) * 3)
    labels = np.where(ball(geometry, (0, 0, 0), radius_mm), 2, 0).astype(np.uint8)
    case = case_of(labels, geometry)
    return case, case.anatomy.lesions[0], geometry


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius_mm", [8.0, 15.0, 25.0])
def test_a_ball_has_its_volume_and_diameters(kind: str, radius_mm: float) -> None:
    case, lesion, geometry = of_ball(kind, radius_mm)
    volume = 4 / 3 * np.pi * radius_mm**3 / 1000
    # A turned grid's slices cut a ball in circles too, so the axial diameter is the ball's.
    assert lesion_volume(case, lesion).number == pytest.approx(volume, rel=0.02)
    spare = max(geometry.spacing_zyx[1:])
    assert axial_diameter(case, lesion).number == pytest.approx(2 * radius_mm, abs=0.7 * spare)
    assert axial_across(case, lesion).number == pytest.approx(2 * radius_mm, abs=1.5 * spare)
    assert diameter_3d(case, lesion).number == pytest.approx(2 * radius_mm, abs=0.3 * spare)


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_voxel_more_and_less_is_told_as_a_larger_and_a_smaller_ball(kind: str) -> None:
    case, lesion, geometry = of_ball(kind, 15.0)
    value = lesion_volume(case, lesion)
    shift = np.linalg.norm(geometry.spacing_zyx) / np.sqrt(3) / 2  # mean over all directions
    assert value.number is not None
    for told, sign in ((value.low, -1), (value.high, 1)):
        expected = value.number * (1 + sign * shift / 15.0) ** 3
        assert told is not None
        assert told - value.number == pytest.approx(expected - value.number, rel=0.12)
    diameter = diameter_3d(case, lesion)
    assert diameter.number is not None and diameter.low is not None
    voxel = diameter.number - diameter.low
    assert min(geometry.spacing_zyx) - 1e-6 <= voxel <= max(geometry.spacing_zyx) + 1e-6
    assert diameter.high == pytest.approx(diameter.number + voxel)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("radius_mm", [6.0, 15.0, 25.0])
def test_a_ball_has_its_area(kind: str, radius_mm: float) -> None:
    _, lesion, _ = of_ball(kind, radius_mm)
    assert lesion.surface.total_mm2 == pytest.approx(4 * np.pi * radius_mm**2, rel=0.05)


def test_a_small_ball_has_its_area_although_smoothing_shrinks_it() -> None:
    _, lesion, _ = of_ball("isotropic", 4.0)
    assert lesion.surface.total_mm2 == pytest.approx(4 * np.pi * 16, rel=0.03)


@pytest.mark.parametrize("kind", ["isotropic", "anisotropic"])
def test_a_cylinder_and_a_box_have_their_area(kind: str) -> None:
    geometry = grid(kind, (40, 40, 60))
    box = (np.abs(points(geometry)) <= (15, 15, 25)).all(axis=-1)
    for mask, area in (
        (cylinder(geometry, (0, 0, 0), 15, 50), 2 * np.pi * 15 * (15 + 50)),
        (box, 2 * (900 + 1500 + 1500)),
    ):
        labels = np.where(mask, 3, 0).astype(np.uint8)
        lesion = find_anatomy(labels, geometry).lesions[0]
        assert lesion.surface.total_mm2 == pytest.approx(area, rel=0.06)  # edges are rounded


def test_an_ellipsoid_has_its_axial_diameters_in_its_widest_slice() -> None:
    geometry = grid("anisotropic", (60, 40, 50))
    labels = np.where(ellipsoid(geometry, (0, 0, 0), (28, 18, 22)), 2, 0).astype(np.uint8)
    case = case_of(labels, geometry)
    lesion = case.anatomy.lesions[0]
    long, across = axial_diameter(case, lesion), axial_across(case, lesion)
    assert long.number == pytest.approx(56, abs=0.7)
    assert across.number == pytest.approx(36, abs=1.05)
    assert diameter_3d(case, lesion).number == pytest.approx(56, abs=0.7)
    middle = geometry.ras_to_index((0, 0, 0))[0]
    assert long.slice_z is not None and abs(long.slice_z - middle) <= 1.5


def test_calipers_are_at_right_angles_and_end_in_the_lesion_in_that_slice() -> None:
    geometry = grid("oblique", (50, 50, 50))
    labels = np.where(ellipsoid(geometry, (0, 0, 0), (24, 12, 16)), 2, 0).astype(np.uint8)
    case = case_of(labels, geometry)
    lesion = case.anatomy.lesions[0]
    long, across = axial_diameter(case, lesion), axial_across(case, lesion)
    first, last = np.array(long.points_ras)
    one, two = np.array(across.points_ras)
    assert np.linalg.norm(last - first) == pytest.approx(long.number)
    assert np.linalg.norm(two - one) == pytest.approx(across.number)
    assert abs((last - first) @ (two - one)) < 1e-6
    for point in (first, last):
        index = geometry.ras_to_index(point)
        assert np.allclose(index, np.rint(index), atol=1e-6)  # a voxel's centre
        assert labels[geometry.nearest_index(point)] == 2
        assert round(index[0]) == long.slice_z == across.slice_z


def test_the_diameter_across_is_the_longest_in_the_outline_as_found_by_trying_all() -> None:
    """A tilted triangle has its widest place at a corner, not in the middle."""
    geometry = grid("isotropic", (60, 60, 2))
    at = points(geometry)
    x, y = at[..., 0], at[..., 1]
    labels = ((y > -20) & (y < 10 - 1.2 * x) & (x > -24)).astype(np.uint8) * 2
    case = case_of(labels, geometry)
    lesion = case.anatomy.lesions[0]
    first, last = np.array(axial_diameter(case, lesion).points_ras)
    along = (last - first) / np.linalg.norm(last - first)
    sideways = np.cross(along, (0, 0, 1))
    inside = at[labels == 2]
    t, s = inside @ along, inside @ sideways
    widest = max(np.ptp(s[np.abs(t - place) < 0.5]) for place in np.arange(t.min(), t.max(), 0.25))
    assert axial_across(case, lesion).number == pytest.approx(widest, abs=1.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("depth", [0.3, 0.5, 0.9])
def test_contact_of_a_ball_sunk_into_a_flat_kidney_is_two_pi_r_d(kind: str, depth: float) -> None:
    """The area of a cap of depth d is 2 pi r d, which is also the Cleveland Clinic's formula."""
    radius_mm = 15.0
    geometry = grid(kind, (50, 50, 50))
    tumour = ball(geometry, (0, 0, 0), radius_mm)
    d = 2 * radius_mm * depth
    kidney = points(geometry)[..., 0] < -radius_mm + d
    labels = np.where(tumour, 2, np.where(kidney, 1, 0)).astype(np.uint8)
    case = case_of(labels, geometry)
    told = contact_area(case, case.anatomy.lesions[0]).number
    # the rim is known to a voxel: 2 pi a s, with the rim's radius a
    rim = 2 * np.pi * radius_mm * 1.0 / 100
    assert told == pytest.approx(2 * np.pi * radius_mm * d / 100, abs=0.6 * rim)


def test_another_lesion_beside_a_tumour_is_no_contact_with_the_kidney() -> None:
    geometry = grid("isotropic", (40, 40, 40))
    x = points(geometry)[..., 0]
    labels = np.where(x < 0, 1, 3).astype(np.uint8)
    labels[ball(geometry, (0, 0, 0), 12)] = 2
    case = case_of(labels, geometry)
    assert contact_area(case, case.anatomy.lesions[0]).number == pytest.approx(
        2 * np.pi * 144 / 100, rel=0.06
    )


def outside_chords(centre_mm: float, radius: float) -> float:
    """Percent of a ball beyond the chords that close an ellipsoid of 25 x 30 x 50 mm in slices.

    In a slice the ball's circle leaves the ellipse at two points; the outline runs straight
    between them, so what bulges is the circle's segment beyond them.
    """
    bulge, zs = 0.0, np.linspace(-radius, radius, 4001)
    for z in zs:
        rho = np.sqrt(max(radius**2 - z**2, 0.0))
        a, b = (half * np.sqrt(1 - (z / 50) ** 2) for half in (25, 30))
        # x^2 / a^2 + (rho^2 - (x - c)^2) / b^2 = 1
        crossing = np.roots(
            [1 / a**2 - 1 / b**2, 2 * centre_mm / b**2, (rho**2 - centre_mm**2) / b**2 - 1]
        )
        h = [float(x) - centre_mm for x in crossing.real if abs(x - centre_mm) <= rho]
        if h:
            bulge += rho**2 * np.arccos(h[0] / rho) - h[0] * np.sqrt(rho**2 - h[0] ** 2)
    return 100 * bulge * float(zs[1] - zs[0]) / (4 / 3 * np.pi * radius**3)


@pytest.mark.parametrize("kind", ["isotropic", "anisotropic"])
@pytest.mark.parametrize("offset_mm", [-6.0, 0.0, 6.0])
def test_the_share_outside_is_what_lies_beyond_the_chords_of_the_slices(
    kind: str, offset_mm: float
) -> None:
    case, _ = sunk_ball(kind, offset_mm)
    lesion = case.anatomy.lesions[0]
    kidney = case.anatomy.kidney_of(lesion)
    assert kidney is not None
    in_slices = share_in_slices(kidney, lesion)
    assert in_slices == pytest.approx(outside_chords(25 + offset_mm, 15), abs=2)
    told = exophytic_share(case, lesion)
    assert told.number is not None and told.low is not None and told.high is not None
    assert told.low < told.number < told.high


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("offset_mm", [-12.0, -6.0, 0.0, 6.0])
def test_the_exophytic_share_of_a_ball_is_high_by_at_most_six_points(
    kind: str, offset_mm: float
) -> None:
    case, truth = sunk_ball(kind, offset_mm)
    told = exophytic_share(case, case.anatomy.lesions[0]).number
    assert told is not None and truth - 1 <= told <= truth + 6


def sunk_ball(kind: str, offset_mm: float) -> tuple[Case, float]:
    """A ball of 15 mm in a kidney's side, and how much of it is truly outside, percent."""
    geometry = grid(kind, (70, 60, 100))
    kidney = ellipsoid(geometry, (0, 0, 0), (25, 30, 50))
    tumour = ball(geometry, (25 + offset_mm, 0, 0), 15)
    labels = np.where(tumour, 2, np.where(kidney, 1, 0)).astype(np.uint8)
    return case_of(labels, geometry), 100 * float((tumour & ~kidney).sum() / tumour.sum())


def test_a_tumour_inside_the_parenchyma_is_not_exophytic_and_lies_wholly_in_contact() -> None:
    geometry = grid("isotropic", (60, 70, 110))
    labels = np.where(ellipsoid(geometry, (0, 0, 0), (25, 30, 50)), 1, 0).astype(np.uint8)
    labels[ball(geometry, (0, 5, 10), 10)] = 2
    case = case_of(labels, geometry)
    lesion = case.anatomy.lesions[0]
    assert exophytic_share(case, lesion).number == 0
    assert contact_area(case, lesion).number == pytest.approx(4 * np.pi, rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_the_convex_hull_is_that_of_delaunay(kind: str) -> None:
    from scipy.spatial import Delaunay

    geometry = grid(kind, (20, 16, 18), margin=1)
    mask = ellipsoid(geometry, (0, 0, 0), (10, 8, 9)) & ~ball(geometry, (6, 0, 0), 6)
    told = convex_hull(mask)
    inside = Delaunay(np.argwhere(mask)).find_simplex(np.argwhere(np.ones(mask.shape))) >= 0
    truth = inside.reshape(mask.shape)
    assert (told & ~truth).sum() == 0
    assert (truth & ~told).sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_slices_are_closed_as_skimage_closes_them(kind: str) -> None:
    geometry = grid(kind, (20, 16, 18), margin=1)
    mask = ellipsoid(geometry, (0, 0, 0), (10, 8, 9)) & ~ball(geometry, (6, 0, 0), 6)
    mask[1, 2, 3:5] = True  # a line is left as it is
    told = closed_in_slices(mask)
    for plane, closed in zip(mask, told, strict=True):
        if plane.any() and np.ptp(np.argwhere(plane), axis=0).min() > 0:
            assert np.array_equal(closed, convex_hull_image(plane, offset_coordinates=False))
        else:
            assert np.array_equal(closed, plane)


@pytest.mark.parametrize("kind", KINDS)
def test_kidneys_have_volume_share_and_length(kind: str) -> None:
    geometry = grid(kind, (160, 64, 104))
    labels = two_kidneys(geometry, apart_mm=90)
    labels[ball(geometry, (45 + 20, 0, 0), 12)] = 2
    case = case_of(labels, geometry)
    right, left = case.anatomy.kidneys
    whole = 4 / 3 * np.pi * 25 * 30 * 50 / 1000
    assert parenchyma_volume(case, left).number == pytest.approx(whole, rel=0.01)
    tumour = lesion_volume(case, case.anatomy.lesions[0]).number
    told, bare = kidney_volume(case, right).number, parenchyma_volume(case, right).number
    assert told is not None and bare is not None and tumour is not None
    assert told == pytest.approx(bare + tumour)
    shares = [split_share(case, one).number for one in (right, left)]
    assert shares[0] == pytest.approx(100 * bare / (bare + whole), rel=0.01)
    assert sum(s for s in shares if s is not None) == pytest.approx(100)
    slice_mm = geometry.spacing_zyx[0]  # a kidney's pole may lie between two slices
    assert kidney_length(case, left).number == pytest.approx(100, abs=slice_mm)
    assert kidney_length(case, right).number == pytest.approx(100, abs=slice_mm)


@pytest.mark.parametrize("kind", KINDS)
def test_distances_are_those_between_the_voxels_sides(kind: str) -> None:
    geometry = grid(kind, (80, 40, 40))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[ball(geometry, (-18, 0, 0), 10)] = 2
    labels[ball(geometry, (15, 0, 0), 8)] = 3
    case = case_of(labels, geometry)
    first, second = case.anatomy.lesions
    told = nearest_lesion(case, first)
    assert told.number == pytest.approx(33 - 18, abs=max(geometry.spacing_zyx))
    assert nearest_lesion(case, second).number == pytest.approx(told.number)
    one, two = np.array(told.points_ras)
    assert np.linalg.norm(two - one) == pytest.approx(told.number)


def test_lesions_that_touch_are_nothing_apart() -> None:
    geometry = grid("isotropic", (20, 20, 20))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[5:10, 5:10, 5:10] = 2
    labels[10:13, 10:13, 10:13] = 3  # a corner in common
    case = case_of(labels, geometry)
    assert [nearest_lesion(case, one).number for one in case.anatomy.lesions] == [0.0, 0.0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_hollow_is_the_bore_and_the_distance_to_the_sinus_the_wall_between(kind: str) -> None:
    """A kidney with a cylinder bored into its side; a tumour 9 mm from the bore's end."""
    geometry = grid(kind, (70, 70, 110))
    at = points(geometry)
    kidney = ellipsoid(geometry, (0, 0, 0), (25, 30, 50))
    bore = (np.hypot(at[..., 1], at[..., 2]) <= 8) & (at[..., 0] < -5)
    tumour = ball(geometry, (14, 0, 0), 10)
    labels = np.where(tumour, 2, np.where(kidney & ~bore, 1, 0)).astype(np.uint8)
    case = case_of(labels, geometry)
    lesion = case.anatomy.lesions[0]
    kidney = case.anatomy.kidneys[0]
    hollow = hollow_of(kidney)
    depth = (25 * np.sqrt(1 - (8 / 40) ** 2)) - 5
    assert hollow.sum() * geometry.voxel_ml == pytest.approx(np.pi * 64 * depth / 1000, rel=0.2)
    assert sinus_distance(case, lesion).number == pytest.approx(9, abs=2.5)


def hollow_of(kidney: Kidney) -> MaskArray:
    parts = (kidney.hull, kidney.parenchyma, kidney.lesions)
    return find_hollow(*parts, kidney.geometry.spacing_zyx, kidney.hu)


def test_fat_left_out_behind_a_closed_hilum_is_found_and_a_cleft_between_lobes_is_not() -> None:
    geometry = grid("isotropic", (60, 70, 110))
    at = points(geometry)
    kidney = ellipsoid(geometry, (0, 0, 0), (25, 30, 50))
    hole = ball(geometry, (-4, 0, 0), 5)
    cleft = (np.abs(at[..., 2] - 20) < 1.2) & (at[..., 0] > 8)
    labels = np.where(kidney & ~hole & ~cleft, 1, 0).astype(np.uint8)
    sinus = hollow_of(find_anatomy(labels, geometry).kidneys[0])
    box = find_anatomy(labels, geometry).kidneys[0].box
    assert np.array_equal(sinus, hole[box.slices])
    # the same hole labelled kidney is found by its fat, but for its blurred edge
    hu = np.where(hole, -90, 110).astype(np.int16)
    whole = np.where(kidney & ~cleft, 1, 0).astype(np.uint8)
    by_fat = hollow_of(find_anatomy(whole, geometry, hu).kidneys[0])
    assert not (by_fat & ~hole[box.slices]).any()
    assert by_fat.sum() > 0.5 * hole.sum()
    assert not hollow_of(find_anatomy(whole, geometry).kidneys[0]).any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_c_index_is_centre_to_centre_over_radius(kind: str) -> None:
    geometry = grid(kind, (90, 64, 104))
    labels = np.where(ellipsoid(geometry, (0, 0, 0), (25, 30, 50)), 1, 0).astype(np.uint8)
    labels[ball(geometry, (10, 0, 0), 8)] = 2
    case = case_of(labels, geometry)
    assert c_index(case, case.anatomy.lesions[0]).number == pytest.approx(10 / 8, rel=0.05)
