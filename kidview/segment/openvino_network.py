"""One onnx file running in OpenVINO: the same network on the CPU, in about half the time."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kidview.core.errors import ModelError
from kidview.core.modelcard import Step
from kidview.core.task import Task
from kidview.core.types import ScoreArray
from kidview.segment.network import RESTORE, as_batch, checked_bytes, one_run, thread_count

REQUIREMENT = "openvino>=2026.4,<2027"
"""What the extra 'openvino' installs."""


class OpenVinoNetwork:
    """A step of a model, ready to run; only after `openvino_obstacle`.

    Parameters
    ----------
    folder : Path
        Where the card lies.
    step : Step
        Every tile must have the shape it names.
    channels : int
        Output channels the card promises.

    Attributes
    ----------
    provider : str
        "OpenVINO" and the precision it really computes in, such as "OpenVINO f32".
    channels : int

    Raises
    ------
    ModelError
        The file is missing, is not the card's, or is no such network.
    """

    def __init__(self, folder: Path, step: Step, channels: int) -> None:
        self._file, self.channels = step.file, channels
        data = checked_bytes(folder / step.file, step.sha256)
        core = _package().Core()
        try:
            model = core.read_model(data)
            rank = model.inputs[0].partial_shape.rank
        except Exception as error:  # they are RuntimeErrors, and IndexError without an input
            raise ModelError(f"{step.file} is no usable network", RESTORE) from error
        is_volume = rank.is_static and rank.get_length() == 5
        if len(model.inputs) != 1 or len(model.outputs) != 1 or not is_volume:
            raise ModelError(f"{step.file} does not take one volume and give one", RESTORE)
        try:
            model.reshape([1, step.inputs, *step.tile_zyx])
            self._compiled = core.compile_model(model, "CPU", _options())
        except Exception as error:
            hint = f"{RESTORE}, or use --device cpu"
            raise ModelError(f"OpenVINO cannot compute {step.file}", hint) from error
        precision = self._compiled.get_property("INFERENCE_PRECISION_HINT")
        self.provider = f"OpenVINO {precision.to_string()}"

    def run(self, tile: ScoreArray, task: Task) -> ScoreArray:
        """Logits of one tile; a cancel of the task ends the run after the layer it is in.

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
        ModelError
        """
        # A request that was cancelled keeps the output of the run before; a new one is 6 us.
        request = self._compiled.create_infer_request()

        def compute() -> ScoreArray:
            found: ScoreArray = request.infer({0: as_batch(tile)})[0]
            return found

        return one_run(compute, request.cancel, task, self._file, self.channels)


def openvino_is_installed() -> bool:
    """Whether the package is there; looks for it only, for an import takes 45 ms."""
    return find_spec("openvino") is not None


def openvino_obstacle() -> str:
    """Why OpenVINO cannot be used, in a few words; "" when nothing is in the way."""
    try:
        _package()
    except ModuleNotFoundError as error:
        return f"the package {error.name} is not installed"
    except (ImportError, OSError):
        return "its package cannot be loaded here"
    return ""


def _package() -> Any:
    """The package, imported so that it reports to nobody.

    Importing openvino sends an event to its maker's account with a web analyst and writes an
    id into the user's folder, unless a consent file forbids it. With its reporting package out
    of reach it takes a stand-in of its own that does nothing.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino

    return openvino


def _options() -> dict[str, Any]:
    return {
        "INFERENCE_PRECISION_HINT": "f32",  # else bfloat16 where the CPU has it
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": thread_count(),
        # Threads tied to cores wait for whatever else runs there: a fifth slower beside others.
        "ENABLE_CPU_PINNING": False,
    }
