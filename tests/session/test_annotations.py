"""What annotations measure, against numpy on whole planes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.cases import Annotation, Marks
from kidview.core.geometry import Geometry
from kidview.core.types import Triple
from kidview.core.volume import Volume
from kidview.session import measured_in_words, slice_of
from kidview.session.annotations import angle_degrees, length_mm, region_of
from tests.ui.slice_stage import PLAIN, SHAPE, ramp, turned

GRIDS = {"straight": PLAIN, "oblique": turned(20, 10)}


def noisy(geometry: Geometry) -> Volume:
    """Every voxel another value."""
    made = ramp(geometry)
    hu = np.random.default_rng(1).integers(-200, 300, SHAPE).astype(np.int16)
    return Volume(hu, geometry, made.source)


def ras(geometry: Geometry, *points_zyx: Triple) -> tuple[Triple, ...]:
    return tuple(
        (float(x), float(y), float(z)) for x, y, z in geometry.index_to_ras(np.array(points_zyx))
    )


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_an_ellipse_counts_the_voxels_whose_centre_it_holds(grid: str, axis: int) -> None:
    geometry = GRIDS[grid]
    volume = noisy(geometry)
    low, high = [3.3, 8.2, 12.4], [14.1, 29.7, 40.2]
    low[axis] = high[axis] = 9.0
    annotation = Annotation(1, "ellipse", axis, ras(geometry, tuple(low), tuple(high)))  # type: ignore[arg-type]
    found = region_of(annotation, volume)
    # The oracle: every voxel of the scan, its place in mm along the grid's axes.
    steps = np.array(geometry.spacing_zyx)
    middle, half = (np.array(low) + high) / 2 * steps, (np.array(high) - low) / 2 * steps
    in_plane = np.arange(3) != axis
    places = np.moveaxis(np.indices(SHAPE), 0, -1) * steps - middle
    is_inside = (((places / np.where(in_plane, half, 1)) ** 2)[..., in_plane]).sum(axis=-1) <= 1
    is_inside &= np.indices(SHAPE)[axis] == 9
    inside = volume.hu[is_inside]
    assert found.voxels == len(inside) > 50
    assert found.mean == pytest.approx(np.mean(inside)) and found.sd == pytest.approx(
        np.std(inside)
    )
    assert (found.low, found.high) == (inside.min(), inside.max())
    assert found.area_mm2 == pytest.approx(np.pi * np.prod(half[in_plane]))
    assert slice_of(annotation, geometry) == 9


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.floats(-30, 90)] * 2), min_size=2, max_size=2), st.integers(-5, 30))
def test_any_ellipse_is_counted_or_empty(corners: list[tuple[float, float]], index: int) -> None:
    volume = noisy(PLAIN)
    points = ras(PLAIN, *((float(index), y, x) for y, x in corners))
    found = region_of(Annotation(1, "ellipse", 0, points), volume)
    again = region_of(Annotation(1, "ellipse", 0, points[::-1]), volume)
    assert found == again and found.low <= found.mean <= found.high
    assert found.voxels * 0.8 * 1.0 <= found.area_mm2 * 1.5 + 20


def test_a_known_body_is_told_by_its_hu() -> None:
    hu = np.full(SHAPE, -100, np.int16)
    hu[9, 10:20, 20:40] = 130
    volume = Volume(hu, PLAIN, ramp().source)
    points = ras(PLAIN, (9, 10, 20), (9, 19, 39))
    words, more = measured_in_words(Annotation(1, "ellipse", 0, points), volume)
    assert words == "130 HU ± 0, 1.1 cm²"  # pi * 4.5 mm * 7.6 mm = 107 mm2
    assert more.startswith("130 to 130 HU, ")
    tiny = ras(PLAIN, (9, 10.2, 20.2), (9, 10.4, 20.4))
    assert measured_in_words(Annotation(1, "ellipse", 0, tiny), volume)[0] == (
        "0 mm², no voxel inside"
    )


@pytest.mark.parametrize("grid", GRIDS)
def test_lengths_and_angles_are_those_of_the_patient(grid: str) -> None:
    geometry = GRIDS[grid]
    volume = ramp(geometry)
    # 30 rows of 1 mm and 50 columns of 0.8 mm: a triangle of 30, 40, 50 mm.
    a, b, c = ras(geometry, (4, 35, 5), (4, 5, 5), (4, 5, 55))
    assert length_mm((a, c)) == pytest.approx(50)
    assert angle_degrees((a, b, c)) == pytest.approx(90)
    assert angle_degrees((b, a, c)) == pytest.approx(np.degrees(np.arctan2(40, 30)))
    assert measured_in_words(Annotation(1, "distance", 0, (a, c)), volume) == ("50.0 mm", "")
    assert measured_in_words(Annotation(1, "angle", 0, (b, a, c)), volume) == ("53°", "")
    near = ras(geometry, (4, 5, 5), (4, 8.24, 5))
    assert measured_in_words(Annotation(1, "distance", 0, near), volume) == ("3.2 mm", "")


@given(st.floats(0, 180), st.floats(0, 360), st.floats(0.5, 50), st.floats(0.5, 50))
def test_an_angle_is_what_it_was_drawn_with(angle: float, at: float, r: float, q: float) -> None:
    one, other = np.deg2rad(at), np.deg2rad(at + angle)
    points = (
        (r * np.cos(one), r * np.sin(one), 3.0),
        (0.0, 0.0, 3.0),
        (q * np.cos(other), q * np.sin(other), 3.0),
    )
    assert angle_degrees(points) == pytest.approx(angle, abs=1e-6)


def test_marks_are_added_changed_and_removed() -> None:
    one = Annotation(1, "distance", 0, ((0, 0, 0), (1, 0, 0)))
    marks = Marks().with_annotation(one)
    two = Annotation(marks.next_number, "distance", 1, one.points_ras)
    marks = marks.with_annotation(two).with_annotation(one.moved(1, (5, 0, 0)))
    assert [a.number for a in marks.annotations] == [1, 2] and marks.selected == 1
    assert marks.in_hand == one.moved(1, (5, 0, 0))
    assert marks.without_selected().annotations == (two,)
    assert one.shifted((0, 2, 0)).points_ras == ((0, 2, 0), (1, 2, 0))
