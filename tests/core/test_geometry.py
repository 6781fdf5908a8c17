"""Index <-> mm, crops, resampled grids and their comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from kidview.core.box import Box
from kidview.core.errors import BadGeometry
from kidview.core.geometry import Geometry

shapes = st.tuples(*[st.integers(1, 40)] * 3)
spacings = st.tuples(*[st.floats(0.2, 6.0)] * 3)
points = st.tuples(*[st.floats(-500, 500)] * 3)
small_turns = st.tuples(*[st.floats(-0.4, 0.4)] * 3)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """A grid turned by up to some 40 degrees."""
    straight = Geometry.straight(draw(shapes), draw(spacings), draw(points))
    matrix = straight.zyx_to_ras.copy()
    matrix[:3, :3] = Rotation.from_rotvec(draw(small_turns)).as_matrix() @ matrix[:3, :3]
    return Geometry(straight.shape_zyx, matrix)


@given(geometries(), points)
def test_mm_to_index_and_back_is_the_same_point(grid: Geometry, point: tuple[float, ...]) -> None:
    assert np.allclose(grid.index_to_ras(grid.ras_to_index(point)), point, atol=1e-6)


@given(geometries())
def test_volume_of_a_voxel_is_the_product_of_its_edges(grid: Geometry) -> None:
    assert grid.voxel_ml == pytest.approx(np.prod(grid.spacing_zyx) / 1000)


@given(geometries(), st.data())
def test_a_crop_keeps_every_voxel_in_its_place(grid: Geometry, data: st.DataObject) -> None:
    start = [data.draw(st.integers(0, n - 1)) for n in grid.shape_zyx]
    stop = [data.draw(st.integers(s + 1, n)) for s, n in zip(start, grid.shape_zyx, strict=True)]
    box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
    crop = grid.crop(box)
    assert crop.shape_zyx == box.shape
    inside = np.array(box.shape) // 2
    assert np.allclose(crop.index_to_ras(inside), grid.index_to_ras(inside + box.start))


@given(geometries(), spacings)
def test_a_resampled_grid_starts_at_the_same_face_and_covers_all(
    grid: Geometry, spacing: tuple[float, float, float]
) -> None:
    new = grid.resampled(spacing)
    assert np.allclose(new.spacing_zyx, spacing)
    face = (-0.5, -0.5, -0.5)
    assert np.allclose(new.index_to_ras(face), grid.index_to_ras(face), atol=1e-6)
    end = new.ras_to_index(grid.index_to_ras(np.array(grid.shape_zyx) - 0.5))
    assert (end <= np.array(new.shape_zyx) - 0.5 + 1e-4).all()
    assert (end > np.array(new.shape_zyx) - 1.5 - 1e-4).all()


@given(geometries())
def test_a_grid_lies_on_itself(grid: Geometry) -> None:
    assert grid.difference(grid) is None


def test_a_grid_of_another_shape_is_told_by_its_shape() -> None:
    grid = Geometry.straight((4, 5, 6), (2, 1, 1))
    other = Geometry.straight((4, 5, 7), (2, 1, 1))
    assert grid.difference(other) == "4 x 5 x 7 voxels instead of 4 x 5 x 6"


def test_corners_may_be_half_a_voxel_away_and_no_more() -> None:
    grid = Geometry.straight((4, 5, 6), (2, 1, 1))
    assert grid.difference(Geometry.straight((4, 5, 6), (2, 1, 1), (0, 0, 0.9))) is None
    assert grid.difference(Geometry.straight((4, 5, 6), (2, 1, 1), (0, 0, 1.1))) == (
        "corners up to 1.1 mm away"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m * [[0], [1], [1], [1]], "spacing is zero"),
        (lambda m: m * np.nan, "no numbers"),
        (lambda m: m[:, [1, 0, 2, 3]], "do not grow toward"),
        (lambda m: -m, "do not grow toward"),
        (lambda m: m + 0.1 * np.eye(4)[[2, 0, 1, 3]], "right angles"),
    ],
)
def test_a_matrix_that_is_no_house_grid_is_refused(change: object, message: str) -> None:
    matrix = Geometry.straight((3, 3, 3), (2, 1, 1)).zyx_to_ras
    assert callable(change)
    with pytest.raises(BadGeometry, match=message):
        Geometry((3, 3, 3), change(matrix.copy()))


def test_the_matrix_cannot_be_changed_afterwards() -> None:
    grid = Geometry.straight((3, 3, 3), (2, 1, 1))
    with pytest.raises(ValueError, match="read-only"):
        grid.zyx_to_ras[0, 0] = 5


def test_the_nearest_voxel_of_a_point_outside_is_on_the_border() -> None:
    grid = Geometry.straight((3, 4, 5), (2, 1, 1))
    assert grid.nearest_index((-100, 1.6, 100)) == (2, 2, 0)
    assert grid.contains((2, 3, 4))
    assert not grid.contains((3, 0, 0))
