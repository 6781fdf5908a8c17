"""A model whose answer is known beforehand, and a scan for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kidview.core.geometry import Geometry
from kidview.core.modelcard import ModelCard
from kidview.core.types import Index, LabelArray
from kidview.core.volume import AxisOrder, Source, Volume
from tests.segment.known_model import STARTS_HU, add_ball, make_step, threshold_onnx


@pytest.fixture
def write_model(tmp_path: Path) -> Callable[..., Path]:
    """Writes a model called "trial" and returns its folder."""

    def write(
        coarse: bytes = threshold_onnx(), fine: bytes = threshold_onnx(), tile: Index = (32, 32, 32)
    ) -> Path:
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        steps = []
        for role, data in (("coarse", coarse), ("fine", fine)):
            (folder / f"trial.{role}.onnx").write_bytes(data)
            steps.append(make_step(role, data, tile_zyx=tile))
        card = ModelCard("trial", "9", (1, 2, 3), tuple(steps))
        (folder / "trial.json").write_text(card.to_json(), encoding="utf-8")
        return folder

    return write


@pytest.fixture
def two_kidneys() -> tuple[Volume, LabelArray]:
    """Balls of 25 mm: one with a tumour at its edge and a cyst inside; and the true labels."""
    geometry = Geometry.straight((50, 120, 160), (3.0, 1.5, 1.6), (-100.0, 40.0, 7.0))
    hu = np.full(geometry.shape_zyx, -100, np.int16)
    add_ball(hu, geometry, (70, 90, 60), 26, 100)
    add_ball(hu, geometry, (75, 88, 190), 25, 100)
    add_ball(hu, geometry, (70, 90, 84), 12, 150)
    add_ball(hu, geometry, (75, 80, 190), 9, 215)
    labels = sum((hu >= start).astype(np.uint8) for start in STARTS_HU)
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    source = Source(Path("two.nii.gz"), "phantom", order, affine, "two")
    return Volume(hu, geometry, source), np.asarray(labels, np.uint8)
