"""NIfTI: stored types, scaling, positions and frames; nibabel writes, nibabel is the oracle."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Level, Volume
from kidview.io import SeveralScans, choose, find, read_labels, read_scan, thumbnail, write_labels

AFFINE = np.array([[-0.7, 0, 0, 90], [0, 0.8, 0, -80], [0, 0, 2.5, -300], [0, 0, 0, 1]])


def sentences(volume: Volume) -> str:
    return " | ".join(note.text for note in volume.source.notes)


@pytest.mark.parametrize("name", ["scan.nii.gz", "scan.nii", "SCAN.NII.GZ"])
@pytest.mark.parametrize("kind", ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8", ">i2", ">f4"])
def test_every_stored_type_gives_the_same_hu(kind: str, name: str, write_nifti: Any) -> None:
    whole = (np.arange(210).reshape(5, 6, 7) % 120).astype(kind)
    image = nibabel.Nifti1Image(whole, AFFINE)
    if kind.startswith(">"):
        image = nibabel.Nifti1Image(whole, AFFINE, nibabel.Nifti1Header(endianness=">"))
    path = write_nifti(whole, AFFINE, "scan.nii.gz").with_name(name)
    image.set_data_dtype(np.dtype(kind))
    nibabel.save(
        image, path.with_name("made.nii.gz" if name.lower().endswith("gz") else "made.nii")
    )
    shutil.move(path.with_name("made.nii.gz" if name.lower().endswith("gz") else "made.nii"), path)
    volume = read_scan(path, Task())
    assert volume.hu.dtype == np.int16
    assert np.array_equal(volume.source.order.to_file(volume.hu), whole)
    assert volume.source.notes == ()


def test_whole_slope_and_intercept_are_applied_exactly(write_nifti: Any) -> None:
    stored = np.arange(210, dtype=np.uint16).reshape(5, 6, 7) * 20
    volume = read_scan(write_nifti(stored, AFFINE, slope=(1.0, -1024.0)), Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), stored.astype(int) - 1024)
    assert volume.source.notes == ()


def test_fractions_of_hu_are_rounded_and_told(write_nifti: Any) -> None:
    stored = np.arange(210, dtype=np.int16).reshape(5, 6, 7)
    volume = read_scan(write_nifti(stored, AFFINE, slope=(0.3, -0.25)), Task())
    expected = np.rint(stored * np.float32(0.3) - np.float32(0.25))
    assert np.array_equal(volume.source.order.to_file(volume.hu), expected)
    assert "rounded to whole HU" in sentences(volume)


def test_values_beyond_int16_are_clipped_and_counted(write_nifti: Any) -> None:
    stored = np.zeros((5, 6, 7), np.int32)
    stored[0, 0, :3] = 70000, -40000, 32767
    volume = read_scan(write_nifti(stored, AFFINE), Task())
    assert "2 voxels beyond -32768..32767 HU were clipped" in sentences(volume)
    assert volume.hu.max() == 32767
    assert volume.hu.min() == -32768


def test_slope_zero_means_no_scaling(write_nifti: Any, ramp: Any) -> None:
    volume = read_scan(write_nifti(ramp, AFFINE, scl_slope=0, scl_inter=7), Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)


def test_the_sform_wins_where_the_forms_differ_and_both_are_written_equal(
    write_nifti: Any, ramp: Any, tmp_path: Path
) -> None:
    path = write_nifti(ramp, AFFINE, sform=2, qform=1, qoffset_x=95)
    volume = read_scan(path, Task())
    assert "sform, qform) differ by up to 5 mm" in sentences(volume)
    assert np.allclose(volume.source.file_affine, AFFINE)
    labels = LabelMap.empty(volume.geometry)
    write_labels(labels, volume.source, tmp_path / "mask.nii.gz")
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    assert mask.get_sform(coded=True)[1] == 2
    assert mask.get_qform(coded=True)[1] == 1
    assert np.allclose(mask.get_sform(), AFFINE)
    assert np.allclose(mask.get_qform(), AFFINE, atol=1e-5)


@pytest.mark.parametrize(("sform", "qform"), [(2, 0), (0, 1), (1, 1), (4, 3), (0, 0)])
def test_the_codes_of_the_source_are_kept(
    sform: int, qform: int, write_nifti: Any, ramp: Any, tmp_path: Path
) -> None:
    path = write_nifti(ramp, AFFINE, sform=sform, qform=qform)
    source = nibabel.load(path)
    volume = read_scan(path, Task())
    write_labels(LabelMap.empty(volume.geometry), volume.source, tmp_path / "mask.nii")
    mask = nibabel.load(tmp_path / "mask.nii")
    assert np.array_equal(mask.affine, source.affine)
    for name in ("sform_code", "qform_code", "pixdim", "srow_x", "quatern_b", "xyzt_units"):
        assert np.array_equal(mask.header[name], source.header[name])
    assert mask.header["scl_slope"] in (1, np.nan) or np.isnan(mask.header["scl_slope"])


def test_without_codes_left_and_right_are_called_a_guess(write_nifti: Any, ramp: Any) -> None:
    volume = read_scan(write_nifti(ramp, AFFINE, sform=0, qform=0), Task())
    assert "left and right are a guess" in sentences(volume)


def test_negative_spacing_is_taken_by_its_amount(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, AFFINE, sform=0, qform=1, pixdim=[1, -0.7, 0.8, 2.5, 1, 1, 1, 1])
    volume = read_scan(path, Task())
    assert volume.geometry.spacing_zyx == pytest.approx((2.5, 0.8, 0.7))
    assert "Negative spacing" in sentences(volume)


@pytest.mark.parametrize(("code", "factor"), [(1, 1000.0), (3, 0.001)])
def test_metres_and_micrometres_become_mm_and_are_written_back(
    code: int, factor: float, write_nifti: Any, ramp: Any, tmp_path: Path
) -> None:
    affine = AFFINE.copy()
    affine[:3] /= factor
    path = write_nifti(ramp, affine, xyzt_units=code)
    volume = read_scan(path, Task())
    assert volume.geometry.spacing_zyx == pytest.approx((2.5, 0.8, 0.7), rel=1e-5)
    write_labels(LabelMap.empty(volume.geometry), volume.source, tmp_path / "mask.nii")
    assert np.array_equal(nibabel.load(tmp_path / "mask.nii").affine, nibabel.load(path).affine)


def test_unknown_unit_is_told_only_where_the_spacing_is_odd(write_nifti: Any, ramp: Any) -> None:
    assert sentences(read_scan(write_nifti(ramp, AFFINE, xyzt_units=0), Task())) == ""
    small = AFFINE * [[0.01], [0.01], [0.01], [1]]
    volume = read_scan(write_nifti(ramp, small, xyzt_units=0), Task())
    assert "names no unit of length" in sentences(volume)


@pytest.mark.parametrize("lean", [1, -1])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_sheared_scan_is_straightened_and_its_mask_finds_back(
    lean: int, axis: int, write_nifti: Any, tmp_path: Path
) -> None:
    affine = np.diag([0.7, 0.8, 2.5, 1])
    affine[axis, 2] = lean * 2.5 * np.tan(np.radians(15))
    grid = np.stack(np.meshgrid(*map(np.arange, (20, 30, 12)), indexing="ij"), axis=-1)
    points = grid @ affine[:3, :3].T
    hu = np.rint(10 * points[..., 0] + 20 * points[..., 1] - 15 * points[..., 2]).astype(np.int16)
    path = write_nifti(hu, affine, qform=0)
    volume = read_scan(path, Task())
    assert "sheared by 15.0 degrees" in sentences(volume)
    assert volume.source.notes[0].level is Level.WARNING
    assert volume.geometry.spacing_zyx == pytest.approx((2.5, 0.8, 0.7), rel=1e-5)
    inside = np.argwhere(volume.hu != -1024)
    assert len(inside) > 0.9 * hu.size
    x, y, z = volume.geometry.index_to_ras(inside).T
    assert np.quantile(np.abs(volume.hu[tuple(inside.T)] - (10 * x + 20 * y - 15 * z)), 0.9) < 1
    ball = volume.geometry.index_to_ras(np.indices(volume.hu.shape).reshape(3, -1).T)
    centre = points.reshape(-1, 3).mean(axis=0)
    near = (np.linalg.norm(ball - centre, axis=1) < 6).reshape(volume.hu.shape)
    labels = LabelMap(near.astype(np.uint8), volume.geometry)
    receipt = write_labels(labels, volume.source, tmp_path / "mask.nii.gz")
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    assert np.array_equal(mask.affine, nibabel.load(path).affine)
    truth = np.linalg.norm(points - centre, axis=-1) < 6
    written = np.asanyarray(mask.dataobj).astype(bool)
    assert (written ^ truth).sum() < 0.15 * truth.sum()
    assert receipt.ml["kidney"] == pytest.approx(4 / 3 * np.pi * 0.6**3, rel=0.05)
    again = read_labels(tmp_path / "mask.nii.gz", volume.geometry, volume.source)
    assert (again.array ^ labels.array).sum() < 0.15 * truth.sum()


def test_a_4d_file_asks_for_the_frame(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(np.stack([ramp, ramp + 100, ramp + 200], axis=3), AFFINE)
    with pytest.raises(SeveralScans, match="holds 3 frames - choose one with --frame: 1, 2, 3"):
        read_scan(path, Task())
    found = find(path, Task())
    assert [one.title for one in found][1] == "scan.nii.gz, frame 2"
    volume = read_scan(choose(found, "3"), Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp + 200)
    mask = LabelMap.empty(volume.geometry)
    receipt = write_labels(mask, volume.source, path.with_name("mask.nii.gz"))
    assert receipt.shape == ramp.shape


def test_a_fourth_axis_of_one_is_no_frame(write_nifti: Any, ramp: Any) -> None:
    volume = read_scan(write_nifti(ramp[..., None], AFFINE), Task())
    assert volume.hu.shape == (7, 6, 5)


def test_nifti_2_is_read_and_answered_with_nifti_2(tmp_path: Path, ramp: Any) -> None:
    path = tmp_path / "scan.nii.gz"
    nibabel.save(nibabel.Nifti2Image(ramp, AFFINE), path)
    volume = read_scan(path, Task())
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)
    write_labels(LabelMap.empty(volume.geometry), volume.source, tmp_path / "mask.nii.gz")
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    assert isinstance(mask, nibabel.Nifti2Image)
    assert np.array_equal(mask.affine, AFFINE)


def test_a_plain_file_named_gz_is_read_and_told(write_nifti: Any, ramp: Any) -> None:
    path = write_nifti(ramp, AFFINE, "scan.nii")
    volume = read_scan(path.rename(path.with_name("scan.nii.gz")), Task())
    assert "not compressed although its name says so" in sentences(volume)
    assert np.array_equal(volume.source.order.to_file(volume.hu), ramp)


def test_progress_grows_and_a_cancel_is_noticed(write_nifti: Any) -> None:
    path = write_nifti(np.zeros((64, 64, 400), np.int16), AFFINE)
    seen: list[float] = []

    class Watch(Task):
        def report(self, fraction: float, note: str = "") -> None:
            seen.append(fraction)
            if len(seen) > 3:
                self.cancel()
            super().report(fraction, note)

    with pytest.raises(Cancelled):
        read_scan(path, Watch())
    assert seen == sorted(seen)


def test_a_thumbnail_shows_the_middle_upright(write_nifti: Any) -> None:
    hu = np.full((50, 50, 9), -1000, np.int16)
    hu[40:, 40:, 4] = 500  # L to R grows: right and anterior in the middle slice
    affine = np.diag([1, 1, 3, 1.0])
    picture = thumbnail(find(write_nifti(hu, affine))[0])
    assert picture.shape == (96, 96)
    assert picture.dtype == np.uint8
    assert picture[:15, :15].min() == 255  # top left: anterior right
    assert picture[50:, 50:].max() == 0
