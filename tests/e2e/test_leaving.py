"""A window that is closed leaves its trainer alone to write down what it learned."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kidview.ui.opengl import SWITCH

TRAINER = """
import json, signal, sys, time
from pathlib import Path

def stop(*_):
    end = time.monotonic() + 40
    while not Path("gone").exists() and time.monotonic() < end:
        time.sleep(0.05)  # a checkpoint takes its time
    Path("saved").touch()
    sys.exit(130)

signal.signal(signal.SIGTERM, stop)
print(json.dumps({"event": "step", "step": 1, "left_min": 4.5}), flush=True)
time.sleep(60)
"""


@pytest.mark.display
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_the_program_ends_at_once_and_the_trainer_when_it_is_done(tmp_path: Path) -> None:
    (tmp_path / "trainer").mkdir()
    (tmp_path / "trainer" / "__init__.py").touch()
    (tmp_path / "trainer" / "__main__.py").write_text(TRAINER)
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        SWITCH: "off",
        "KIDVIEW_CONFIG_DIR": str(tmp_path / "config"),
        "KIDVIEW_DATA_DIR": str(tmp_path / "data"),
        "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path]),
    }
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("leave.py"))],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and done.stdout == "closed\n", done.stderr[-2000:]
    assert "Traceback" not in done.stderr and "Fatal" not in done.stderr
    assert not (tmp_path / "saved").exists(), "the window waited for the trainer"
    (tmp_path / "gone").touch()
    end = time.monotonic() + 30
    while not (tmp_path / "saved").exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert (tmp_path / "saved").exists()
