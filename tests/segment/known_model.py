"""A model whose answer is known beforehand: HU intervals become labels, voxel by voxel."""

from __future__ import annotations

import hashlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from kidview.core.geometry import Geometry
from kidview.core.modelcard import Step

STARTS_HU = (0.0, 125.0, 175.0)
"""Where kidney, tumour and cyst begin."""
MEAN_HU, SD_HU = 50.0, 75.0


def threshold_onnx(starts_hu: tuple[float, ...] = STARTS_HU, channels: int = 4) -> bytes:
    """A 1 x 1 x 1 convolution: lines of growing slope, whose upper envelope changes there."""
    starts = [(hu - MEAN_HU) / SD_HU for hu in starts_hu]
    slope = np.arange(channels, dtype=np.float32) * 40
    bias = -np.cumsum([0.0, *starts][:channels]).astype(np.float32) * 40
    weight = slope.reshape(channels, 1, 1, 1, 1)
    shapes = (["n", 1, "z", "y", "x"], ["n", channels, "z", "y", "x"])
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "w", "b"], ["logits"])],
        "threshold",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shapes[1])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")],
    )
    opset = [helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def make_step(role: str, data: bytes, **changes: object) -> Step:
    """A step of the card for that file."""
    fields = {
        "role": role,
        "file": f"trial.{role}.onnx",
        "sha256": hashlib.sha256(data).hexdigest(),
        "spacing_zyx": (4.0, 4.0, 4.0) if role == "coarse" else (2.0, 2.0, 2.0),
        "clip_hu": (-125.0, 225.0),
        "mean_hu": MEAN_HU,
        "sd_hu": SD_HU,
        "tile_zyx": (32, 32, 32),
        "overlap": 0.25,
        "margin_mm": 12.0,
    }
    return Step(**(fields | changes))  # type: ignore[arg-type]


def add_ball(
    hu: np.ndarray, geometry: Geometry, centre_mm: tuple[float, ...], radius_mm: float, value: int
) -> None:
    """Set a ball; the centre is in mm along z, y, x from the first voxel."""
    grid = np.ogrid[tuple(slice(n) for n in hu.shape)]
    parts = zip(grid, geometry.spacing_zyx, centre_mm, strict=True)
    hu[sum((g * s - c) ** 2 for g, s, c in parts) <= radius_mm**2] = value
