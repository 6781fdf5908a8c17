"""The comparison trains, exports and measures through the program, and goes on where it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from trainer.__main__ import main
from trainer.comparison import verb
from trainer.comparison.entries import ENTRIES
from trainer.comparison.report import table
from trainer.comparison.rows import Terms, cost_of, slug
from trainer.config import CONFIGS
from trainer.data.pool import Pool, PoolItem
from trainer.evaluation.cases import find_pairs
from trainer.training.loop import Plan, train
from trainer.training.store import PoolSource

SPACING = (3.0, 3.0, 3.0)


def body(seed):
    """Two bright balls with a darker one in each, in fat, in air."""
    rng = np.random.default_rng(seed)
    index = np.indices((64, 64, 96)).astype(float)
    labels = np.zeros(index.shape[1:], np.uint8)
    for x in (24, 72):
        away = np.sqrt(((index - np.array([32, 32, x])[:, None, None, None]) ** 2).sum(axis=0))
        labels[away < 12] = 1
        labels[away < 6] = 2
    hu = np.array([-90, 160, 60])[labels] + rng.normal(0, 10, labels.shape)
    hu[:, :4] = -1000
    return hu.astype(np.int16), labels


def fill(folder: Path, seeds, held_back):
    for seed in seeds:
        Pool(folder).write(seed, PoolItem(*body(seed), SPACING, {"held_back": held_back}))


@pytest.fixture
def terms(tmp_path):
    fill(tmp_path / "pool", range(20), held_back=False)
    fill(tmp_path / "held", range(30, 32), held_back=True)
    coarse = replace(CONFIGS["coarse"], tile_zyx=(16, 32, 32), widths=(4, 8), warm_steps=2)
    plan = Plan(tmp_path / "coarse", minutes=0.08, validation_samples=1)
    held = PoolSource(tmp_path / "held", held_back=True)
    train(coarse, PoolSource(tmp_path / "pool", held_back=False), held, plan)
    return tmp_path


def test_two_networks_side_by_side(terms, monkeypatch, capsys):
    assert main(["scans", str(terms / "held"), str(terms / "cases")]) == 0
    small = {"3D U-Net": (4, 8), "ResEnc U-Net": (4, 8, 8)}
    entries = {
        name: replace(ENTRIES[name], widths=widths, tile_zyx=(16, 16, 16), warm_steps=2)
        for name, widths in small.items()
    }
    monkeypatch.setattr(verb, "ENTRIES", entries)
    words = ["compare", "--pool", terms / "pool", "--val", terms / "held", "--out", terms / "out"]
    words += ["--coarse", terms / "coarse", "--minutes", 0.05, "--set", terms / "cases"]
    words = [str(word) for word in words]
    assert main(words) == 0
    rows = json.loads((terms / "out" / "compare.json").read_text())
    assert [row["network"] for row in rows] == list(small)
    for row in rows:
        one = row["sets"]["cases"]
        assert one["cases"] == 2 and one["lesions"] == 4
        mean, low, high = one["hec_kidney_and_mass"]
        assert low <= mean <= high
    text = (terms / "out" / "compare.md").read_text()
    assert "| 3D U-Net |" in text and "**cases**, 2 cases" in text
    assert (terms / "out" / "compare.png").read_bytes().startswith(b"\x89PNG")
    held = PoolSource(terms / "held", held_back=True)
    cases = find_pairs([terms / "cases"], [terms / "cases"])
    same = Terms(held, held, terms / "coarse", 1, {}, terms / "out", "cpu")
    cost = cost_of("3D U-Net", cases[0].given, same)
    assert cost["seconds"] > 0 and 50 < cost["peak_mb"] < 2500
    # Called again, nothing is trained or measured a second time.
    steps = [row["steps"] for row in rows]
    capsys.readouterr()
    assert main(words) == 0
    assert '"step"' not in capsys.readouterr().out
    kept = json.loads((terms / "out" / "compare.json").read_text())
    assert [row["steps"] for row in kept] == steps
    # Other cases are measured, though nothing is trained.
    next((terms / "cases").glob("*31_seg.nii.gz")).unlink()
    assert main(words) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[0] == {"event": "left out", "set": "cases", "without_mask": ["sample_000031"]}
    fewer = json.loads((terms / "out" / "compare.json").read_text())
    assert [row["sets"]["cases"]["cases"] for row in fewer] == [1, 1]


def test_scans_of_a_pool_are_what_the_pool_holds(tmp_path):
    fill(tmp_path / "pool", [3], held_back=False)
    assert main(["scans", str(tmp_path / "pool"), str(tmp_path / "out")]) == 0
    hu, labels = body(3)
    scan = nib.load(next((tmp_path / "out").glob("*3.nii.gz")))
    assert nib.aff2axcodes(scan.affine) == ("R", "A", "S")
    np.testing.assert_array_equal(np.asarray(scan.dataobj).transpose(2, 1, 0), hu)
    mask = nib.load(next((tmp_path / "out").glob("*_seg.nii.gz")))
    np.testing.assert_array_equal(np.asarray(mask.dataobj).transpose(2, 1, 0), labels)
    assert mask.header.get_zooms() == SPACING


def test_a_folder_without_samples_has_no_scans(tmp_path, capsys):
    assert main(["scans", str(tmp_path), str(tmp_path / "out")]) == 1
    assert "there are no samples" in capsys.readouterr().err and not (tmp_path / "out").exists()


def words_for(tmp_path, *more):
    words = ["compare", "--minutes", "1", *more]
    for option in ("--pool", "--val", "--coarse", "--out", "--set"):
        words += [option, str(tmp_path)]
    return words


def test_unknown_networks_are_named_and_the_known_ones_told_apart(tmp_path, capsys):
    assert main(words_for(tmp_path, "--only", "Transformer")) == 1
    said = capsys.readouterr().err
    assert "no network 'Transformer'" in said and "'2D U-Net', '2D U-Net, ResNet-34'" in said


def test_the_coarse_run_is_looked_at_before_anything_is_trained(tmp_path, capsys):
    assert main(words_for(tmp_path)) == 1
    assert f"error: no checkpoint in {tmp_path} - " in capsys.readouterr().err


def test_a_table_has_a_line_for_every_network_and_a_dash_for_what_was_not_measured():
    one = {"cases": 1, "lesions": 1, "lesions_hit": 0, "false_alarms": 2}
    for kind in ("hec", "sd"):
        one |= {f"{kind}_kidney_and_mass": (0.9, 0.8, 1.0), f"{kind}_mass": None}
        one[f"{kind}_tumour"] = None
    row = {
        "network": "X",
        "parameters": 2e6,
        "gflop_per_litre": 3.0,
        "steps": 4,
        "sets": {"a": one},
    }
    lines = table([row]).splitlines()
    assert lines[2] == "| X | 2.0 M | 3.0 | 4 | - | - |"
    assert lines[-1] == "| X | 0.900 (0.80-1.00) | - | - | 0.900 (0.80-1.00) | - | - | 0 of 1 | 2 |"
    assert slug("2D U-Net, ResNet-34") == "2d-u-net-resnet-34"
