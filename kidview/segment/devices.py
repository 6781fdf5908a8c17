"""What a network can run on, and which of it is taken."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol

from kidview.core.errors import ModelError
from kidview.core.modelcard import Step
from kidview.core.task import Task
from kidview.core.types import ScoreArray
from kidview.segment.network import Network, cuda_obstacle
from kidview.segment.openvino_network import (
    REQUIREMENT,
    OpenVinoNetwork,
    openvino_is_installed,
    openvino_obstacle,
)

AUTO, CPU, CUDA, OPENVINO = DEVICES = ("auto", "cpu", "cuda", "openvino")


class Running(Protocol):
    """A step of a model, ready to run on something."""

    provider: str
    channels: int

    def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
        """(Z, Y, X) float32 tile to (C, Z, Y, X) float32 logits."""


def offered_devices() -> tuple[str, ...]:
    """The devices a user can choose here: OpenVINO only where it is installed."""
    return DEVICES if openvino_is_installed() else DEVICES[:-1]


def choose_device(asked: str) -> str:
    """The device that will compute: "cpu", "cuda" or "openvino".

    Parameters
    ----------
    asked : str
        One of `DEVICES`. "auto" is a graphics card where one works, else OpenVINO where it is
        installed (its labels are onnxruntime's, see docs/benchmarks.md), else the CPU.

    Raises
    ------
    ModelError
        No such device, or it cannot be used here.
    """
    if asked not in DEVICES:
        raise ModelError(f"no device '{asked}'", f"use one of: {', '.join(offered_devices())}")
    if asked in (AUTO, CUDA):
        obstacle = cuda_obstacle()
        if not obstacle:
            return CUDA
        if asked == CUDA:
            raise ModelError(f"cannot compute on CUDA: {obstacle}", "use --device auto or cpu")
    if asked in (AUTO, OPENVINO):
        obstacle = openvino_obstacle()
        if not obstacle:
            return OPENVINO
        if asked == OPENVINO:
            command = f"{sys.executable} -m pip install '{REQUIREMENT}'"
            raise ModelError(f"cannot compute with OpenVINO: {obstacle}", f"run: {command}")
    return CPU


def load_network(folder: Path, step: Step, channels: int, device: str) -> Running:
    """A step's network on a chosen device; raises ModelError as the networks do."""
    if device == OPENVINO:
        return OpenVinoNetwork(folder, step, channels)
    return Network(folder, step, channels, device)
