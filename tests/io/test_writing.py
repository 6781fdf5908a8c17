"""Exports are whole or not at all, lie on the source's grid, and never replace the source."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
import SimpleITK

from kidview.core.errors import GridMismatch, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Volume
from kidview.io import nifti_write, read_labels, read_scan, write_labels, write_scan

NAMES = ("mask.nii.gz", "mask.nii", "mask.nrrd")


@pytest.fixture
def scan(write_nifti: Any, ramp: Any) -> Volume:
    return read_scan(write_nifti(ramp), Task())


@pytest.fixture
def labels(scan: Volume) -> LabelMap:
    return LabelMap(np.clip(scan.hu // 200, 0, 3).astype(np.uint8), scan.geometry)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".kidview")]


@pytest.mark.parametrize("name", NAMES)
def test_the_receipt_tells_what_lies_on_the_disk(
    name: str, scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    receipt = write_labels(labels, scan.source, tmp_path / name, task=Task())
    report = json.loads(json.dumps(receipt.to_json()))
    data = (tmp_path / name).read_bytes()
    assert report["sha256"] == hashlib.sha256(data).hexdigest()
    assert report["shape"] == [5, 6, 7]
    assert report["spacing_mm"] == pytest.approx([0.7, 0.8, 2.5], abs=1e-5)
    assert report["axis_codes"] == "RAS"
    counts = np.bincount(labels.array.ravel(), minlength=4)
    assert list(report["voxels"].values()) == counts[1:].tolist()
    assert report["ml"]["cyst"] == pytest.approx(counts[3] * 0.7 * 0.8 * 2.5 / 1000, abs=1e-3)
    assert report["checked_with"] == ("SimpleITK" if name.endswith("nrrd") else "nibabel")
    assert "kidney" in receipt.summary()
    assert json.loads(str(receipt)) == report
    assert left_over(tmp_path) == []


def test_the_same_labels_give_the_same_file_byte_by_byte(
    scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    one = write_labels(labels, scan.source, tmp_path / "one.nii.gz")
    other = write_labels(labels, scan.source, tmp_path / "other.nii.gz")
    assert one.sha256 == other.sha256


def test_a_mask_is_uint8_unscaled_whatever_the_scan_was(write_nifti: Any, tmp_path: Path) -> None:
    stored = np.arange(210, dtype=np.uint16).reshape(5, 6, 7)
    scan = read_scan(write_nifti(stored, slope=(2.0, -1024.0)), Task())
    write_labels(LabelMap.empty(scan.geometry), scan.source, tmp_path / "mask.nii.gz")
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    assert mask.get_data_dtype() == np.uint8
    assert (mask.dataobj.slope, mask.dataobj.inter) == (1, 0)


def test_an_existing_file_is_kept_unless_allowed(
    scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    path = tmp_path / "mask.nii.gz"
    path.write_bytes(b"mine")
    with pytest.raises(WriteError, match=r"mask.nii.gz exists already - choose another"):
        write_labels(labels, scan.source, path)
    assert path.read_bytes() == b"mine"
    os.chmod(path, 0o640)
    write_labels(labels, scan.source, path, overwrite=True)
    assert np.array_equal(read_labels(path, scan.geometry, scan.source).array, labels.array)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("link", ["itself", "symlink", "hardlink"])
def test_the_scan_is_never_replaced_under_any_name(
    link: str, scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    source = scan.source.path
    before = source.read_bytes()
    path = source if link == "itself" else tmp_path / "other.nii.gz"
    if link == "symlink":
        path.symlink_to(source)
    elif link == "hardlink":
        path.hardlink_to(source)
    with pytest.raises(WriteError, match="is the scan itself, which is never overwritten"):
        write_labels(labels, scan.source, path, overwrite=True)
    assert source.read_bytes() == before


def test_the_scan_in_an_opened_folder_is_never_replaced(scan: Volume) -> None:
    folder = scan.source.path.parent
    again = read_scan(folder, Task())
    with pytest.raises(WriteError, match="is the scan itself"):
        write_labels(
            LabelMap.empty(again.geometry), again.source, folder / "scan.nii.gz", overwrite=True
        )


def test_a_slice_of_the_series_is_never_replaced(write_series: Any, ramp: Any) -> None:
    folder = write_series([(0, 0, 2.0 * n) for n in range(5)], ramp)
    scan = read_scan(folder, Task())
    victim = next(folder.iterdir()).rename(folder / "slice.nii.gz")
    scan.source.header["files"] += (victim,)
    with pytest.raises(WriteError, match="is the scan itself"):
        write_labels(LabelMap.empty(scan.geometry), scan.source, victim, overwrite=True)


def test_labels_of_another_grid_are_not_written(scan: Volume, tmp_path: Path) -> None:
    other = LabelMap.empty(Geometry.straight((7, 6, 5), (2.5, 0.8, 0.7), (0, 0, 1)))
    larger = LabelMap.empty(Geometry.straight((8, 6, 5), (2.5, 0.8, 0.7)))
    for labels in (other, larger):
        with pytest.raises(GridMismatch, match="do not lie on the grid of the scan"):
            write_labels(labels, scan.source, tmp_path / "mask.nii.gz")
    assert not (tmp_path / "mask.nii.gz").exists()


def test_an_unknown_suffix_names_those_that_are_known(
    scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    with pytest.raises(WriteError, match=r"use \.nii\.gz, \.nii, \.nrrd"):
        write_labels(labels, scan.source, tmp_path / "mask.png")


def test_a_folder_that_is_not_there_is_not_made(
    scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    with pytest.raises(WriteError, match="does not exist - make it first"):
        write_labels(labels, scan.source, tmp_path / "no" / "mask.nii.gz")
    with pytest.raises(WriteError, match="is a folder"):
        (tmp_path / "mask.nii.gz").mkdir()
        write_labels(labels, scan.source, tmp_path / "mask.nii.gz", overwrite=True)


@pytest.mark.parametrize("name", NAMES)
def test_an_unwritable_folder_is_told(
    name: str, scan: Volume, labels: LabelMap, tmp_path: Path
) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # root may write everywhere, but not here
        folder = Path("/sys")
        if not folder.is_dir():
            pytest.skip("no folder that root may not write to")
    with pytest.raises(WriteError, match="may not be written to - choose another folder"):
        write_labels(labels, scan.source, folder / name)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "kidview-test", str(disk)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk_is_told_and_nothing_is_left(
    name: str, write_nifti: Any, small_disk: Path
) -> None:
    noise = np.random.default_rng(1).integers(0, 4, (90, 80, 70)).astype(np.uint8)
    scan = read_scan(write_nifti(np.zeros(noise.shape, np.int16)), Task())
    labels = LabelMap(np.ascontiguousarray(scan.source.order.to_house(noise)), scan.geometry)
    (small_disk / name).write_bytes(b"older")
    with pytest.raises(WriteError, match=f"the disk is full, {name} was not written"):
        write_labels(labels, scan.source, small_disk / name, overwrite=True)
    assert (small_disk / name).read_bytes() == b"older"
    assert left_over(small_disk) == []


def test_a_full_disk_noticed_at_the_flush_leaves_nothing(
    scan: Volume, labels: LabelMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError, match="the disk is full"):
        write_labels(labels, scan.source, tmp_path / "mask.nii.gz")
    assert left_over(tmp_path) == []
    assert not (tmp_path / "mask.nii.gz").exists()


def test_a_disk_that_forgets_a_voxel_is_noticed(
    scan: Volume, labels: LabelMap, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = nifti_write.write

    def forgetful(path: Path, view: Any, *rest: Any) -> None:
        wrong = view.copy()
        wrong[2, 3, 4] ^= 1
        honest(path, wrong, *rest)

    monkeypatch.setattr(nifti_write, "write", forgetful)
    with pytest.raises(WriteError, match="reads back with other voxels"):
        write_labels(labels, scan.source, tmp_path / "mask.nii.gz")
    assert list(tmp_path.glob("*mask*")) == []


def test_a_cancel_leaves_nothing(scan: Volume, labels: LabelMap, tmp_path: Path) -> None:
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        write_labels(labels, scan.source, tmp_path / "mask.nii.gz", task=task)
    assert left_over(tmp_path) == []
    assert not (tmp_path / "mask.nii.gz").exists()


@pytest.mark.parametrize("source", ["scan.nii.gz", "scan.nrrd", "scan.mha", "scan.mhd"])
@pytest.mark.parametrize("target", ["copy.nii.gz", "copy.nrrd"])
def test_any_format_becomes_any_other_on_the_same_grid(
    source: str, target: str, tmp_path: Path, ramp: Any
) -> None:
    image = SimpleITK.GetImageFromArray(ramp)
    image.SetSpacing((0.7, 0.8, 2.5))
    image.SetOrigin((-40.0, 12.0, 300.0))
    image.SetDirection((0, 0, -1, 1, 0, 0, 0, -1, 0))
    SimpleITK.WriteImage(image, str(tmp_path / source))
    volume = read_scan(tmp_path / source, Task())
    receipt = write_scan(volume, tmp_path / target, task=Task())
    copy = SimpleITK.ReadImage(str(tmp_path / target))
    assert np.array_equal(SimpleITK.GetArrayFromImage(copy), ramp)
    assert np.allclose(copy.GetOrigin(), image.GetOrigin(), atol=1e-4)
    assert np.allclose(copy.GetSpacing(), image.GetSpacing(), atol=1e-6)
    assert np.allclose(copy.GetDirection(), image.GetDirection(), atol=1e-6)
    assert receipt.kind == "scan"
    assert "7 x 6 x 5" in receipt.summary()
