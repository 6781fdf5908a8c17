"""Sets that are written: what is in them, where it lies, and what is never in them."""

from __future__ import annotations

import csv
import errno
import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from kidview.cases import LAYOUTS, Case, CaseStore, Status, export_set, find_cases
from kidview.core.errors import CaseError, WriteError
from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.io import atomic, read_scan, write_scan
from tests.cases.conftest import (
    MODEL,
    corrected,
    mask,
    nothing_painted,
    scan,
    secrets_of_the_series,
)
from tests.cases.set_makers import (
    add_file,
    below,
    orientations,
    same_place,
    write_pair,
)
from tests.cases.test_privacy import told_by

NAMES = {row.name: row.example for row in LAYOUTS}
EVERY = pytest.mark.parametrize("layout", list(NAMES))


def approved(store: CaseStore, seed: int = 0) -> Case:
    return store.set_status(corrected(store, "Ann", seed), Status.APPROVED, "Bob")


def images_of(target: Path, layout: str, name: str) -> tuple[Path, Path]:
    """Where a set has the scan and the mask of a case."""
    if layout == "kits23":
        return target / name / "imaging.nii.gz", target / name / "segmentation.nii.gz"
    return target / "imagesTr" / f"{name}_0000.nii.gz", target / "labelsTr" / f"{name}.nii.gz"


# -- where voxels lie -------------------------------------------------------


@pytest.mark.parametrize("layout", ["kits23", "nnunet"])
@pytest.mark.parametrize("number", [0, 5, 11, 18, 29, 34, 47, 48])
def test_every_way_a_file_can_lie_comes_out_in_its_place(
    number: int, layout: str, store: CaseStore, tmp_path: Path
) -> None:
    image, labels = tmp_path / "in.nii.gz", tmp_path / "mask.nii.gz"
    write_pair(image, labels, number, orientations()[number])
    case = add_file(store, image, labels)
    done = export_set(store, tmp_path / NAMES[layout], layout)
    written = images_of(done.target, layout, done.names[case.case_id])
    assert same_place(image, written[0])
    assert same_place(labels, written[1])
    codes = {nibabel.aff2axcodes(nibabel.load(path).affine) for path in written}
    assert codes == {("I", "P", "L") if layout == "kits23" else ("R", "A", "S")}
    types = [nibabel.load(path).get_data_dtype() for path in written]
    assert types == [np.int16, np.uint8]


# -- what a set looks like --------------------------------------------------


def test_a_kits_set_is_laid_out_as_the_challenges_and_says_which_case_is_which(
    store: CaseStore, tmp_path: Path
) -> None:
    cases = sorted((approved(store, seed) for seed in range(3)), key=lambda case: case.case_id)
    done = export_set(store, tmp_path / "set", "kits23")
    names = ["case_00000", "case_00001", "case_00002"]
    files = {f"{name}/{file}.nii.gz" for name in names for file in ("imaging", "segmentation")}
    assert below(done.target) == {"cases.csv", *names, *files}
    with (done.target / "cases.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["case"] for row in rows] == names
    assert [row["case_id"] for row in rows] == [case.case_id for case in cases]
    assert [row["patient"] for row in rows] == [case.patient for case in cases]
    layout, found = find_cases(done.target)
    assert (layout, [one.name for one in found]) == ("KiTS23", names), "the trainer reads it too"


def test_an_nnunet_set_is_laid_out_as_its_documentation_says(
    store: CaseStore, tmp_path: Path
) -> None:
    ids = sorted(approved(store, seed).case_id for seed in range(2))
    done = export_set(store, tmp_path / "Dataset501_Kidneys", "nnunet")
    assert below(done.target) == {
        "cases.csv",
        "dataset.json",
        "imagesTr",
        "labelsTr",
        *(f"imagesTr/{one}_0000.nii.gz" for one in ids),
        *(f"labelsTr/{one}.nii.gz" for one in ids),
    }
    assert json.loads((done.target / "dataset.json").read_text()) == {
        "channel_names": {"0": "CT"},
        "labels": {"background": 0, "kidney": 1, "tumour": 2, "cyst": 3},
        "numTraining": 2,
        "file_ending": ".nii.gz",
    }
    layout, found = find_cases(done.target)
    assert (layout, [one.name for one in found]) == ("nnU-Net raw", ids)


def test_a_bundle_is_the_folders_of_the_cases_and_a_list(store: CaseStore, tmp_path: Path) -> None:
    case = approved(store)
    done = export_set(store, tmp_path / "cases.zip", "bundle")
    with zipfile.ZipFile(done.target) as archive:
        names = set(archive.namelist())
        assert names == {"manifest.json"} | {
            f"{case.case_id}/{file}" for file in ("case.json", *case.files)
        }
        listed = json.loads(archive.read("manifest.json"))["files"]
        assert set(listed) == names - {"manifest.json"}
        for name in case.files:
            kept = (store.folder / case.case_id / name).read_bytes()
            assert archive.read(f"{case.case_id}/{name}") == kept
    again = export_set(store, tmp_path / "again.zip", "bundle")
    assert again.target.read_bytes() == done.target.read_bytes(), "the same cases, the same zip"


def test_the_mask_of_a_set_is_the_corrected_one(store: CaseStore, tmp_path: Path) -> None:
    case = approved(store)
    for layout in ("kits23", "nnunet"):
        done = export_set(store, tmp_path / NAMES[layout], layout)
        _, labels = images_of(done.target, layout, done.names[case.case_id])
        found = np.asarray(nibabel.as_closest_canonical(nibabel.load(labels)).dataobj)
        assert np.array_equal(found.transpose(2, 1, 0), mask(2).array)


# -- which cases ------------------------------------------------------------


@EVERY
def test_approved_cases_only_unless_more_are_asked_for(
    layout: str, store: CaseStore, tmp_path: Path
) -> None:
    one, other = approved(store, 0), corrected(store, "Ann", 1)
    store.add(scan(2))
    target = tmp_path / NAMES[layout]
    assert set(export_set(store, target, layout).names) == {one.case_id}
    both = {Status.APPROVED, Status.CORRECTED}
    more = export_set(store, target.with_name("Dataset502_More.zip"), "bundle", statuses=both)
    assert set(more.names) == {one.case_id, other.case_id}


@EVERY
def test_a_set_of_nothing_is_refused(layout: str, store: CaseStore, tmp_path: Path) -> None:
    corrected(store)
    with pytest.raises(CaseError, match="no case of the store is approved - approve some"):
        export_set(store, tmp_path / NAMES[layout], layout)
    assert below(tmp_path) == {one for one in below(tmp_path) if one.startswith("cases")}


def test_layouts_for_finished_masks_take_no_others(store: CaseStore, tmp_path: Path) -> None:
    store.add(scan())
    for layout in ("kits23", "nnunet"):
        with pytest.raises(CaseError, match="takes no case that is new"):
            export_set(store, tmp_path / NAMES[layout], layout, statuses={Status.NEW})
    export_set(store, tmp_path / "all.zip", "bundle", statuses={Status.NEW})
    with pytest.raises(CaseError, match="no layout is called 'zip' - use one of: kits23, nnunet"):
        export_set(store, tmp_path / "x.zip", "zip")


def test_an_unusable_case_is_told_and_the_others_go(store: CaseStore, tmp_path: Path) -> None:
    cases = [approved(store, seed) for seed in range(2)]
    (store.folder / cases[0].case_id / "case.json").write_text("{")
    done = export_set(store, tmp_path / "set", "kits23")
    assert set(done.names) == {cases[1].case_id}
    assert "is no JSON" in done.unusable[cases[0].case_id]


# -- a target that is there whole or not at all -----------------------------


@EVERY
def test_a_target_that_exists_is_refused(layout: str, store: CaseStore, tmp_path: Path) -> None:
    approved(store)
    target = tmp_path / NAMES[layout]
    for make in (target.mkdir, target.touch, lambda: target.symlink_to("nowhere")):
        make()
        with pytest.raises(WriteError, match=f"{target.name} exists already"):
            export_set(store, target, layout)
        if target.is_dir() and not target.is_symlink():
            target.rmdir()
        else:
            target.unlink()


def test_a_name_that_is_none_of_the_layout_is_refused(store: CaseStore, tmp_path: Path) -> None:
    approved(store)
    for layout, name in (("nnunet", "Kidneys"), ("nnunet", "Dataset5_Kidneys"), ("bundle", "set")):
        with pytest.raises(WriteError, match=f"name it like {NAMES[layout]}"):
            export_set(store, tmp_path / name, layout)
    with pytest.raises(WriteError, match="the folder .* does not exist"):
        export_set(store, tmp_path / "far" / "set", "kits23")


@EVERY
@pytest.mark.parametrize("call", ["replace", "rename", "mkdir", "fsync"])
def test_a_full_disk_leaves_nothing(
    call: str, layout: str, store: CaseStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(2):
        approved(store, seed)
    store.rows()
    before = below(tmp_path)
    real = getattr(os, call)
    failing = refused = 0
    while failing == refused:
        failing, count = failing + 1, 0

        def full(*given: Any, failing: int = failing, **more: Any) -> Any:
            nonlocal count
            if call != "fsync" or stat.S_ISREG(os.fstat(given[0]).st_mode):  # folders may refuse
                count += 1
                if count == failing:
                    raise OSError(errno.ENOSPC, "no space left")
            return real(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, call, full)
            try:
                export_set(store, tmp_path / NAMES[layout], layout)
            except WriteError as error:
                assert "the disk is full" in str(error)
                assert below(tmp_path) == before, f"at call {failing}"
                refused += 1
    expects_some = {"rename": layout != "bundle"}.get(call, True)
    assert bool(refused) == expects_some
    assert (tmp_path / NAMES[layout]).exists()


@EVERY
def test_a_cancel_leaves_nothing(layout: str, store: CaseStore, tmp_path: Path) -> None:
    for seed in range(2):
        approved(store, seed)
    store.rows()
    before = below(tmp_path)

    class Stopped(Task):
        def report(self, fraction: float, note: str = "") -> None:
            if fraction > 0.6:
                self.cancel()
            super().report(fraction, note)

    with pytest.raises(Cancelled):
        export_set(store, tmp_path / NAMES[layout], layout, task=Stopped())
    assert below(tmp_path) == before


@EVERY
def test_a_damaged_case_stops_the_set(layout: str, store: CaseStore, tmp_path: Path) -> None:
    case = approved(store)
    assert case.corrected is not None
    path = store.folder / case.case_id / case.corrected.mask.file
    path.write_bytes(path.read_bytes()[:-3])
    before = below(tmp_path)
    with pytest.raises(CaseError, match=f"{path.name} was changed outside KidView"):
        export_set(store, tmp_path / NAMES[layout], layout)
    assert below(tmp_path) == before


# -- privacy ----------------------------------------------------------------


def unpacked(target: Path, folder: Path) -> Path:
    """A set as a folder."""
    if target.is_dir():
        return target
    with zipfile.ZipFile(target) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@EVERY
def test_no_identifier_of_a_series_leaves_the_store(
    layout: str, store: CaseStore, series: Path, tmp_path: Path
) -> None:
    volume = read_scan(series)
    case = store.write_prediction(
        store.add(volume), LabelMap(mask(1).array, volume.geometry), MODEL
    )
    case = store.write_corrected(case, store.load_prediction(case), nothing_painted(), "Ann")
    case = store.set_status(case, Status.CORRECTED, "Ann")
    store.set_status(case, Status.APPROVED, "Bob")
    target = tmp_path / "out" / NAMES[layout]
    target.parent.mkdir()
    export_set(store, target, layout)
    key = (store.folder / "pseudonym.key").read_text().strip()
    secrets = [*secrets_of_the_series(series), key, str(tmp_path), str(store.folder)]
    assert told_by(unpacked(target, tmp_path), secrets) == []
    assert told_by(unpacked(target, tmp_path), [case.patient]), "the search does find"


@EVERY
def test_neither_path_nor_name_of_a_scan_that_is_referred_to_goes_along(
    layout: str, store: CaseStore, tmp_path: Path
) -> None:
    image, labels = tmp_path / "Doe_Jane.nii.gz", tmp_path / "Doe_Jane_seg.nii.gz"
    write_pair(image, labels, 1)
    case = add_file(store, image, labels, refer=True, patient="Doe Jane")
    assert case.image.local_path == str(image)
    done = export_set(store, tmp_path / NAMES[layout], layout)
    folder = unpacked(done.target, tmp_path)
    assert told_by(folder, ["Doe", "Jane", str(tmp_path)]) == []
    packed = [path for path in folder.rglob("*.nii.gz") if path.name.startswith(("image", "P-"))]
    packed += folder.rglob("imaging.nii.gz")
    assert any(same_place(image, path) for path in packed), "the scan itself goes along"


@EVERY
def test_what_was_written_into_a_scans_header_by_hand_stays(
    layout: str, store: CaseStore, tmp_path: Path
) -> None:
    case = approved(store)
    path = store.folder / case.case_id / "image.nii.gz"
    loaded: Any = nibabel.load(path)
    copy = nibabel.Nifti1Image(np.asarray(loaded.dataobj), loaded.affine, loaded.header)
    copy.header["descrip"] = b"Doe^Jane"
    nibabel.save(copy, path)
    assert told_by(store.folder, ["Doe^Jane"])
    done = export_set(store, tmp_path / NAMES[layout], layout)
    assert told_by(unpacked(done.target, tmp_path), ["Doe^Jane"]) == []


def test_a_scan_that_is_gone_is_told_without_its_name(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "Doe_Jane.nii.gz"
    write_scan(scan(), path)
    case = store.add(read_scan(path), refer=True)
    path.unlink()
    with pytest.raises(CaseError, match=f"the scan of case {case.case_id} is gone") as told:
        export_set(store, tmp_path / "set.zip", "bundle", statuses={Status.NEW})
    assert "Doe" not in str(told.value)
    assert not (tmp_path / "set.zip").exists()
