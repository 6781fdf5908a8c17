"""What lies in the folder of replay, in words for the page that teaches."""

from __future__ import annotations

from pathlib import Path

import pytest

from kidview.core.errors import ReadError
from kidview.learning import find_replay, replay_folder
from tests.cases.set_makers import write_kits, write_pair


def words(folder: Path) -> str | None:
    found = find_replay(folder)
    return None if found is None else found.in_words()


def test_the_folder_lies_beside_the_cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIDVIEW_DATA_DIR", str(tmp_path))
    assert replay_folder() == tmp_path / "replay" and words(replay_folder()) is None


def test_drawn_samples_are_counted(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"sample_{number:06d}.npz").touch()
    (tmp_path / "prepared").mkdir()
    (tmp_path / "sample_000009.part").touch()
    assert words(tmp_path) == "3 drawn samples"
    (tmp_path / "sample_000000.npz").unlink()
    (tmp_path / "sample_000001.npz").unlink()
    assert words(tmp_path) == "1 drawn sample"


def test_outlined_scans_are_counted_and_their_layout_told(tmp_path: Path) -> None:
    kits = write_kits(tmp_path / "kits", ["case_00001", "case_00002", "case_00003"])
    (kits / "case_00003" / "segmentation.nii.gz").unlink()
    assert words(kits) == "2 outlined scans (KiTS23)"
    (kits / "case_00002" / "imaging.nii.gz").unlink()
    assert words(kits) == "1 outlined scan (KiTS23)"
    (kits / "case_00001" / "imaging.nii.gz").unlink()
    assert words(kits) is None


def test_a_folder_that_cannot_be_understood_is_told(tmp_path: Path) -> None:
    write_pair(tmp_path / "a.nii.gz", tmp_path / "a_seg.nii.gz", 1)
    (tmp_path / "a.nii").write_bytes(b"")
    with pytest.raises(ReadError, match="two files are called a"):
        find_replay(tmp_path)
