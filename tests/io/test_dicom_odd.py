"""Real DICOM files that break readers, folder by folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from kidview.core.errors import ReadError
from kidview.core.task import Task
from kidview.core.volume import Volume
from kidview.io import SeveralScans, find, read_scan, thumbnail

SYNTAXES_ALIKE = (
    "LittleEndianImplicit", "BigEndianExplicit", "DeflatedExplicit", "RLELossless",
    "JPEGProcess14Transfer", "JPEGProcess14SV1", "JPEGLSLossless", "JPEG2000LosslessOnly",
)  # fmt: skip


@pytest.fixture(scope="module")
def odd(real_data: Path) -> Path:
    folder = real_data / "dicom_odd"
    if not folder.is_dir():
        pytest.skip("the odd DICOM files are not on this machine")
    return folder


def sentences(volume: Volume) -> str:
    return " | ".join(note.text for note in volume.source.notes)


def alone(path: Path, folder: Path) -> Path:
    """A link to one file in a folder of its own."""
    folder.mkdir(exist_ok=True)
    link = folder / path.name
    link.symlink_to(path)
    return folder


def test_every_folder_is_searched_and_each_scan_in_it_reads(odd: Path) -> None:
    for folder in sorted(odd.iterdir()):
        for found in find(folder, Task()):
            assert found.title
            assert found.reason or found.kind == "scan"
            if found.kind == "scan":
                volume = read_scan(found, Task())
                assert volume.source.notes[: len(found.notes)] == found.notes
                assert thumbnail(found).max() > 0 or volume.hu.max() < -160


@pytest.mark.parametrize("name", SYNTAXES_ALIKE)
def test_lossless_syntaxes_all_give_the_same_hu(odd: Path, name: str, tmp_path: Path) -> None:
    folder = odd / "ct_transfer_syntaxes"
    plain = next(folder.glob("*LittleEndianImplicit*"))
    dataset = pydicom.dcmread(plain)
    expected = np.frombuffer(dataset.PixelData, "<i2").reshape(512, 512).astype(int) - 1024
    volume = read_scan(alone(next(folder.glob(f"CTImage*{name}*")), tmp_path / "one"), Task())
    assert np.array_equal(volume.hu[0, ::-1, ::-1], expected)
    assert "loss" not in sentences(volume)


@pytest.mark.parametrize(
    ("name", "close"), [("JPEGLSLossy", 3), ("JPEG2000Transfer", 30), ("JPEGProcess2_4", 30)]
)
def test_lossy_syntaxes_are_read_and_called_inexact(
    odd: Path, name: str, close: int, tmp_path: Path
) -> None:
    folder = odd / "ct_transfer_syntaxes"
    dataset = pydicom.dcmread(next(folder.glob("*LittleEndianImplicit*")))
    truth = np.frombuffer(dataset.PixelData, "<i2").reshape(512, 512).astype(int) - 1024
    volume = read_scan(alone(next(folder.glob(f"CTImage*{name}*")), tmp_path / "one"), Task())
    assert "compressed with loss: HU are not exact" in sentences(volume)
    assert np.median(np.abs(volume.hu[0, ::-1, ::-1] - truth)) <= close


def test_eight_bits_of_hu_are_called_too_coarse(odd: Path, tmp_path: Path) -> None:
    file = next((odd / "ct_transfer_syntaxes").glob("*JPEGProcess1Transfer*"))
    volume = read_scan(alone(file, tmp_path / "one"), Task())
    assert "HU come in steps of 32.1, too coarse to measure density" in sentences(volume)


def test_of_many_copies_the_lossless_one_is_kept(odd: Path) -> None:
    found = find(odd / "ct_transfer_syntaxes", Task())
    helical = next(one for one in found if "HELICAL" in one.title)
    assert helical.slices == 1
    assert "13 copies of slices were left out" in helical.notes[0].text
    assert "loss" not in sentences(read_scan(helical))


def test_report_and_ultrasound_are_named(odd: Path) -> None:
    reasons = " | ".join(one.reason for one in find(odd / "ct_transfer_syntaxes"))
    assert "a structured report without an image" in reasons
    assert "an ultrasound image without a place in the patient" in reasons
    with pytest.raises(ReadError, match="structured report without an image"):
        read_scan(odd / "ct_transfer_syntaxes" / "no-pixel-data.dcm", Task())
    with pytest.raises(ReadError, match="ultrasound image"):
        read_scan(odd / "ct_transfer_syntaxes" / "no-pixel-spacing.dcm", Task())


def test_tilt_and_uneven_distances_are_both_told_and_mended(odd: Path) -> None:
    folder = odd / "gantry_tilt_variable_spacing"
    volume = read_scan(folder, Task())
    said = sentences(volume)
    assert "tilted by 18.5 degrees" in said
    assert "The slice distance varies from 1.081 to 6.999 mm (at z 60.7, 61.8)" in said
    # the source slices lie where the header says, shifted in their plane only
    geometry = volume.geometry
    for path in sorted(folder.iterdir()):
        dataset = pydicom.dcmread(path)
        row, column = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
        lps = np.array(dataset.ImagePositionPatient, float)
        stored = dataset.pixel_array.astype(float)
        hu = stored * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
        for r, c in ((200, 256), (256, 200), (300, 300)):
            point = (lps + row * c * 0.4882812 + column * r * 0.4882812) * [-1, -1, 1]
            z, y, x = geometry.ras_to_index(point)
            if abs(z - round(z)) < 0.01:
                near = volume.hu[round(z), int(y) : int(y) + 2, int(round(x))]
                assert min(near) - 40 <= hu[r, c] <= max(near) + 40


def test_a_localizer_alone_is_refused_by_name(odd: Path) -> None:
    with pytest.raises(ReadError, match=r"Topogram.*a localizer \(scout\), no volume"):
        read_scan(odd / "localizer", Task())


def test_mixed_series_are_offered_and_the_scout_is_not(odd: Path) -> None:
    with pytest.raises(SeveralScans) as caught:
        read_scan(odd / "localizer_mixed_series", Task())
    assert [(one.title, one.slices) for one in caught.value.scans] == [
        ("2 AXIAL", 3),
        ("3 DELAYED", 1),
    ]
    scout = next(one for one in caught.value.found if one.kind == "other")
    assert "localizer" in scout.reason
    volume = read_scan(caught.value.scans[0])
    assert volume.geometry.spacing_zyx[0] == pytest.approx(7.0)
    assert "clipped" not in sentences(volume)  # padding of -32768 is no HU


def test_one_slice_of_a_series_opens_that_series(odd: Path) -> None:
    volume = read_scan(odd / "localizer_mixed_series" / "axial_01-04.dcm", Task())
    assert volume.hu.shape[0] == 3


def test_enhanced_multi_frame_takes_its_geometry_from_functional_groups(odd: Path) -> None:
    volume = read_scan(odd / "enhanced_ct" / "eCT_Supplemental.dcm", Task())
    dataset = pydicom.dcmread(odd / "enhanced_ct" / "eCT_Supplemental.dcm")
    frames = dataset.PerFrameFunctionalGroupsSequence
    assert volume.hu.shape == (2, 512, 512)
    for n, frame in enumerate(frames):
        lps = np.array(frame.PlanePositionSequence[0].ImagePositionPatient, float)
        transform = (
            frame
            if "PixelValueTransformationSequence" in frame
            else dataset.SharedFunctionalGroupsSequence[0]
        ).PixelValueTransformationSequence[0]
        z, y, x = np.rint(volume.geometry.ras_to_index(lps * [-1, -1, 1])).astype(int)
        hu = dataset.pixel_array[n] * float(transform.RescaleSlope)
        hu = np.rint(hu + float(transform.RescaleIntercept))
        assert (y, x) == (511, 0)  # rows of this file run from left to right
        assert np.array_equal(volume.hu[z, ::-1], hu)
    assert "perfusion map" in sentences(volume)


def test_five_patients_in_a_folder_are_five_scans(odd: Path) -> None:
    folder = odd / "multi_patient_one_folder"
    with pytest.raises(SeveralScans, match="holds 5 scans") as caught:
        read_scan(folder, Task())
    spacings = sorted(read_scan(one).geometry.spacing_zyx[1] for one in caught.value.scans)
    assert spacings == pytest.approx([0.546875, 0.6445312, 0.6484375, 0.6660156, 0.78125])


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("CT_small.dcm", -896, 1167),
        ("bad_sequence.dcm", -1011, 1243),
        ("explicit_VR-UN.dcm", -1024, 1186),
        ("693_J2KR.dcm", -1024, 1468),
    ],
)
def test_odd_encodings_are_read(odd: Path, name: str, low: int, high: int, tmp_path: Path) -> None:
    volume = read_scan(alone(odd / "no_preamble_and_odd" / name, tmp_path / "one"), Task())
    assert (volume.hu.min(), volume.hu.max()) == (low, high)


@pytest.mark.parametrize("name", ["no_meta.dcm", "meta_missing_tsyntax.dcm"])
def test_files_without_an_image_are_refused_in_words(odd: Path, name: str) -> None:
    with pytest.raises(ReadError, match="no scan that is known|cannot be opened"):
        read_scan(odd / "no_preamble_and_odd" / name, Task())


def test_segmentations_and_contours_are_no_scans(odd: Path) -> None:
    found = find(odd / "dicom_seg_ct", Task())
    assert [one.kind for one in found].count("scan") == 1
    assert all("a segmentation, not a scan" in one.reason for one in found[1:])
    reasons = [one.reason for one in find(odd / "rtstruct", Task()) if one.kind == "other"]
    assert reasons
    assert all("contours (RTSTRUCT)" in reason for reason in reasons)


def test_an_oblique_series_keeps_its_true_matrix(odd: Path) -> None:
    folder = odd / "rtstruct" / "oriented_data"
    volume = read_scan(folder, Task())
    dataset: Any = pydicom.dcmread(folder / "1.dcm")
    row, column = np.array(dataset.ImageOrientationPatient, float).reshape(2, 3)
    lps = np.array(dataset.ImagePositionPatient, float)
    lps = (
        lps + row * 7 * float(dataset.PixelSpacing[1]) + column * 5 * float(dataset.PixelSpacing[0])
    )
    index = volume.geometry.ras_to_index(lps * [-1, -1, 1])
    assert np.allclose(index, np.rint(index), atol=1e-3)
    expected = np.rint(dataset.pixel_array[5, 7] * 0.001)
    assert volume.hu[tuple(np.rint(index).astype(int))] == expected
