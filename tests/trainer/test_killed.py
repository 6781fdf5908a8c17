"""Whatever ends a training, its last checkpoint is whole and goes on; no half model is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kidview.core.errors import WriteError
from kidview.learning import Registry
from tests.trainer.test_starting import TINY, Cubes
from trainer.training.checkpoint import FILE, load, save
from trainer.training.loop import Plan, train

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal, sys
from pathlib import Path
import torch
from tests.trainer.test_starting import TINY, Cubes
from kidview.core.modelcard import ModelCard
from trainer.export.model import write_model
from trainer.training.loop import Plan, train

what, folder, moment = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(1)
replace, count = os.replace, 0

def counted(source, target):
    global count
    count += Path(target).name != "curves.csv"
    if count == moment:
        os.kill(os.getpid(), signal.SIGKILL)
    replace(source, target)

os.replace = counted
if what == "train":
    train(TINY, Cubes("a"), Cubes("b"), Plan(folder, 1, first_samples=1, save_minutes=1e-9))
else:
    files = {"mine.coarse.onnx": b"one", "mine.fine.onnx": b"two"}
    write_model(files, ModelCard("mine", "1", (1, 2, 3), ()), folder)
"""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Two would wait for each other beside other work."""
    torch.set_num_threads(1)


def killed(what: str, folder: Path, moment: int) -> None:
    """Work that is killed before its n-th move into place."""
    words = [sys.executable, "-c", KILLED, what, str(folder), str(moment)]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_training_that_was_killed_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    killed("train", tmp_path, 3)
    assert (tmp_path / f"{FILE}.part").exists(), "it was about to write another"
    before = load(tmp_path)
    assert before.step == 2
    plan = Plan(tmp_path, 1, resume=True, first_samples=1, steps=5)
    last = train(TINY, Cubes("a"), Cubes("b"), plan)
    assert last.step == 5 and last.elapsed_s > before.elapsed_s
    assert load(tmp_path).step == 5 and not (tmp_path / f"{FILE}.part").exists()


LEFT_ALONE = """
import sys
from pathlib import Path
import torch
from tests.trainer.test_starting import TINY, Cubes
from trainer.training.loop import Plan, train

torch.set_num_threads(1)
plan = Plan(Path(sys.argv[1]), 1, first_samples=1, save_minutes=9, report_s=0, validate_minutes=9)
train(TINY, Cubes("a"), Cubes("b"), plan)
"""


def test_a_training_whose_window_was_killed_keeps_what_was_learned(tmp_path: Path) -> None:
    words = [sys.executable, "-c", LEFT_ALONE, str(tmp_path)]
    alone = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert alone.stdout is not None and b'"step"' in alone.stdout.readline()
    alone.stdout.close()
    assert alone.wait(60) != 0
    assert load(tmp_path).step > 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_a_model_whose_writing_was_killed_is_none(tmp_path: Path) -> None:
    killed("export", tmp_path, 3)
    assert (tmp_path / "mine.fine.onnx").exists() and not (tmp_path / "mine.json").exists()
    assert Registry(tmp_path / "shipped", tmp_path, "base").entries() == ()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk to write to")
def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    plan = Plan(tmp_path, 1, first_samples=1, steps=2)
    last = train(TINY, Cubes("a"), Cubes("b"), plan)
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / f"{FILE}.part").symlink_to("/dev/full")
    with pytest.raises(WriteError, match="the disk is full, last.pt was not written") as told:
        save(last, tmp_path)
    assert "call again" in told.value.hint
    assert (tmp_path / FILE).read_bytes() == whole and load(tmp_path).step == 2
    assert not (tmp_path / f"{FILE}.part").is_symlink()
