"""What a consensus decides, against the definition and against SimpleITK's filters."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from kidview.cases.agreement import cropped
from kidview.cases.consensus import Ruling, Votes, decide, majority, staple
from kidview.core.hec import HECS
from kidview.core.types import LabelArray

Rule = Callable[[Votes], Ruling]
SHAPE = (3, 4, 5)
LABELS = hnp.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
READERS = st.lists(LABELS, min_size=2, max_size=6)
RULES = st.sampled_from([majority, staple])
SIZE = 32


def truth() -> LabelArray:
    """A kidney with a tumour at its edge and a cyst within."""
    grid = np.indices((SIZE, SIZE, SIZE)).astype(float)

    def ball(centre: tuple[int, int, int], radius: float) -> np.ndarray:
        distance: np.ndarray = sum((g - c) ** 2 for g, c in zip(grid, centre, strict=True))
        return distance < radius**2

    labels = np.zeros((SIZE, SIZE, SIZE), np.uint8)
    labels[ball((16, 16, 14), 9)] = 1
    labels[ball((16, 16, 22), 5)] = 2
    labels[ball((12, 12, 10), 3)] = 3
    return labels


def reader(seed: int, generosity: float) -> LabelArray:
    """What somebody outlines whose edges wander, and lie further out with `generosity`."""
    labels, found = truth(), np.zeros((SIZE, SIZE, SIZE), np.uint8)
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=labels.shape), 2)
    for label, members in ((1, (1, 2, 3)), (2, (2,)), (3, (3,))):
        part = np.isin(labels, members)
        inside = ndimage.distance_transform_edt(part) - ndimage.distance_transform_edt(~part)
        found[inside + noise / noise.std() + generosity > 0] = label
    return found


def readers(*seeds: int) -> list[LabelArray]:
    generosities = (0.0, 1.0, -1.0, 0.5, -0.5)
    return [reader(seed, more) for seed, more in zip(seeds, generosities, strict=False)]


def itk_staple(masks: list[LabelArray]) -> LabelArray:
    """ITK's, with 255 where it is undecided."""
    staple_filter = sitk.MultiLabelSTAPLEImageFilter()
    staple_filter.SetLabelForUndecidedPixels(255)
    images = [sitk.GetImageFromArray(np.ascontiguousarray(mask)) for mask in masks]
    return sitk.GetArrayFromImage(staple_filter.Execute(images)).astype(np.uint8)


def in_box(masks: list[LabelArray], *more: LabelArray) -> list[LabelArray]:
    """Masks in the box around all labels of the first ones."""
    whole = [mask != 0 for mask in masks]
    any_label = np.logical_or.reduce(whole)
    box = tuple(
        slice(int(np.flatnonzero(hits)[0]), int(np.flatnonzero(hits)[-1]) + 1)
        for hits in (any_label.any(axis=(1, 2)), any_label.any(axis=(0, 2)), any_label.any((0, 1)))
    )
    return [mask[box] for mask in (*masks, *more)]


# -- both -------------------------------------------------------------------


@given(RULES, READERS)
def test_what_all_say_is_the_consensus_and_nothing_is_made_up(
    rule: Rule, masks: list[LabelArray]
) -> None:
    decision, stack = decide(masks, rule), np.stack(masks)
    is_agreed = (stack == stack[0]).all(axis=0)
    assert (decision.labels == stack[0])[is_agreed].all()
    assert decision.disputed == (~is_agreed).sum() >= decision.tied
    said = (stack == decision.labels).any(axis=0)
    above = (decision.labels == 1) | (decision.labels == 3) | (decision.labels == 0)
    assert (said | above).all(), "nobody's tumour is a tumour"


@given(RULES, READERS)
def test_the_background_around_does_not_matter(rule: Rule, masks: list[LabelArray]) -> None:
    padded = decide([np.pad(mask, 2) for mask in masks], rule)
    assert np.array_equal(padded.labels, np.pad(decide(masks, rule).labels, 2))


@given(RULES, LABELS, st.integers(2, 5))
def test_readers_who_agree_have_no_dispute(rule: Rule, mask: LabelArray, count: int) -> None:
    decision = decide([mask] * count, rule)
    assert np.array_equal(decision.labels, mask)
    assert (decision.disputed, decision.tied) == (0, 0)


def test_nothing_outlined_stays_nothing() -> None:
    empty = np.zeros(SHAPE, np.uint8)
    assert not decide([empty, empty], majority).labels.any()
    assert cropped([empty, empty])[0].shape == SHAPE


# -- majority ---------------------------------------------------------------


@given(READERS)
def test_each_class_of_a_majority_is_the_majority_of_that_class(masks: list[LabelArray]) -> None:
    labels = decide(masks, majority).labels
    for members in HECS.values():
        votes = sum(np.isin(mask, members).astype(int) for mask in masks)
        assert np.array_equal(np.isin(labels, members), 2 * votes > len(masks))


@given(st.lists(LABELS, min_size=3, max_size=7).filter(lambda masks: len(masks) % 2))
def test_an_odd_number_of_readers_has_no_ties(masks: list[LabelArray]) -> None:
    assert decide(masks, majority).tied == 0


@given(READERS)
def test_a_label_of_more_than_half_wins_as_in_simpleitk(masks: list[LabelArray]) -> None:
    voting = sitk.LabelVotingImageFilter()
    voting.SetLabelForUndecidedPixels(255)
    voted = sitk.GetArrayFromImage(voting.Execute([sitk.GetImageFromArray(m) for m in masks]))
    stack = np.stack(masks)
    is_clear = 2 * (stack == voted).sum(axis=0) > len(masks)
    assert (decide(masks, majority).labels == voted)[is_clear].all()


@pytest.mark.parametrize(
    ("said", "decided", "is_tie"),
    [
        ((1, 0), 0, True),  # only one of two outlined it
        ((1, 2), 1, True),  # both say kidney, one says mass
        ((2, 3), 3, True),  # both say mass, one says tumour
        ((2, 2), 2, False),
        ((1, 2, 3), 3, False),  # two of three say mass, one of three tumour
        ((0, 1, 2), 1, False),
        ((0, 2, 3), 3, False),
        ((0, 0, 2, 2), 0, True),
        ((1, 2, 2, 3), 3, True),
        ((0, 0, 1, 2, 3), 1, False),
    ],
)
def test_the_majority_goes_down_the_classes(
    said: tuple[int, ...], decided: int, is_tie: bool
) -> None:
    for order in permutations(said):
        decision = decide([np.full((1, 1, 1), label, np.uint8) for label in order], majority)
        assert (int(decision.labels[0, 0, 0]), bool(decision.tied)) == (decided, is_tie)


# -- STAPLE -----------------------------------------------------------------


@pytest.mark.parametrize("seeds", [(1, 2, 3), (4, 5, 6), (21, 22, 23), (11, 12, 13, 14, 15)])
def test_staple_is_what_simpleitk_finds(seeds: tuple[int, ...]) -> None:
    masks = readers(*seeds)
    decision = decide(masks, staple)
    *inside, found = in_box(masks, decision.labels)
    assert decision.disputed > 1000
    assert np.array_equal(found, itk_staple(inside))


def test_staple_gives_no_voxel_a_label_that_nobody_gave() -> None:
    masks = readers(7, 8, 9, 10)
    *inside, found = in_box(masks, decide(masks, staple).labels)
    assert (np.stack(inside) == found).any(axis=0).all()


def test_staple_believes_the_careful_readers_against_a_careless_majority() -> None:
    """Two readers are always right, three wrong in every third voxel."""
    right = np.zeros((1, 10, 60), np.uint8)
    right[0, :, :30] = 1
    masks = [right.copy() for _ in range(5)]
    rng = np.random.default_rng(3)
    for careless in masks[2:]:
        careless[rng.random(right.shape) < 0.35] ^= 1
    assert np.array_equal(decide(masks, staple).labels, right)
    assert not np.array_equal(decide(masks, majority).labels, right)


def test_a_combination_that_is_held_impossible_goes_to_the_majority() -> None:
    masks = [np.full((2, 5, 10), 1, np.uint8) for _ in range(4)]
    for n, label in enumerate((0, 3, 0, 3)):
        masks[n][0, 0, 0] = label
    decision = decide(masks, staple)
    assert (decision.labels[0, 0, 0], decision.tied) == (0, 1)
