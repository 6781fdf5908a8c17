"""What a training looks at before its first step, and what it leaves when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kidview.core.errors import ModelError, ReadError, SettingError, WriteError
from trainer.config import CONFIGS
from trainer.data.pool import Pool, PoolItem
from trainer.data.prepared import OnGrid
from trainer.training import loop
from trainer.training.checkpoint import load
from trainer.training.curves import read_rows
from trainer.training.loop import Plan, train
from trainer.training.store import find_source
from trainer.training.unbroken import unbroken
from trainer.training.verb import run_train

TINY = replace(CONFIGS["fine"], tile_zyx=(16, 16, 16), widths=(4, 8), warm_steps=3)


class Cubes:
    """A source in memory."""

    def __init__(self, *names, may_grow=True):
        self.place, self.may_grow = Path("cubes"), may_grow
        self._names = list(names)

    def names(self):
        return self._names

    def read(self, name, spacing_zyx):
        labels = np.zeros((24, 24, 24), np.uint8)
        labels[6:18, 6:18, 6:18], labels[10:14, 10:14, 10:14] = 1, 2
        return OnGrid((labels * np.int16(80)).astype(np.int16), labels)


@pytest.fixture(scope="module")
def a_run(tmp_path_factory):
    """The folder of a run that came to its end."""
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("run")
    train(TINY, Cubes("a"), Cubes("b"), Plan(out, minutes=0.01, first_samples=1, report_s=0.1))
    return out


def contents(folder):
    return {path: path.read_bytes() for path in folder.iterdir()}


def test_a_run_that_is_there_is_not_touched_without_resume(a_run):
    before = contents(a_run)
    plan = Plan(a_run, minutes=0.01, first_samples=1)
    with pytest.raises(SettingError, match="holds a run - use --resume or another --out"):
        train(TINY, Cubes("a"), Cubes("b"), plan)
    assert contents(a_run) == before


def test_curves_stay_until_everything_was_looked_at(tmp_path):
    (tmp_path / "curves.csv").write_text("event,step\nstep,1\n")
    plan = Plan(tmp_path, minutes=0.01, first_samples=1, wait_s=0.05)
    with pytest.raises(SettingError, match=r"cubes has too few samples \(0 of 1\)"):
        train(TINY, Cubes(), Cubes("b"), plan)
    with pytest.raises(SettingError, match="no held-back samples"):
        train(TINY, Cubes("a"), Cubes(), plan)
    assert "step,1" in (tmp_path / "curves.csv").read_text()
    train(TINY, Cubes("a"), Cubes("b"), plan)  # the earlier run left no checkpoint
    assert [row["event"] for row in read_rows(tmp_path)] == ["done"]


def test_a_run_goes_on_with_its_own_configuration_only(a_run):
    before = contents(a_run)
    plan = Plan(a_run, minutes=1, resume=True, first_samples=1)
    for other, words in (
        (replace(TINY, role="coarse"), r"\(role fine, not coarse\)"),
        (replace(TINY, rate=1.0), r"\(rate 0.002, not 1.0\)"),
    ):
        with pytest.raises(SettingError, match=f"begun with another configuration {words}"):
            train(other, Cubes("a"), Cubes("b"), plan)
    assert contents(a_run) == before


def test_a_finished_run_says_so_and_stays_as_it_is(a_run, capsys):
    before = contents(a_run)
    plan = Plan(a_run, minutes=0.01, resume=True, first_samples=1)
    last = train(TINY, Cubes(), Cubes(), plan)  # its samples may be gone
    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert row["event"] == "finished already" and row["step"] == last.step > 0
    assert contents(a_run) == before


def test_a_damaged_or_empty_checkpoint_is_told(a_run, tmp_path):
    whole = (a_run / "last.pt").read_bytes()
    for content in (b"", whole[:2000], b"nonsense", b"PK\x03\x04"):
        (tmp_path / "last.pt").write_bytes(content)
        with pytest.raises(ModelError, match="is damaged"):
            load(tmp_path)


def test_the_end_of_a_sitting_is_a_line(tmp_path, capsys):
    plan = Plan(tmp_path, minutes=1, sitting_minutes=0.005, first_samples=1)
    last = train(TINY, Cubes("a"), Cubes("b"), plan)
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert row["event"] == "sitting over" and row["step"] == last.step and row["left_min"] > 0.9
    assert row["checkpoint"] == str(tmp_path / "last.pt")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_keeps_what_was_learned(number, tmp_path, monkeypatch, capsys):
    steps = []

    def stopped(*words):
        steps.append(one_step(*words))
        if len(steps) == 3:
            os.kill(os.getpid(), number)  # in the middle of a step
            steps.append("whole")
        return steps[0]

    one_step = loop._step
    monkeypatch.setattr(loop, "_step", stopped)
    before = signal.signal(number, signal.default_int_handler)  # as kidview-train does
    try:
        with pytest.raises(KeyboardInterrupt):
            train(TINY, Cubes("a"), Cubes("b"), Plan(tmp_path, minutes=1, first_samples=1))
    finally:
        signal.signal(number, before)
    assert steps[-1] == "whole" and load(tmp_path).step == 3
    row = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert row["event"] == "stopped" and row["checkpoint"] == str(tmp_path / "last.pt")


def test_stopping_before_the_first_step_leaves_nothing(tmp_path, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(loop.Store, "batch", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(TINY, Cubes("a"), Cubes("b"), Plan(tmp_path / "run", minutes=1, first_samples=1))
    assert not (tmp_path / "run").exists()


def test_a_run_stopped_in_its_last_validation_is_not_finished(tmp_path, monkeypatch, capsys):
    def stopped(*_):
        raise KeyboardInterrupt

    plan = Plan(tmp_path, minutes=0.005, first_samples=1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(loop, "validate", stopped)
        train(TINY, Cubes("a"), Cubes("b"), plan)
    train(TINY, Cubes("a"), Cubes("b"), replace(plan, resume=True))
    events = [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()]
    assert events == ["stopped", "done"]


def test_an_unbroken_block_also_works_beside_the_main_thread():
    done = []

    def work():
        with unbroken():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


# -- the folders of samples --------------------------------------------------------------


def fill(folder, held_back):
    labels = np.zeros((24, 24, 24), np.uint8)
    labels[6:18, 6:18, 6:18] = 1
    item = PoolItem(labels * np.int16(80), labels, (2.0, 2.0, 2.0), {"held_back": held_back})
    return Pool(folder).write(0, item)


def test_a_file_is_no_pool(tmp_path):
    (tmp_path / "pool").write_text("")
    with pytest.raises(ReadError, match="pool is a file"):
        find_source(tmp_path / "pool", held_back=False, prepared=tmp_path / "kept")


def test_the_wrong_validation_is_told_before_anybody_waits(tmp_path, capsys):
    fill(tmp_path / "val", held_back=False)
    with pytest.raises(SettingError, match="sample val/sample_000000 is not held back"):
        run_train("coarse", tmp_path / "pool", tmp_path / "val", tmp_path / "run", 1)
    assert capsys.readouterr().out == "" and not (tmp_path / "run").exists()


def test_waiting_names_the_pool_and_whether_it_is_there(tmp_path, capsys):
    source = find_source(tmp_path / "pool", held_back=False, prepared=tmp_path / "kept")
    plan = Plan(tmp_path / "run", minutes=1, wait_s=0.01)
    with pytest.raises(SettingError, match=r"pool has too few samples \(0 of 20\)"):
        train(TINY, source, Cubes("b"), plan)
    row = json.loads(capsys.readouterr().out.splitlines()[0])
    assert row["event"] == "waiting" and row["pool"] == str(tmp_path / "pool")
    assert row["is_there"] is False


def test_a_data_set_is_not_waited_for(tmp_path):
    plan = Plan(tmp_path / "run", minutes=0.005, first_samples=20)
    whole = Cubes("a", may_grow=False)
    with pytest.raises(SettingError, match="no case of cubes is held back"):
        train(TINY, whole, Cubes(may_grow=False), plan)
    with pytest.raises(SettingError, match="no case that may train"):
        train(TINY, Cubes(may_grow=False), Cubes("b"), plan)
    assert train(TINY, whole, Cubes("b"), plan).split["train"] == ["a"]


def test_a_run_in_a_file_is_refused_at_once(tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(WriteError, match="is a file, no folder"):
            train(TINY, Cubes(), Cubes(), Plan(out, minutes=1))
