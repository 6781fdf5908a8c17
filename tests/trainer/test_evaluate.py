"""kidview-train evaluate measures what kidview segment writes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest

from kidview.core.errors import GridMismatch, KidViewError, ReadError
from kidview.core.modelcard import read_card
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.io import write_scan
from tests.segment.conftest import two_kidneys, write_model
from trainer.__main__ import main
from trainer.evaluation.cases import Pair, evaluate_case, find_pairs

__all__ = ["two_kidneys", "write_model"]


@pytest.fixture
def case(
    two_kidneys: tuple[Volume, LabelArray], write_model: Callable[..., Path], tmp_path: Path
) -> Path:
    """A folder with one scan, its true labels and the model that knows the answer."""
    write_model()
    volume, truth = two_kidneys
    write_scan(volume, tmp_path / "a.nii.gz")
    affine = nibabel.load(tmp_path / "a.nii.gz").affine
    image = nibabel.Nifti1Image(truth.transpose(2, 1, 0), affine)
    nibabel.save(image, tmp_path / "a_seg.nii.gz")
    return tmp_path


def test_scans_meet_their_labels_by_name(case: Path) -> None:
    (case / "b.nii.gz").write_bytes(b"")
    assert [pair.name for pair in find_pairs([case], [case])] == ["a"]
    with pytest.raises(ReadError, match="no reference for b"):
        find_pairs([case / "b.nii.gz"], [case])


def test_scores_are_those_of_the_mask_that_was_written(case: Path) -> None:
    command = [sys.executable, "-m", "trainer", "evaluate", "--images", str(case), "--references"]
    command += [str(case), "--model", "trial", "--models", str(case / "models"), "--write"]
    command += ["--device", "cpu"]
    subprocess.run([*command, "--json", str(case / "told.json")], check=True)
    (row,) = json.loads((case / "told.json").read_text())["cases"]
    mask = case / "mask.nii.gz"
    words = ["segment", str(case / "a.nii.gz"), "-o", str(mask), "--model", "trial"]
    more = ["--models", str(case / "models")]
    subprocess.run([sys.executable, "-m", "kidview", *words, *more], check=True)
    found = np.asarray(nibabel.load(mask).dataobj)
    truth = np.asarray(nibabel.load(case / "a_seg.nii.gz").dataobj)
    both = ((found == 2) & (truth == 2)).sum()
    dice = 2 * both / ((found == 2).sum() + (truth == 2).sum())
    assert row["hec_tumour"] == pytest.approx(dice, abs=1e-4) and 0.8 < dice < 1
    assert row["engine"]["network"]["provider"] == "CPU"
    scores = read_card(case / "models" / "trial.json").scores
    assert scores["a"]["hec_tumour"] == row["hec_tumour"]


def test_masks_on_disk_are_measured_too(case: Path) -> None:
    from trainer.evaluation.cases import score_case

    (case / "masks").mkdir()
    truth = nibabel.load(case / "a_seg.nii.gz")
    nibabel.save(truth, case / "masks" / "a.nii.gz")
    (pair,) = find_pairs([case / "masks"], [case / "a_seg.nii.gz"])
    row = score_case(pair)
    assert row["hec_tumour"] == row["sd_tumour"] == row["dice_cyst"] == 1
    assert (row["lesions"], row["lesions_hit"], row["false_alarms"]) == (2, 2, 0)
    moved = truth.affine.copy()
    moved[0, 3] += 5
    shifted = nibabel.Nifti1Image(np.asarray(truth.dataobj), moved)
    nibabel.save(shifted, case / "masks" / "a.nii.gz")
    with pytest.raises(GridMismatch):
        score_case(pair)


def test_a_scan_that_fails_is_named(case: Path) -> None:
    (case / "a.nii.gz").write_bytes(b"no scan")
    with pytest.raises(KidViewError, match="kidview segment failed on a"):
        pair = Pair("a", case / "a.nii.gz", case / "a_seg.nii.gz")
        evaluate_case(pair, "trial", "cpu", case / "models")


def test_what_the_program_said_is_passed_on_once(case: Path) -> None:
    (case / "a.nii.gz").write_bytes(b"no scan")
    with pytest.raises(KidViewError) as told:
        evaluate_case(Pair("a", case / "a.nii.gz", case / "a_seg.nii.gz"), "trial", "cpu", case)
    assert "error:" not in str(told.value) and str(told.value).count(" - ") == 1


# -- which files belong together, on masks that need no network ------------------------------


def put(path: Path, label: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    labels = np.zeros((6, 8, 10), np.uint8)
    labels[2:4, 2:6, 2:6] = label
    nibabel.save(nibabel.Nifti1Image(labels, np.diag([1.0, 1.0, 2.0, 1.0])), path)


@pytest.fixture
def masks(tmp_path: Path) -> list[str]:
    """Words for evaluate: two references, one of them predicted, and a third prediction."""
    for name in ("a", "b.1"):
        put(tmp_path / "truth" / f"{name}.nii.gz")
    for name in ("a", "c"):
        put(tmp_path / "found" / f"{name}.nii.gz")
    words = ["evaluate", "--references", str(tmp_path / "truth"), "--predictions"]
    return [*words, str(tmp_path / "found"), "--json", str(tmp_path / "told.json")]


def test_a_reference_without_prediction_is_an_error(
    masks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(masks) == 1
    told = capsys.readouterr()
    assert "1 of 2 references have no prediction: b.1 - add them" in told.err
    assert told.out == "" and not (tmp_path / "told.json").exists()


def test_what_is_left_out_is_said_everywhere(
    masks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*masks, "--partial"]) == 0
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "note: left out, without prediction: b.1",
        "note: left out, without reference: c",
    ]
    table = json.loads((tmp_path / "told.json").read_text())
    assert [row["case"] for row in table["cases"]] == ["a"]
    assert table["without_prediction"] == ["b.1"] and table["without_reference"] == ["c"]


def test_one_case_has_no_interval(
    masks: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*masks, "--partial"]) == 0
    lines = capsys.readouterr().out.splitlines()[1:]
    assert lines and all(line.endswith("mean 1.000   one case") for line in lines)
    means = json.loads((tmp_path / "told.json").read_text())["means"]
    assert means["hec_tumour"] == [1, None, None]
    put(tmp_path / "found" / "b.1.nii.gz")
    assert main(masks) == 0
    assert "95 % 1.000 .. 1.000" in capsys.readouterr().out


def test_pairs_are_whole_and_their_names_keep_dots(masks: list[str], tmp_path: Path) -> None:
    truth, found = tmp_path / "truth", tmp_path / "found"
    with pytest.raises(ReadError, match="1 reference has no partner: b.1"):
        find_pairs([found], [truth])
    put(found / "b.2.nii.gz")
    with pytest.raises(ReadError, match="no partner: b.1"):
        find_pairs([found], [truth])
    put(found / "b.1.nii")
    assert [pair.name for pair in find_pairs([found], [truth])] == ["a", "b.1"]
    put(found / "b.1.nii.gz")
    with pytest.raises(ReadError, match=r"two files are called b\.1"):
        find_pairs([found], [truth])
    with pytest.raises(ReadError, match="there is no .*gone"):
        find_pairs([found], [tmp_path / "gone"])


def test_scans_of_nnunet_meet_their_labels(tmp_path: Path) -> None:
    for name in ("a", "b_0000"):
        put(tmp_path / "raw" / "imagesTr" / f"{name}_0000.nii.gz")
        put(tmp_path / "raw" / "labelsTr" / f"{name}.nii.gz")
    raw = tmp_path / "raw"
    by_folders = find_pairs([raw / "imagesTr"], [raw / "labelsTr"])
    assert [pair.name for pair in by_folders] == ["a", "b_0000"]
    assert find_pairs([raw], [raw]) == by_folders
    put(tmp_path / "c" / "x_0000.nii.gz")
    put(tmp_path / "c" / "x_0000_seg.nii.gz")
    assert [pair.name for pair in find_pairs([tmp_path / "c"], [tmp_path / "c"])] == ["x_0000"]


def test_a_data_set_stands_for_its_scans_and_labels(tmp_path: Path) -> None:
    for name in ("case_00001", "case_00002"):
        put(tmp_path / "kits" / name / "imaging.nii.gz")
        put(tmp_path / "kits" / name / "segmentation.nii.gz")
        put(tmp_path / "found" / f"{name}.nii.gz")
    kits = tmp_path / "kits"
    assert {pair.given.name for pair in find_pairs([kits], [kits])} == {"imaging.nii.gz"}
    pairs = find_pairs([tmp_path / "found"], [kits])
    assert [pair.reference for pair in pairs] == sorted(kits.rglob("segmentation.nii.gz"))


def test_a_missing_model_is_told_before_anything_is_outlined(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "a.nii.gz")
    put(tmp_path / "a_seg.nii.gz")
    words = ["evaluate", "--images", str(tmp_path), "--references", str(tmp_path)]
    assert main([*words, "--model", "none", "--models", str(tmp_path)]) == 1
    assert "error: model card none.json cannot be read" in capsys.readouterr().err
