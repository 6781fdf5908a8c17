"""DICOM series written by pydicom: every irregularity is named and handled as promised."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from scipy import ndimage

from kidview.core.errors import BrokenFile, KidViewError, ReadError
from kidview.core.labels import LabelMap
from kidview.core.task import Cancelled, Task
from kidview.core.volume import Level
from kidview.io import (
    find,
    patient_key,
    read_labels,
    read_scan,
    thumbnail,
    write_labels,
    write_scan,
)
from tests.io.dicom_slices import SHAPE, sentences, up


def test_an_axial_series_lies_as_its_positions_say(write_series: Any, stored: Any) -> None:
    volume = read_scan(write_series(up(8), stored), Task())
    assert volume.geometry.spacing_zyx == pytest.approx((2.5, 0.8, 0.7))
    assert volume.source.notes == ()
    # LPS (10, 20, -40) is the first pixel of the first slice: RAS (-10, -20, -40)
    index = volume.geometry.ras_to_index((-10, -20, -40))
    assert np.allclose(index, (0, 9, 11))  # lowest, most anterior, most to the right
    assert np.array_equal(volume.hu[:, ::-1, ::-1], stored - 1024)


def test_numbers_and_names_of_slices_do_not_count(write_series: Any, stored: Any) -> None:
    def scramble(n: int, dataset: Any) -> None:
        dataset.InstanceNumber = (n * 5) % 8

    plain = read_scan(write_series(up(8), stored, folder="a"), Task())
    other = read_scan(write_series(up(8), stored, folder="b", change=scramble), Task())
    backward = read_scan(write_series(up(8)[::-1], stored[::-1], folder="c"), Task())
    assert np.array_equal(plain.hu, other.hu)
    assert np.array_equal(plain.hu, backward.hu)


ORIENTATIONS = {
    "axial": ((1, 0, 0, 0, 1, 0), (0, 0, 2.5)),
    "axial, prone": ((-1, 0, 0, 0, -1, 0), (0, 0, 2.5)),
    "axial, rows backward": ((-1, 0, 0, 0, 1, 0), (0, 0, 2.5)),
    "coronal": ((1, 0, 0, 0, 0, -1), (0, 2.5, 0)),
    "coronal, backward": ((1, 0, 0, 0, 0, -1), (0, -2.5, 0)),
    "sagittal": ((0, 1, 0, 0, 0, -1), (2.5, 0, 0)),
    "sagittal, up": ((0, 1, 0, 0, 0, 1), (2.5, 0, 0)),
    "oblique": ((0.8, 0.6, 0, -0.36, 0.48, 0.8), (1.2, -1.6, 1.5)),
}


@pytest.mark.parametrize("name", ORIENTATIONS)
def test_every_pixel_lies_where_the_standard_puts_it(
    name: str, write_series: Any, stored: Any
) -> None:
    orientation, step = ORIENTATIONS[name]
    positions = [np.array([10.0, 20, 30]) + n * np.array(step) for n in range(8)]
    volume = read_scan(write_series(positions, stored, orientation), Task())
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    for n, r, c in ((0, 0, 0), (7, 9, 11), (3, 0, 11), (5, 9, 0), (2, 4, 7)):
        lps = positions[n] + row * c * 0.7 + column * r * 0.8  # PS3.3 C.7.6.2.1.1
        index = volume.geometry.ras_to_index(lps * [-1, -1, 1])
        whole = tuple(np.rint(index).astype(int))
        assert np.allclose(index, whole, atol=1e-6)
        assert volume.hu[whole] == stored[n, r, c] - 1024


@pytest.mark.skipif(shutil.which("dcm2niix") is None, reason="dcm2niix is not installed")
@pytest.mark.parametrize("name", ORIENTATIONS)
def test_the_converted_series_equals_dcm2niix(
    name: str, write_series: Any, stored: Any, tmp_path: Path
) -> None:
    orientation, step = ORIENTATIONS[name]
    positions = [np.array([10.0, 20, 30]) + n * np.array(step) for n in range(8)]
    folder = write_series(positions, stored, orientation)
    volume = read_scan(folder, Task())
    write_scan(volume, tmp_path / "ours.nii")
    theirs = dcm2niix(folder, tmp_path)
    ours = nibabel.load(tmp_path / "ours.nii")
    assert np.allclose(ours.affine, theirs.affine, atol=1e-4)
    assert np.array_equal(np.asanyarray(ours.dataobj), np.asanyarray(theirs.dataobj))


def dcm2niix(folder: Path, target: Path) -> Any:
    command = ["dcm2niix", "-f", "theirs", "-w", "1", "-o", str(target), str(folder)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return nibabel.load(target / "theirs.nii")


@pytest.mark.skipif(shutil.which("dcm2niix") is None, reason="dcm2niix is not installed")
def test_a_real_series_in_a_zip_equals_dcm2niix(real_data: Path, tmp_path: Path) -> None:
    archive = real_data / "ct" / "ircad_17.zip"
    volume = read_scan(archive, Task())
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "unpacked")
    theirs = dcm2niix(tmp_path / "unpacked", tmp_path)
    labels = LabelMap((volume.hu > 150).astype(np.uint8), volume.geometry)
    receipt = write_labels(labels, volume.source, tmp_path / "mask.nii.gz")
    mask = nibabel.load(tmp_path / "mask.nii.gz")
    assert np.allclose(mask.affine, theirs.affine, atol=1e-4)
    assert np.array_equal(np.asanyarray(mask.dataobj), np.asanyarray(theirs.dataobj) > 150)
    assert receipt.axis_codes == "LAS"
    assert receipt.notes == ()


def test_a_missing_slice_is_named_and_filled_in(write_series: Any, stored: Any) -> None:
    there = [0, 1, 2, 4, 5, 7]
    folder = write_series([up(8)[n] for n in there], stored[there])
    volume = read_scan(folder, Task())
    assert "2 slices are missing at z -32.5, -25.0 mm" in sentences(volume)
    assert volume.source.notes[0].level is Level.WARNING
    assert volume.source.header["inserted"] == (3, 6)
    middle = (stored[2].astype(float) + stored[4]) / 2 - 1024
    assert np.array_equal(volume.hu[3, ::-1, ::-1], np.rint(middle))
    assert np.array_equal(volume.hu[4, ::-1, ::-1], stored[4] - 1024)


def test_a_file_taken_from_a_real_series_is_missed(real_data: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(real_data / "ct" / "ircad_17.zip") as packed:
        packed.extractall(tmp_path)
    whole = read_scan(tmp_path, Task())
    (tmp_path / "ircad_17" / "image_40").unlink()
    volume = read_scan(tmp_path, Task())
    assert volume.hu.shape == whole.hu.shape
    assert "1 slice is missing at z" in sentences(volume)


def test_jitter_is_told_and_taken_as_even(write_series: Any, stored: Any) -> None:
    positions = [(10, 20, 2.5 * n + (0.06 if n % 2 else 0)) for n in range(8)]
    volume = read_scan(write_series(positions, stored), Task())
    assert "The slice distance varies by 0.12 mm" in sentences(volume)
    assert volume.source.notes[0].level is Level.INFO
    assert volume.hu.shape == SHAPE


def test_uneven_slices_are_resampled_linearly(write_series: Any) -> None:
    z = np.array([0, 2, 5, 6, 9, 13.0])
    planes = np.stack([np.full((10, 12), 1024 + 10 * mm, np.int16) for mm in z])
    volume = read_scan(write_series([(10, 20, mm) for mm in z], planes), Task())
    assert "The slice distance varies from 1 to 4 mm (at z 2.0" in sentences(volume)
    assert volume.geometry.shape_zyx[0] == 12  # at most twice as many
    mm = volume.geometry.spacing_zyx[0] * np.arange(12)
    assert np.abs(volume.hu[:, 5, 5] - 10 * mm).max() <= 0.5
    assert volume.source.header["slice_positions_mm"] == z.tolist()


def test_a_tilted_gantry_is_straightened(write_series: Any) -> None:
    tilt = np.radians(20)
    row, column = np.array([1.0, 0, 0]), np.array([0, np.cos(tilt), -np.sin(tilt)])
    positions = [np.array([0, 0, 3.0 * n]) for n in range(10)]

    def value(lps: np.ndarray[Any, Any]) -> Any:  # a ramp in the patient, so that mm show
        return 3 * lps[..., 0] - 5 * lps[..., 1] + 7 * lps[..., 2]

    r, c = np.mgrid[0:40, 0:12]
    planes = []
    for position in positions:
        lps = position + c[..., None] * 0.7 * row + r[..., None] * 0.8 * column
        planes.append(np.rint(value(lps) + 1024).astype(np.int16))
    folder = write_series(positions, np.stack(planes), (*row, *column))
    volume = read_scan(folder, Task())
    assert "The gantry was tilted by 20.0 degrees" in sentences(volume)
    # half a pixel around the slices takes the value of their border
    inside = np.argwhere(ndimage.binary_erosion(volume.hu != -1024, np.ones((1, 3, 1))))
    points = volume.geometry.index_to_ras(inside) * [-1, -1, 1]
    assert len(inside) > 0.8 * 10 * 40 * 12
    assert np.abs(volume.hu[tuple(inside.T)] - value(points)).max() < 1.5
    assert volume.geometry.spacing_zyx[0] == pytest.approx(3 * np.cos(tilt), rel=1e-6)


def test_padding_does_not_bleed_into_a_resampled_slice(write_series: Any) -> None:
    z = np.array([0, 2, 5, 6, 9.0])
    planes = np.full((5, 10, 12), 1100, np.int16)
    planes[:, :, :4] = -2000
    folder = write_series([(0, 0, mm) for mm in z], planes, PixelPaddingValue=-2000)
    volume = read_scan(folder, Task())
    assert set(np.unique(volume.hu)) == {-1024, 76}


def test_padding_does_not_bleed_over_a_fraction_of_a_pixel(write_series: Any) -> None:
    tilt = np.radians(11)
    column = np.array([0, np.cos(tilt), -np.sin(tilt)])
    planes = np.full((6, 30, 12), 1100, np.int16)
    planes[:, :7] = planes[:, :, :4] = -2000
    positions = [(0, 0, 3.0 * n) for n in range(6)]
    folder = write_series(positions, planes, (1, 0, 0, *column), PixelPaddingValue=-2000)
    volume = read_scan(folder, Task())
    assert volume.geometry.shape_zyx[1] > 30
    assert set(np.unique(volume.hu)) == {-1024, 76}


def test_padding_in_bits_beyond_those_stored_is_no_bone(write_series: Any) -> None:
    stored = np.full((3, 4, 5), 2096, np.uint16)  # what is left of 63536 in 12 bits
    stored[:, 0, 0] = 63536
    folder = write_series(up(3), stored, PixelPaddingValue=63536, BitsStored=12, HighBit=11)
    volume = read_scan(folder, Task())
    assert set(np.unique(volume.hu)) == {-1024, 2096 - 1024}


def test_a_mask_of_a_resampled_series_says_so(
    write_series: Any, stored: Any, tmp_path: Path
) -> None:
    z = [0, 2, 5, 6, 9, 13, 15, 19]
    volume = read_scan(write_series([(0, 0, mm) for mm in z], stored), Task())
    labels = LabelMap((volume.hu > 0).astype(np.uint8), volume.geometry)
    receipt = write_labels(labels, volume.source, tmp_path / "mask.nii.gz")
    assert receipt.notes == ("on the straight grid the slices were resampled to",)
    again = read_labels(tmp_path / "mask.nii.gz", volume.geometry, volume.source)
    assert np.array_equal(again.array, labels.array)


def test_no_preamble_and_no_meta_is_read_all_the_same(
    write_series: Any, stored: Any, tmp_path: Path
) -> None:
    folder = write_series(up(8), stored)
    whole = read_scan(folder, Task())
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        with path.open("wb") as stream:
            pydicom.filewriter.write_dataset(_plain(stream), dataset)
    assert np.array_equal(read_scan(folder, Task()).hu, whole.hu)


def _plain(stream: Any) -> Any:
    target = pydicom.filebase.DicomIO(stream)
    target.is_little_endian, target.is_implicit_VR = True, False
    return target


@pytest.mark.parametrize("missing", ["PixelSpacing", "ImagePositionPatient", "PixelData"])
def test_what_makes_no_volume_is_refused_by_reason(
    missing: str, write_series: Any, stored: Any
) -> None:
    def strip(n: int, dataset: Any) -> None:
        delattr(dataset, missing)

    reasons = {
        "PixelSpacing": "without pixel spacing",
        "ImagePositionPatient": "without a place in the patient",
        "PixelData": "no pixel data",
    }
    folder = write_series(up(8), stored, change=strip)
    with pytest.raises(ReadError, match=reasons[missing]):
        read_scan(folder, Task())
    assert find(folder)[0].kind == "other"


def test_zero_pixel_spacing_is_refused(write_series: Any, stored: Any) -> None:
    with pytest.raises(ReadError, match="zero pixel spacing"):
        read_scan(write_series(up(8), stored, PixelSpacing=[0, 0]), Task())


def test_a_slice_cut_short_is_named(write_series: Any, stored: Any) -> None:
    folder = write_series(up(8), stored)
    path = sorted(folder.iterdir())[3]
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BrokenFile, match=f"{path.name} is cut short"):
        read_scan(folder, Task())


def test_no_name_of_a_patient_gets_out(write_series: Any, stored: Any) -> None:
    folder = write_series(up(8), stored)
    volume = read_scan(folder, Task())
    assert "ecret" not in repr(find(folder)) + repr(volume.source)


def test_invalid_directions_are_taken_as_axial_and_told(write_series: Any, stored: Any) -> None:
    volume = read_scan(write_series(up(8), stored, (0, 0, 0, 0, 0, 0)), Task())
    assert "directions in the header are invalid" in sentences(volume)


def test_reading_stops_when_cancelled(write_series: Any, stored: Any) -> None:
    found = find(write_series(up(8), stored))
    task = Task()
    task.cancel()
    with pytest.raises(Cancelled):
        read_scan(found, task)


def test_enhanced_multi_frame_equals_single_frames(real_data: Path) -> None:
    found = find(real_data / "dicom_odd" / "enhanced_ct", Task())
    single = next(one for one in found if one.title.endswith("123456 Image 24x38x3"))
    multi = next(one for one in found if "Multiframe" in one.title)
    one, other = read_scan(single), read_scan(multi)
    assert np.array_equal(one.hu, other.hu)
    assert np.allclose(one.geometry.zyx_to_ras, other.geometry.zyx_to_ras)


def test_a_thumbnail_stands_upright(write_series: Any) -> None:
    planes = np.full((4, 96, 96), 1024 - 1000, np.int16)
    planes[:, :20, :20] = 1024 + 300  # first rows are anterior, first columns right
    picture = thumbnail(find(write_series(up(4), planes, PixelSpacing=[1, 1]))[0])
    assert picture.shape == (96, 96)
    assert picture[:15, :15].min() == 255
    assert picture[60:, 60:].max() == 0


def test_every_error_is_of_the_house(tmp_path: Path) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(bytes(128) + b"DICM" + b"\x02\x00\x10\x00UI\xff\x7f garbage")
    with pytest.raises(KidViewError):
        read_scan(bad, Task())


def test_a_patient_is_known_by_number_and_issuer_not_by_name(
    write_series: Any, stored: Any
) -> None:
    def key(folder: str, **fields: Any) -> str:
        return patient_key(read_scan(write_series(up(8), stored, folder=folder, **fields)).source)

    first = key("a", PatientID="17", PatientName="Doe^Jane")
    assert re.fullmatch("[0-9a-f]{64}", first)
    assert key("b", PatientID="17", PatientName="Roe^Jane", uid="1.2.4") == first
    assert key("c", PatientID="17", IssuerOfPatientID="North") not in ("", first)
    assert key("d", PatientID="18") != first
    assert key("e", PatientID="") == ""
