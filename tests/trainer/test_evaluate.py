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
