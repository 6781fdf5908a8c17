"""Labels grow from scribbles to the edges between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from skimage.segmentation import random_walker

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.geometry import Geometry
from kidview.core.hec import dice
from kidview.core.task import Cancelled, Task
from kidview.core.types import FloatArray, HUArray, LabelArray, MaskArray, Triple
from kidview.edit.tools import seeds as module
from kidview.edit.tools.row import Work
from kidview.edit.tools.seeds import (
    BACKGROUND,
    ROW,
    grow_from_seeds,
    nearest_seeds,
    noise_hu,
    seeds_edit,
)

SPACING = (3.0, 1.0, 0.8)


def ball(shape: tuple[int, int, int], centre_mm: Triple, radius_mm: float) -> MaskArray:
    grid = np.ogrid[tuple(slice(n) for n in shape)]
    terms = [(g * s - c) ** 2 for g, s, c in zip(grid, SPACING, centre_mm, strict=True)]
    inside: MaskArray = terms[0] + terms[1] + terms[2] <= radius_mm**2
    return inside


def noisy(truth: LabelArray, hu_of: list[float], sd: float) -> HUArray:
    """HU of each label with noise that neighbours in the plane share, as in a CT."""
    noise = ndimage.gaussian_filter(
        np.random.default_rng(5).standard_normal(truth.shape), (0, 0.6, 0.6)
    )
    hu = np.array(hu_of)[truth] + noise / noise.std() * sd
    return hu.round().astype(np.int16)


def two_materials(sd: float) -> tuple[HUArray, LabelArray, LabelArray]:
    """A ball in fat: HU, truth, and a short line in it and one beside it."""
    shape = (24, 64, 80)
    truth = ball(shape, (36, 32, 32), 20).astype(np.uint8)
    seeds = np.zeros(shape, np.uint8)
    seeds[12, 30:33, 33:48] = 1
    seeds[12, 3:60, 4] = BACKGROUND
    return noisy(truth, [-90.0, 130.0], sd), truth, seeds


@pytest.mark.parametrize("sd", [0.0, 10.0, 30.0])
def test_two_scribbles_find_a_ball_in_noise(sd: float) -> None:
    hu, truth, seeds = two_materials(sd)
    grown = grow_from_seeds(hu, seeds, SPACING)
    assert dice(grown == 1, truth == 1) >= 0.95


def test_three_tissues_from_a_scribble_each() -> None:
    shape = (24, 72, 90)
    truth = ball(shape, (36, 36, 36), 26).astype(np.uint8)
    truth[ball(shape, (36, 40, 44), 12)] = 2
    hu = noisy(truth, [-90.0, 170.0, 80.0], 12.0)
    seeds = np.zeros(shape, np.uint8)
    seeds[12, 20:24, 25:40] = 1
    seeds[6, 30:34, 40:50] = 1
    seeds[12, 38:42, 50:60] = 2
    seeds[12, 2:4, 5:85] = seeds[12, 69:71, 5:85] = BACKGROUND
    grown = grow_from_seeds(hu, seeds, SPACING)
    for label in (1, 2):
        assert dice(grown == label, truth == label) >= 0.95


def test_agrees_with_a_random_walker() -> None:
    hu, _, seeds = (array[6:18, 16:48:2, 12:52:2] for array in two_materials(10.0))
    seeds = seeds.copy()
    seeds[6, 1:15, 1] = BACKGROUND
    spacing = (3.0, 2.0, 1.6)
    mean = ndimage.uniform_filter(hu.astype(np.float64), (1, 3, 3))
    marked = np.where(seeds == BACKGROUND, 2, seeds).astype(np.int32)
    walked = random_walker(mean / mean.std(), marked, 300.0, mode="bf", spacing=spacing)
    assert dice(grow_from_seeds(hu, seeds, spacing) == 1, walked == 1) >= 0.95


def ways(hu: HUArray, spacing: Triple, seeds: LabelArray) -> dict[int, FloatArray]:
    """Cost of the cheapest way to each voxel from each kind of seed, by scipy's Dijkstra."""
    reach = [2 * int(1.2 / step) + 1 for step in spacing]
    mean = ndimage.uniform_filter(hu.astype(np.float64), reach, mode="nearest")
    number = np.arange(hu.size).reshape(hu.shape)
    rows, columns, costs = [], [], []
    for axis, step in enumerate(spacing):
        change = np.diff(mean, axis=axis) / noise_hu(hu)
        first, second = np.arange(hu.shape[axis] - 1), np.arange(1, hu.shape[axis])
        rows.append(number.take(first, axis).ravel())
        columns.append(number.take(second, axis).ravel())
        costs.append(np.minimum(step + 16.0 * change**2, 500.0).ravel())
    pairs = (np.concatenate(rows), np.concatenate(columns))
    graph = csr_matrix((np.concatenate(costs), pairs), shape=(hu.size, hu.size))
    return {
        int(kind): dijkstra(
            graph,
            directed=False,
            indices=np.flatnonzero(seeds.ravel() == kind),
            min_only=True,
        ).reshape(hu.shape)
        for kind in np.unique(seeds)
        if kind
    }


@pytest.mark.parametrize("spread", [0, 5, 100, 3000])
@pytest.mark.parametrize("spacing", [(5.0, 0.7, 0.7), (1.0, 1.0, 1.0), (0.8, 2.0, 0.6)])
@pytest.mark.parametrize("shape", [(1, 1, 7), (6, 1, 5), (5, 8, 9), (9, 12, 2), (12, 14, 15)])
def test_each_voxel_goes_to_the_seed_dijkstra_finds_cheapest(
    shape: tuple[int, int, int], spacing: Triple, spread: int
) -> None:
    random = np.random.default_rng(spread)
    hu = random.integers(-spread, spread + 1, shape).astype(np.int16)
    kinds = [0, 0, 0, 0, 0, 0, 0, 1, 2, BACKGROUND]
    seeds = random.choice(kinds, shape).astype(np.uint8)
    seeds.ravel()[[0, -1]] = 1, BACKGROUND
    costs = ways(hu, spacing, seeds)
    grown = nearest_seeds(hu, seeds, spacing)
    least = np.min(list(costs.values()), axis=0)
    never = np.full(shape, np.inf)
    mine = np.choose(grown.astype(int), [costs.get(kind, never) for kind in (BACKGROUND, 1, 2)])
    rounding = sum(shape) * 4 / 16  # each step is rounded up to 1/16 mm
    assert (mine <= least + rounding).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_every_seed_keeps_its_label(seed: int) -> None:
    random = np.random.default_rng(seed)
    hu = random.integers(-1000, 3000, (4, 6, 7)).astype(np.int16)
    seeds = random.choice([0, 0, 0, 1, 2, 3, BACKGROUND], hu.shape).astype(np.uint8)
    seeds.ravel()[0] = 3
    grown = grow_from_seeds(hu, seeds, SPACING)
    for kind in (1, 2, 3, BACKGROUND):
        assert (grown[seeds == kind] == kind % BACKGROUND).all()


def test_without_edges_labels_meet_half_way_in_mm() -> None:
    hu = np.zeros((11, 3, 41), np.int16)
    seeds = np.zeros(hu.shape, np.uint8)
    seeds[5, 1, 0], seeds[5, 1, 40] = 1, BACKGROUND
    assert (nearest_seeds(hu, seeds, (5.0, 1.0, 1.0))[5, 1] == 1).sum() == 21
    seeds[:] = 0
    seeds[5, 1, 20], seeds[0, 1, 20] = 1, BACKGROUND  # 25 mm up, and 20 mm to the sides is nearer
    grown = nearest_seeds(hu, seeds, (5.0, 1.0, 1.0))
    assert (grown[3:, 1, 20] == 1).all() and (grown[:3, 1, 20] == 0).all()


def test_edges_are_even() -> None:
    hu, truth, seeds = two_materials(30.0)
    ragged, even = nearest_seeds(hu, seeds, SPACING) == 1, grow_from_seeds(hu, seeds, SPACING) == 1
    assert dice(even, truth == 1) > dice(ragged, truth == 1)
    assert faces(even) < faces(ragged)


def faces(mask: MaskArray) -> int:
    return sum(int(np.count_nonzero(np.diff(mask, axis=axis))) for axis in range(3))


def test_noise_is_told_in_hu() -> None:
    random = np.random.default_rng(0)
    values = random.normal(40.0, 15.0, (20, 40, 40))
    values[:, :, 20:] += 300.0
    assert noise_hu(values.round().astype(np.int16)) == pytest.approx(15.0, rel=0.05)


# In the window


def scan(sd: float = 10.0) -> tuple[HUArray, LabelArray, Box, LabelArray, Geometry]:
    """A ball in fat in a larger scan, with the box and array of its scribbles."""
    hu, truth, seeds = two_materials(sd)
    tight = Box.tight(seeds != 0)
    assert tight is not None
    return hu, truth, tight, seeds[tight.slices], Geometry.straight(truth.shape, SPACING)


def test_an_edit_of_what_grew_within_reach() -> None:
    hu, truth, box, seeds, geometry = scan()
    edit = seeds_edit(box, seeds, 15.0, hu, np.zeros_like(truth), geometry)
    outer = box.grown((5, 15, 19), truth.shape)
    assert edit.box.seen_from(outer).clip(outer.shape) == edit.box.seen_from(outer)
    made = np.zeros_like(truth)
    made[edit.box.slices] = np.where(edit.mask, edit.label, 0)
    inside = np.zeros(truth.shape, bool)
    inside[outer.slices] = True
    assert dice(made == 1, (truth == 1) & inside) >= 0.95


def test_a_leak_with_a_seed_on_it_goes_and_other_pieces_stay() -> None:
    hu, truth, box, seeds, geometry = scan()
    labels = truth.copy()
    labels[12, 3:60, 2:14] = 1  # a leak into fat, joined to the ball, under the background seeds
    labels[12, 32, 2:40] = 1
    labels[4, 5:9, 60:64] = 1  # a piece without a seed
    labels[12, 50:54, 50:56] = 3  # a label without seeds
    edit = seeds_edit(box, seeds, 30.0, hu, labels, geometry)
    after = labels.copy()
    after[edit.box.slices] = np.where(edit.mask, edit.label, after[edit.box.slices])
    assert not after[12, 3:60, 2:10].any()
    assert (after[4, 5:9, 60:64] == 1).all()
    assert (after[12, 53, 50:56] == 3).all()
    assert dice(after[:4] == 1, truth[:4] == 1) >= 0.9


def test_the_row_acts_on_the_scribbles_it_is_given() -> None:
    hu, truth, box, seeds, geometry = scan()
    assert ROW.act is not None
    labels = np.zeros_like(truth)
    work = Work(hu, geometry, labels, 1, options={"seeds.reach": 15.0}, seeds=(box, seeds))
    direct = seeds_edit(box, seeds, 15.0, hu, labels, geometry)
    edit = ROW.act(work)
    assert edit.box == direct.box and (edit.mask == direct.mask).all()
    with pytest.raises(EditRefused, match="no scribbles"):
        ROW.act(Work(hu, geometry, labels, 1))


def test_labels_without_scribbles_of_their_own_keep_every_voxel() -> None:
    hu, truth, box, seeds, geometry = scan()
    labels = truth * np.uint8(3)  # a cyst where label 1 is to grow
    labels[8:16, 20:44, 30:50] = 0
    assert (labels[12, 30:33, 33:48] == 0).any()
    for others, may_change in ((True, labels == 0), (False, np.full(labels.shape, True))):
        edit = seeds_edit(box, seeds, 30.0, hu, labels, geometry, keeps_others=others)
        changed = np.zeros(labels.shape, bool)
        changed[edit.box.slices] = edit.mask
        assert changed.any() and not (changed & ~may_change).any()
        assert (changed & (labels == 3)).any() is np.bool_(not others)
    with_own = seeds.copy()
    with_own[0, 0, 0] = 3  # one voxel of a scribble says that the cyst takes part
    edit = seeds_edit(box, with_own, 30.0, hu, labels, geometry)
    assert (edit.mask & (labels[edit.box.slices] == 3)).any()


def test_a_kept_label_in_the_way_is_named() -> None:
    hu, truth, box, seeds, geometry = scan()
    labels = np.where(truth == 1, 3, 0).astype(np.uint8)
    first = seeds_edit(box, seeds, 30.0, hu, labels, geometry, keeps_others=False)
    labels[first.box.slices][first.mask & (first.label == 1)] = 3
    with pytest.raises(EditRefused, match="cyst has no scribbles and is kept"):
        seeds_edit(box, seeds, 30.0, hu, labels, geometry)
    assert ROW.act is not None
    options = {"seeds.reach": 30.0, "seeds.keeps_others": False}
    work = Work(hu, geometry, labels, 1, options=options, seeds=(box, seeds))
    assert ROW.act(work).mask.any()


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        ([], "there are no scribbles"),
        ([BACKGROUND], "only background"),
        ([1], "background has no scribbles"),
        ([1, 2], "background has no scribbles"),
    ],
)
def test_one_kind_of_seed_is_refused(kinds: list[int], why: str) -> None:
    hu, truth, box, _, geometry = scan()
    seeds = np.zeros(box.shape, np.uint8)
    seeds.ravel()[: len(kinds)] = kinds
    with pytest.raises(EditRefused, match=why):
        seeds_edit(box, seeds, 20.0, hu, truth, geometry)


def test_a_region_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    hu, truth, box, seeds, geometry = scan()
    monkeypatch.setattr(module, "_MOST_VOXELS", 1000)
    with pytest.raises(EditRefused, match="too large a region"):
        seeds_edit(box, seeds, 20.0, hu, truth, geometry)


def test_nothing_to_change_is_refused() -> None:
    hu, truth, box, seeds, geometry = scan()
    first = seeds_edit(box, seeds, 30.0, hu, truth, geometry)
    labels = truth.copy()
    labels[first.box.slices] = np.where(first.mask, first.label, labels[first.box.slices])
    with pytest.raises(EditRefused, match="as the scribbles say"):
        seeds_edit(box, seeds, 30.0, hu, labels, geometry)


def test_a_cancel_is_noticed() -> None:
    hu, truth, box, seeds, geometry = scan()
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        seeds_edit(box, seeds, 20.0, hu, truth, geometry, task)
