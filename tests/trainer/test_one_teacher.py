"""Two programs never teach one model, and a lock never outlives the program that held it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kidview.core.errors import WriteError
from trainer.finetune import one_teacher as module
from trainer.finetune.one_teacher import one_teacher

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from trainer.finetune.one_teacher import one_teacher
with one_teacher(Path(sys.argv[1]), "mine"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def holder(folder: Path, seconds: float) -> subprocess.Popen[str]:
    """Another program at work on the model, once it is."""
    words = [sys.executable, "-c", HOLD, str(folder), str(seconds)]
    other = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None and other.stdout.readline() == "held\n"
    return other


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_second_program_is_refused_until_the_first_was_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_S", 0.1)
    folder = tmp_path / "mine.run"
    with holder(folder, 300) as other:
        words = f"process {other.pid} on .* is at work on mine already"
        with pytest.raises(WriteError, match=words) as told, one_teacher(folder, "mine"):
            pass
        assert told.value.hint == "wait until it is done, stop it there, or choose another name"
        with one_teacher(tmp_path / "other.run", "other"):
            pass  # of another model nothing is locked
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        with one_teacher(folder, "mine"):
            note = (folder / module.NOTE_FILE).read_text()
            assert note.startswith(f"process {os.getpid()} on ")


def test_one_that_is_about_to_end_is_waited_for(tmp_path: Path) -> None:
    with holder(tmp_path / "mine.run", 0.5), one_teacher(tmp_path / "mine.run", "mine"):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.run").write_text("in the way")
    with pytest.raises(WriteError, match="is a file"), one_teacher(tmp_path / "mine.run", "mine"):
        pass
