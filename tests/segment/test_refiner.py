"""A click mends what is about it and nothing else, on any grid."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from kidview.core.clicks import CHANNELS, Click, told
from kidview.core.errors import EditRefused, ModelError
from kidview.core.geometry import Geometry
from kidview.core.modelcard import ModelCard, Step
from kidview.core.task import Task
from kidview.core.types import HUArray, LabelArray, ScoreArray
from kidview.segment import Refiner

STEP = Step(
    "refine", "trial.refine.onnx", "0", (1.5, 1.5, 1.5), (-125, 225), 50, 75, (32, 32, 32), 0.0
)
BRIGHT = (100 - 50) / 75


class Flood:
    """Stands for a network: a click floods what is bright about it with its label."""

    provider, channels = "CPU", 4

    def __init__(self) -> None:
        self.seen: list[ScoreArray] = []

    def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
        self.seen.append(tile)
        labels = np.zeros(tile.shape[1:], np.uint8)
        for label in (1, 2, 3):
            labels[tile[label] > 0.5] = label
        pieces, _ = ndimage.label(tile[0] > BRIGHT)
        for label in range(4):
            for piece in np.unique(pieces[tile[4 + label] > 0.8]):
                if piece:
                    labels[pieces == piece] = label
        return np.stack([10.0 * (labels == label) for label in range(4)]).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    card = ModelCard("trial", "1", (1, 2, 3), (STEP,))
    (tmp_path / "trial.json").write_text(card.to_json())
    return tmp_path


def scan(spacing: tuple[float, float, float]) -> tuple[HUArray, Geometry, Geometry]:
    """Two bright balls of 6 mm radius, 26 mm apart along x, in a field of 60 mm."""
    shape = tuple(round(60 / s) for s in spacing)
    geometry = Geometry.straight((shape[0], shape[1], shape[2]), spacing, (-20.0, 7.0, 100.0))
    hu = np.zeros(shape, np.int16)
    for x in (17.0, 43.0):
        hu[ball(spacing, shape, (30.0, 30.0, x), 6.0)] = 200
    return hu, geometry, geometry


def ball(
    spacing: tuple[float, ...], shape: tuple[int, ...], middle_mm: tuple[float, ...], radius: float
) -> np.ndarray:
    grids = np.ogrid[tuple(slice(n) for n in shape)]
    away = sum((g * s - m) ** 2 for g, s, m in zip(grids, spacing, middle_mm, strict=True))
    return np.asarray(away <= radius**2)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (3.0, 0.8, 0.7), (0.9, 2.5, 1.5)])
@pytest.mark.parametrize("label", [1, 2, 3])
def test_the_ball_clicked_is_outlined_and_the_other_is_not(
    folder: Path, spacing: tuple[float, float, float], label: int
) -> None:
    hu, geometry, _ = scan(spacing)
    labels = np.zeros(hu.shape, np.uint8)
    z, y, x = (m / s for m, s in zip((30.0, 30.0, 17.0), spacing, strict=True))
    refiner = Refiner(folder, "trial", "cpu", lambda *args: Flood())
    box, mask, new = refiner.run(hu, geometry, labels, [Click((z, y, x), label)], Task())
    labels[box.slices][mask] = new[mask]
    wanted = ball(spacing, hu.shape, (30.0, 30.0, 17.0), 6.0)
    overlap = 2 * (wanted & (labels == label)).sum() / (wanted.sum() + (labels > 0).sum())
    assert overlap > (0.9 if max(spacing) < 2 else 0.85)
    assert not labels[ball(spacing, hu.shape, (30.0, 30.0, 43.0), 8.0)].any()


def test_a_false_piece_goes_and_the_far_change_does_not_come(folder: Path) -> None:
    hu, geometry, _ = scan((1.0, 1.0, 1.0))
    labels = np.where(hu > 100, 2, 0).astype(np.uint8)
    labels[5:9, 5:9, 5:9] = 3  # what the network would take away, but nobody asked
    network = Flood()
    refiner = Refiner(folder, "trial", "cpu", lambda *args: network)
    network_sees_no_cyst = network.run

    def run(tile: ScoreArray, task: Task) -> ScoreArray:
        out = network_sees_no_cyst(tile, task)
        out[3] = -10
        return out

    network.run = run  # type: ignore[method-assign]
    box, mask, new = refiner.run(hu, geometry, labels, [Click((30.0, 30.0, 17.0), 0)], Task())
    labels[box.slices][mask] = new[mask]
    assert not labels[ball((1, 1, 1), hu.shape, (30, 30, 17), 5.0)].any()
    assert (labels == 3).sum() == 64
    assert labels[30, 30, 43] == 2


def test_a_click_at_the_rim_of_what_is_outlined_leaves_its_far_side(folder: Path) -> None:
    hu, geometry, _ = scan((1.0, 1.0, 1.0))
    hu[20:41, 20:41, 5:55] = 200
    labels = np.zeros(hu.shape, np.uint8)
    labels[20:41, 20:41, 20:55] = 2  # the left end is missing, and a layer at the top
    labels[38:41] = 0
    refiner = Refiner(folder, "trial", "cpu", lambda *args: Flood())
    box, mask, new = refiner.run(hu, geometry, labels, [Click((30.0, 30.0, 18.0), 2)], Task())
    labels[box.slices][mask] = new[mask]
    away = ball((1, 1, 1), hu.shape, (30, 30, 18), 8.0)
    assert (labels == 2)[away & (hu > 100)].all()
    assert not labels[39, 30, 40], "nobody clicked there"


@pytest.mark.parametrize("label", [0, 1])
def test_a_false_piece_within_the_right_label_goes_whole(folder: Path, label: int) -> None:
    hu, geometry, _ = scan((1.0, 1.0, 1.0))
    labels = np.full(hu.shape, label, np.uint8)
    hu[24:36, 24:36, 5:25] = 200
    labels[24:36, 24:36, 5:25] = 2
    refiner = Refiner(folder, "trial", "cpu", lambda *args: Flood())
    box, mask, new = refiner.run(hu, geometry, labels, [Click((30.0, 30.0, 7.0), label)], Task())
    labels[box.slices][mask] = new[mask]
    assert not (labels == 2).any()


def test_the_network_is_told_scan_labels_and_clicks(folder: Path) -> None:
    hu, geometry, _ = scan((1.5, 1.5, 1.5))
    labels = np.zeros(hu.shape, np.uint8)
    labels[18:22, 18:22, 10:13] = 1
    network = Flood()
    refiner = Refiner(folder, "trial", "cpu", lambda *args: network)
    clicks = [Click((20.0, 20.0, 28.0), 3), Click((20.0, 20.0, 11.0), 2)]
    refiner.run(hu, geometry, labels, clicks, Task())
    (seen,) = network.seen
    assert seen.shape == (CHANNELS, 32, 32, 32)
    assert seen[1].sum() == (labels == 1).sum()
    middle = [int(v) for v in np.unravel_index(seen[4 + 2].argmax(), seen.shape[1:])]
    other = [int(v) for v in np.unravel_index(seen[4 + 3].argmax(), seen.shape[1:])]
    assert np.subtract(other, middle).tolist() == [0, 0, 17]
    assert seen[4].max() == 0 and seen[4 + 2].max() == 1.0


def test_what_was_clicked_gets_its_label_even_if_the_network_says_no(folder: Path) -> None:
    hu, geometry, _ = scan((1.0, 1.0, 1.0))
    labels = np.zeros(hu.shape, np.uint8)
    refiner = Refiner(folder, "trial", "cpu", lambda *args: Flood())
    box, mask, new = refiner.run(hu, geometry, labels, [Click((10.0, 50.0, 30.0), 2)], Task())
    assert box.size == 1 and mask.all() and new.item() == 2
    labels[10, 50, 30] = 2
    with pytest.raises(EditRefused, match="nothing to change"):
        refiner.run(hu, geometry, labels, [Click((10.0, 50.0, 30.0), 2)], Task())


def test_a_model_without_such_a_network_is_refused(folder: Path) -> None:
    row = json.loads((folder / "trial.json").read_text())
    row["steps"] = [asdict(STEP) | {"role": "fine"}]
    (folder / "trial.json").write_text(json.dumps(row))
    with pytest.raises(ModelError, match="has no refine step"):
        Refiner(folder, "trial", "cpu", lambda *args: Flood())


def test_a_click_is_a_ball_that_may_hang_over_the_edge() -> None:
    image = np.zeros((9, 9, 9), np.float32)
    labels: LabelArray = np.zeros(image.shape, np.uint8)
    out = told(image, labels, [Click((0.0, 4.0, 8.0), 1), Click((-30.0, 4.0, 4.0), 1)])
    assert out[5, 0, 4, 8] == 1.0 and out[5, 2, 4, 8] == pytest.approx(np.exp(-0.5))
    assert out[[4, 6, 7]].max() == 0
