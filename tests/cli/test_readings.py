"""kidview cases read, agreement, consensus: two readers at the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kidview.cases import CaseStore, Status, user_store
from kidview.io import write_labels
from tests.cases.conftest import corrected, mask, scan
from tests.cli.test_cases import Capture, as_json, data, run

__all__ = ["data"]


@pytest.fixture
def case_id(data: Path) -> str:
    """A case that Ann corrected, in the user's store."""
    return corrected(CaseStore(user_store())).case_id


def written(folder: Path, seed: int) -> Path:
    """A mask as another program would bring it."""
    path = folder / f"Doe_Jane_{seed}.nrrd"
    write_labels(mask(seed), scan().source, path)
    return path


def test_two_readers_agreement_and_consensus(case_id: str, tmp_path: Path, capsys: Capture) -> None:
    told = as_json(capsys, "read", case_id, "--labels", written(tmp_path, 5), "--by", " Bea ")
    assert (told["reader"], told["readers"]) == ("Bea", ["Bea"])
    store = CaseStore(user_store())
    case = store.read(case_id)
    assert np.array_equal(store.load_reading(case, case.readings[0]).array, mask(5).array)
    (found,) = as_json(capsys, "agreement")["cases"]
    assert found == as_json(capsys, "agreement", case_id)["cases"][0]
    (pair,) = found["pairs"]
    assert pair["readers"] == ["Ann", "Bea"] and 0 < pair["dice"]["tumour"] < 1
    assert run("list") == 0
    assert capsys.readouterr().out.endswith("Ann, read by Bea\n")
    told = as_json(capsys, "consensus", case_id, "--method", "majority", "--by", "Dora")
    assert (told["status"], told["readers"]) == ("corrected", ["Ann", "Bea"])
    assert told["disputed_ml"] == told["tied_ml"] > 0
    case = store.read(case_id)
    assert case.has_consensus and case.status is Status.CORRECTED


def test_the_same_in_words(case_id: str, tmp_path: Path, capsys: Capture) -> None:
    store = user_store()
    assert run("agreement") == 0
    assert capsys.readouterr().out == f"no case in {store} has two readings\n"
    assert run("read", case_id, "--labels", written(tmp_path, 5), "--by", "Bea") == 0
    assert run("read", case_id, "--labels", written(tmp_path, 6), "--by", "Chen") == 0
    assert capsys.readouterr().out.startswith(f"kept as Bea's reading of case {case_id}\n")
    assert run("agreement", case_id) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"case {case_id}" and lines[1].startswith("  Ann: kidney 0.0 mL, tumour ")
    assert len(lines) == 7 and lines[4].startswith("  Ann and Bea: Dice of kidney and masses 0.")
    assert run("consensus", case_id, "--method", "staple", "--by", "Dora") == 0
    said = capsys.readouterr().out
    assert said.startswith(f"case {case_id} (corrected): STAPLE of Ann, Bea, Chen\nthey differ in ")


def test_what_cannot_be_done_is_said(case_id: str, tmp_path: Path, capsys: Capture) -> None:
    path = written(tmp_path, 5)
    told = as_json(capsys, "read", case_id, "--labels", path, "--by", "ANN", code=1)
    assert told["error"] == f"ANN corrected case {case_id} and cannot read it blind"
    told = as_json(capsys, "read", "P-00000000-1", "--labels", path, "--by", "Bea", code=1)
    assert told["error"] == "P-00000000-1/case.json is missing"
    told = as_json(capsys, "agreement", case_id, code=1)
    assert told["error"] == f"case {case_id} has 1 reading (Ann), and agreement needs 2"
    told = as_json(capsys, "consensus", case_id, "--method", "vote", "--by", "Dora", code=1)
    assert told["hint"] == "use majority or staple"
    assert run("read", case_id, "--labels", tmp_path / "none.nii.gz", "--by", "Bea") == 1
    for words in (["read", case_id], ["read", case_id, "--labels", path], ["consensus", case_id]):
        assert run(*words) == 2
    assert CaseStore(user_store()).read(case_id).readings == ()


@pytest.mark.parametrize("verb", ["read", "agreement", "consensus"])
def test_every_verb_of_readers_has_help(verb: str, capsys: Capture) -> None:
    assert run(verb, "--help") == 0
    told = capsys.readouterr().out
    assert f"kidview cases {verb}" in told and "--store" in told and "--json" in told


def test_a_damaged_case_hides_no_other(case_id: str, tmp_path: Path, capsys: Capture) -> None:
    store = CaseStore(user_store())
    bad = store.write_reading(corrected(store, seed=1), mask(6), "Bea")
    (store.folder / bad.case_id / bad.readings[0].mask.file).write_bytes(b"x")
    run("read", case_id, "--labels", written(tmp_path, 5), "--by", "Bea")
    told = as_json(capsys, "agreement", code=1)
    assert [one["case_id"] for one in told["cases"]] == [case_id]
    assert list(told["failed"]) == [bad.case_id]
    assert told["error"] == "1 case could not be compared"
