"""The list tells which cases lost a file or hold a damaged one, and when that is mended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kidview.cases import Case, CaseStore, Status, export_set
from kidview.cases import store as store_module
from kidview.core.errors import BrokenFile, CaseError
from kidview.core.task import Task
from kidview.io import choose, find, read_scan, write_scan
from tests.cases.conftest import corrected, mask, nothing_painted, scan


def error_of(store: CaseStore, case: Case) -> str:
    """What the list tells of a case that is still known as it was."""
    (row,) = (row for row in store.rows() if row.case_id == case.case_id)
    assert row.status is case.status and row.patient == case.patient
    assert row.image_sha256 == case.image.sha256 and row.revision == case.revision
    return row.error


@pytest.mark.parametrize("which", ["image", "prediction", "corrected", "origin"])
def test_a_file_that_is_gone_is_named_until_it_is_back(store: CaseStore, which: str) -> None:
    case = corrected(store)
    assert error_of(store, case) == ""
    folder = store.folder / case.case_id
    path = next(folder / name for name in case.files if name.startswith(which))
    aside = store.folder.parent / path.name
    shutil.move(path, aside)
    words = f"{case.case_id}/{path.name} is missing - put it back, or take the case from a backup"
    assert error_of(store, case) == words
    assert error_of(CaseStore(store.folder), case) == words
    path.touch()  # an empty file is none
    assert error_of(store, case) == words
    path.unlink()
    shutil.move(aside, path)
    assert error_of(store, case) == ""


def damaged(path: Path) -> bytes:
    """Change the middle of a file in its place; returns what it was."""
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes(b ^ 0xFF for b in whole[middle : middle + 20]))
    return whole


def test_a_damaged_scan_is_told_once_somebody_tried_it_and_until_it_is_mended(
    store: CaseStore,
) -> None:
    case = store.add(scan(3))
    path = store.folder / case.case_id / "image.nii.gz"
    whole = damaged(path)
    assert error_of(store, case) == ""  # the list reads no scans
    with pytest.raises(CaseError) as told:
        store.load_image(case)
    assert error_of(store, case) == str(told.value)
    assert error_of(CaseStore(store.folder), case) == str(told.value)
    case = store.write_notes(case, "the disk is bad")
    assert error_of(store, case) == str(told.value)  # another record, the same scan
    path.write_bytes(whole)
    assert error_of(store, case) == ""


@pytest.mark.parametrize("which", ["prediction", "corrected", "origin"])
def test_a_damaged_mask_is_told_too(store: CaseStore, which: str) -> None:
    case = corrected(store)
    folder = store.folder / case.case_id
    damaged(next(folder / name for name in case.files if name.startswith(which)))
    with pytest.raises(CaseError):
        getattr(store, f"load_{which}")(case)
    assert "was changed outside KidView" in error_of(store, case)
    case = store.set_status(case, Status.IN_CORRECTION, "Ann")
    assert "was changed outside KidView" in error_of(store, case)


def test_a_file_that_can_be_read_after_all_is_no_longer_told(
    store: CaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = store.add(scan(3))

    def fail(*given: object) -> None:
        raise BrokenFile("the drive stutters", "try again")

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "read_image", fail)
        with pytest.raises(BrokenFile):
            store.load_image(case)
    assert error_of(store, case) == "the drive stutters - try again"
    store.load_image(case)
    assert error_of(store, case) == ""


def test_a_scan_that_is_referred_to_is_missed_without_its_name(
    store: CaseStore, tmp_path: Path
) -> None:
    path = tmp_path / "Doe_Jane.nii.gz"
    write_scan(scan(4), path)
    case = store.add(read_scan(choose(find(path, Task()), ""), Task()), refer=True)
    assert error_of(store, case) == ""
    os.rename(path, tmp_path / "away.nii.gz")
    with pytest.raises(CaseError):
        store.load_image(case)
    assert "gone" in error_of(store, case) and "Doe" not in error_of(store, case)
    os.rename(tmp_path / "away.nii.gz", path)
    assert error_of(store, case) == ""


def test_a_mask_that_another_program_replaced_is_no_damage(store: CaseStore) -> None:
    old = corrected(store)
    new = store.set_status(old, Status.IN_CORRECTION, "Ann")
    new = store.write_corrected(new, mask(6), nothing_painted(), "Ann")
    with pytest.raises(CaseError, match="missing or cannot be read"):
        store.load_corrected(old)
    assert error_of(store, new) == ""


def test_an_index_that_cannot_be_written_stops_nothing(store: CaseStore) -> None:
    case = store.add(scan(3))
    (store.folder / "index.sqlite").unlink()
    (store.folder / "index.sqlite").mkdir()
    assert np.array_equal(store.load_image(case).hu, scan(3).hu)
    (store.folder / case.case_id / "image.nii.gz").unlink()
    with pytest.raises(CaseError, match="gone or damaged"):
        store.load_image(case)
    assert "image.nii.gz is missing" in error_of(store, case)


def test_a_set_of_others_says_nothing_of_a_damaged_case(store: CaseStore, tmp_path: Path) -> None:
    lost = store.add(scan(3))
    (store.folder / lost.case_id / "image.nii.gz").unlink()
    kept = corrected(store, seed=4)
    done = export_set(store, tmp_path / "set.zip", "bundle", statuses=[Status.CORRECTED])
    assert list(done.names) == [kept.case_id] and done.unusable == {}
    with pytest.raises(CaseError, match="gone or damaged"):
        export_set(store, tmp_path / "all.zip", "bundle", statuses=list(Status))
