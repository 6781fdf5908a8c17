"""The trainer as a process: heard line by line, stopped, and its sentence passed on."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from kidview.core.errors import ModelError
from kidview.core.task import Cancelled, Task
from kidview.learning import Teaching, measure, teach
from kidview.learning import teach as teach_function
from kidview.learning.teach import run_trainer
from trainer.__main__ import main as train

teaching_module = sys.modules[teach_function.__module__]


@pytest.fixture
def fake_trainer(tmp_path, monkeypatch):
    """A package `trainer` in place of the real one, which is tested with torch elsewhere."""

    def make(body: str) -> None:
        folder = tmp_path / "site" / "trainer"
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        (folder / "__main__.py").write_text("import json, sys, time\n" + body)
        monkeypatch.chdir(folder.parent)  # `python -m` looks there first

    return make


def test_reports_are_heard_and_progress_is_time_gone(fake_trainer, tmp_path):
    fake_trainer(
        "print('chatter of a library')\n"
        "for left in (3.0, 1.0): print(json.dumps({'event': 'step', 'left_min': left}))\n"
        "print(json.dumps({'event': 'exported', 'words': sys.argv[1:]}))\n"
    )
    task, heard, fractions = Task(), [], []

    def told(row):
        heard.append(row)
        fractions.append(task.fraction)

    paths = [tmp_path / name for name in ("cases", "parent", "child")]
    teach(Teaching(*paths, minutes=4.0), task, told)
    assert [row["event"] for row in heard] == ["step", "step", "exported"]
    assert fractions == [0.25, 0.75, 0.75]
    cases, parent, child = map(str, paths)
    assert heard[-1]["words"] == [
        "finetune", "--cases", cases, "--from", parent, "--out", child, "--minutes", "4.0",
        "--resume",
    ]  # fmt: skip


def test_what_is_replayed_and_what_always_measures_is_handed_on(fake_trainer, capsys):
    fake_trainer("print(json.dumps({'words': sys.argv[1:]}))")
    heard: list[dict[str, list[str]]] = []
    lesson = Teaching(Path("c"), Path("p"), Path("n"), 4.0, Path("r"), 0.3, Path("always"))
    teach(lesson, Task(), heard.append)
    options = heard[0]["words"][-6:]
    assert options == ["--replay", "r", "--replay-share", "0.3", "--regression", "always"]
    assert train(["finetune", "--help"]) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in heard[0]["words"] if word.startswith("--"))


def test_the_trainers_sentence_is_passed_on(fake_trainer, tmp_path):
    fake_trainer("sys.exit('warning: x\\nerror: no corrected case may train - correct more')")
    with pytest.raises(ModelError, match="no corrected case may train") as told:
        run_trainer(["finetune"], Task(), lambda row: None)
    assert told.value.hint == "correct more"


def test_a_fault_of_the_trainer_names_its_last_line(fake_trainer):
    fake_trainer("raise RuntimeError('shapes differ')")
    with pytest.raises(ModelError, match="fault: RuntimeError: shapes differ"):
        run_trainer(["finetune"], Task(), lambda row: None)


def test_a_trainer_that_was_killed_can_be_gone_on_with(fake_trainer):
    fake_trainer("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ModelError, match="ended from outside") as told:
        run_trainer(["finetune"], Task(), lambda row: None)
    assert "same name" in told.value.hint


def test_a_cancel_ends_the_process(fake_trainer, tmp_path):
    fake_trainer("print(json.dumps({'event': 'step'}), flush=True)\ntime.sleep(60)")
    task, heard = Task(), threading.Event()

    def cancel():
        heard.wait(20)
        task.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        run_trainer(["finetune"], task, lambda row: heard.set())
    thread.join()
    assert time.monotonic() - began < 30


def test_measuring_tells_which_case(fake_trainer, tmp_path):
    row = "{'event': 'case', 'number': 1, 'of': 2, 'case': 'a'}"
    fake_trainer(f"print(json.dumps({row}))")
    task = Task()
    measure(Path("o"), Path("n"), Path("out"), Path("c"), None, task, lambda row: None)
    assert task.note == "measuring a" and task.fraction == pytest.approx(0.495)


def test_without_the_trainer_the_one_command_is_told(monkeypatch):
    monkeypatch.setattr(teaching_module, "is_trainer_installed", lambda: False)
    with pytest.raises(ModelError, match="not installed") as told:
        run_trainer(["finetune"], Task(), lambda row: None)
    assert "pip install" in told.value.hint
