"""3D scissors against the projection of every voxel, one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.task import Cancelled, Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.edit import Edit, Work
from kidview.edit.tools import scissors as module
from kidview.edit.tools.scissors import ROW, SIDE, WHAT, cut

SHAPE = (7, 9, 11)
GRID = Geometry.straight(SHAPE, (3.0, 1.0, 0.7), (-30.0, 12.0, 100.0))
SQUARE = [(-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)]


PLACES = st.integers(-50, 50).map(lambda i: 0.02 * i + 0.00317)  # no voxel's centre is on a line


def random_labels() -> LabelArray:
    """Labels 0..3, half of them background."""
    return np.random.default_rng(3).choice(4, SHAPE, p=[0.5, 0.2, 0.2, 0.1]).astype(np.uint8)


def camera(turn: float, tilt: float, distance_mm: float, is_perspective: bool) -> FloatArray:
    """Looks at the middle of the grid from a direction; row by row as the textbook has it."""
    back = np.array([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)])
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    view = np.eye(4)
    view[:3, :3] = [right, np.cross(back, right), back]
    view[:3, 3] = -view[:3, :3] @ (GRID.centre_ras + distance_mm * back)
    lens = np.diag([1 / 6, 1 / 6, -1 / 100, 1.0])
    if is_perspective:
        lens = np.array([[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, -1.2, -20], [0, 0, -1, 0]], float)
    return lens @ view


def expected(
    labels: LabelArray,
    to_view: FloatArray,
    outline: list[tuple[float, float]],
    side: str,
    label: int | None,
) -> MaskArray:
    """Every voxel by itself: projected, its winding counted edge by edge."""
    mask = np.zeros(SHAPE, bool)
    for at in np.ndindex(SHAPE):
        if labels[at] == 0 or (label is not None and labels[at] != label):
            continue
        x, y, _, w = to_view @ [*GRID.index_to_ras(at), 1.0]
        if w > 0:
            mask[at] = is_inside(x / w, y / w, outline) == (side == "inside")
    return mask


def is_inside(x: float, y: float, outline: list[tuple[float, float]]) -> bool:
    """Even-odd by the edges that a ray upward crosses."""
    crossings = 0
    for (x0, y0), (x1, y1) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (x0 > x) != (x1 > x):
            crossings += y < y0 + (x - x0) / (x1 - x0) * (y1 - y0)
    return crossings % 2 == 1


def whole(edit: Edit) -> MaskArray:
    """The edit's mask on the whole grid."""
    mask = np.zeros(SHAPE, bool)
    mask[edit.box.slices] = edit.mask
    return mask


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 62).map(lambda i: 0.1 * i + 0.013),
    st.integers(-14, 14).map(lambda i: 0.1 * i + 0.017),
    st.sampled_from([40.0, 20.0, 4.0]),  # the last is within the labels
    st.booleans(),
    st.lists(st.tuples(PLACES, PLACES), min_size=3, max_size=8),
    st.sampled_from(["inside", "outside"]),
    st.sampled_from([None, 1, 3]),
)
def test_cuts_what_is_seen_on_that_side(
    turn: float,
    tilt: float,
    distance_mm: float,
    is_perspective: bool,
    outline: list[tuple[float, float]],
    side: str,
    label: int | None,
) -> None:
    labels = random_labels()
    to_view = camera(turn, tilt, distance_mm, is_perspective)
    truth = expected(labels, to_view, outline, side, label)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_AT_ONCE", 200)  # several pieces
        try:
            edit = cut(labels, GRID, to_view, outline, side, label)
        except EditRefused:
            assert not truth.any()
            return
    np.testing.assert_array_equal(whole(edit), truth)
    assert edit.label == 0 and Box.tight(edit.mask) == Box.whole(edit.box.shape)


def test_what_lies_behind_the_eye_stays() -> None:
    """From within the labels half of them are behind: neither side takes them."""
    labels = np.ones(SHAPE, np.uint8)
    to_view = camera(0.0, 0.0, 0.5, True)  # looks along -x
    both = [whole(cut(labels, GRID, to_view, SQUARE, side)) for side in ("inside", "outside")]
    assert not (both[0] & both[1]).any()
    seen = (both[0] | both[1]).any(axis=(0, 1))
    np.testing.assert_array_equal(seen, np.arange(SHAPE[2]) <= 5)


def test_two_sides_are_all_there_is() -> None:
    labels = random_labels()
    to_view = camera(1.0, 0.3, 40.0, True)
    both = [whole(cut(labels, GRID, to_view, SQUARE, side)) for side in ("inside", "outside")]
    np.testing.assert_array_equal(both[0] ^ both[1], labels > 0)


def test_a_hole_as_wide_as_the_outline_is_cut_through_a_ball() -> None:
    shape = (60, 120, 120)
    grid = Geometry.straight(shape, (2.0, 1.0, 1.0))
    distance = np.linalg.norm((np.indices(shape).T - [30, 60, 60]) * [2.0, 1.0, 1.0], axis=-1).T
    labels = (distance <= 50).astype(np.uint8)
    along_z = np.diag([1 / 100, 1 / 100, 0.0, 1.0])
    along_z[:2, 3] = -0.6
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    circle = [(0.2 * math.cos(a) + 0.003, 0.2 * math.sin(a)) for a in angles]
    gone = cut(labels, grid, along_z, circle).mask.sum() * 2.0
    ring = 4 / 3 * math.pi * (50**2 - 20**2) ** 1.5  # what is left of a ball drilled through
    assert gone == pytest.approx(4 / 3 * math.pi * 50**3 - ring, rel=0.01)


@pytest.mark.parametrize(
    ("outline", "side", "label", "what"),
    [
        (SQUARE[:2], "inside", None, "three points"),
        (SQUARE, "inside", 2, "no tumour to cut"),
        ([(5, 5), (5, 6), (6, 6)], "inside", None, "no label lies inside"),
        ([(-9, -9), (-9, 9), (9, 9), (9, -9)], "outside", 1, "no kidney lies outside"),
    ],
)
def test_refuses_with_a_reason(
    outline: list[tuple[float, float]], side: str, label: int | None, what: str
) -> None:
    labels = np.ones(SHAPE, np.uint8)
    with pytest.raises(EditRefused, match=what):
        cut(labels, GRID, camera(0.3, 0.2, 40.0, True), outline, side, label)


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        cut(random_labels(), GRID, camera(0.3, 0.2, 40.0, True), SQUARE, task=task)


def test_the_row_cuts_the_active_label_or_all() -> None:
    labels, to_view = random_labels(), camera(0.3, 0.2, 40.0, True)
    outline = tuple((x, y, 0.0) for x, y in SQUARE)
    hu = np.zeros(SHAPE, np.int16)
    assert ROW.act is not None
    work = Work(hu, GRID, labels, 2, outline=outline, to_view=to_view)
    np.testing.assert_array_equal(
        whole(ROW.act(work)), expected(labels, to_view, SQUARE, "inside", 2)
    )
    options = {SIDE.id: "outside", WHAT.id: "all"}
    work = Work(hu, GRID, labels, 2, outline=outline, to_view=to_view, options=options)
    np.testing.assert_array_equal(
        whole(ROW.act(work)), expected(labels, to_view, SQUARE, "outside", None)
    )
    with pytest.raises(EditRefused, match="no outline"):
        ROW.act(Work(hu, GRID, labels, 2, outline=outline))
