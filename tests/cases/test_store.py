"""A case goes in, is changed step by step, and comes out as it was put in."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from kidview import __version__
from kidview.cases import CaseStore, Status
from kidview.cases.adding import _DAY_S
from kidview.core.errors import CaseChanged, CaseError, GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.io import read_scan, write_scan
from tests.cases.conftest import GRID, MODEL, NEWER, SHAPE, corrected, mask, nothing_painted, scan


def names(store: CaseStore, case_id: str) -> set[str]:
    return {path.name for path in (store.folder / case_id).iterdir()}


def test_a_copied_scan_comes_back_voxel_by_voxel(store: CaseStore) -> None:
    volume = scan()
    case = store.add(volume)
    again = store.load_image(store.read(case.case_id))
    assert np.array_equal(again.hu, volume.hu)
    assert np.array_equal(again.geometry.zyx_to_ras, GRID.zyx_to_ras)
    assert (case.status, case.revision, case.application) == (Status.NEW, 1, __version__)
    assert names(store, case.case_id) == {"case.json", "image.nii.gz"}


def test_masks_lie_on_the_image_for_any_other_program(store: CaseStore) -> None:
    case = corrected(store)
    folder = store.folder / case.case_id
    image: Any = nibabel.load(folder / "image.nii.gz")
    for path in folder.glob("*.nii.gz"):
        other: Any = nibabel.load(path)
        assert other.shape == image.shape
        assert np.array_equal(other.affine, image.affine)
    voxels = np.asanyarray(image.dataobj).T
    assert np.array_equal(voxels, scan().hu)


def test_prediction_and_correction_come_back(store: CaseStore) -> None:
    case = store.write_prediction(store.add(scan()), mask(1), MODEL)
    assert (case.status, case.history[-1].by) == (Status.SEGMENTED, "kidview-small 1.0")
    painted = nothing_painted()
    painted[0] = True
    case = store.write_corrected(
        case, mask(2), painted, "Ann", seconds=12.5, operations={"brush": 3}
    )
    case = store.write_corrected(
        case, mask(3), painted, " ann", seconds=2.0, operations={"brush": 1, "fill": 1}
    )
    read = store.read(case.case_id)
    assert read == case
    assert np.array_equal(store.load_prediction(read).array, mask(1).array)
    assert np.array_equal(store.load_corrected(read).array, mask(3).array)
    assert (read.status, read.revision) == (Status.IN_CORRECTION, 4)
    assert (read.seconds, read.operations) == (14.5, {"brush": 4, "fill": 1})
    assert read.correctors == ("Ann",), "one person, however the name was typed"
    assert names(store, case.case_id) == {"case.json", *read.files}, "old masks are gone"


def test_the_origin_tells_model_versions_and_persons_apart(store: CaseStore) -> None:
    first = np.zeros(SHAPE, np.uint8)
    first[0, :2] = 1
    second = first.copy()
    second[1, 0] = 2
    case = store.write_prediction(store.add(scan()), LabelMap(first, GRID), MODEL)
    by_ann = first.copy()
    by_ann[0, 0, 0] = 0
    painted = by_ann != first
    case = store.write_corrected(case, LabelMap(by_ann, GRID), painted, "Ann")
    case = store.write_prediction(case, LabelMap(second, GRID), NEWER)
    by_bob = by_ann.copy()
    by_bob[1, 0] = 2  # the newer proposal, accepted
    case = store.write_corrected(case, LabelMap(by_bob, GRID), nothing_painted(), "Bob")
    assert [author.title for author in case.authors] == [
        "kidview-small 1.0", "Ann", "kidview-small 2.0", "Bob",
    ]  # fmt: skip
    expected = np.where(first, 1, 0)
    expected[0, 0, 0] = 2
    expected[1, 0] = 3
    assert np.array_equal(store.load_origin(case), expected)


def test_a_change_of_an_older_state_is_refused(store: CaseStore) -> None:
    case = store.add(scan())
    store.write_notes(case, "small cyst")
    with pytest.raises(CaseChanged, match="was changed by somebody else meanwhile - read it again"):
        store.write_prediction(case, mask(1), MODEL)
    assert store.read(case.case_id).notes == "small cyst"


def test_labels_on_another_grid_or_of_other_numbers_are_refused(store: CaseStore) -> None:
    case = store.add(scan())
    moved = LabelMap.empty(Geometry.straight(SHAPE, (2.5, 0.8, 0.7)))
    with pytest.raises(GridMismatch, match="another grid than case P-"):
        store.write_prediction(case, moved, MODEL)
    with pytest.raises(GridMismatch, match="painted"):
        store.write_corrected(case, mask(1), np.zeros((1, 1, 1), bool), "Ann")
    with pytest.raises(CaseError, match="labels that are not the case's"):
        store.write_prediction(case, LabelMap(np.full(SHAPE, 7, np.uint8), GRID), MODEL)


def test_the_same_scan_is_one_case_only(store: CaseStore) -> None:
    case = store.add(scan())
    assert store.find(scan(0, "other name.nii")) == case.case_id
    assert store.find(scan(1)) is None
    with pytest.raises(CaseError, match=f"the scan is case {case.case_id} already"):
        store.add(scan())
    assert len(store.rows()) == 1
    assert not list(store.folder.glob(".new-*"))


def test_a_cancelled_copy_leaves_nothing(store: CaseStore) -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        store.add(scan(), task=task)
    assert store.rows() == ()
    assert [path.name for path in store.folder.iterdir()] == ["index.sqlite"]


def test_what_a_killed_program_left_is_removed_after_a_day(store: CaseStore) -> None:
    for name, age_s in ((".new-old", _DAY_S + 60), (".new-young", 0)):
        (store.folder / name).mkdir(parents=True)
        then = time.time() - age_s
        os.utime(store.folder / name, (then, then))
    store.add(scan())
    assert [path.name for path in store.folder.glob(".new-*")] == [".new-young"]


# -- a scan that is referred to ---------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "far" / "scan.nii.gz"
    path.parent.mkdir()
    write_scan(scan(), path)
    return path


def test_a_scan_can_stay_where_it_is(store: CaseStore, file: Path) -> None:
    case = store.add(read_scan(file), refer=True)
    assert names(store, case.case_id) == {"case.json"}
    assert case.image.local_path == str(file)
    assert np.array_equal(store.load_image(case).hu, scan().hu)
    shared = case.without_local()
    assert (shared.image.local_path, shared.image.file) == ("", "image.nii.gz")
    assert shared.image.sha256 == case.image.sha256


def test_a_scan_that_is_gone_or_another_is_told(store: CaseStore, file: Path) -> None:
    case = store.add(read_scan(file), refer=True)
    write_scan(scan(1), file, overwrite=True)
    with pytest.raises(CaseError, match="is not the one the case was made with"):
        store.load_image(case)
    file.unlink()
    with pytest.raises(CaseError, match=f"{case.case_id} is gone or damaged") as told:
        store.load_image(case)
    assert file.name not in str(told.value), "the name of a file may be a patient's"


def test_dicom_is_copied_only(store: CaseStore, series: Path) -> None:
    with pytest.raises(CaseError, match="only a scan in one file of its own can be referred to"):
        store.add(read_scan(series), refer=True)
    assert store.rows() == ()


@pytest.mark.parametrize("refer", [False, True])
def test_a_sheared_scan_and_its_masks_lie_on_straight_axes(
    refer: bool, store: CaseStore, tmp_path: Path
) -> None:
    affine = np.diag([0.7, 0.8, 2.5, 1.0])
    affine[1, 2] = 0.6  # every slice a little further to the front
    path = tmp_path / "tilted.nii"
    voxels = np.random.default_rng(0).integers(-900, 900, (9, 8, 7)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(voxels, affine), path)
    volume = read_scan(path)
    assert volume.source.header["sheared"]
    case = store.add(volume, refer=refer)
    labels = (np.arange(volume.hu.size) % 4).astype(np.uint8).reshape(volume.hu.shape)
    case = store.write_prediction(case, LabelMap(labels, volume.geometry), MODEL)
    assert np.array_equal(store.load_image(case).hu, volume.hu)
    assert np.array_equal(store.load_prediction(case).array, labels)


# -- hands in the folder ----------------------------------------------------


def test_a_mask_changed_by_hand_is_told(store: CaseStore) -> None:
    case = corrected(store)
    assert case.corrected is not None
    path = store.folder / case.case_id / case.corrected.mask.file
    other = store.folder / case.case_id / case.corrected.origin.file
    path.write_bytes(other.read_bytes())
    with pytest.raises(CaseError, match=f"{case.case_id}/{path.name} was changed outside"):
        store.load_corrected(case)
    path.unlink()
    with pytest.raises(CaseError, match=f"{path.name} is missing"):
        store.load_corrected(case)


def test_a_copied_image_changed_by_hand_is_told(store: CaseStore) -> None:
    case = store.add(scan())
    write_scan(scan(5), store.folder / case.case_id / "image.nii.gz", overwrite=True)
    with pytest.raises(CaseError, match="is not the one the case was made with"):
        store.load_image(case)


def test_an_origin_of_an_author_nobody_knows_is_told(store: CaseStore) -> None:
    case = corrected(store)
    path = store.folder / case.case_id / "case.json"
    table = json.loads(path.read_text())
    table["authors"].pop()
    path.write_text(json.dumps(table))
    with pytest.raises(CaseError, match=r"origin-3.nii.gz holds the value 2, which the record"):
        store.load_origin(store.read(case.case_id))
