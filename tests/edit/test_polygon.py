"""An outline is filled as scikit-image fills it, in each plane, and thinned as it thins."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.draw import polygon2mask
from skimage.measure import approximate_polygon

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.types import MaskArray, Triple
from kidview.edit import Edit, Work
from kidview.edit.outline import inside_outline
from kidview.edit.tools.polygon import ROW, polygon, simplified

SHAPE = (9, 12, 15)
GRID = Geometry.straight(SHAPE, (5.0, 0.8, 0.7))
Vertices = list[tuple[float, float]]


def lifted(vertices: Vertices, axis: int, index: float) -> list[Triple]:
    """Rows and columns of a slice as voxel indices."""
    return [tuple(np.insert(np.array(v, float), axis, index)) for v in vertices]


def whole(edit: Edit) -> MaskArray:
    """The edit's mask on the whole grid."""
    mask = np.zeros(SHAPE, bool)
    mask[edit.box.slices] = edit.mask
    return mask


def filled(vertices: Vertices, axis: int, index: int) -> MaskArray:
    """The slice as filled; nothing where the tool refuses."""
    try:
        mask = whole(polygon(lifted(vertices, axis, index), axis, 1, GRID))
    except EditRefused:
        mask = np.zeros(SHAPE, bool)
    assert not np.delete(mask, index, axis).any()
    return np.take(mask, index, axis)


def vertices(step: float, offset: float) -> st.SearchStrategy[Vertices]:
    """Any outline, mostly crossing itself, some of it outside the scan."""
    low, high = round(-6 / step), round(20 / step)
    place = st.integers(low, high).map(lambda i: i * step + offset)
    return st.lists(st.tuples(place, place), min_size=3, max_size=9)


@settings(deadline=None, max_examples=50)
@given(vertices(0.25, 0.1), st.sampled_from([0, 1, 2]), st.data())
def test_fills_what_another_program_fills(
    outline: Vertices, axis: int, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, SHAPE[axis] - 1))
    shape = tuple(n for a, n in enumerate(SHAPE) if a != axis)
    expected = polygon2mask(shape, np.array(outline))
    ours = filled(outline, axis, index)
    for at in np.argwhere(ours != expected):
        assert distance_to_line(at, outline) < 1e-9  # on the line either is right


def distance_to_line(point: np.ndarray, outline: Vertices) -> float:
    """From the nearest edge of the closed outline."""
    nearest = np.inf
    for a, b in zip(np.array(outline), np.roll(outline, -1, axis=0), strict=True):
        length_sq = float((b - a) @ (b - a))
        t = np.clip((point - a) @ (b - a) / length_sq, 0, 1) if length_sq else 0.0
        nearest = min(nearest, float(np.linalg.norm(point - a - t * (b - a))))
    return nearest


@settings(deadline=None, max_examples=50)
@given(vertices(1.0, 0.0), st.data())
def test_two_parts_cover_each_voxel_once(outline: Vertices, data: st.DataObject) -> None:
    """Cut along a chord, corners and edges on voxel centres: no gap, no overlap."""
    cut = data.draw(st.integers(2, len(outline) - 1))
    one, other = outline[: cut + 1], [outline[0], *outline[cut:]]
    centres = np.argwhere(np.ones((14, 14), bool)).astype(float)
    parts = [inside_outline(centres, np.array(part)) for part in (one, other)]
    np.testing.assert_array_equal(parts[0] ^ parts[1], inside_outline(centres, np.array(outline)))


def test_a_line_that_crosses_itself_leaves_a_hole() -> None:
    star = [(5.2 + 5 * np.sin(a), 7.1 + 5 * np.cos(a)) for a in np.arange(5) * 4 * np.pi / 5]
    mask = filled(star, 0, 3)
    assert not mask[5, 7] and mask[5, 11] and mask.any()


def test_the_area_of_a_disc() -> None:
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    grid = Geometry.straight((3, 200, 200), (5.0, 0.5, 0.7))
    outline = [(1.0, 100.3 + 60 * np.sin(a), 99.6 + 40 * np.cos(a)) for a in angles]
    assert polygon(outline, 0, 1, grid).mask.sum() == pytest.approx(np.pi * 60 * 40, rel=0.002)


def test_less_than_three_points_are_refused() -> None:
    with pytest.raises(EditRefused, match="three points"):
        polygon([(1, 2, 3), (1, 8, 8)], 0, 1, GRID)


@pytest.mark.parametrize(
    ("outline", "index"),
    [
        ([(1.2, 1.2), (1.8, 1.3), (1.6, 1.8)], 4),  # between four centres
        ([(-9, -9), (-2, -3), (-5, -1)], 4),  # beside the scan
    ],
)
def test_an_outline_without_a_voxel_is_refused(outline: Vertices, index: int) -> None:
    with pytest.raises(EditRefused, match="no voxel"):
        polygon(lifted(outline, 0, index), 0, 1, GRID)


@pytest.mark.parametrize("index", [-1, 9])
def test_a_slice_above_or_below_the_scan_is_refused(index: int) -> None:
    with pytest.raises(EditRefused, match="not in the scan"):
        polygon(lifted([(1, 1), (1, 9), (9, 5)], 0, index), 0, 1, GRID)


def test_an_outline_that_leaves_the_scan_is_cut_at_its_edge() -> None:
    mask = filled([(-50, -50), (-50, 50), (50, 50), (50, -50)], 2, 14)
    assert mask.all() and mask.shape == (9, 12)


def test_the_row_fills_with_the_active_label() -> None:
    hu, labels = np.zeros(SHAPE, np.int16), np.zeros(SHAPE, np.uint8)
    outline = tuple(lifted([(1, 1), (1, 9), (8, 5)], 1, 2.2))
    assert ROW.act is not None
    edit = ROW.act(Work(hu, GRID, labels, 3, axis=1, outline=outline))
    assert edit.label == 3 and edit.box.start[1] == 2 and edit.box.shape[1] == 1
    with pytest.raises(EditRefused, match="no outline"):
        ROW.act(Work(hu, GRID, labels, 3))


LINES = st.lists(
    st.tuples(st.floats(-50, 50, width=32), st.floats(-50, 50, width=32)), min_size=1, max_size=40
)


@settings(deadline=None, max_examples=50)
@given(LINES, st.floats(0.1, 20.0))
def test_what_is_left_out_lies_near_the_line(points: Vertices, tolerance: float) -> None:
    line = np.array(points)
    kept = simplified(line, tolerance)
    np.testing.assert_array_equal(kept[[0, -1]], line[[0, -1]])
    for point in line:
        edges = [distance_to_line(point, [tuple(a), tuple(b)]) for a, b in pairwise(kept)]
        assert min(edges, default=0.0) <= tolerance + 1e-6


def test_thins_a_freehand_line_as_another_program_does() -> None:
    random = np.random.default_rng(4)
    line = np.cumsum(random.normal(size=(300, 2)), axis=0)
    kept = simplified(line, 1.5)
    np.testing.assert_array_equal(kept, approximate_polygon(line, 1.5))
    assert 10 < len(kept) < 100


def test_a_straight_line_keeps_its_ends() -> None:
    line = np.linspace([0, 0, 0], [9, 9, 30], 50)
    np.testing.assert_allclose(simplified(line, 0.01), line[[0, -1]])
