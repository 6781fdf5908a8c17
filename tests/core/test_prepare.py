"""Resampling and normalisation against closed forms and scipy."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from kidview.core.box import Box
from kidview.core.errors import BadGeometry
from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step
from kidview.core.prepare import label_to_spacing, labels_on_grid, normalise, to_spacing

STEP = Step("fine", "x.onnx", "", (2, 2, 2), (-125, 225), 50.0, 75.0, (8, 8, 8), 0.5)


def grid(shape, spacing, origin=(-30.0, 12.0, 7.0)):
    return Geometry.straight(shape, spacing, origin)


def ramp(geometry):
    """HU that grow linearly in mm, so every honest resampling must follow the line."""
    index = np.stack(np.meshgrid(*map(np.arange, geometry.shape_zyx), indexing="ij"), axis=-1)
    x, y, z = np.moveaxis(geometry.index_to_ras(index), -1, 0)
    return np.rint(3 * x - 2 * y + 5 * z).astype(np.int16)


def test_normalise_clips_shifts_and_scales():
    hu = np.array([-1000, -125, 50, 225, 3000], np.int16)
    np.testing.assert_allclose(normalise(hu, STEP), [-175 / 75, -175 / 75, 0, 175 / 75, 175 / 75])
    assert normalise(hu, STEP).dtype == np.float32


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (4, 4, 4), (0.7, 3, 1.1), (2.5, 0.8, 0.8)])
def test_a_ramp_in_mm_stays_the_same_ramp_on_any_grid(spacing):
    old = grid((40, 36, 44), (2.5, 0.8, 0.8))
    new_hu, new = to_spacing(ramp(old), old, spacing)
    inner = (slice(3, -3),) * 3  # the outermost voxels may overhang
    assert new_hu.shape == new.shape_zyx and new_hu.dtype == np.int16
    assert np.abs(new_hu[inner].astype(int) - ramp(new)[inner]).max() <= 2


def test_the_same_spacing_returns_the_same_voxels():
    old = grid((9, 10, 11), (2.0, 1.0, 1.0))
    hu = np.random.default_rng(1).integers(-200, 300, old.shape_zyx).astype(np.int16)
    again, new = to_spacing(hu, old, (2.0, 1.0, 1.0))
    np.testing.assert_array_equal(again, hu)
    assert new.difference(old) is None


def test_whole_factors_give_block_means():
    old = grid((8, 12, 16), (1.0, 1.0, 1.0))
    hu = np.random.default_rng(2).integers(-200, 300, old.shape_zyx).astype(np.int16)
    coarse, _ = to_spacing(hu, old, (4.0, 2.0, 4.0))
    blocks = hu.reshape(2, 4, 6, 2, 4, 4).mean(axis=(1, 3, 5))
    assert np.abs(coarse - blocks).max() <= 0.5001


def test_fine_noise_is_averaged_and_not_aliased():
    old = grid((32, 64, 64), (1.0, 0.6, 0.6))
    hu = (np.indices(old.shape_zyx).sum(axis=0) % 2 * 200).astype(np.int16)  # chequerboard
    coarse, _ = to_spacing(hu, old, (4.0, 4.0, 4.0))
    assert np.abs(coarse[:-1, :-1, :-1] - 100).max() <= 8


def test_interpolation_agrees_with_scipy_where_voxels_get_smaller():
    old = grid((12, 13, 14), (3.0, 3.0, 3.0))
    hu = np.random.default_rng(3).integers(-200, 300, old.shape_zyx).astype(np.int16)
    fine, new = to_spacing(hu, old, (1.3, 2.0, 2.9))
    index = np.stack(np.meshgrid(*map(np.arange, new.shape_zyx), indexing="ij"))
    at = np.moveaxis(old.ras_to_index(new.index_to_ras(np.moveaxis(index, 0, -1))), -1, 0)
    expected = ndimage.map_coordinates(hu.astype(float), at, order=1, mode="nearest")
    assert np.abs(fine - expected).max() <= 0.51


def test_labels_keep_their_volume_and_place_on_a_coarser_grid():
    old = grid((60, 60, 60), (1.0, 1.0, 1.0))
    away = np.sqrt(((np.indices(old.shape_zyx) - 29.5) ** 2).sum(axis=0))
    labels = np.where(away < 12, 2, np.where(away < 24, 1, 0)).astype(np.uint8)
    coarse = label_to_spacing(labels, old, (2.0, 2.0, 2.0))
    for label in (1, 2):
        assert (coarse == label).sum() * 8 == pytest.approx((labels == label).sum(), rel=0.03)
    np.testing.assert_allclose(ndimage.center_of_mass(coarse == 2), [14.5] * 3, atol=0.05)


def test_scores_come_back_to_a_box_of_the_scan():
    scan = grid((50, 80, 90), (2.5, 0.65, 0.65))
    box = Box((10, 20, 15), (40, 70, 80))
    away = np.linalg.norm(
        scan.index_to_ras(np.moveaxis(np.indices(scan.shape_zyx), 0, -1))
        - scan.index_to_ras((24, 45, 48)),
        axis=-1,
    )
    truth = (away < 11).astype(np.uint8)
    part = scan.crop(box)
    _, network = to_spacing(truth[box.slices].astype(np.int16), part, (1.5, 1.5, 1.5))
    centre = np.moveaxis(np.indices(network.shape_zyx), 0, -1)
    distance = 11 - np.linalg.norm(
        network.index_to_ras(centre) - scan.index_to_ras((24, 45, 48)), axis=-1
    )
    scores = np.stack([-distance, distance]).astype(np.float32)
    found = labels_on_grid(scores, network, part)
    assert found.dtype == np.uint8
    both = (found & truth[box.slices]).sum()
    assert 2 * both / (found.sum() + truth.sum()) > 0.99


def test_turned_grids_are_refused():
    a = grid((4, 4, 4), (1, 1, 1))
    turned = a.zyx_to_ras.copy()
    c, s = np.cos(0.2), np.sin(0.2)
    turned[:2, 1:3] = np.array([[-0.0, 1.0], [1.0, 0.0]]) @ np.array([[c, -s], [s, c]])
    b = Geometry((4, 4, 4), turned)
    with pytest.raises(BadGeometry, match="turned"):
        labels_on_grid(np.zeros((2, 4, 4, 4), np.float32), a, b)


def test_a_large_scan_is_never_copied_as_float():
    scan = grid((200, 256, 256), (0.8, 0.8, 0.8))
    hu = np.zeros(scan.shape_zyx, np.int16)
    tracemalloc.start()
    to_spacing(hu, scan, (4.0, 4.0, 4.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < hu.nbytes * 1.6  # a float32 copy alone would be 2.0
