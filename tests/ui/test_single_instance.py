"""One program a user: the second start hands its files over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kidview.ui.single_instance import Listener, hand_over, server_name

SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from kidview.ui.single_instance import hand_over
app = QCoreApplication([])
sys.exit(0 if hand_over([Path(p) for p in sys.argv[2:]], sys.argv[1]) else 3)
"""


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("KIDVIEW_CONFIG_DIR", str(tmp_path))
    return server_name()


def second_start(
    name: str, *paths: str, folder: Path, code: str = SECOND_START
) -> subprocess.Popen[bytes]:
    """Another process that wants to open files, started in `folder`."""
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([root, *sys.path])}
    return subprocess.Popen([sys.executable, "-c", code, name, *paths], cwd=folder, env=environment)


def test_nobody_there_means_go_on_alone(name: str, qtbot: QtBot) -> None:
    assert not hand_over([Path("a.nii.gz")], name)


def test_the_running_program_gets_absolute_paths(name: str, tmp_path: Path, qtbot: QtBot) -> None:
    listener = Listener(name)
    assert listener.is_listening
    with qtbot.waitSignal(listener.received, timeout=20000) as told:
        other = second_start(name, "case ä.nii.gz", "/abs/b.nrrd", folder=tmp_path)
    assert other.wait(10) == 0
    assert told.args == [[tmp_path / "case ä.nii.gz", Path("/abs/b.nrrd")], False]
    listener.close()


def test_the_wish_for_the_demonstration_is_handed_over_too(
    name: str, tmp_path: Path, qtbot: QtBot
) -> None:
    listener = Listener(name)
    code = SECOND_START.replace("sys.argv[1])", "sys.argv[1], True)")
    with qtbot.waitSignal(listener.received, timeout=20000) as told:
        other = second_start(name, folder=tmp_path, code=code)
    assert other.wait(10) == 0
    assert told.args == [[], True]
    listener.close()


def test_a_name_left_behind_by_a_crash_is_taken_over(name: str, qtbot: QtBot) -> None:
    first = Listener(name)
    second = Listener(name)  # as after a crash: the socket file is still there
    assert second.is_listening
    first.close()
    second.close()


def test_users_with_other_settings_do_not_meet(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIDVIEW_CONFIG_DIR", str(tmp_path / "other"))
    assert server_name() != name
