"""Finding scans in folders and archives, and label maps on a scan's grid."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

from kidview.core.errors import ReadError
from kidview.core.task import Task
from kidview.io import (
    SeveralScans,
    choose,
    find,
    patient_key,
    read_labels,
    read_scan,
    thumbnail,
)

AFFINE = np.diag([0.7, 0.8, 2.5, 1.0])


def test_a_found_scan_is_told_in_words(write_nifti: Any, ramp: Any) -> None:
    (found,) = find(write_nifti(ramp), Task())
    assert (found.format, found.title, found.kind) == ("NIfTI", "scan.nii.gz", "scan")
    assert found.detail == "7 slices, 5 x 6, 2.5 mm"
    assert found.slices == 7


def test_a_nested_folder_is_searched_and_others_are_passed_over(
    tmp_path: Path, write_nifti: Any, ramp: Any
) -> None:
    deep = tmp_path / "study" / "a" / "b"
    deep.mkdir(parents=True)
    write_nifti(ramp).rename(deep / "ct.nii.gz")
    (tmp_path / "study" / "notes.txt").write_text("DICM is mentioned here")
    (tmp_path / "study" / ".hidden.nii.gz").write_bytes(b"x")
    (tmp_path / "study" / "DICOMDIR").write_bytes(bytes(128) + b"DICM")
    volume = read_scan(tmp_path / "study", Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)


def test_a_broken_file_among_good_ones_is_listed_with_its_reason(
    tmp_path: Path, write_nifti: Any, ramp: Any
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    write_nifti(ramp).rename(folder / "good.nii.gz")
    (folder / "bad.nii.gz").write_bytes(b"oops" * 200)
    good, bad = find(folder, Task())
    assert (good.kind, bad.kind) == ("scan", "other")
    assert "bad.nii.gz is text" in bad.reason
    assert read_scan(folder, Task()).hu.size == ramp.size
    with pytest.raises(ReadError, match="bad.nii.gz cannot be opened|bad.nii.gz is text"):
        read_scan(bad, Task())


@pytest.mark.parametrize("how", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_a_zip_is_read_where_it_lies(how: int, tmp_path: Path, write_nifti: Any, ramp: Any) -> None:
    scan = write_nifti(ramp)
    with zipfile.ZipFile(tmp_path / "case.zip", "w", how) as packed:
        packed.write(scan, "case/imaging.nii.gz")
        packed.writestr("__MACOSX/case/._imaging.nii.gz", "clutter")
        packed.writestr("../../escape.txt", "out of the folder")
    volume = read_scan(tmp_path / "case.zip", Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case.zip", "scan.nii.gz"]
    assert thumbnail(find(tmp_path / "case.zip")[0]).shape == (96, 96)


def test_a_header_and_its_data_are_found_together_in_a_zip(tmp_path: Path, ramp: Any) -> None:
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(ramp), str(tmp_path / "scan.mhd"))
    with zipfile.ZipFile(tmp_path / "case.zip", "w") as packed:
        packed.write(tmp_path / "scan.mhd", "a/scan.mhd")
        packed.write(tmp_path / "scan.raw", "a/scan.raw")
    volume = read_scan(tmp_path / "case.zip", Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu).T, ramp)


def test_a_zip_of_a_series_equals_its_folder(tmp_path: Path, write_series: Any, ramp: Any) -> None:
    folder = write_series([(0, 0, 2.0 * n) for n in range(5)], ramp)
    with zipfile.ZipFile(tmp_path / "series.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for path in folder.iterdir():
            packed.write(path, f"deep/er/{path.stem}")  # no suffix
    from_zip, from_folder = read_scan(tmp_path / "series.zip"), read_scan(folder)
    assert np.array_equal(from_zip.hu, from_folder.hu)
    assert np.array_equal(from_zip.geometry.zyx_to_ras, from_folder.geometry.zyx_to_ras)


def test_an_encrypted_zip_says_what_to_do(tmp_path: Path, write_nifti: Any, ramp: Any) -> None:
    path = tmp_path / "case.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.write(write_nifti(ramp, name="a.nii"), "a.nii")
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1  # the flag for "encrypted"
    path.write_bytes(data)
    with pytest.raises(ReadError, match="cannot be taken out of case.zip"):
        read_scan(path, Task())


def test_several_scans_carry_what_can_be_chosen(
    tmp_path: Path, write_nifti: Any, ramp: Any
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for name in ("a.nii.gz", "b.nii.gz"):
        write_nifti(ramp).rename(folder / name)
    with pytest.raises(
        SeveralScans, match="choose one with --series: a.nii.gz, b.nii.gz"
    ) as caught:
        read_scan(folder, Task())
    assert choose(caught.value.scans, "b.nii.gz").title == "b.nii.gz"
    assert choose(caught.value.scans, "1").title == "a.nii.gz"
    with pytest.raises(ReadError, match=r"has no scan c\.nii - choose from: a.nii.gz, b.nii.gz"):
        choose(caught.value.scans, "c.nii")


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32, np.float64])
def test_labels_of_any_stored_type_are_read(kind: Any, write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    truth = (np.arange(210).reshape(5, 6, 7) % 4).astype(kind)
    for name in ("seg.nii.gz", "seg.nii"):
        labels = read_labels(write_nifti(truth, name=name), scan.geometry, scan.source, task=Task())
        assert labels.array.dtype == np.uint8
        assert np.array_equal(scan.source.order.to_file(labels.array), truth)


def test_labels_in_another_axis_order_lie_right(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    truth = np.arange(210).reshape(5, 6, 7).astype(np.uint8) % 4
    image = nibabel.Nifti1Image(truth, AFFINE)
    turned = image.as_reoriented(np.array([[2, -1], [0, 1], [1, -1]]))
    path = write_nifti(np.asanyarray(turned.dataobj), turned.affine, name="seg.nii.gz")
    labels = read_labels(path, scan.geometry, scan.source, Task())
    assert np.array_equal(scan.source.order.to_file(labels.array), truth)


def test_labels_a_quarter_voxel_away_are_taken(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    moved = AFFINE.copy()
    moved[:3, 3] = 0.17, 0.2, -0.6
    path = write_nifti(np.ones((5, 6, 7), np.uint8), moved, name="seg.nii")
    assert read_labels(path, scan.geometry, scan.source, Task()).array.min() == 1


def test_resampled_labels_take_the_nearest_voxel(write_nifti: Any) -> None:
    scan = read_scan(write_nifti(np.zeros((20, 22, 24), np.int16)), Task())
    affine = np.diag([1.4, 1.6, 5.0, 1.0])
    affine[:3, 3] = 0.35, 0.4, 1.25  # each voxel covers 2 x 2 x 2 of the scan
    coarse = (np.arange(10 * 11 * 12).reshape(10, 11, 12) % 4).astype(np.uint8)
    path = write_nifti(coarse, affine, name="seg.nii.gz")
    labels = read_labels(path, scan.geometry, scan.source, Task(), resample=True)
    fine = coarse.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    assert np.array_equal(scan.source.order.to_file(labels.array), fine)


def test_the_real_masks_lie_on_their_scans(real_data: Path) -> None:
    for case in ("totalseg_example", "kits_00016"):
        scan = read_scan(real_data / "ct" / f"{case}.nii.gz", Task())
        image = nibabel.load(real_data / "ct" / f"{case}.nii.gz")
        assert np.allclose(scan.source.file_affine, image.affine)
    labels = read_labels(real_data / "ct" / "kits_00016_seg.nii.gz", scan.geometry, scan.source)
    ml = np.bincount(labels.array.ravel()) * scan.geometry.voxel_ml
    assert ml[1:] == pytest.approx([365, 40.8], abs=0.5)  # the figures told with the data


def test_io_knows_no_qt_and_starts_no_thread() -> None:
    import subprocess
    import sys

    code = (
        "import sys, threading, kidview.io; "
        "assert not [m for m in sys.modules if m.startswith(('PySide6', 'vtk', 'torch'))]; "
        "assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_map_of_codes_is_read_when_asked_for(write_nifti: Any, ramp: Any) -> None:
    scan = read_scan(write_nifti(ramp), Task())
    codes = (np.arange(210) % 256).astype(np.uint8).reshape(5, 6, 7)
    path = write_nifti(codes, name="codes.nii.gz")
    with pytest.raises(ReadError, match="labels that are not known here: 4, 5"):
        read_labels(path, scan.geometry, scan.source)
    found = read_labels(path, scan.geometry, scan.source, highest=255)
    assert np.array_equal(scan.source.order.to_file(found.array), codes)
    assert patient_key(scan.source) == "", "a NIfTI file tells no patient"
