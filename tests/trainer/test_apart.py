"""What measures a model never teaches it, whatever it is called and however it is packed."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from kidview.cases import CaseStore, Status, find_cases
from kidview.core.errors import ReadError, SettingError
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.io import read_scan
from trainer.finetune.apart import refuse_twins, twins

AFFINE = np.array([[0, 0, -1.0, 0], [0, -1.0, 0, 0], [-2.0, 0, 0, 0], [0, 0, 0, 1.0]])


def write(folder, name, seed, shape=(6, 8, 10)):
    folder.mkdir(parents=True, exist_ok=True)
    hu = np.random.default_rng(seed).integers(-100, 200, shape).astype(np.int16)
    labels = np.zeros(shape, np.uint8)
    labels[2:4, 2:4, 2:4] = 1
    nib.save(nib.Nifti1Image(hu, AFFINE), folder / f"{name}.nii.gz")
    nib.save(nib.Nifti1Image(labels, AFFINE), folder / f"{name}_seg.nii.gz")


def cases(folder):
    return find_cases(folder)[1]


def test_another_scan_of_the_same_shape_may_teach(tmp_path):
    write(tmp_path / "teach", "a", 1)
    write(tmp_path / "measure", "a", 2)
    assert twins(cases(tmp_path / "teach"), cases(tmp_path / "measure")) == {}
    assert twins(cases(tmp_path / "teach"), []) == {}
    refuse_twins(cases(tmp_path / "teach"), cases(tmp_path / "measure"), "the regression set")


def test_the_same_scan_under_another_name_and_with_turned_axes_is_found(tmp_path):
    write(tmp_path / "teach", "a", 1)
    write(tmp_path / "teach", "b", 3)
    write(tmp_path / "measure", "x", 1)
    path = tmp_path / "measure" / "x.nii.gz"
    turned = nib.as_closest_canonical(nib.load(path))
    assert turned.shape == (10, 8, 6)
    nib.save(nib.Nifti1Image(np.asarray(turned.dataobj, np.float32), turned.affine), path)
    assert twins(cases(tmp_path / "teach"), cases(tmp_path / "measure")) == {"a": "x"}
    with pytest.raises(SettingError, match="a would be replayed, but is x of the regression set"):
        refuse_twins(cases(tmp_path / "teach"), cases(tmp_path / "measure"), "the regression set")


def test_a_stored_case_is_known_by_its_record(tmp_path):
    write(tmp_path / "measure", "x", 1)
    scan = read_scan(tmp_path / "measure" / "x.nii.gz")
    store = CaseStore(tmp_path / "cases")
    labels = LabelMap(np.ones(scan.geometry.shape_zyx, np.uint8), scan.geometry, owned=True)
    case = store.add(scan, labels=labels, by="Ann")
    assert case.status is Status.CORRECTED
    stored, measuring = cases(store.folder), cases(tmp_path / "measure")
    assert twins(stored, measuring) == {case.case_id: "x"}
    assert twins(measuring, stored) == {"x": case.case_id}


def test_scans_of_other_shapes_are_not_even_read(tmp_path):
    write(tmp_path / "teach", "a", 1, (6, 8, 12))
    write(tmp_path / "measure", "x", 1)
    teaching = cases(tmp_path / "teach")
    path = tmp_path / "teach" / "a.nii.gz"
    path.write_bytes(path.read_bytes()[:-20])  # its header is whole
    assert twins(teaching, cases(tmp_path / "measure")) == {}
    with pytest.raises(ReadError, match=r"a\.nii\.gz"):
        teaching[0].voxels_sha256(Task())
