"""An export that was killed leaves nothing for good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kidview.cases import CaseStore, Status, export_set
from tests.cases.conftest import corrected

KILLED = """
import os, signal, sys
from pathlib import Path
from kidview.cases import CaseStore, Status, export_set
from kidview.io import atomic
from kidview.cases.layouts import target

def die(*given):
    os.kill(os.getpid(), signal.SIGKILL)

target.os.rename = die
if sys.argv[3] == "bundle":
    atomic.os.replace = die
export_set(CaseStore(Path(sys.argv[1])), Path(sys.argv[2]), sys.argv[3],
           statuses=[Status.CORRECTED])
"""
NAMES = {"kits23": "set", "nnunet": "Dataset501_Kidneys", "bundle": "set.zip"}


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("layout", list(NAMES))
def test_the_next_export_sweeps_what_a_killed_one_left(
    store: CaseStore, tmp_path: Path, layout: str
) -> None:
    corrected(store)
    out = tmp_path / "out"
    out.mkdir()
    (out / ".kidview-of-somebody").mkdir()
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", KILLED, str(store.folder), str(out / NAMES[layout]), layout]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert len(os.listdir(out)) > 1
    export_set(store, out / NAMES[layout], layout, statuses=[Status.CORRECTED])
    assert sorted(os.listdir(out)) == sorted([".kidview-of-somebody", NAMES[layout]])
