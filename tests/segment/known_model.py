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


def flat_onnx() -> bytes:
    """A network of another kind: it takes a row of three."""
    flat = helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 3])
    out = helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 3])
    graph = helper.make_graph([helper.make_node("Relu", ["a"], ["b"])], "g", [flat], [out])
    opset = [helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, ir_version=8, opset_imports=opset).SerializeToString()


def slow_onnx() -> bytes:
    """Twelve convolutions that hand their input on, and take many seconds on a large tile."""
    weight = np.zeros((32, 32, 5, 5, 5), np.float32)
    weight[np.arange(32), np.arange(32), 2, 2, 2] = 1
    first = np.ones((32, 1, 1, 1, 1), np.float32)
    nodes = [helper.make_node("Conv", ["image", "f"], ["h0"])]
    nodes += [
        helper.make_node("Conv", [f"h{k}", "w"], [f"h{k + 1}"], pads=[2] * 6) for k in range(12)
    ]
    nodes.append(helper.make_node("Identity", ["h12"], ["logits"]))
    graph = helper.make_graph(
        nodes,
        "slow",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, "z", "y", "x"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 32, "z", "y", "x"])],
        [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(first, "f")],
    )
    opset = [helper.make_opsetid("", 18)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def half_onnx(channels: int = 4) -> bytes:
    """Two random convolutions; the weights lie in half precision behind a Cast, as exports do."""
    rng = np.random.default_rng(0)
    weights = {
        "w0": rng.normal(0, 0.3, (16, 1, 3, 3, 3)).astype(np.float16),
        "w1": rng.normal(0, 0.1, (channels, 16, 3, 3, 3)).astype(np.float16),
    }
    nodes = [helper.make_node("Cast", [n], [f"{n}32"], to=TensorProto.FLOAT) for n in weights]
    nodes += [
        helper.make_node("Conv", ["image", "w032"], ["h"], pads=[1] * 6),
        helper.make_node("LeakyRelu", ["h"], ["a"], alpha=0.01),
        helper.make_node("Conv", ["a", "w132"], ["logits"], pads=[1] * 6),
    ]
    shapes = (["n", 1, "z", "y", "x"], ["n", channels, "z", "y", "x"])
    graph = helper.make_graph(
        nodes,
        "half",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shapes[0])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, shapes[1])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
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
