"""Scores follow the KiTS definitions; the sliding window sees every voxel in its place."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from trainer.evaluation.scores import HECS, compare, dice
from trainer.evaluation.window import kidney_boxes, predict


def test_dice_of_nothing_and_nothing_is_one_and_of_one_empty_zero():
    none, some = np.zeros((3, 3, 3), bool), np.ones((3, 3, 3), bool)
    assert dice(none, none) == 1
    assert dice(none, some) == 0 == dice(some, none)


def test_dice_counts_common_voxels_twice():
    a, b = np.zeros(10, bool), np.zeros(10, bool)
    a[:4], b[2:8] = True, True
    assert dice(a, b) == pytest.approx(2 * 2 / (4 + 6))


def test_a_tumour_called_cyst_still_counts_as_mass_and_as_kidney():
    truth, found = np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 4), np.uint8)
    truth[:2], truth[2] = 1, 2
    found[:2], found[2] = 1, 3
    table = compare(found, truth, (5.0, 10.0, 10.0))
    assert (table["hec_kidney_and_mass"], table["hec_mass"], table["hec_tumour"]) == (1, 1, 0)
    assert table["dice_kidney"] == 1 and table["dice_cyst"] == 0
    assert table["found_ml_cyst"] == table["true_ml_tumour"] == 8.0
    assert set(HECS) == {"kidney_and_mass", "mass", "tumour"}


class Threshold(nn.Module):
    """Says 1 where the input is positive: what comes out must lie where it went in."""

    def forward(self, x):
        return torch.cat([-x, x], dim=1)


@pytest.mark.parametrize("shape", [(30, 41, 19), (8, 8, 8), (16, 50, 16)])
def test_the_sliding_window_returns_every_voxel_in_its_place(shape):
    image = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    image[np.abs(image) < 0.05] = 1.0
    found = predict(Threshold(), image, (16, 16, 16), 0.25)
    np.testing.assert_array_equal(found, image > 0)


def test_boxes_hold_the_two_largest_kidneys_with_their_margin():
    labels = np.zeros((20, 30, 40), np.uint8)
    labels[5:10, 5:12, 5:10] = 1
    labels[9, 6:8, 9] = 2
    labels[5:9, 5:12, 30:35] = 1
    labels[18, 28, 20] = 1
    boxes = kidney_boxes(labels, (2, 2, 2))
    assert [b.start for b in boxes] == [(3, 3, 3), (3, 3, 28)]
    assert [b.stop for b in boxes] == [(12, 14, 12), (11, 14, 37)]
    assert kidney_boxes(np.zeros((3, 3, 3), np.uint8), (1, 1, 1)) == []
