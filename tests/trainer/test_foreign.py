"""Stones and stents are dense, where they belong, and in no label."""

from __future__ import annotations

import numpy as np
import pytest

from trainer.synthesis.foreign import add_stent, add_stones, add_wide_pelvis
from trainer.synthesis.scanner import _moved
from trainer.synthesis.scene import Scene

SHAPE = (60, 80, 120)


@pytest.fixture
def scene():
    at = (np.indices(SHAPE) - np.array([34, 40, 30])[:, None, None, None]).astype(float)
    away = (at / np.array([20, 12, 14])[:, None, None, None]) ** 2
    labels = (away.sum(axis=0) < 1).astype(np.uint8)
    hu = np.where(labels, 150, -100).astype(np.float32)
    hu[:, :6] = -1000  # behind the patient
    return Scene(hu, labels, np.zeros(SHAPE, np.uint8), (np.array([34.0, 40.0, 30.0]), None))


@pytest.mark.parametrize("seed", range(5))
def test_stones_lie_deep_in_the_kidney(scene, seed):
    before = scene.labels.copy()
    add_stones(np.random.default_rng(seed), scene)
    dense = scene.hu > 200
    assert 1 <= dense.sum() < 3000
    assert (scene.labels[dense] == 1).mean() > 0.7
    np.testing.assert_array_equal(scene.labels, before)


def test_no_kidney_no_stone(scene):
    scene.labels[:] = 0
    before = scene.hu.copy()
    add_stones(np.random.default_rng(0), scene)
    np.testing.assert_array_equal(scene.hu, before)


@pytest.mark.parametrize("seed", range(5))
def test_a_stent_runs_from_the_kidney_down_and_inward_as_a_thin_tube(scene, seed):
    before = scene.hu.copy()
    add_stent(np.random.default_rng(seed), scene, scene.targets[0])
    dense = np.argwhere((scene.hu != before) & (scene.hu > 200))
    levels = np.unique(dense[:, 0])
    assert levels[0] == 0 and levels[-1] >= 33 and len(levels) == levels[-1] + 1
    assert len(dense) / len(levels) < 8  # voxels of 1.5 mm: under 5 mm wide
    low, high = (dense[dense[:, 0] == z, 2].mean() for z in (levels[0], levels[-1]))
    assert low > high + 4


def test_a_stent_ends_where_the_patient_ends(scene):
    scene.hu[:10] = -1000
    add_stent(np.random.default_rng(1), scene, scene.targets[0])
    assert (scene.hu[:10] == -1000).all() and (scene.hu[12:] > 200).any()


@pytest.mark.parametrize("seed", range(5))
def test_a_wide_pelvis_is_fluid_beside_the_kidney_towards_the_midline(scene, seed):
    before, labels = scene.hu.copy(), scene.labels.copy()
    add_wide_pelvis(np.random.default_rng(seed), scene, scene.targets[0], phase=1.0)
    changed = np.abs(scene.hu - before) > 50
    assert changed.sum() * 1.5**3 > 300  # over 0.3 mL
    assert np.argwhere(changed)[:, 2].mean() > 30  # the midline is at 60
    assert not (changed & (labels > 0)).any() and (scene.hu[before < -500] == -1000).all()
    assert -30 < np.median(scene.hu[changed]) < 40
    np.testing.assert_array_equal(scene.labels, labels)


def test_contrast_agent_in_a_wide_pelvis_comes_late(scene):
    bright = []
    for phase in (1.0, 2.8):
        for seed in range(12):
            one = Scene(scene.hu.copy(), scene.labels, scene.cost, scene.targets)
            add_wide_pelvis(np.random.default_rng(seed), one, scene.targets[0], phase)
            bright.append((phase, bool((one.hu[scene.labels == 0] > 100).any())))
    assert not any(is_bright for phase, is_bright in bright if phase == 1.0)
    assert 3 <= sum(is_bright for phase, is_bright in bright if phase == 2.8) <= 11


def test_motion_doubles_edges_in_some_slices_only(scene):
    before = scene.hu.copy()
    moved = _moved(np.random.default_rng(0), scene.hu, 4.5)
    changed = (moved != before).any(axis=(1, 2))
    assert 0 < changed.sum() <= 30
    assert moved.min() >= before.min() and moved.max() <= before.max()
