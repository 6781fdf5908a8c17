"""A model replaces another only with evidence, by a person, and can be taken back."""

from __future__ import annotations

import errno
import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from kidview.core.errors import ModelError, WriteError
from kidview.core.modelcard import ModelCard, Step
from kidview.io import atomic
from kidview.learning import Registry, Verdict, read_verdict
from kidview.learning.registry import HISTORY_FILE


def make_model(folder: Path, name: str, content: bytes) -> ModelCard:
    folder.mkdir(parents=True, exist_ok=True)
    steps = []
    for role in ("coarse", "fine"):
        data = content + role.encode()
        (folder / f"{name}.{role}.onnx").write_bytes(data)
        sha = hashlib.sha256(data).hexdigest()
        mm = (2.0, 2.0, 2.0)
        steps.append(
            Step(role, f"{name}.{role}.onnx", sha, mm, (-125.0, 225.0), 50.0, 75.0, (16, 16, 16), 0)
        )
    card = ModelCard(name, "1.0", (1, 2, 3), tuple(steps))
    (folder / f"{name}.json").write_text(card.to_json())
    return card


def identity(card: ModelCard) -> dict[str, object]:
    files = {step.role: step.sha256 for step in card.steps}
    return {"name": card.name, "version": card.version, "sha256": files}


def verdict(old: ModelCard, new: ModelCard, *reasons: str) -> Verdict:
    return Verdict(not reasons, reasons, identity(old), identity(new), {}, ())


@pytest.fixture
def models(tmp_path: Path) -> tuple[Registry, ModelCard, ModelCard, ModelCard]:
    """The program's own model and two made here."""
    base = make_model(tmp_path / "shipped", "base", b"0")
    first = make_model(tmp_path / "own", "first", b"1")
    second = make_model(tmp_path / "own", "second", b"2")
    return Registry(tmp_path / "shipped", tmp_path / "own", "base"), base, first, second


def test_without_a_promotion_the_programs_own_is_in_use(models, tmp_path):
    registry = models[0]
    assert registry.in_use().name == "base" and not registry.in_use().is_own
    assert [entry.name for entry in registry.entries()] == ["base", "first", "second"]
    assert not (tmp_path / "own" / HISTORY_FILE).exists()
    with pytest.raises(ModelError, match="no model was in use before"):
        registry.roll_back("Ann")


def test_a_promoted_model_is_in_use_until_it_is_rolled_back(models, tmp_path):
    registry, base, first, second = models
    registry.promote("first", verdict(base, first), "Ann")
    registry.promote("second", verdict(first, second), "Ann")
    again = Registry(tmp_path / "shipped", tmp_path / "own", "base")
    assert again.in_use().name == "second" and again.in_use().is_own
    assert again.roll_back("Bea").name == "first"
    assert again.roll_back("Bea").name == "base"
    assert again.in_use().name == "base"
    with pytest.raises(ModelError, match="before"):
        again.roll_back("Bea")
    assert [(use.model, use.kind, use.by) for use in again.history()[-2:]] == [
        ("first", "rolled back", "Bea"),
        ("base", "rolled back", "Bea"),
    ]


def test_a_refused_model_needs_a_decision_against_the_measure(models):
    registry, base, first, _ = models
    bad = verdict(base, first, "tumour on the regression set is worse by 0.02 in the mean")
    with pytest.raises(ModelError, match=r"does not replace 'base': tumour .* worse by 0\.02"):
        registry.promote("first", bad, "Ann")
    assert registry.in_use().name == "base"
    registry.promote("first", bad, "Ann", against=True)
    assert registry.history()[-1].kind == "against the measure"


def test_a_verdict_on_other_files_counts_for_nothing(models, tmp_path):
    registry, base, first, second = models
    with pytest.raises(ModelError, match="not about 'first'"):
        registry.promote("first", verdict(base, second), "Ann")
    with pytest.raises(ModelError, match="not about 'base'"):
        registry.promote("first", verdict(second, first), "Ann")
    with pytest.raises(ModelError, match="nobody is named"):
        registry.promote("first", verdict(base, first), " ")
    (tmp_path / "own" / "first.fine.onnx").write_bytes(b"swapped")
    with pytest.raises(ModelError, match="not the file its card describes"):
        registry.promote("first", verdict(base, first), "Ann")
    assert registry.in_use().name == "base"


def test_a_swapped_model_is_not_gone_back_to(models, tmp_path):
    registry, base, first, second = models
    registry.promote("first", verdict(base, first), "Ann")
    registry.promote("second", verdict(first, second), "Ann")
    (tmp_path / "own" / "first.coarse.onnx").unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        registry.roll_back("Ann")
    assert registry.in_use().name == "second"


def test_broken_cards_are_told_and_hide_no_other(models, tmp_path):
    registry = models[0]
    (tmp_path / "own" / "broken.json").write_text("{")
    rows = {entry.name: entry.error for entry in registry.entries()}
    assert "no JSON" in rows.pop("broken") and not any(rows.values())
    with pytest.raises(ModelError, match="cannot be used"):
        registry.find("broken")
    with pytest.raises(ModelError, match="models there are: base, first, second, broken|broken"):
        registry.find("nothing")


def test_a_model_made_here_never_stands_for_the_programs_own(models, tmp_path):
    make_model(tmp_path / "own", "base", b"other")
    assert not models[0].find("base").is_own


def test_a_damaged_history_is_named(models, tmp_path):
    registry, base, first, _ = models
    registry.promote("first", verdict(base, first), "Ann")
    for text in ("{", '{"schema": 2, "uses": []}', '{"schema": 1, "uses": [{"name": 1}]}'):
        (tmp_path / "own" / HISTORY_FILE).write_text(text)
        with pytest.raises(ModelError, match="does not tell which model is in use"):
            registry.in_use()


def test_the_shipped_folder_is_never_written(models, tmp_path):
    registry, base, first, _ = models
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "shipped").iterdir()}
    registry.promote("first", verdict(base, first), "Ann")
    registry.roll_back("Ann")
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "shipped").iterdir()} == before


def test_a_verdict_is_read_as_the_trainer_writes_it(models, tmp_path):
    _, base, first, _ = models
    scores = {"kidney_and_mass": 0.9, "mass": 0.5, "tumour": 0.4}
    table = {
        "old": identity(base),
        "new": identity(first),
        "allowed": True,
        "reasons": [],
        "sets": {"corrected": {hec: [0.1, 0.0, 0.2] for hec in scores}},
        "cases": [{"set": "corrected", "case": "a", "old": scores, "new": scores}],
    }
    path = tmp_path / "judge.json"
    path.write_text(json.dumps(table))
    found = read_verdict(path)
    assert found.allowed and found.sets["corrected"]["mass"] == (0.1, 0.0, 0.2)
    assert asdict(found.cases[0]) == table["cases"][0]
    for damage in ("{", "[]", json.dumps({**table, "cases": [{}]})):
        path.write_text(damage)
        with pytest.raises(ModelError, match="no verdict"):
            read_verdict(path)


KILLED = """
import os, signal, sys
from pathlib import Path
from kidview.io import atomic
from kidview.learning import Registry, Verdict
from tests.learning.test_registry import identity
from kidview.core.modelcard import read_card

folder, moment = Path(sys.argv[1]), sys.argv[2]
replace = os.replace

def killing(source, target):
    if moment == "after":
        replace(source, target)
    os.kill(os.getpid(), signal.SIGKILL)

os.replace = killing
registry = Registry(folder / "shipped", folder / "own", "base")
old, new = registry.in_use(), registry.find(sys.argv[3])
registry.promote(new.name, Verdict(True, (), identity(old.card), identity(new.card), {}, ()), "Ann")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize(("moment", "in_use"), [("before", "first"), ("after", "second")])
def test_a_kill_during_a_promotion_leaves_the_old_or_the_new_whole(
    models, tmp_path, moment, in_use
):
    registry, base, first, _ = models
    registry.promote("first", verdict(base, first), "Ann")
    words = [sys.executable, "-c", KILLED, str(tmp_path), moment, "second"]
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert registry.in_use().name == in_use
    assert [use.model for use in registry.history()][:2] == ["base", "first"]
    registry.roll_back("Ann")  # and it can be changed as ever
    assert registry.in_use().name == ("base" if in_use == "first" else "first")


@pytest.mark.parametrize("call", ["replace", "fsync"])
def test_a_full_disk_leaves_the_model_in_use(models, tmp_path, monkeypatch, call):
    registry, base, first, second = models
    registry.promote("first", verdict(base, first), "Ann")
    before = (tmp_path / "own" / HISTORY_FILE).read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, full)
        with pytest.raises(WriteError, match="the disk is full, in_use.history was not written"):
            registry.promote("second", verdict(first, second), "Ann")
        with pytest.raises(WriteError, match="the disk is full"):
            registry.roll_back("Ann")
    assert (tmp_path / "own" / HISTORY_FILE).read_bytes() == before
    assert not list((tmp_path / "own").glob(".*")) and registry.in_use().name == "first"
