"""Which device is offered, taken and refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kidview.core.errors import ModelError
from kidview.segment import Segmenter, devices, offered_devices
from kidview.segment.devices import choose_device
from kidview.segment.openvino_network import REQUIREMENT, openvino_obstacle

MISSING = "the package openvino is not installed"
Set = Callable[[str, str], None]


@pytest.fixture
def obstacles(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets what stands in the way of CUDA and of OpenVINO."""

    def set_both(cuda: str, openvino: str) -> None:
        monkeypatch.setattr(devices, "cuda_obstacle", lambda: cuda)
        monkeypatch.setattr(devices, "openvino_obstacle", lambda: openvino)
        monkeypatch.setattr(devices, "openvino_is_installed", lambda: openvino == "")

    return set_both


@pytest.mark.parametrize(
    ("cuda", "openvino", "taken"),
    [("", "", "cuda"), ("no card", "", "openvino"), ("no card", MISSING, "cpu")],
)
def test_auto_takes_the_fastest_that_works(
    cuda: str, openvino: str, taken: str, obstacles: Set
) -> None:
    obstacles(cuda, openvino)
    assert choose_device("auto") == taken
    assert choose_device("cpu") == "cpu"


def test_openvino_that_is_missing_is_refused_with_the_command_that_brings_it(
    obstacles: Set, write_model: Callable[..., Path]
) -> None:
    obstacles("no card", MISSING)
    with pytest.raises(ModelError) as refusal:
        Segmenter(write_model(), "trial", "openvino")
    command = f"{sys.executable} -m pip install '{REQUIREMENT}'"
    assert str(refusal.value) == f"cannot compute with OpenVINO: {MISSING} - run: {command}"


def test_openvino_is_offered_only_where_it_is(obstacles: Set) -> None:
    obstacles("no card", "")
    assert offered_devices() == ("auto", "cpu", "cuda", "openvino")
    obstacles("no card", MISSING)
    assert offered_devices() == ("auto", "cpu", "cuda")
    with pytest.raises(ModelError, match="no device 'gpu' - use one of: auto, cpu, cuda$"):
        choose_device("gpu")


def test_a_package_that_is_not_there_is_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed
    assert openvino_obstacle() == MISSING


def test_a_package_that_cannot_be_loaded_is_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "openvino.py").write_text("raise ImportError('libopenvino.so: no such file')")
    monkeypatch.delitem(sys.modules, "openvino", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    assert openvino_obstacle() == "its package cannot be loaded here"


def test_what_is_offered_is_told_without_importing_it() -> None:
    """The settings page asks in the window's thread; the package takes 45 ms to import."""
    code = (
        "import sys; from kidview.segment import offered_devices; offered_devices();"
        "assert 'openvino' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
