"""The CT in 3D: thinned without a shift, drawn where its voxels lie."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Volume
from kidview.ui.volume_render import block_factors, thin
from tests.ui.stage import SOFTWARE, Stage, orange


def turned(shape: tuple[int, int, int]) -> Geometry:
    """A grid of 1.5 x 1 x 0.8 mm, turned by 25 degrees about the patient's axis and tilted."""
    a, b = np.deg2rad(25), np.deg2rad(15)
    about_s = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_a = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3] = (about_s @ about_a)[:, ::-1] * [1.5, 1.0, 0.8]
    matrix[:3, 3] = (40.0, -300.0, 77.0)
    return Geometry(shape, matrix)


def test_blocks_are_even_in_mm_and_few_enough() -> None:
    geometry = Geometry.straight((900, 512, 512), (1.0, 0.7, 0.7))
    factors = block_factors(geometry, 8_000_000)
    shape = [n // f for n, f in zip(geometry.shape_zyx, factors, strict=True)]
    assert np.prod(shape) <= 8_000_000
    spacing = np.array(factors) * geometry.spacing_zyx
    assert spacing.max() / spacing.min() < 1.6


def test_a_coarse_scan_keeps_its_voxels() -> None:
    geometry = turned((6, 7, 8))
    hu = np.random.default_rng(1).integers(-1000, 1000, (6, 7, 8)).astype(np.int16)
    thinned = thin(hu, geometry, False, Task())
    assert thinned.geometry.difference(geometry) is None
    assert (thinned.hu == hu).all()


def test_thinning_takes_means_and_shifts_nothing() -> None:
    matrix = turned((20, 22, 25)).zyx_to_ras.copy()
    matrix[:3, :3] /= 3.0  # so fine that blocks are formed, with a rest at each end
    geometry = Geometry((20, 22, 25), matrix)
    z, y, x = np.indices(geometry.shape_zyx)
    hu = (30 * z + 20 * y - 10 * x).astype(np.int16)
    thinned = thin(hu, geometry, False, Task())
    assert thinned.hu.size < hu.size / 8
    where = geometry.ras_to_index(thinned.geometry.index_to_ras(np.argwhere(thinned.hu > -9999)))
    expected = where @ [30, 20, -10]  # a ramp's mean over a block is its value in the middle
    assert np.abs(thinned.hu.ravel() - expected).max() <= 1


def test_a_cancel_is_noticed() -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        thin(np.zeros((4, 4, 4), np.int16), turned((4, 4, 4)), False, task)


@pytest.mark.display
def test_ct_and_surface_of_the_same_voxels_meet_on_an_oblique_grid(
    qtbot: QtBot, tiny_scan: Volume
) -> None:
    geometry = turned((30, 40, 50))
    block = Box((4, 6, 30), (14, 20, 45))
    hu = np.full(geometry.shape_zyx, -1000, np.int16)
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    hu[block.slices], labels[block.slices] = 1500, 2
    stage = Stage(qtbot, SOFTWARE)
    stage.session.open(Volume(hu, geometry, tiny_scan.source), LabelMap(labels, geometry))
    stage.settle()
    stage.scene.zoom(0.5)
    stage.canvas.refresh()
    surface = np.argwhere(orange(stage.picture()))
    stage.session.look(has_ct_in_3d=True, are_labels_hidden=True)
    stage.settle()
    picture = stage.picture()[:300]  # above the letters
    bone = np.argwhere(picture.min(axis=2) > 60)
    assert len(surface) > 1000 and len(bone) > 1000
    assert np.abs(surface.mean(axis=0) - bone.mean(axis=0)).max() < 3
    assert np.abs(surface.min(axis=0) - bone.min(axis=0)).max() < 8
    assert np.abs(surface.max(axis=0) - bone.max(axis=0)).max() < 8
    stage.close()


@pytest.mark.display
def test_a_processor_draws_coarsely_while_the_hand_moves(qtbot: QtBot, tiny_scan: Volume) -> None:
    stage = Stage(qtbot, SOFTWARE)
    stage.session.open(tiny_scan)
    stage.session.look(has_ct_in_3d=True)
    stage.settle()
    prop = stage.scene.renderer.GetVolumes().GetItemAsObject(0)
    fine = prop.GetMapper().GetImageSampleDistance()
    qtbot.mousePress(stage.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 100))
    qtbot.mouseMove(stage.canvas, QPoint(230, 100))
    assert prop.GetMapper().GetImageSampleDistance() > 1.5 * fine
    qtbot.mouseRelease(stage.canvas, Qt.MouseButton.LeftButton, pos=QPoint(230, 100))
    qtbot.waitUntil(lambda: prop.GetMapper().GetImageSampleDistance() == fine, timeout=2000)
    stage.close()
