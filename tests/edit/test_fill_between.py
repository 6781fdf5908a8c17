"""Gaps between painted slices are filled as the solid has it, in each direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.spatial.distance import cdist

from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.hec import dice
from kidview.core.task import Cancelled, Task
from kidview.core.types import FloatArray, HUArray, LabelArray, MaskArray, Triple
from kidview.edit import Work
from kidview.edit.shapes_between import shapes_between
from kidview.edit.snap import BAND_MM, Guess, snapped
from kidview.edit.tools.fill_between import ROW, fill_between

SHAPE = (44, 64, 60)
SPACING = (2.0, 1.0, 1.2)
GRID = Geometry.straight(SHAPE, SPACING)
AXES = pytest.mark.parametrize("axis", [0, 1, 2])


def mm(shape: tuple[int, ...] = SHAPE, spacing: Triple = SPACING) -> FloatArray:
    """(3, Z, Y, X) places of voxels from the middle of the grid, mm."""
    middle = (np.array(shape) - 1) / 2
    return (np.indices(shape).T - middle).T * np.reshape(spacing, (3, 1, 1, 1))


def ellipsoid(centre: Triple, radii: Triple) -> MaskArray:
    """All voxels whose centre is in it; mm from the middle of the grid."""
    offset = mm() - np.reshape(centre, (3, 1, 1, 1))
    return ((offset / np.reshape(radii, (3, 1, 1, 1))) ** 2).sum(axis=0) <= 1


def some_slices(solid: MaskArray, axis: int, step: int, first: int = 0) -> LabelArray:
    """Every so manyth slice painted with label 2."""
    labels = np.zeros(solid.shape, np.uint8)
    at = (slice(None),) * axis + (slice(first, None, step),)
    labels[at] = 2 * solid[at]
    return labels


def filled(
    labels: LabelArray, axis: int, hu: HUArray | None = None, grid: Geometry = GRID, **how: float
) -> MaskArray:
    """Painted and filled voxels; checks what is always true of an edit."""
    before = labels.copy()
    edit = fill_between(labels, 2, axis, grid, hu, **how)
    np.testing.assert_array_equal(labels, before)
    new = np.zeros(labels.shape, bool)
    new[edit.box.slices] = edit.mask
    painted = np.flatnonzero((labels == 2).any(axis=tuple(a for a in range(3) if a != axis)))
    used = np.flatnonzero(new.any(axis=tuple(a for a in range(3) if a != axis)))
    assert edit.label == 2 and painted[0] < used[0] and used[-1] < painted[-1]
    return new | (labels == 2)


def between_keys(solid: MaskArray, labels: LabelArray, axis: int) -> MaskArray:
    """The solid from the first to the last painted slice."""
    painted = np.flatnonzero((labels == 2).any(axis=tuple(a for a in range(3) if a != axis)))
    solid = np.moveaxis(solid.copy(), axis, 0)
    solid[: painted[0]] = solid[painted[-1] + 1 :] = False
    return np.moveaxis(solid, 0, axis)


@AXES
def test_every_fifth_slice_gives_the_ellipsoid(axis: int) -> None:
    solid = ellipsoid((1.0, -2.0, 1.5), (38.0, 28.0, 30.0))
    labels = some_slices(solid, axis, 5, 2)
    result = filled(labels, axis)
    assert dice(result, between_keys(solid, labels, axis)) > 0.98
    painted = np.moveaxis(labels == 2, axis, 0)[2::5]
    np.testing.assert_array_equal(np.moveaxis(result, axis, 0)[2::5], painted)


@AXES
def test_a_slanting_tube_stays_a_tube(axis: int) -> None:
    """From one painted slice to the next it moves by more than its width."""
    places, slant = np.moveaxis(mm(), axis + 1, 1), 1.1
    across = [a for a in range(3) if a != axis]
    along, down, right = places[axis], places[across[0]], places[across[1]]
    solid = np.moveaxis((down - slant * along) ** 2 + (right - 0.4 * along) ** 2 <= 5.0**2, 0, axis)
    step = round(14.0 / SPACING[axis])
    labels = some_slices(solid, axis, step)
    result = filled(labels, axis)
    assert dice(result, between_keys(solid, labels, axis)) > 0.94


def test_a_cone_is_right_to_less_than_a_voxel() -> None:
    """Its outlines are as far apart on every slice, so distances interpolate without error."""
    z, y, x = mm()
    depth = 20 + 0.2 * z - np.hypot(y, x)
    labels = some_slices(depth >= 0, 0, 6, 1)
    wrong = filled(labels, 0) != between_keys(depth >= 0, labels, 0)
    assert np.abs(depth[wrong]).max() < 0.7


FLAT = (9, 11)
MASKS = hnp.arrays(bool, FLAT).map(lambda half: half | half[::-1, ::-1])


@settings(deadline=None, max_examples=50)
@given(MASKS, MASKS, st.floats(0.05, 0.95), st.floats(0.5, 5.0))
def test_distances_are_blended(
    low: MaskArray, high: MaskArray, fraction: float, spacing: float
) -> None:
    """Symmetric shapes in one piece do not move: compared with distances of all to all."""
    low[3:6, 3:8] = high[4:5, 2:9] = True  # both hold the middle
    low, high = (ndimage.binary_fill_holes(m, np.ones((3, 3))) for m in (low, high))
    if any(ndimage.label(m, np.ones((3, 3)))[1] > 1 for m in (low, high)):
        return
    found = shapes_between(low, high, np.array([fraction]), (spacing, 1.0), 10.0)[0]
    one, other = (signed(np.pad(m, 1), spacing)[1:-1, 1:-1] for m in (low, high))
    blend = (1 - fraction) * one + fraction * other
    sure = np.abs(blend) > 1e-9
    np.testing.assert_array_equal(found[sure], (blend > 0)[sure])


def signed(mask: MaskArray, spacing: float) -> FloatArray:
    """To the nearest voxel of the other kind, all pairs looked at."""
    distance = np.zeros(mask.shape)
    for kind, sign in ((True, 1), (False, -1)):
        here, there = (np.argwhere(mask == k) * [spacing, 1.0] for k in (kind, not kind))
        distance[mask == kind] = sign * cdist(here, there).min(axis=1)
    return distance


def disc(row: float, column: float, radius: float, shape: tuple[int, int]) -> MaskArray:
    """Pixels within a radius."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((rows - row) ** 2 + (columns - column) ** 2 <= radius**2)


def test_a_branch_parts_once() -> None:
    low = disc(30, 40, 16, (60, 80))
    high = disc(30, 28, 7, (60, 80)) | disc(30, 52, 7, (60, 80))
    shapes = shapes_between(low, high, np.arange(1, 20) / 20, (1.0, 1.0), 20.0)
    counts = [ndimage.label(shape)[1] for shape in shapes]
    assert counts == sorted(counts) and counts[0] == 1 and counts[-1] == 2
    areas = np.array([low.sum(), *(shape.sum() for shape in shapes), high.sum()])
    assert np.all(np.diff(areas) <= 0)


def test_two_side_by_side_go_their_own_ways() -> None:
    """Both slant by more than they are wide; each goes to the nearer."""
    low = disc(20, 20, 5, (70, 90)) | disc(20, 60, 5, (70, 90))
    high = disc(34, 22, 5, (70, 90)) | disc(34, 62, 5, (70, 90))
    (middle,) = shapes_between(low, high, np.array([0.5]), (1.0, 1.0), 15.0)
    expected = disc(27, 21, 5, (70, 90)) | disc(27, 61, 5, (70, 90))
    assert dice(middle, expected) > 0.95


def test_a_piece_without_a_partner_ends_halfway() -> None:
    both = disc(20, 20, 8, (40, 90)) | disc(20, 60, 8, (40, 90))
    one = disc(20, 20, 8, (40, 90))
    shapes = shapes_between(both, one, np.array([0.2, 0.4, 0.6]), (1.0, 1.0), 5.0)
    areas = [int(shape[:, 45:].sum()) for shape in shapes]
    assert both[:, 45:].sum() > areas[0] > areas[1] > areas[2] == 0
    assert all(dice(shape[:, :45], one[:, :45]) == 1.0 for shape in shapes)


def test_two_organs_are_filled_each_from_its_own_slices() -> None:
    """Painted alternately: a slice of one is a gap of the other."""
    left, right = ellipsoid((0, 0, -22), (30, 12, 9)), ellipsoid((0, 0, 22), (30, 12, 9))
    labels = np.maximum(some_slices(left, 0, 6, 1), some_slices(right, 0, 6, 4))
    result = filled(labels, 0)
    for own, first in ((left, 1), (right, 4)):
        truth = between_keys(own, some_slices(own, 0, 6, first), 0)
        near = np.broadcast_to(ndimage.binary_dilation(own.any(axis=0), iterations=3), SHAPE)
        assert dice(result & near, truth) > 0.95


def test_shapes_far_apart_are_not_joined() -> None:
    """However wide a gap may be."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[10, 5:15, 5:15] = labels[15, 50:60, 45:55] = 2
    for widest_mm in (20.0, 70.0):
        with pytest.raises(EditRefused, match="nothing to fill: tumour is painted on slices that"):
            fill_between(labels, 2, 0, GRID, widest_mm=widest_mm)


def test_a_gap_is_filled_while_lesions_elsewhere_stay_as_they_are() -> None:
    """Two finished ones over each other, as wide apart as a gap may be, beside a sparse one."""
    finished = ellipsoid((-26, 0, 20), (10, 9, 8)) | ellipsoid((20, 0, 20), (11, 9, 8))
    sparse = ellipsoid((0, 0, -18), (30, 14, 12))
    labels = np.maximum(some_slices(sparse, 0, 6, 1), 2 * finished.astype(np.uint8))
    result = filled(labels, 0)
    assert not (result & (labels != 2))[:, :, 36:].any()
    truth = between_keys(sparse, some_slices(sparse, 0, 6, 1), 0)
    assert dice(result[:, :, :36], truth[:, :, :36]) > 0.96


@AXES
def test_a_finished_outline_has_nothing_to_fill(axis: int) -> None:
    """Round lesions, one over the other, and crumbs of noise about them."""
    solid = ellipsoid((-22, -14, -14), (14, 13, 12)) | ellipsoid((22, 14, 16), (13, 12, 10))
    crumbs = np.random.default_rng(3).random(SHAPE) > 0.995
    near = ndimage.binary_dilation(solid, iterations=4) & ~ndimage.binary_dilation(solid)
    labels = (2 * (solid | crumbs & near)).astype(np.uint8)
    assert refused(labels, axis).what.startswith("nothing to fill: ")


def test_slices_taken_out_of_a_finished_outline_are_filled() -> None:
    solid = ellipsoid((0, 0, 0), (38, 26, 26))
    labels = (2 * solid).astype(np.uint8)
    labels[18:24] = 0
    assert dice(filled(labels, 0), solid) > 0.99


def test_a_piece_that_narrowed_to_its_end_goes_on_to_a_slice_but_not_to_a_speck() -> None:
    """A hand paints the slice above what a network found, and wants what lies between."""
    labels = (2 * ellipsoid((-15, 0, 0), (20, 16, 16))).astype(np.uint8)
    top = int(np.flatnonzero(labels.any(axis=(1, 2)))[-1])
    speck = labels.copy()
    speck[40, 31:34, 30:34] = 2
    assert refused(speck).what == (
        "nothing to fill: the pieces of tumour end before the axial slices left out"
    )
    labels[40, 25:40, 25:36] = 2
    new = filled(labels, 0) & (labels != 2)
    used = np.flatnonzero(new.any(axis=(1, 2)))
    assert used.tolist() == list(range(top + 1, 40))


def refused(labels: LabelArray, axis: int = 0, **how: float) -> EditRefused:
    """How the tool refuses."""
    with pytest.raises(EditRefused) as caught:
        fill_between(labels, 2, axis, GRID, **how)
    return caught.value


def test_refuses_with_a_reason() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    assert refused(labels).what == "there is no tumour in this scan"
    labels[20, 10:20, 10:20] = 2
    assert refused(labels).what == "nothing to fill: tumour is painted on one axial slice only"
    assert refused(labels, 1).what == (
        "nothing to fill: no coronal slice is left out between those with tumour"
    )
    labels[30, 10:20, 10:20] = 2
    assert refused(labels, 1).hint == "choose axial slices"
    assert refused(labels, widest_mm=10.0).what == "the gaps are 20 mm wide or wider"
    assert filled(labels, 0)[20:31, 10:20, 10:20].all()


def test_a_wide_gap_is_left_alone() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[[2, 5, 30, 33], 10:20, 10:20] = 2
    result = filled(labels, 0, widest_mm=40.0)
    assert np.flatnonzero(result.any(axis=(1, 2))).tolist() == [2, 3, 4, 5, 30, 31, 32, 33]


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    labels = some_slices(ellipsoid((0, 0, 0), (30, 20, 20)), 0, 5)
    with pytest.raises(Cancelled):
        fill_between(labels, 2, 0, GRID, task=task)


def wavy() -> MaskArray:
    """A tube whose outline moves from slice to slice by a millimetre or two, at random."""
    z, y, x = mm()
    random = np.random.default_rng(8)
    waves = ndimage.gaussian_filter1d(random.normal(size=(2, SHAPE[0])), 1.0, axis=1)
    radius = 18 + 2.5 * waves[0][:, None, None] * np.ones_like(z)
    return np.asarray(
        np.hypot(y, x) <= radius + 2.5 * waves[1][:, None, None] * np.sin(2 * np.arctan2(y, x))
    )


def scan_of(solid: MaskArray, contrast: float, noise: float = 12.0) -> HUArray:
    """HU with soft edges and noise; 30 HU outside."""
    soft = ndimage.gaussian_filter(solid.astype(float), [0, 0.6, 0.6])
    random = np.random.default_rng(9).normal(0, noise, solid.shape)
    return np.asarray(30 + contrast * soft + random).astype(np.int16)


@AXES
@pytest.mark.parametrize("contrast", [120.0, -90.0])
def test_the_scan_mends_what_shape_alone_cannot_know(axis: int, contrast: float) -> None:
    order = [1, 2, 0] if axis == 2 else [1, 0, 2] if axis == 1 else [0, 1, 2]
    solid = wavy().transpose(np.argsort(order))
    spacing = tuple(np.array(SPACING)[np.argsort(order)].tolist())
    grid = Geometry.straight(solid.shape, spacing)
    labels = some_slices(solid, axis, 5, 1)
    truth = between_keys(solid, labels, axis)
    plain = filled(labels, axis, grid=grid)
    better = filled(labels, axis, scan_of(solid, contrast), grid)
    assert 1 - dice(better, truth) < 0.5 * (1 - dice(plain, truth))


@pytest.mark.parametrize(("noise", "seed"), [(0.0, 0), (15.0, 0), (15.0, 3)])
def test_without_contrast_the_shape_decides(noise: float, seed: int) -> None:
    """Though all guesses of a round solid are too small, which noise must not seem to mend."""
    labels = some_slices(ellipsoid((0, 0, 0), (38, 26, 26)), 0, 8, 1)
    scan = np.random.default_rng(seed).normal(30, noise, SHAPE).astype(np.int16)
    np.testing.assert_array_equal(filled(labels, 0, scan), filled(labels, 0))


def test_the_line_is_drawn_where_the_painter_draws_it() -> None:
    """Outlined a millimetre inside of the edge: midway in HU would be a millimetre too far out."""
    solid = wavy()
    scan = scan_of(solid, 120.0)
    inner = np.stack([ndimage.distance_transform_edt(s, SPACING[1:]) > 1.6 for s in solid])
    labels = some_slices(inner, 0, 5, 1)
    truth = between_keys(inner, labels, 0)
    plain, better = filled(labels, 0), filled(labels, 0, scan)
    assert dice(better, truth) > dice(plain, truth)
    assert better.sum() == pytest.approx(truth.sum(), rel=0.02)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10**6), st.floats(-300, 300), st.floats(0.6, 3.0))
def test_no_outline_leaves_its_band(seed: int, contrast: float, spacing: float) -> None:
    """Whatever the scan shows, and whatever was painted."""
    random = np.random.default_rng(seed)
    place = (2.0, spacing, 1.0)
    solid = ndimage.gaussian_filter(random.normal(size=(9, 30, 32)), [1, 3, 3]) > 0
    painted = solid.copy()
    painted[[1, 2, 4, 5, 7]] = False
    guesses = [Guess(k, solid[k - 1], 0.5, 6.0) for k in (1, 2, 4, 5, 7)]
    lessons = [Guess(3, solid[2], 0.5, 12.0), Guess(6, solid[5], 0.5, 12.0)]
    hu = (contrast * solid + random.normal(0, 30, solid.shape)).astype(np.int16)
    for guess, moved in zip(guesses, snapped(hu, painted, guesses, lessons, place), strict=True):
        depth = signed(np.pad(guess.mask, 1), spacing)[1:-1, 1:-1] if guess.mask.any() else -9.0
        assert not ((moved != guess.mask) & (np.abs(depth) > BAND_MM + 1e-4)).any()


def test_the_row_has_options_for_slices_gaps_and_the_scan() -> None:
    solid = wavy()
    scan, labels = scan_of(solid, 120.0), some_slices(solid, 0, 5, 1)

    def ask(view: int | None, **options: float | bool | str) -> int:
        assert ROW.act is not None
        chosen = {f"fill_between.{name}": value for name, value in options.items()}
        return int(ROW.act(Work(scan, GRID, labels, 2, axis=view, options=chosen)).mask.sum())

    plain = fill_between(labels, 2, 0, GRID).mask.sum()
    mended = fill_between(labels, 2, 0, GRID, scan).mask.sum()
    assert ask(None) == ask(0) == ask(1, axis="0") == mended != plain
    assert ask(0, snaps=False) == plain
    with pytest.raises(EditRefused, match="no sagittal slice"):
        ask(2)
    with pytest.raises(EditRefused, match="10 mm wide"):
        ask(0, widest=8.0)
