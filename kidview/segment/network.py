"""One onnx file running in onnxruntime: checksum, provider, a run that can be stopped."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from kidview.core.errors import ModelError
from kidview.core.modelcard import Step
from kidview.core.task import Task
from kidview.core.types import ScoreArray

CPU, CUDA = "CPU", "CUDA"
_FATAL = 4  # onnxruntime's own messages; what matters is told by us
_NO_ROOM = ("out of memory", "failed to allocate", "alloc_failed", "bad allocation", "bad_alloc")
RESTORE = "restore the models folder, or export the model again"


class OutOfMemory(Exception):
    """The device has no room for a tile of this size."""


class Network:
    """A step of a model, ready to run.

    Parameters
    ----------
    folder : Path
        Where the card lies.
    step : Step
    channels : int
        Output channels the card promises.
    device : str
        "cpu" or "cuda"; the latter only after `cuda_is_usable`.

    Attributes
    ----------
    provider : str
        What it really runs on, "CPU" or "CUDA".
    channels : int

    Raises
    ------
    ModelError
        The file is missing, is not the card's, or is no such network.
    """

    def __init__(self, folder: Path, step: Step, channels: int, device: str) -> None:
        self._step, self.channels = step, channels
        data = checked_bytes(folder / step.file, step.sha256)
        try:
            self._session = ort.InferenceSession(
                data, _options(), providers=_providers(device == "cuda")
            )
        except Exception as error:  # onnxruntime's errors share no base of their own
            raise ModelError(f"{step.file} is no usable network", RESTORE) from error
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or len(inputs[0].shape) != 5:
            raise ModelError(f"{step.file} does not take one volume and give one", RESTORE)
        self._input = inputs[0].name
        is_cuda = self._session.get_providers()[0] == "CUDAExecutionProvider"
        self.provider = CUDA if is_cuda else CPU

    def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
        """Logits of one tile; a cancel of the task ends the run within a fraction of a second.

        Parameters
        ----------
        tile : (Z, Y, X) float32, normalised; (inputs, Z, Y, X) where the step has more than one
        task : Task

        Returns
        -------
        (C, Z, Y, X) float32

        Raises
        ------
        OutOfMemory
            On a graphics card; use a smaller tile or the CPU.
        ModelError
        """
        how = ort.RunOptions()

        def compute() -> ScoreArray:
            found: ScoreArray = self._session.run(None, {self._input: as_batch(tile)}, how)[0]
            return found

        def stop() -> None:
            how.terminate = True

        return one_run(compute, stop, task, self._step.file, self.channels)


def as_batch(tile: ScoreArray) -> ScoreArray:
    """(1, inputs, Z, Y, X) of a tile; one input channel where it has no axis for them."""
    return tile[None] if tile.ndim == 4 else tile[None, None]


def one_run(
    compute: Callable[[], ScoreArray],
    stop: Callable[[], None],
    task: Task,
    file: str,
    channels: int,
) -> ScoreArray:
    """Logits of one tile from any runtime; a cancel of the task ends it.

    Parameters
    ----------
    compute : callable
        Gives (1, C, Z, Y, X) float32.
    stop : callable
        Makes `compute` raise; called from another thread.
    task : Task
    file : str
        Name of the network, for messages.
    channels : int
        C as the card has it.

    Returns
    -------
    (C, Z, Y, X) float32

    Raises
    ------
    OutOfMemory
    ModelError
    Cancelled
    """
    task.check()
    task.on_cancel(stop)
    try:
        found = compute()[0]
    except Exception as error:  # the runtimes' errors share no base of their own
        task.check()
        if isinstance(error, MemoryError) or any(w in str(error).lower() for w in _NO_ROOM):
            raise OutOfMemory from error
        raise ModelError(f"{file} failed while running", RESTORE) from error
    finally:
        task.on_cancel(None)
    task.check()
    if found.shape[0] != channels:
        words = f"{found.shape[0]} outputs where its card says {channels}"
        raise ModelError(f"{file} gives {words}", RESTORE)
    return np.asarray(found, np.float32)


def checked_bytes(path: Path, sha256: str) -> bytes:
    """A network's file.

    Raises
    ------
    ModelError
        It cannot be read, or is another one than its card describes.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"the network {path.name} cannot be read", RESTORE) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ModelError(f"{path.name} is not the file its card describes (sha256)", RESTORE)
    return data


def _options() -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = thread_count()
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL
    # Without the arena memory goes back after each tile; it costs a few per cent of time.
    options.enable_cpu_mem_arena = False
    return options


def thread_count() -> int:
    """Threads a network computes with: all cores, less one for the window when there are many."""
    allowed = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if allowed else os.cpu_count() or 1
    return cores if cores <= 2 else cores - 1


def _providers(with_cuda: bool) -> list[str]:
    if not with_cuda:
        return ["CPUExecutionProvider"]
    ort.set_default_logger_severity(_FATAL)
    return ["CUDAExecutionProvider", "CPUExecutionProvider"]


def cuda_obstacle() -> str:
    """Why no graphics card can be used, in a few words; "" when nothing is in the way.

    onnxruntime names CUDA as available whenever it was compiled in, and falls back to the
    CPU without a word, so driver and card are asked for here; whether the session took them
    is in `Network.provider`.
    """
    if "CUDAExecutionProvider" not in ort.get_available_providers():
        return "this onnxruntime has no CUDA"
    driver = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        library = ctypes.CDLL(driver)
        count = ctypes.c_int(0)
        is_up = library.cuInit(0) == 0 and library.cuDeviceGetCount(ctypes.byref(count)) == 0
    except (OSError, AttributeError):
        return "there is no NVIDIA driver"
    if not is_up or count.value == 0:
        return "there is no NVIDIA graphics card"
    if hasattr(ort, "preload_dlls"):
        ort.preload_dlls()  # the CUDA and cuDNN wheels of the extra 'cuda', where installed
    return ""
