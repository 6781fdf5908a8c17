"""OpenVINO gives what onnxruntime gives, can be stopped, and reports to nobody."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kidview.core.errors import ModelError
from kidview.core.task import Cancelled, Task
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.segment import Segmenter
from kidview.segment.devices import load_network
from kidview.segment.network import Network
from kidview.segment.openvino_network import OpenVinoNetwork, openvino_obstacle
from tests.segment.known_model import (
    flat_onnx,
    half_onnx,
    make_step,
    slow_onnx,
    threshold_onnx,
)

pytestmark = pytest.mark.skipif(
    openvino_obstacle() != "", reason=f"no OpenVINO to test: {openvino_obstacle()}"
)


def made(folder: Path, data: bytes, channels: int = 4, **changes: object) -> OpenVinoNetwork:
    """The file written and opened."""
    step = make_step("fine", data, **changes)
    (folder / step.file).write_bytes(data)
    return OpenVinoNetwork(folder, step, channels)


@pytest.mark.parametrize("data", [threshold_onnx(), half_onnx()], ids=["threshold", "half"])
def test_its_logits_are_onnxruntimes(data: bytes, tmp_path: Path) -> None:
    tile = np.random.default_rng(1).normal(0, 1, (32, 32, 32)).astype(np.float32)
    network = made(tmp_path, data)
    assert network.provider == "OpenVINO f32"
    found = network.run(tile, Task())
    wanted = Network(tmp_path, make_step("fine", data), 4, "cpu").run(tile, Task())
    assert found.dtype == np.float32 and found.shape == (4, 32, 32, 32)
    assert np.abs(found - wanted).max() < 1e-4  # bfloat16 would be off by 1e-2 and more
    assert np.array_equal(found.argmax(0), wanted.argmax(0))


def test_a_scan_gets_the_same_labels(
    write_model: Callable[..., Path], two_kidneys: tuple[Volume, LabelArray]
) -> None:
    folder, (volume, _) = write_model(), two_kidneys
    found = Segmenter(folder, "trial", "openvino").run(volume, Task())
    wanted = Segmenter(folder, "trial", "cpu").run(volume, Task())
    assert (found.provider, wanted.provider) == ("OpenVINO f32", "CPU")
    assert found.box == wanted.box and np.array_equal(found.labels, wanted.labels)
    assert found.notes == wanted.notes == ()


def test_another_file_than_the_cards_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"trial.fine.onnx is not the file its card describes"):
        made(tmp_path, threshold_onnx(), sha256="0" * 64)


@pytest.mark.parametrize("data", [b"", b"no network", threshold_onnx()[:100]])
def test_a_damaged_file_is_refused_even_with_the_right_checksum(
    data: bytes, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=r"trial.fine.onnx is no usable network"):
        made(tmp_path, data)


def test_an_onnx_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="does not take one volume"):
        made(tmp_path, flat_onnx())


def test_too_few_outputs_are_named(tmp_path: Path) -> None:
    network = made(tmp_path, threshold_onnx(channels=2))
    with pytest.raises(ModelError, match="gives 2 outputs where its card says 4"):
        network.run(np.zeros((32, 32, 32), np.float32), Task())


def test_what_it_cannot_compute_names_another_device(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"OpenVINO cannot compute .*use --device cpu"):
        made(tmp_path, half_onnx(), tile_zyx=(0, 0, 0))


def test_a_cancel_ends_a_run_in_the_middle(tmp_path: Path) -> None:
    network = made(tmp_path, slow_onnx(), channels=32, tile_zyx=(48, 48, 48))
    tile = np.random.default_rng(2).normal(0, 1, (48, 48, 48)).astype(np.float32)
    began = time.monotonic()
    found = network.run(tile, Task())
    whole_s = time.monotonic() - began
    task = Task()
    threading.Timer(whole_s / 12, task.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        network.run(tile * 2, task)
    assert time.monotonic() - began < 0.75 * whole_s
    assert np.abs(found - tile).max() < 1e-5
    again = network.run(tile * 3, Task())  # not what was computed before, nor half of it
    assert np.abs(again - 3 * tile).max() < 1e-5


def test_a_cancel_beforehand_computes_nothing(tmp_path: Path) -> None:
    network = made(tmp_path, threshold_onnx())
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        network.run(np.zeros((32, 32, 32), np.float32), task)


LOOKING = """
import sys
heard = []
words = ("socket.", "urllib.", "os.fork", "subprocess.", "http.")
sys.addaudithook(lambda event, args: heard.append(event) if event.startswith(words) else None)
from pathlib import Path
import numpy as np
from kidview.core.task import Task
from kidview.segment.openvino_network import OpenVinoNetwork
from tests.segment.known_model import make_step, threshold_onnx
network = OpenVinoNetwork(Path(sys.argv[1]), make_step("fine", threshold_onnx()), 4)
network.run(np.zeros((32, 32, 32), np.float32), Task())
from openvino.tools.ovc import telemetry_utils
print(telemetry_utils.tm.__name__, heard, sys.modules["openvino_telemetry"])
"""


def test_nothing_is_sent_nor_left_in_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / "trial.fine.onnx").write_bytes(threshold_onnx())
    home = tmp_path / "home"
    home.mkdir()
    names = ("CI", "TF_BUILD", "JENKINS_URL")  # where the reporting package keeps quiet
    kept = {key: value for key, value in os.environ.items() if key not in names}
    root = str(Path(__file__).resolve().parents[2])
    here = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "PYTHONPATH": root}
    command = [sys.executable, "-c", LOOKING, str(tmp_path)]
    done = subprocess.run(command, env=kept | here, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["openvino.tools.ovc.telemetry_stub", "[]", "None"]
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_device_names_its_network(tmp_path: Path) -> None:
    step = make_step("fine", threshold_onnx())
    (tmp_path / step.file).write_bytes(threshold_onnx())
    assert load_network(tmp_path, step, 4, "openvino").provider == "OpenVINO f32"
    assert load_network(tmp_path, step, 4, "cpu").provider == "CPU"
