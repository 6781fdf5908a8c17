"""A network is what its card says or is refused; a run can be stopped."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from kidview.core.errors import ModelError
from kidview.core.task import Cancelled, Task
from kidview.segment import network as network_module
from kidview.segment.network import Network, OutOfMemory, cuda_obstacle
from tests.segment.known_model import flat_onnx, make_step, slow_onnx, threshold_onnx


def made(folder: Path, data: bytes, channels: int = 4, **changes: object) -> Network:
    """The file written and opened."""
    step = make_step("fine", data, **changes)
    (folder / step.file).write_bytes(data)
    return Network(folder, step, channels, "cpu")


def test_it_gives_the_logits_of_the_graph(tmp_path: Path) -> None:
    tile = np.linspace(-2.0003, 2.0001, 16**3, dtype=np.float32).reshape(16, 16, 16)
    network = made(tmp_path, threshold_onnx())
    assert network.provider == "CPU"
    found = network.run(tile, Task())
    assert found.shape == (4, 16, 16, 16)
    hu = tile * 75 + 50
    wanted = (hu >= 0).astype(int) + (hu >= 125) + (hu >= 175)
    assert np.array_equal(found.argmax(0), wanted)


def test_another_file_than_the_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"trial.fine.onnx is not the file its card describes"):
        made(tmp_path, threshold_onnx(), sha256="0" * 64)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"trial.fine.onnx cannot be read"):
        Network(tmp_path, make_step("fine", b""), 4, "cpu")


@pytest.mark.parametrize("data", [b"", b"no network", threshold_onnx()[:100]])
def test_a_damaged_file_is_refused_even_with_the_right_checksum(
    tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(ModelError, match=r"trial.fine.onnx is no usable network"):
        made(tmp_path, data)


def test_too_few_outputs_are_named(tmp_path: Path) -> None:
    network = made(tmp_path, threshold_onnx(channels=2))
    with pytest.raises(ModelError, match="gives 2 outputs where its card says 4"):
        network.run(np.zeros((16, 16, 16), np.float32), Task())


def test_an_onnx_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not take one volume"):
        made(tmp_path, flat_onnx())


def test_a_cancel_ends_a_run_in_the_middle(tmp_path: Path) -> None:
    network = made(tmp_path, slow_onnx(), channels=32)
    task = Task()
    whole_s = time.monotonic()
    threading.Timer(0.3, task.cancel).start()
    with pytest.raises(Cancelled):
        network.run(np.zeros((96, 96, 96), np.float32), task)
    assert time.monotonic() - whole_s < 20  # uncancelled it takes minutes
    small = np.zeros((8, 8, 8), np.float32)
    assert network.run(small, Task()).shape == (32, 8, 8, 8)  # it can be used again


def test_want_of_memory_is_its_own_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = made(tmp_path, threshold_onnx())

    class Full:
        def run(self, *_: object) -> None:
            raise RuntimeError("CUDA failure 2: out of memory ; GPU=0")

    monkeypatch.setattr(network, "_session", Full())
    with pytest.raises(OutOfMemory):
        network.run(np.zeros((16, 16, 16), np.float32), Task())


def test_an_unusable_graphics_card_has_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        network_module.ort, "get_available_providers", lambda: ["CPUExecutionProvider"]
    )
    assert cuda_obstacle() == "this onnxruntime has no CUDA"


def test_a_run_leaves_nothing_in_the_users_folder(tmp_path: Path) -> None:
    step = make_step("fine", threshold_onnx())
    (tmp_path / step.file).write_bytes(threshold_onnx())
    home = tmp_path / "home"
    home.mkdir()
    code = (
        "from pathlib import Path; from tests.segment.known_model import *;"
        "from kidview.segment.network import Network;"
        f"Network(Path({str(tmp_path)!r}), make_step('fine', threshold_onnx()), 4, 'cpu')"
    )
    names = ("ORT_RUNNING_UNIT_TESTS", "ORT_TELEMETRY_DISABLED", "CI", "GITHUB_ACTIONS")
    kept = {key: value for key, value in os.environ.items() if key not in names}
    root = str(Path(__file__).resolve().parents[2])
    here = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": root}
    subprocess.run([sys.executable, "-c", code], env=kept | here, check=True)
    assert [path for path in home.rglob("*") if path.is_file()] == []
