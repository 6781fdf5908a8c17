"""What a killed program left beside a file is removed; what a living one makes there is not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kidview.core.task import Task
from kidview.io import beside, choose, find, read_scan, write_scan
from kidview.io.beside import name_beside, sweep_beside
from tests.io.conftest import Writer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing is swept there")

MAKER = """
import sys
from pathlib import Path
from kidview.io.beside import name_beside
folder, file = (name_beside(Path(sys.argv[1]), suffix) for suffix in ("", ".nii.gz"))
folder.mkdir()
(folder / "inside.txt").write_text("half")
file.write_text("half")
print(folder.name, file.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that made a folder and a file beside target and lives on."""
    command = [sys.executable, "-c", MAKER, str(tmp_path / "target")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.kill()


def test_leftovers_go_with_their_process_and_not_before(
    maker: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert maker.stdout is not None
    names = maker.stdout.readline().split()
    sweep_beside(tmp_path / "target")
    assert sorted(os.listdir(tmp_path)) == sorted(names)
    maker.kill()
    maker.wait()
    sweep_beside(tmp_path / "target")
    assert os.listdir(tmp_path) == []


def test_writing_a_mask_sweeps_its_folder(
    maker: subprocess.Popen[str], tmp_path: Path, write_nifti: Writer
) -> None:
    assert maker.stdout is not None
    maker.stdout.readline()
    maker.kill()
    maker.wait()
    path = write_nifti(np.zeros((3, 4, 5), np.int16))
    write_scan(read_scan(choose(find(path, Task()), ""), Task()), tmp_path / "copy.nii.gz")
    assert sorted(os.listdir(tmp_path)) == ["copy.nii.gz", "scan.nii.gz"]


def dead() -> int:
    """The number of a process that is gone."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def test_what_others_made_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, gone = name_beside(tmp_path / "target"), dead()
    machine = own.name.split("-")[1]
    names = [
        own.name,
        f".kidview-0000000{gone % 10}-{gone}-0123456789ab",  # another machine
        f".kidview-{machine}-{gone}-0123456789ab~",
        f".kidview-{machine}-{gone}",
        f"kidview-{machine}-{gone}-0123456789ab",
        ".kidview-0123456789ab",
        ".kidview-notes",
    ]
    for name in names:
        (tmp_path / name).mkdir()
    (tmp_path / f".kidview-{machine}-{gone}-0123456789ab.zip").write_text("half")
    sweep_beside(tmp_path / "target")
    assert sorted(os.listdir(tmp_path)) == sorted(names)

    def refuse(pid: int, signal: int) -> None:
        raise PermissionError

    left = tmp_path / f".kidview-{machine}-{gone}-0123456789ab"
    left.mkdir()
    monkeypatch.setattr(beside.os, "kill", refuse)
    sweep_beside(tmp_path / "target")
    assert left.exists()  # somebody else's process has that number


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("whole")
    machine = name_beside(tmp_path / "target").name.split("-")[1]
    link = tmp_path / f".kidview-{machine}-{dead()}-0123456789ab"
    link.symlink_to(kept)
    sweep_beside(tmp_path / "target")
    assert not link.is_symlink() and (kept / "file").exists()


def test_two_makers_in_one_process_do_not_meet(tmp_path: Path) -> None:
    first, second = name_beside(tmp_path / "target"), name_beside(tmp_path / "target")
    assert first != second and first.parent == tmp_path


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    sweep_beside(tmp_path / "nowhere" / "target")
