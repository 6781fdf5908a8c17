"""Weights of an ONNX file in half precision: half the size, the same arithmetic.

Every large weight is stored as float16 behind a Cast to float32, which onnxruntime folds away
when it loads the file; a session computes in float32 as before. The network's weights must be
representable in float16 already, so that nothing changes (`round_weights`).
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

_LEAST = 256  # values; what is smaller gains nothing


def round_weights(network: nn.Module) -> None:
    """Round every parameter and running statistic to the nearest float16, in place."""
    with torch.no_grad():
        for value in [*network.parameters(), *network.buffers()]:
            if value.is_floating_point():
                value.copy_(value.half().float())


def halve(file: bytes) -> bytes:
    """The same file with its large float32 weights stored as float16.

    Weights that float16 cannot hold exactly stay as they are.
    """
    model = onnx.load_from_string(file)
    kept, casts = [], []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        half = values.astype(np.float16)
        exact = tensor.data_type == TensorProto.FLOAT and np.array_equal(half, values)
        if not exact or values.size < _LEAST:
            kept.append(tensor)
            continue
        kept.append(numpy_helper.from_array(half, f"{tensor.name}.half"))
        name = f"cast {tensor.name}"
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], name, to=1))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    halved: bytes = model.SerializeToString()
    return halved
