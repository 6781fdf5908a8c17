"""Planes turned about the crosshair: where they lie, and what the scan shows on them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, HUArray, Triple
from kidview.session import (
    Session,
    Slab,
    ViewState,
    cut,
    plan_slice,
    slab_on,
    slab_plane,
    step_along,
    turned,
)
from kidview.session.oblique import (
    AIR_HU,
    MOST_PIXELS,
    Raster,
    chord_mm,
    raster_over,
    sample_hu,
    sample_labels,
)
from kidview.session.plan import point_on
from kidview.session.planes import Frame, Turn, edge_letters, frame_of, letters_of

SHAPE = (18, 26, 30)
EVEN = Geometry.straight(SHAPE, (1.0, 1.0, 1.0), (-5.0, -12.0, 30.0))
ANISOTROPIC = Geometry.straight(SHAPE, (3.0, 0.8, 0.7), (-20.0, 13.0, -100.0))
EVERYWHERE = (-1e4, -1e4, 1e4, 1e4)
LPS = np.array([-1.0, -1.0, 1.0])


def leaning() -> Geometry:
    """`ANISOTROPIC` in a patient who lies askew: every axis is oblique."""
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", (12, -17, 25), degrees=True).as_matrix()
    return Geometry(SHAPE, matrix @ ANISOTROPIC.zyx_to_ras)


def blobs(dtype: type = np.int16) -> HUArray:
    """Values that differ everywhere, smooth and rough."""
    z, y, x = np.indices(SHAPE)
    noise = np.random.default_rng(7).integers(-300, 300, SHAPE)
    return np.asarray(200 * np.sin(z / 3) + 100 * np.cos(y / 4) * x / 5 + noise, dtype)


def point_of(geometry: Geometry) -> Triple:
    """A voxel's centre off the middle."""
    x, y, z = (float(v) for v in geometry.index_to_ras((8, 14, 11)))
    return (x, y, z)


def on_plane(geometry: Geometry, turn: Turn | None, axis: int) -> Raster:
    """All of a plane through `point_of`."""
    frame = frame_of(geometry, turn, axis)
    depth_mm = float(frame.to_plane(point_of(geometry))[2])
    return raster_over(geometry, frame, depth_mm, EVERYWHERE, 0.0)


def resampled(
    array: npt.NDArray[np.generic], geometry: Geometry, raster: Raster, kind: int
) -> FloatArray:
    """The same plane by SimpleITK, whose points are LPS."""
    image = sitk.GetImageFromArray(np.asarray(array))
    spacing = geometry.spacing_zyx
    image.SetSpacing(spacing[::-1])
    image.SetOrigin((LPS * geometry.zyx_to_ras[:3, 3]).tolist())
    columns = LPS[:, None] * geometry.zyx_to_ras[:3, :3][:, ::-1] / np.array(spacing[::-1])
    image.SetDirection(columns.ravel().tolist())
    frame = raster.frame
    first = frame.to_ras((*raster.start_uv, raster.depth_mm))
    wanted = np.stack([frame.left, frame.up, np.cross(frame.left, frame.up)], axis=1)
    plane = sitk.Resample(
        image,
        (raster.shape[1], raster.shape[0], 1),
        sitk.Transform(),
        kind,
        (LPS * first).tolist(),
        (raster.step_mm,) * 3,
        (LPS[:, None] * wanted).ravel().tolist(),
        float(AIR_HU) if kind == sitk.sitkLinear else 0.0,
        sitk.sitkFloat32,
    )
    return np.asarray(sitk.GetArrayFromImage(plane)[0])


# -- where the planes lie -------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(-180, 180)), min_size=1, max_size=6),
    st.booleans(),
)
def test_planes_stay_at_right_angles_however_they_are_turned(
    turns: list[tuple[int, float]], is_leaning: bool
) -> None:
    geometry = leaning() if is_leaning else ANISOTROPIC
    turn: Turn | None = None
    for axis, degrees in turns:
        kept = frame_of(geometry, turn, axis)
        turn = turned(geometry, turn, axis, degrees)
        assert frame_of(geometry, turn, axis) == kept, "the picture turned in must stay"
    frames = [frame_of(geometry, turn, axis) for axis in range(3)]
    for frame in frames:
        directions = np.array([frame.left, frame.up, frame.normal])
        np.testing.assert_allclose(directions @ directions.T, np.eye(3), atol=1e-9)
    for one, other in combinations(frames, 2):
        assert np.dot(one.normal, other.normal) == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_turn_goes_clockwise_by_its_angle_as_seen_in_the_view(axis: int) -> None:
    """Screen: u to the left, v upward, so clockwise leads from left to up."""
    geometry = leaning()
    view = ViewState(cursor_ras=point_of(geometry), turn=turned(geometry, None, axis, 30))
    row_line, column_line = plan_slice(geometry, view, axis).lines
    angle = np.deg2rad(30)
    for line, wanted in (
        (row_line, (np.cos(angle), np.sin(angle))),
        (column_line, (-np.sin(angle), np.cos(angle))),
    ):
        assert abs(np.dot(line, wanted)) == pytest.approx(1)
    assert [plan_slice(geometry, view, a).degrees for a in range(3)] == pytest.approx(
        [0 if a == axis else 30 for a in range(3)]
    )


def test_a_turn_taken_back_is_none() -> None:
    turn = turned(ANISOTROPIC, None, 1, 5)
    for _ in range(70):
        turn = turned(ANISOTROPIC, turn, 1, 5)
    assert turn is not None
    assert turned(ANISOTROPIC, turn, 1, -71 * 5) is None
    assert turned(ANISOTROPIC, turn, 1, 5) is None, "once round"


def test_a_plane_that_was_not_turned_is_still_a_slice() -> None:
    view = ViewState(cursor_ras=point_of(EVEN), turn=turned(EVEN, None, 0, 30))
    axial, coronal, sagittal = (plan_slice(EVEN, view, axis) for axis in range(3))
    assert axial.frame is None and axial.index == 8
    assert coronal.frame is not None and sagittal.frame is not None
    straight = plan_slice(EVEN, replace(view, turn=None), 0)
    assert replace(axial, lines=straight.lines) == straight


def test_letters_name_the_stronger_direction_first() -> None:
    frame = frame_of(EVEN, turned(EVEN, None, 0, 30), 1)
    assert letters_of(frame.left, frame.up) == ("RA", "LP", "S", "I")
    frame = frame_of(EVEN, turned(EVEN, None, 0, 60), 1)
    assert letters_of(frame.left, frame.up) == ("AR", "PL", "S", "I")
    for axis in range(3):
        straight = frame_of(leaning(), None, axis)
        assert letters_of(straight.left, straight.up) == edge_letters(leaning(), axis)


def test_opening_a_scan_straightens_the_planes() -> None:
    view = ViewState(turn=turned(EVEN, None, 0, 30), tool="brush")
    fresh = view.of_another_scan((1.0, 2.0, 3.0))
    assert fresh.turn is None and fresh.cursor_ras == (1.0, 2.0, 3.0) and fresh.tool == "brush"
    assert Session().view.turn is None


# -- what is seen on them -------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_plane_turned_by_nothing_is_the_slice_of_the_grid(axis: int) -> None:
    hu, index = blobs(), (8, 14, 11)[axis]
    raster = on_plane(EVEN, None, axis)
    slice_ = cut(hu, axis, index)
    rows, columns = slice_.shape  # the outermost half voxel needs a pixel more on each side
    assert raster.shape == (rows + 2, columns + 2) and raster.start_uv == (-1.0, -1.0)
    inner = (slice(1, -1), slice(1, -1))
    np.testing.assert_array_equal(sample_hu(hu, EVEN, raster)[inner], slice_)
    labels = (hu % 4).astype(np.uint8)
    np.testing.assert_array_equal(
        sample_labels(labels, EVEN, raster)[inner], cut(labels, axis, index)
    )


def test_the_coronal_plane_turned_by_90_degrees_is_the_sagittal_slice() -> None:
    hu = blobs()
    seen = sample_hu(hu, EVEN, on_plane(EVEN, turned(EVEN, None, 0, 90), 1))
    np.testing.assert_array_equal(seen[1:-1, 1:-1], cut(hu, 2, 11))


@pytest.mark.parametrize("geometry", [ANISOTROPIC, leaning()], ids=["anisotropic", "leaning"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_hu_and_labels_are_those_of_another_resampler(geometry: Geometry, axis: int) -> None:
    """SimpleITK: linear within half a HU of rounding, labels equal but for ties at borders."""
    hu = blobs()
    turn = turned(geometry, turned(geometry, None, 0, 33), 2, -21)
    turn = turned(geometry, turn, 1, 12)
    raster = on_plane(geometry, turn, axis)
    mine, theirs = sample_hu(hu, geometry, raster), resampled(hu, geometry, raster, sitk.sitkLinear)
    inside = (mine != AIR_HU) & (theirs != AIR_HU)
    assert ((mine != AIR_HU) != (theirs != AIR_HU)).mean() < 1e-3
    assert inside.mean() > 0.3
    assert np.abs(mine - theirs)[inside].max() < 0.51
    labels = (hu % 4).astype(np.uint8)
    nearest = resampled(labels, geometry, raster, sitk.sitkNearestNeighbor)
    assert (sample_labels(labels, geometry, raster) != nearest).mean() < 1e-3


def test_a_scan_of_one_slice_is_sampled_too() -> None:
    geometry = Geometry.straight((1, 6, 7), (5.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    hu = np.arange(42, dtype=np.int16).reshape(1, 6, 7)
    frame = frame_of(geometry, turned(geometry, None, 0, 90), 1)
    depth_mm = float(frame.to_plane((3.0, 0.0, 0.0))[2])
    seen = sample_hu(hu, geometry, raster_over(geometry, frame, depth_mm, EVERYWHERE, 0.0))
    wanted = np.broadcast_to(hu[0, :, 3], (5, 6))  # five rows of 1 mm show the one slice
    np.testing.assert_array_equal(seen[1:-1, 1:-1], wanted)


def test_labels_of_a_box_lie_where_those_of_the_whole_do() -> None:
    geometry, labels = leaning(), np.zeros(SHAPE, np.uint8)
    labels[5:12, 6:20, 4:15] = blobs()[5:12, 6:20, 4:15] % 4
    raster = on_plane(geometry, turned(geometry, None, 2, 40), 0)
    part = sample_labels(labels[5:12, 6:20, 4:15], geometry, raster, (5, 6, 4))
    np.testing.assert_array_equal(part, sample_labels(labels, geometry, raster))
    assert part.any()


# -- what is sampled ------------------------------------------------------------------


def test_pixels_are_the_finest_spacing_or_the_screens() -> None:
    frame = frame_of(ANISOTROPIC, turned(ANISOTROPIC, None, 0, 20), 1)
    assert raster_over(ANISOTROPIC, frame, 0.0, EVERYWHERE, 0.1).step_mm == pytest.approx(0.7)
    assert raster_over(ANISOTROPIC, frame, 0.0, EVERYWHERE, 1.5).step_mm == 1.5


def test_only_what_is_in_sight_is_sampled_on_pixels_that_panning_does_not_move() -> None:
    frame = frame_of(EVEN, turned(EVEN, None, 0, 20), 1)
    depth_mm = float(frame.to_plane(point_of(EVEN))[2])
    near = raster_over(EVEN, frame, depth_mm, (5.2, 4.1, 9.3, 7.9), 0.1)
    assert near.start_uv == (5.0, 4.0) and near.shape == (5, 6)
    whole, hu = raster_over(EVEN, frame, depth_mm, EVERYWHERE, 0.1), blobs()
    column, row = (round(a - b) for a, b in zip(near.start_uv, whole.start_uv, strict=True))
    np.testing.assert_array_equal(
        sample_hu(hu, EVEN, near), sample_hu(hu, EVEN, whole)[row : row + 5, column : column + 6]
    )
    away = raster_over(EVEN, frame, depth_mm, (500.0, 500.0, 600.0, 600.0), 0.1)
    assert away.shape == (1, 1)


def test_a_huge_plane_gets_coarser_pixels() -> None:
    geometry = Geometry.straight((900, 1100, 1100), (0.4, 0.3, 0.3))
    frame = frame_of(geometry, turned(geometry, None, 0, 45), 1)
    depth_mm = float(frame.to_plane(geometry.centre_ras)[2])
    raster = raster_over(geometry, frame, depth_mm, EVERYWHERE, 0.1)
    assert 0.8 * MOST_PIXELS < np.prod(raster.shape) <= MOST_PIXELS


# -- slabs ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["max", "mean", "min"])
def test_a_slab_turned_by_nothing_is_that_of_the_grid(kind: str) -> None:
    hu, slab = blobs(), Slab(kind, 7.0)
    for axis, index in ((0, 8), (1, 24)):  # coronal: the last slice but one
        point = [8, 14, 11]
        point[axis] = index
        frame = frame_of(EVEN, None, axis)
        depth_mm = float(frame.to_plane(EVEN.index_to_ras(point))[2])
        seen = slab_on(hu, EVEN, raster_over(EVEN, frame, depth_mm, EVERYWHERE, 0.0), slab)
        np.testing.assert_array_equal(seen[1:-1, 1:-1], slab_plane(hu, axis, index, slab, 1.0))
        assert (seen[0] == AIR_HU).all()


def test_a_turned_slab_is_made_of_turned_planes() -> None:
    geometry, hu = leaning(), blobs()
    raster = on_plane(geometry, turned(geometry, None, 2, 40), 0)
    planes = [
        sample_hu(hu, geometry, replace(raster, depth_mm=raster.depth_mm + k * 0.7))
        for k in (-2, -1, 0, 1, 2)
    ]
    np.testing.assert_array_equal(
        slab_on(hu, geometry, raster, Slab("max", 3.0)), np.max(planes, axis=0)
    )


# -- going through it -----------------------------------------------------------------


def test_slices_are_one_finest_spacing_apart_and_end_with_the_scan() -> None:
    geometry = leaning()
    view = ViewState(cursor_ras=point_of(geometry), turn=turned(geometry, None, 0, 35))
    plan = plan_slice(geometry, view, 1)
    assert plan.frame is not None
    moved = replace(view, cursor_ras=step_along(geometry, view, 1, plan.index + 2))
    way = np.subtract(moved.cursor_ras, view.cursor_ras)
    np.testing.assert_allclose(way, 1.4 * np.array(plan.frame.normal), atol=1e-9)
    after = plan_slice(geometry, moved, 1)
    assert (after.index, after.count) == (plan.index + 2, plan.count)
    assert after.depth_mm == pytest.approx(plan.depth_mm + 1.4)
    assert plan_slice(geometry, moved, 2).depth_mm == pytest.approx(
        plan_slice(geometry, view, 2).depth_mm
    )
    for end in (-50, 5000):
        last = geometry.ras_to_index(step_along(geometry, view, 1, end))
        assert (last > -0.01).all() and (last < np.array(SHAPE) - 0.99).all()


def test_a_straight_plane_among_turned_ones_goes_by_slices_of_the_grid() -> None:
    point = tuple(np.add(point_of(ANISOTROPIC), (0.2, 0.3, 0.0)))
    view = ViewState(cursor_ras=point, turn=turned(ANISOTROPIC, None, 0, 35))
    there = step_along(ANISOTROPIC, view, 0, 10)
    np.testing.assert_allclose(there, np.add(point, (0.0, 0.0, 6.0)))


def test_the_chord_ends_at_the_scan() -> None:
    frame = Frame((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0))
    low, high = chord_mm(EVEN, frame, point_of(EVEN))
    assert (low, high) == pytest.approx((-14.0, 11.0))


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_crosshair_is_a_point_of_every_plane(axis: int) -> None:
    geometry = leaning()
    turn = turned(geometry, turned(geometry, None, 0, 33), 2, -21)
    view = ViewState(cursor_ras=point_of(geometry), turn=turn)
    plan = plan_slice(geometry, view, axis)
    np.testing.assert_allclose(point_on(geometry, plan, *plan.cursor_uv), view.cursor_ras)
