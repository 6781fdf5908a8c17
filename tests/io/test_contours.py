"""Contours along pixel edges: exact there and back, holes as keyholes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import polygon2mask

from kidview.io.contours import filled, outlines


@pytest.mark.parametrize("seed", range(40))
def test_any_mask_comes_back_and_each_touching_piece_is_one_polygon(seed: int) -> None:
    random = np.random.default_rng(seed)
    mask = random.random(random.integers(1, 16, 2)) < random.random()
    polygons = outlines(mask)
    assert np.array_equal(filled(polygons, mask.shape), mask)
    assert len(polygons) == ndimage.label(mask)[1]
    assert all(len(polygon) >= 4 for polygon in polygons)


def test_skimage_fills_the_same_pixels() -> None:
    mask = ndimage.gaussian_filter(np.random.default_rng(0).random((120, 90)), 3) > 0.5
    found = np.zeros(mask.shape, np.bool_)
    for polygon in outlines(mask):
        found ^= polygon2mask(mask.shape, polygon[:, ::-1])
    assert np.array_equal(found, mask)


def test_one_pixel_is_a_square_along_its_edges() -> None:
    mask = np.zeros((3, 4), np.bool_)
    mask[1, 2] = True
    (square,) = outlines(mask)
    assert sorted(map(tuple, square)) == [(1.5, 0.5), (1.5, 1.5), (2.5, 0.5), (2.5, 1.5)]


def test_a_ring_is_one_polygon_whose_bridge_encloses_nothing() -> None:
    mask = np.ones((7, 7), np.bool_)
    mask[2:5, 3:5] = False
    (ring,) = outlines(mask)
    x, y = ring.T
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    assert area == mask.sum()


def test_nested_outlines_are_holes_and_islands() -> None:
    square = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], float) - 0.5
    inner, island = square * 0.6 + 1.5, square * 0.2 + 3.5
    found = filled([square, inner, island], (9, 9))
    expected = np.zeros((9, 9), np.bool_)
    for polygon in (square, inner, island):
        expected ^= filled([polygon], (9, 9))
    assert np.array_equal(found, expected) and found[0, 0] and not found[2, 2]


def test_what_lies_outside_the_picture_is_cut() -> None:
    square = np.array([[-5, -5], [3, -5], [3, 30], [-5, 30]], float) - 0.5
    assert filled([square], (6, 8)).sum() == 6 * 3


def test_nothing_has_no_outline() -> None:
    assert outlines(np.zeros((4, 4), np.bool_)) == []
    assert not filled([], (4, 4)).any()


def test_a_keyhole_through_pixel_centres_encloses_nothing() -> None:
    outer = np.array([[3, 3], [15, 3], [15, 14], [3, 14]], float) - 0.5
    inner = np.array([[6, 6], [10, 6], [10, 9], [6, 9]], float) - 0.5
    keyhole = np.concatenate([outer, outer[:1], inner, inner[:1]])  # its bridge is diagonal
    assert filled([keyhole], (20, 26)).sum() == 12 * 11 - 4 * 3
