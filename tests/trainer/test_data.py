"""The pool of samples on disk and the split of shapes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from kidview.core.errors import BrokenFile
from trainer.data import Pool, PoolItem, is_held_back

HELD = [
    "case_00004",
    "case_00029",
    "case_00038",
    "case_00063",
    "case_00066",
    "case_00087",
    "case_00090",
    "case_00098",
    "case_00118",
]


def _item(held_back: bool) -> PoolItem:
    rng = np.random.default_rng(3)
    hu = rng.integers(-1024, 1500, (6, 8, 10)).astype(np.int16)
    labels = rng.integers(0, 4, hu.shape).astype(np.uint8)
    return PoolItem(hu, labels, (1.5, 1.5, 1.5), {"held_back": held_back, "cases": ["case_1"]})


def test_a_written_sample_reads_back_as_it_was(tmp_path: Path) -> None:
    item = _item(held_back=False)
    path = Pool(tmp_path).write(7, item)
    back = Pool(tmp_path).load(path)
    assert path.name == "sample_000007.npz"
    assert np.array_equal(back.hu, item.hu) and back.hu.dtype == np.int16
    assert np.array_equal(back.labels, item.labels) and back.labels.dtype == np.uint8
    assert back.spacing_zyx == (1.5, 1.5, 1.5)
    assert back.meta["cases"] == ["case_1"]


def test_unfinished_samples_are_not_listed(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    pool.write(1, _item(held_back=False))
    (tmp_path / "sample_000002.part").write_bytes(b"half")
    assert [path.name for path in pool.paths()] == ["sample_000001.npz"]


def test_the_split_follows_what_the_samples_say(tmp_path: Path) -> None:
    pool = Pool(tmp_path)
    for number, held_back in enumerate((False, True, False)):
        pool.write(number, _item(held_back))
    train, validate = pool.split()
    assert [path.name for path in train] == ["sample_000000.npz", "sample_000002.npz"]
    assert [path.name for path in validate] == ["sample_000001.npz"]


def test_a_damaged_sample_is_told_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "sample_000000.npz"
    path.write_bytes(b"PK but no archive")
    with pytest.raises(BrokenFile, match="sample_000000"):
        Pool(tmp_path).load(path)


def test_a_pool_may_not_exist_yet(tmp_path: Path) -> None:
    assert Pool(tmp_path / "later").paths() == []


def test_the_split_of_known_cases_never_changes() -> None:
    # Written down from the first split: a change here would leak held-back shapes into training.
    held = [f"case_{k:05d}" for k in range(120) if is_held_back(f"case_{k:05d}")]
    assert held == HELD


def test_at_least_forty_shapes_are_held_back(real_data: Path) -> None:
    with (real_data / "kits23-shapes" / "cases.csv").open() as f:
        cases = [row["case"] for row in csv.DictReader(f)]
    held = [case for case in cases if is_held_back(case)]
    assert len(cases) == 439
    assert len(held) == 46
