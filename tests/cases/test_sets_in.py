"""Sets that are read: the same voxels at the same place, whose they are, what is refused."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kidview.cases import CaseStore, Status, export_set, import_set
from kidview.core.errors import (
    BrokenFile,
    CaseError,
    GridMismatch,
    KidViewError,
    ReadError,
    WriteError,
)
from kidview.core.labels import LabelMap
from kidview.io import read_labels, read_scan
from tests.cases.conftest import mask, scan, write_series
from tests.cases.set_makers import (
    add_file,
    orientations,
    same_place,
    save,
    voxels,
    write_kits,
    write_nnunet,
    write_pair,
)
from tests.cases.test_privacy import told_by


@pytest.fixture
def other(tmp_path: Path) -> CaseStore:
    """Another store, with another key."""
    return CaseStore(tmp_path / "other")


def kept(store: CaseStore, case_id: str) -> tuple[Path, Path]:
    """The scan and the corrected mask of a case in its folder."""
    case = store.read(case_id)
    assert case.corrected is not None
    folder = store.folder / case_id
    return folder / case.image.file, folder / case.corrected.mask.file


# -- there and back ---------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "name"), [("kits23", "set"), ("nnunet", "Dataset007_K"), ("bundle", "set.zip")]
)
def test_a_set_comes_back_as_it_was(
    layout: str, name: str, store: CaseStore, other: CaseStore, tmp_path: Path
) -> None:
    pairs = {}
    for number in (0, 13, 26, 39, 48):
        image, labels = tmp_path / f"{number}.nii.gz", tmp_path / f"{number}_seg.nii.gz"
        write_pair(image, labels, number, orientations()[number])
        pairs[add_file(store, image, labels).case_id] = image, labels
    done = export_set(store, tmp_path / name, layout)
    found = import_set(other, done.target, by="Carl")
    assert (len(found.added), found.known, found.failed) == (5, {}, {})
    for case_id, (image, labels) in pairs.items():
        new = found.added[done.names[case_id]]
        assert new == case_id, "a pseudonym is kept"
        for file, first in zip(kept(other, new), (image, labels), strict=True):
            assert same_place(file, first)
        one, back = store.read(case_id), other.read(new)
        assert one.geometry.difference(back.geometry) is None
        assert np.allclose(one.geometry.zyx_to_ras, back.geometry.zyx_to_ras, atol=1e-4)
        assert np.array_equal(store.load_image(one).hu, other.load_image(back).hu)
        assert np.array_equal(store.load_corrected(one).array, other.load_corrected(back).array)
    again = import_set(other, done.target, by="Carl")
    assert (again.added, again.known) == ({}, found.added)


@pytest.mark.parametrize("write", [write_kits, write_nnunet])
def test_a_set_of_others_becomes_cases_by_a_named_author(
    write: Any, store: CaseStore, tmp_path: Path
) -> None:
    folder = write(tmp_path / "Dataset220_K", ["case_00000", "case_00007", "case_00013"])
    found = import_set(store, folder, by=" Ann ")
    assert list(found.added) == ["case_00000", "case_00007", "case_00013"]
    for n, case_id in enumerate(found.added.values()):
        case = store.read(case_id)
        assert [move.status for move in case.history] == ["new", "in correction", "corrected"]
        assert case.correctors == ("Ann",)
        labels = store.load_corrected(case).array
        is_anns = store.load_origin(case) == 1
        assert np.array_equal(is_anns, labels != 0), "the background is nobody's"
        hu, drawn = voxels(n)
        assert sorted(store.load_image(case).hu.ravel()) == sorted(hu.ravel())
        assert sorted(labels.ravel()) == sorted(drawn.ravel())
        with pytest.raises(CaseError, match="Ann corrected case .* and cannot approve it too"):
            store.set_status(case, Status.APPROVED, "Ann")
    assert len({row.patient for row in store.rows()}) == 3, "each case is a patient of its own"


def test_kits_below_dataset_and_cases_without_a_mask(store: CaseStore, tmp_path: Path) -> None:
    write_kits(tmp_path / "kits23" / "dataset", ["case_00000", "case_00001"])
    (tmp_path / "kits23/dataset/case_00001/segmentation.nii.gz").unlink()
    found = import_set(store, tmp_path / "kits23", by="Ann")
    statuses = {name: store.read(case_id).status for name, case_id in found.added.items()}
    assert statuses == {"case_00000": Status.CORRECTED, "case_00001": Status.NEW}


# -- whose a case is --------------------------------------------------------


def test_a_pattern_tells_which_scans_are_of_one_patient(store: CaseStore, tmp_path: Path) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_K", ["ana_1", "ana_2", "bea_1"])
    found = import_set(store, folder, by="Ann", patient="[^_]+")
    ana = store.read(found.added["ana_1"]).patient
    assert found.added == {"ana_1": f"{ana}-1", "ana_2": f"{ana}-2", "bea_1": found.added["bea_1"]}
    assert store.read(found.added["bea_1"]).patient != ana
    assert store.add(scan(), patient=" ana ").patient == ana, "the same text, the same patient"
    assert told_by(store.folder, ["ana", "bea", "Dataset001"]) == []


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("b.*", "the pattern 'b.*' finds no patient in 'ana_1'"),
        ("x?", "finds no patient in 'ana_1'"),
        ("(", r"'\(' is no pattern"),
    ],
)
def test_a_pattern_of_no_use_adds_nothing(
    pattern: str, says: str, store: CaseStore, tmp_path: Path
) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_K", ["ana_1", "bea_1"])
    with pytest.raises(CaseError, match=says):
        import_set(store, folder, by="Ann", patient=pattern)
    assert store.rows() == ()


@pytest.mark.parametrize(
    ("layout", "name"), [("kits23", "set"), ("nnunet", "Dataset007_K"), ("bundle", "set.zip")]
)
def test_two_scans_of_a_patient_stay_together(
    layout: str, name: str, store: CaseStore, other: CaseStore, tmp_path: Path
) -> None:
    for n in range(2):
        write_pair(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", n)
        case = add_file(store, tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", patient="Jane")
    done = export_set(store, tmp_path / name, layout)
    import_set(other, done.target, by="Carl")
    assert [row.case_id for row in other.rows()] == [f"{case.patient}-1", f"{case.patient}-2"]
    with pytest.raises(CaseError, match="says itself which patient a case is of"):
        import_set(other, done.target, by="Carl", patient=".*")
    assert other.add(scan(), patient=case.patient).case_id == f"{case.patient}-3"


def test_a_text_that_only_looks_like_a_pseudonym_is_hidden(
    store: CaseStore, tmp_path: Path
) -> None:
    assert store.add(scan(), patient="P-12345678").patient != "P-12345678"
    folder = write_nnunet(tmp_path / "Dataset001_K", ["P-87654321-1"])
    import_set(store, folder, by="Ann")
    assert told_by(store.folder, ["12345678", "87654321"]) == []


def test_a_scan_that_tells_its_patient_takes_no_other(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(
        CaseError, match="the scan tells its patient itself - leave the patient out"
    ):
        store.add(read_scan(write_series(tmp_path / "series")), patient="Jane")
    assert store.rows() == ()


def test_a_case_id_that_is_taken_gives_way(
    store: CaseStore, other: CaseStore, tmp_path: Path
) -> None:
    write_pair(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", 0)
    case = add_file(store, tmp_path / "a.nii.gz", tmp_path / "b.nii.gz")
    one = export_set(store, tmp_path / "one.zip", "bundle")
    import_set(other, one.target)
    there = other.add(scan(5), patient=case.patient)
    back = export_set(other, tmp_path / "new.zip", "bundle", statuses={Status.NEW})
    store.add(scan(6), patient=case.patient)
    assert there.case_id == f"{case.patient}-2"
    found = import_set(store, back.target)
    assert found.added == {f"{case.patient}-2": f"{case.patient}-3"}
    assert np.array_equal(store.load_image(store.read(f"{case.patient}-3")).hu, scan(5).hu)


# -- a mask with a scan -----------------------------------------------------


def test_a_mask_that_does_not_fit_makes_no_case(store: CaseStore, tmp_path: Path) -> None:
    write_pair(tmp_path / "a.nii.gz", tmp_path / "b.nii.gz", 0)
    volume = read_scan(tmp_path / "a.nii.gz")
    labels = read_labels(tmp_path / "b.nii.gz", volume.geometry, volume.source)
    with pytest.raises(CaseError, match="nobody is named for the mask"):
        store.add(volume, labels=labels, by=" ")
    with pytest.raises(GridMismatch, match="another grid than the scan"):
        store.add(volume, labels=mask(0), by="Ann")
    with pytest.raises(CaseError, match="holds labels that are not the case's"):
        seven = LabelMap(np.full_like(labels.array, 7), volume.geometry)
        store.add(volume, labels=seven, by="Ann")
    assert store.rows() == ()


# -- what is wrong with a set -----------------------------------------------


def test_nobody_named_adds_nothing(store: CaseStore, tmp_path: Path) -> None:
    folder = write_kits(tmp_path / "set", ["case_00000"])
    with pytest.raises(CaseError, match="nobody is named for the masks of the set - add --by NAME"):
        import_set(store, folder)
    assert store.rows() == ()


def test_one_case_that_cannot_be_read_does_not_stop_the_others(
    store: CaseStore, tmp_path: Path
) -> None:
    names = [f"case_{n:05d}" for n in range(5)]
    folder = write_kits(tmp_path / "set", names)
    broken = folder / names[0] / "imaging.nii.gz"
    broken.write_bytes(broken.read_bytes()[:100])
    save(folder / names[1] / "segmentation.nii.gz", voxels(1)[1][1:], orientations()[7])
    save(folder / names[2] / "segmentation.nii.gz", voxels(2)[1] + 3, orientations()[14])
    (folder / names[3] / "imaging.nii.gz").unlink()
    found = import_set(store, folder, by="Ann")
    assert list(found.added) == [names[4]]
    kinds = {name: type(error) for name, error in found.failed.items()}
    assert list(kinds) == names[:4]
    assert kinds[names[1]] is GridMismatch
    assert "case_00003 has no scan" in str(found.failed[names[3]])
    assert len(store.rows()) == 1 and not list(store.folder.glob(".new-*"))


def test_a_full_disk_stops_an_import_that_can_be_done_again(
    store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_kits(tmp_path / "set", ["case_00000", "case_00001", "case_00002"])
    rename, count = os.rename, 0

    def full(*given: Any) -> None:
        nonlocal count
        count += 1
        if count == 2:
            raise OSError(errno.ENOSPC, "no space left")
        rename(*given)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", full)
        with pytest.raises(WriteError, match="the disk is full"):
            import_set(store, folder, by="Ann")
    (row,) = store.rows()
    assert row.status is Status.CORRECTED, "what is there is whole, mask included"
    assert not list(store.folder.glob(".new-*"))
    found = import_set(store, folder, by="Ann")
    assert (list(found.known), len(found.added)) == (["case_00000"], 2)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"labels": {"background": 0, "kidney": 1, "cyst": 2, "tumor": 3}},
            "'cyst' has the value 2",
        ),
        ({"labels": {"background": 0, "liver": 1}}, "'liver' has the value 1, which means kidney"),
        ({"labels": {"kidney": 1, "spleen": 4}}, "'spleen' has the value 4, which means nothing"),
        ({"channel_names": {"0": "CT", "1": "PET"}}, "are not of CT alone"),
        ({"channel_names": {"0": "T2"}}, "are not of CT alone"),
        ({"labels": None}, "field 'labels' must be a table"),
        ({"file_ending": "/../x"}, "field 'file_ending' must be like .nii.gz"),
        ({"file_ending": ".mha"}, "imagesTr holds no scan"),
    ],
)
def test_a_set_that_means_something_else_is_refused(
    changed: dict[str, Any], says: str, store: CaseStore, tmp_path: Path
) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_K", ["a"], **changed)
    with pytest.raises(KidViewError, match=says):
        import_set(store, folder, by="Ann")
    assert store.rows() == ()


def test_regions_of_nnunet_are_read_by_their_labels(store: CaseStore, tmp_path: Path) -> None:
    regions = {"background": 0, "kidney": [1, 2, 3], "masses": [2, 3], "tumor": 2}
    folder = write_nnunet(tmp_path / "Dataset220_KiTS2023", ["a"], labels=regions)
    assert len(import_set(store, folder, by="Ann").added) == 1


def test_without_its_table_nobody_knows_the_labels(store: CaseStore, tmp_path: Path) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_K", ["a"])
    (folder / "dataset.json").unlink()
    with pytest.raises(BrokenFile, match=r"Dataset001_K/dataset.json is missing"):
        import_set(store, folder, by="Ann")
    (folder / "dataset.json").write_text("{")
    with pytest.raises(BrokenFile, match="is no JSON"):
        import_set(store, folder, by="Ann")


def test_what_is_no_set_is_told(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="there is nothing at"):
        import_set(store, tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(
        ReadError, match="empty is no set of cases - layouts that are known: KiTS23"
    ):
        import_set(store, tmp_path / "empty")


@pytest.mark.parametrize(
    "line", ["case_00000,P-7F3A2C9K-1,P-7F3A2C9M,approved", "case_00000,x,y,z", "case_00000"]
)
def test_a_damaged_list_is_told_and_a_list_of_others_is_none(
    line: str, store: CaseStore, tmp_path: Path
) -> None:
    folder = write_kits(tmp_path / "set", ["case_00000"])
    (folder / "cases.csv").write_text(f"case,case_id,patient,status\n{line}\n")
    with pytest.raises(BrokenFile, match=r"cases.csv: line 2 is damaged"):
        import_set(store, folder, by="Ann")
    (folder / "cases.csv").write_text(f"name,age\n{line}\n")
    assert import_set(store, folder, by="Ann").added


def test_the_names_of_a_set_do_not_enter_the_store(store: CaseStore, tmp_path: Path) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_Clinic", ["Doe_Jane", "Roe_Rita"])
    import_set(store, folder, by="Ann")
    store.rows()
    assert told_by(store.folder, ["Doe", "Jane", "Roe", "Rita", "Clinic", str(tmp_path)]) == []
    for row in store.rows():
        table = json.loads((store.folder / row.case_id / "case.json").read_text())
        assert table["image"]["local_path"] == ""
