"""The probe: a child that draws, crashes, hangs, or does not exist."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from kidview.core.task import Cancelled, Task
from kidview.ui.opengl import SWITCH, OpenGL, ask_child, probe_opengl


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_child_that_drew_tells_the_renderer() -> None:
    assert ask_child(python("print('A card')"), Task()) == OpenGL("A card")


def test_a_crash_of_the_driver_is_only_a_no() -> None:
    crash = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert ask_child(python(crash), Task()) is None


def test_a_wrong_picture_is_a_no() -> None:
    assert ask_child(python("print('A card'); raise SystemExit(1)"), Task()) is None


def test_a_child_that_hangs_is_ended() -> None:
    assert ask_child(python("import time; time.sleep(60)"), Task(), timeout_s=0.3) is None


def test_a_missing_program_is_a_no() -> None:
    assert ask_child(["/nowhere/python"], Task()) is None


def test_closing_the_window_ends_the_child() -> None:
    task = Task()
    threading.Timer(0.2, task.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        ask_child(python("import time; time.sleep(60)"), task)
    assert time.monotonic() - started < 10


def test_the_switch_forbids_opengl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SWITCH, "off")
    assert probe_opengl(Task()) is None


@pytest.mark.parametrize(
    ("renderer", "is_hardware"),
    [
        ("NVIDIA GeForce RTX 3060/PCIe/SSE2", True),
        ("AMD Radeon Graphics (radeonsi, renoir, LLVM 15.0.7, DRM 3.49)", True),
        ("Mesa Intel(R) UHD Graphics 620 (KBL GT2)", True),
        ("Apple M2", True),
        ("llvmpipe (LLVM 15.0.6, 256 bits)", False),
        ("softpipe", False),
        ("GDI Generic", False),
        ("ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device))", False),
        ("", False),
    ],
)
def test_software_is_told_from_hardware(renderer: str, is_hardware: bool) -> None:
    assert OpenGL(renderer).is_hardware is is_hardware


@pytest.mark.display
def test_this_machine_draws() -> None:
    found = probe_opengl(Task())
    assert found is not None and found.renderer
