"""A trained network as one ONNX file that gives what torch gives, or none at all."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime
import torch
from torch import nn

from kidview.core.errors import ModelError
from kidview.core.types import Index, ScoreArray
from trainer.export.half import halve, round_weights

OPSET = 18
TOLERANCE = 2e-3  # of logits, which span about 20


@dataclass(frozen=True)
class Agreement:
    """How far onnxruntime is from torch.

    Parameters
    ----------
    largest : float
        Largest difference of a logit.
    labels : float
        Share of voxels with the same label, of those where torch prefers one label at all
        (its two best logits differ by more than the tolerance).
    """

    largest: float
    labels: float


def to_onnx(network: nn.Module, tile_zyx: Index, inputs: int = 1) -> bytes:
    """The network as the bytes of an ONNX file, weights inside, free tile size.

    The exporter without dynamo is used: it writes one file and keeps the axes' names.
    """
    network.eval()
    free = {2: "z", 3: "y", 4: "x"}
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        path = Path(folder) / "network.onnx"
        warnings.simplefilter("ignore")  # it announces its own retirement
        torch.onnx.export(
            network,
            (torch.zeros(1, inputs, *tile_zyx),),
            path,
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": free, "logits": free},
            opset_version=OPSET,
            dynamo=False,
        )
        return path.read_bytes()


def trial_inputs(tile_zyx: Index, inputs: int = 1) -> list[ScoreArray]:
    """(1, inputs, Z, Y, X) float32: noise, smooth tissue in air, noise on a flat organ.

    Channels beyond the first are a box of ones in some corner.
    """
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 1, tile_zyx)
    smooth = noise
    for axis in range(3):
        for _ in range(4):
            smooth = (np.roll(smooth, 1, axis) + smooth + np.roll(smooth, -1, axis)) / 3
    smooth = np.clip(smooth / smooth.std(), -2.3, 2.3)
    smooth[:, : tile_zyx[1] // 4] = -2.333  # air
    flat = 0.5 + 0.1 * noise
    marks = np.zeros((inputs - 1, *tile_zyx))
    for channel, mark in enumerate(marks):
        mark[tuple(slice(channel, n // (2 + channel)) for n in tile_zyx)] = 1
    return [np.asarray([v, *marks], np.float32)[None] for v in (noise, smooth, flat)]


def compare(network: nn.Module, file: bytes, tile_zyx: Index, inputs: int = 1) -> Agreement:
    """Run both on the trial inputs, and once on a smaller tile."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    half: Index = (
        tile_zyx[0] // 2 // 16 * 16,
        tile_zyx[1] // 2 // 16 * 16,
        tile_zyx[2] // 2 // 16 * 16,
    )
    images = trial_inputs(tile_zyx, inputs)
    if min(half) > 0:
        images += trial_inputs(half, inputs)[:1]
    largest, same, counted = 0.0, 0, 0
    network.eval()
    for image in images:
        with torch.inference_mode():
            wanted = network(torch.from_numpy(image)).numpy()[0]
        given = session.run(None, {"image": image})[0][0]
        largest = max(largest, float(np.abs(wanted - given).max()))
        best = np.sort(wanted, axis=0)
        clear = best[-1] - best[-2] > TOLERANCE
        same += int((wanted.argmax(0) == given.argmax(0))[clear].sum())
        counted += int(clear.sum())
    return Agreement(largest, same / max(counted, 1))


def checked_onnx(network: nn.Module, tile_zyx: Index, inputs: int = 1) -> tuple[bytes, Agreement]:
    """Round the network to half precision (in place), export and compare.

    Raises
    ------
    ModelError
        onnxruntime and torch disagree; no file should be kept.
    """
    round_weights(network)
    file = halve(to_onnx(network, tile_zyx, inputs))
    agreement = compare(network, file, tile_zyx, inputs)
    if not (agreement.labels == 1.0 and agreement.largest <= TOLERANCE):
        raise ModelError(
            f"the exported network differs from torch by {agreement.largest:.2g}"
            f" (labels agree on {agreement.labels:.6f})",
            "compare versions of torch and onnxruntime with the constraints file",
        )
    return file, agreement
