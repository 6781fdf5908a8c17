"""Cases of a folder are found in one way, whoever asks: import, training, measuring."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kidview.cases import CaseStore, Status, export_set, find_cases, look_for_cases
from kidview.cases.folder import voxels_sha256
from kidview.core.errors import BrokenFile, CaseError, ReadError
from kidview.core.task import Task
from kidview.io import write_scan
from tests.cases.conftest import corrected, mask, scan
from tests.cases.set_makers import write_kits, write_nnunet, write_pair


def test_layouts_are_told_apart_by_looking(store: CaseStore, tmp_path: Path) -> None:
    corrected(store)
    write_pair(tmp_path / "flat" / "a.nii.gz", tmp_path / "flat" / "a_seg.nii.gz", 1)
    folders = {
        "KiTS23": write_kits(tmp_path / "kits", ["case_00001", "case_00002"]),
        "nnU-Net raw": write_nnunet(tmp_path / "raw", ["a", "b"]),
        "KidView cases": store.folder,
        "flat": tmp_path / "flat",
    }
    for title, folder in folders.items():
        layout, found = find_cases(folder)
        assert layout == title
        for case in found:
            volume = case.read_image(Task())
            assert case.read_labels(volume, Task()).geometry == volume.geometry
            assert case.voxels_sha256(Task()) == voxels_sha256(volume)
    assert look_for_cases(tmp_path / "nowhere") is None
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="empty holds no cases - layouts that are known: KiTS23, n"):
        find_cases(tmp_path / "empty")


def test_what_is_missing_of_a_case_is_named(tmp_path: Path) -> None:
    folder = write_kits(tmp_path / "kits", ["case_00001", "case_00002"])
    (folder / "case_00001" / "imaging.nii.gz").unlink()
    (folder / "case_00002" / "segmentation.nii.gz").unlink()
    one, other = find_cases(folder)[1]
    assert (one.image, other.labels) == (None, None)
    with pytest.raises(ReadError, match="case_00001 has no scan"):
        one.read_image(Task())
    with pytest.raises(ReadError, match="case_00002 has no mask"):
        other.read_labels(other.read_image(Task()), Task())


@pytest.mark.parametrize("layout", ["kits23", "nnunet"])
def test_a_set_of_ours_keeps_its_patients(store: CaseStore, tmp_path: Path, layout: str) -> None:
    case = store.set_status(corrected(store), Status.APPROVED, "Bob")
    target = export_set(store, tmp_path / "Dataset501_Kidneys", layout).target
    (found,) = find_cases(target)[1]
    assert (found.case_id, found.patient) == (case.case_id, case.patient)
    (target / "cases.csv").unlink()
    (found,) = find_cases(target)[1]
    assert found.patient == found.name, "a case of which no patient is known is one of its own"
    (target / "cases.csv").write_text("case,case_id,patient,status\nx\n")
    with pytest.raises(BrokenFile, match="line 2 is damaged"):
        find_cases(target)


def test_of_a_store_finished_cases_are_listed_and_proved(store: CaseStore) -> None:
    store.add(scan(7))
    done = corrected(store)
    (found,) = find_cases(store.folder)[1]
    assert (found.name, found.patient) == (done.case_id, done.patient)
    found.prove(Task())
    np.testing.assert_array_equal(
        found.read_labels(found.read_image(Task()), Task()).array, mask(2).array
    )
    assert done.corrected is not None
    (store.folder / done.case_id / done.corrected.mask.file).write_bytes(b"by hand")
    with pytest.raises(CaseError, match="was changed outside KidView: its sha256"):
        found.prove(Task())


def test_another_scan_in_place_of_a_stored_one_is_noticed(store: CaseStore, tmp_path: Path) -> None:
    done = corrected(store)
    (found,) = find_cases(store.folder)[1]
    write_scan(scan(3, "other.nii.gz"), tmp_path / "other.nii.gz")
    (tmp_path / "other.nii.gz").replace(store.folder / done.case_id / done.image.file)
    with pytest.raises(CaseError, match="not the one the case was made with"):
        found.prove(Task())


def test_a_store_of_unusable_records_is_told_from_an_empty_one(store: CaseStore) -> None:
    one, other = corrected(store), corrected(store, seed=3)
    record = store.folder / one.case_id / "case.json"
    whole = record.read_text()
    record.write_text("{")
    (found,) = find_cases(store.folder)[1]
    assert found.name == other.case_id, "a damaged record hides no other case"
    (store.folder / other.case_id / "case.json").write_text("{")
    with pytest.raises(CaseError, match=r"P-.*/case\.json is no JSON") as told:
        find_cases(store.folder)
    assert "correct the field by hand" in told.value.hint
    record.write_text(whole)
    assert [case.name for case in find_cases(store.folder)[1]] == [one.case_id]
