"""A new model must prove itself on cases that nobody taught it."""

from __future__ import annotations

import errno
import json

import nibabel as nib
import numpy as np
import pytest
from PIL import Image

from kidview.cases import CaseStore
from kidview.core.errors import CaseError, SettingError, WriteError
from kidview.core.modelcard import ModelCard, Step
from kidview.io import atomic
from tests.cases.conftest import corrected
from trainer.data.explore import run_explore
from trainer.data.split import is_held_back
from trainer.evaluation.cases import Pair, find_pairs
from trainer.finetune import judge as judging
from trainer.finetune import verb
from trainer.finetune.judge import decide, held_back_pairs, judge
from trainer.finetune.tune import Model

AFFINE = np.array([[0, 0, -1.0, 0], [0, -1.0, 0, 0], [-2.0, 0, 0, 0], [0, 0, 0, 1.0]])


def row(old, new, case="a", name="corrected"):
    scores = {
        which: {"kidney_and_mass": values[0], "mass": values[1], "tumour": values[2]}
        for which, values in (("old", old), ("new", new))
    }
    return {"set": name, "case": case} | scores


def test_a_better_model_is_allowed_and_the_worst_case_comes_first():
    verdict = decide([
        row((0.9, 0.5, 0.4), (0.92, 0.7, 0.8), "a"),
        row((0.9, 0.5, 0.6), (0.92, 0.7, 0.5), "b"),
    ])  # fmt: skip
    assert verdict.allowed and verdict.reasons == ()
    mean, low, high = verdict.sets["corrected"]["tumour"]
    assert mean == pytest.approx(0.15) and low == pytest.approx(-0.1) and high == pytest.approx(0.4)
    assert [case["case"] for case in verdict.cases] == ["b", "a"]


def test_a_loss_of_more_than_a_hundredth_on_either_set_refuses_with_the_reason():
    good = row((0.9, 0.5, 0.4), (0.95, 0.9, 0.9))
    assert decide([good, row((0.95, 0, 0), (0.9405, 0, 0), "p", "regression")]).allowed
    verdict = decide([good, row((0.95, 0, 0), (0.939, 0, 0), "p", "regression")])
    assert not verdict.allowed
    assert verdict.reasons == (
        "kidney and mass on the regression set is worse by 0.011 in the mean",
    )


def test_an_empty_set_is_said_and_refuses_nothing():
    verdict = decide([row((0.9, 0.5, 0.4), (0.9, 0.5, 0.4))], ["regression"])
    assert verdict.allowed and verdict.reasons == ("the regression set holds no case",)


def test_nothing_to_measure_on_is_refused(tmp_path):
    model = Model(tmp_path, "a")
    with pytest.raises(SettingError, match="no case to measure"):
        judge(model, model, {"corrected": []}, tmp_path / "masks")


@pytest.fixture
def kits(tmp_path):
    labels = np.zeros((8, 40, 44), np.uint8)
    labels[2:6, 10:20, 10:20] = 1
    for number in range(12):
        folder = tmp_path / "kits" / f"case_{number:05d}"
        folder.mkdir(parents=True)
        for file, array in (("imaging", labels.astype(np.int16) * 100), ("segmentation", labels)):
            nib.save(nib.Nifti1Image(array, AFFINE), folder / f"{file}.nii.gz")
    return tmp_path / "kits"


def test_only_held_back_cases_are_measured(kits):
    names = {pair.name for pair in held_back_pairs(kits)}
    assert names == {f"case_{n:05d}" for n in range(12) if is_held_back(f"case_{n:05d}")}
    assert names


def test_both_models_are_run_and_verdict_and_pictures_are_written(
    kits, tmp_path, monkeypatch, capsys
):
    def segment(pair: Pair, model, device, models, keep):
        truth = nib.load(pair.reference)
        found = np.asarray(truth.dataobj).copy()
        if model == "old":
            found[4] = 0
        nib.save(nib.Nifti1Image(found, truth.affine), keep)
        return {f"hec_{hec}": 0.8 if model == "old" else 1.0 for hec in judging.HECS}

    monkeypatch.setattr(judging, "evaluate_case", segment)  # the networks are tested elsewhere
    (tmp_path / "m").mkdir()
    for name in ("old", "new"):
        mm = (2.0, 2.0, 2.0)
        steps = (Step("fine", f"{name}.onnx", name, mm, (-125, 225), 50, 75, (16, 16, 16), 0.25),)
        text = ModelCard(name, "1", (1, 2, 3), steps).to_json()
        (tmp_path / "m" / f"{name}.json").write_text(text)
    out = tmp_path / "out"
    verb.run_judge(tmp_path / "m" / "old", tmp_path / "m" / "new", out, cases=kits)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in said] == ["case"] * (len(said) - 1) + ["verdict"]
    table = json.loads((out / "judge.json").read_text())
    assert table["allowed"] and table["sets"]["corrected"]["tumour"] == [0.2, 0.2, 0.2]
    assert table["reasons"] == ["the regression set holds no case"]
    assert table["old"] == {"name": "old", "version": "1", "sha256": {"fine": "old"}}
    picture = np.asarray(Image.open(out / "worst-1.png"))
    assert picture.shape == (192, 4 * 192 + 3 * 2, 3)
    scan, old, new, truth = (picture[:, k * 194 : k * 194 + 192] for k in range(4))
    assert (scan[..., 0] == scan[..., 2]).all() and (truth[..., 0] != truth[..., 2]).any()
    np.testing.assert_array_equal(new, truth)
    assert (old != new).any()


def test_what_was_changed_by_hand_measures_nothing(tmp_path):
    store, seed = CaseStore(tmp_path / "cases"), 0
    while len({is_held_back(row.patient) for row in store.rows()}) < 2:  # a sound case is left
        corrected(store, seed=seed)
        seed += 1
    pair, *_ = held_back_pairs(store.folder)
    pair.reference.write_bytes(pair.reference.read_bytes() + b"by hand")
    for ask in (held_back_pairs, lambda folder: find_pairs([folder], [folder])):
        with pytest.raises(CaseError, match=f"{pair.name}/corrected-3.nii.gz was changed outside"):
            ask(store.folder)
    rows, failed = explored(store.folder, tmp_path / "out")
    assert failed == [pair.name] and pair.name not in rows


def explored(folder, out):
    run_explore(folder, out, 0)
    table = json.loads((out / "cases.json").read_text())
    return [row["case"] for row in table["cases"]], [row["case"] for row in table["failed"]]


def test_a_verdict_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    verb._write(tmp_path / "judge.json", {"allowed": True})

    def full(*_):
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(atomic.os, "replace", full)
    with pytest.raises(WriteError, match="the disk is full, judge.json was not written"):
        verb._write(tmp_path / "judge.json", {"allowed": False})
    assert json.loads((tmp_path / "judge.json").read_text()) == {"allowed": True}
    assert len(list(tmp_path.iterdir())) == 1
