"""DICOM SEG: written on the series' own slices, read by others alike, odd ones read or refused."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import Maker, read_labels, read_scan
from kidview.io import dicom_seg_write as writing
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_seg_write import write_seg
from kidview.io.dicom_sources import save
from kidview.io.segments import segments_of
from tests.io.labelled_series import (
    GAPS,
    GRIDS,
    TILTED,
    UNEVEN,
    GridCase,
    dciodvfy_errors,
    made_up,
    open_grid,
)

Writer = Callable[..., Path]


@pytest.fixture
def volume(write_series: Writer) -> Volume:
    return open_grid(GRIDS[0], write_series)


def back(path: Path, volume: Volume, **options: Any) -> LabelMap:
    return read_labels(path, volume.geometry, volume.source, **options)


@pytest.mark.parametrize("as_labelmap", [False, True])
@pytest.mark.parametrize("case", GRIDS, ids=lambda case: case.name)
def test_labels_come_back_voxel_by_voxel_on_any_grid(
    case: GridCase, as_labelmap: bool, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(case, write_series)
    labels = made_up(volume)
    path = tmp_path / "seg.dcm"
    receipt = write_seg(labels, volume.source, path, as_labelmap=as_labelmap)
    again = back(path, volume)
    assert np.array_equal(again.array, labels.array) and not again.notes
    assert receipt.voxels == {
        name: int((labels.array == n).sum())
        for n, name in ((1, "kidney"), (2, "tumour"), (3, "cyst"))
    }
    assert "read back equal with pydicom" in receipt.summary()


@pytest.mark.parametrize("case", GRIDS, ids=lambda case: case.name)
def test_highdicom_finds_every_voxel_where_it_lies_in_the_patient(
    case: GridCase, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(case, write_series)
    labels = made_up(volume)
    write_seg(labels, volume.source, tmp_path / "seg.dcm")
    read = highdicom.seg.segread(tmp_path / "seg.dcm").get_volume(combine_segments=True)
    index = np.argwhere(read.array > 0)
    lps = (read.affine @ np.c_[index, np.ones(len(index))].T).T[:, :3]
    mine = np.rint(volume.geometry.ras_to_index(lps * (-1, -1, 1))).astype(int)
    assert np.array_equal(labels.array[tuple(mine.T)], read.array[tuple(index.T)])
    assert len(index) == (labels.array > 0).sum()


def test_segments_are_coded_named_coloured_and_refer_to_every_image(
    volume: Volume, tmp_path: Path
) -> None:
    maker = Maker("AUTOMATIC", "kidview-small", "0.3.1")
    write_seg(made_up(volume), volume.source, tmp_path / "seg.dcm", maker=maker)
    seg = highdicom.seg.segread(tmp_path / "seg.dcm")
    told = [seg.get_segment_description(n) for n in (1, 2, 3)]
    assert [one.segmented_property_type for one in told] == [
        codes.SCT.Kidney, codes.SCT.Neoplasm, codes.SCT.Cyst,
    ]  # fmt: skip
    assert told[0].segmented_property_category == codes.SCT.AnatomicalStructure
    assert told[1].segmented_property_category == codes.SCT.MorphologicallyAbnormalStructure
    assert told[1].anatomic_regions == [codes.SCT.Kidney]
    assert {one.algorithm_type.value for one in told} == {"AUTOMATIC"}
    algorithm = told[0].algorithm_identification
    assert (algorithm.name, algorithm.version) == ("kidview-small", "0.3.1")
    assert told[1].RecommendedDisplayCIELabValue != told[0].RecommendedDisplayCIELabValue
    assert len({one.tracking_uid for one in told}) == 3
    (series,) = seg.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == "1.2.3" and len(series.ReferencedInstanceSequence) == 9
    assert seg.FrameOfReferenceUID == "1.2.3.7"
    assert seg.NumberOfFrames == 3 * 9  # empty ones, too: viewers misplace segments with gaps


def test_what_a_person_made_names_no_algorithm(volume: Volume, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "seg.dcm", maker=Maker("MANUAL"))
    for row in pydicom.dcmread(tmp_path / "seg.dcm").SegmentSequence:
        assert row.SegmentAlgorithmType == "MANUAL" and "SegmentAlgorithmName" not in row


def two_kidneys(volume: Volume) -> LabelMap:
    """Kidneys 26 mm apart of a scan scaled up so that they are as large as kidneys."""
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[:, 2:18, :9], labels[:, 2:18, -9:] = 1, 1
    labels[3:6, 5:9, 2:6], labels[5:8, 5:9, -6:-2], labels[1, 10, 3] = 2, 3, 2
    return LabelMap(labels, volume.geometry)


def test_each_lesion_gets_a_segment_and_its_side(write_series: Writer, tmp_path: Path) -> None:
    volume = open_grid(GRIDS[0], write_series, PixelSpacing=[3.0, 3.5])
    labels = two_kidneys(volume)
    receipt = write_seg(labels, volume.source, tmp_path / "seg.dcm", each_lesion=True)
    seg = pydicom.dcmread(tmp_path / "seg.dcm")
    names = [row.SegmentLabel for row in seg.SegmentSequence]
    assert names == [
        "left kidney", "right kidney", "tumour 1 (left)", "tumour 2 (left)", "cyst 1 (right)",
    ]  # fmt: skip
    kidney, tumour = seg.SegmentSequence[0], seg.SegmentSequence[2]
    side = kidney.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence[0]
    assert side.CodeMeaning == "Left"
    assert tumour.AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].CodeValue == "7771000"
    assert np.array_equal(back(tmp_path / "seg.dcm", volume).array, labels.array)
    assert "segment 5: cyst 1 (right)" in receipt.notes


def test_a_side_is_not_guessed_from_one_kidney(volume: Volume) -> None:
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[:, 2:18, :9] = 1
    segments, _ = segments_of(LabelMap(labels, volume.geometry), each_lesion=True)
    assert [(one.name, one.side) for one in segments] == [("kidney", "")]


@pytest.mark.parametrize("case", [UNEVEN, TILTED], ids=lambda case: case.name)
def test_a_resampled_scan_gets_its_mask_on_the_original_slices(
    case: GridCase, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(case, write_series)
    labels = np.zeros(volume.hu.shape, np.uint8)
    middle = labels.shape[1] // 2  # there all slices have pixels, also where they lie sideways
    labels[:, middle - 4 : middle + 4, 5:15] = 1
    labels[:, middle - 1 : middle + 2, 8:12] = 2
    receipt = write_seg(LabelMap(labels, volume.geometry), volume.source, tmp_path / "s.dcm")
    seg = pydicom.dcmread(tmp_path / "s.dcm")
    places = {tuple(map(float, g.PlanePositionSequence[0].ImagePositionPatient))
              for g in seg.PerFrameFunctionalGroupsSequence}  # fmt: skip
    headers = [pydicom.dcmread(one) for one in volume.source.header["files"]]
    assert places == {tuple(map(float, one.ImagePositionPatient)) for one in headers}
    # Every marked pixel's centre lies in a voxel of its label, within half a voxel.
    for group, plane in zip(seg.PerFrameFunctionalGroupsSequence, seg.pixel_array, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        corner = np.array(group.PlanePositionSequence[0].ImagePositionPatient, float)
        rows, columns = np.nonzero(plane)
        lps = corner + np.stack([0.7 * columns, 0.8 * rows, 0 * rows], axis=1)
        index = volume.geometry.ras_to_index(lps * (-1, -1, 1))
        near = np.clip(np.rint(index), 0, np.array(labels.shape) - 1).astype(int)
        beside = np.clip(np.rint(index + (0, 0.3, 0)), 0, np.array(labels.shape) - 1).astype(int)
        other = np.clip(np.rint(index - (0, 0.3, 0)), 0, np.array(labels.shape) - 1).astype(int)
        found = [labels[tuple(at.T)] == number for at in (near, beside, other)]
        assert np.logical_or.reduce(found).all()
    again = back(tmp_path / "s.dcm", volume).array
    dice = 2 * ((again > 0) & (labels > 0)).sum() / ((again > 0).sum() + (labels > 0).sum())
    assert dice > 0.9 and "on the series' own slices, 9" in receipt.notes


def test_planes_of_missing_slices_are_left_out_and_it_is_said(
    write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(GAPS, write_series)
    assert volume.hu.shape[0] == 10
    labels = LabelMap(np.ones(volume.hu.shape, np.uint8), volume.geometry)
    receipt = write_seg(labels, volume.source, tmp_path / "s.dcm")
    again = back(tmp_path / "s.dcm", volume).array
    assert (again == 1).all(axis=(1, 2)).tolist() == [n != 4 for n in range(10)]
    assert any("1 plane without a slice" in note for note in receipt.notes)


def test_a_label_on_no_slice_is_named(write_series: Writer, tmp_path: Path) -> None:
    volume = open_grid(GAPS, write_series)
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[4, 3, 3] = 2
    with pytest.raises(WriteError, match="no label lies on a slice"):
        write_seg(LabelMap(labels, volume.geometry), volume.source, tmp_path / "s.dcm")
    labels[5, 3, 3] = 1
    receipt = write_seg(LabelMap(labels, volume.geometry), volume.source, tmp_path / "s.dcm")
    assert "tumour lies on no slice of the series: left out" in receipt.notes


def test_an_old_series_without_frame_of_reference_gets_the_same_one_each_time(
    write_series: Writer, tmp_path: Path
) -> None:
    def drop(_n: int, dataset: Any) -> None:
        del dataset.FrameOfReferenceUID

    volume = open_grid(GRIDS[0], write_series, change=drop)
    labels = made_up(volume)
    for name in ("a.dcm", "b.dcm"):
        write_seg(labels, volume.source, tmp_path / name)
    one, other = (pydicom.dcmread(tmp_path / name) for name in ("a.dcm", "b.dcm"))
    assert one.FrameOfReferenceUID == other.FrameOfReferenceUID
    assert np.array_equal(back(tmp_path / "a.dcm", volume).array, labels.array)


def test_a_scan_that_is_no_dicom_is_refused_in_one_sentence(
    write_nifti: Writer, ramp: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    volume = read_scan(write_nifti(ramp))
    labels = LabelMap(np.ones(volume.hu.shape, np.uint8), volume.geometry)
    with pytest.raises(WriteError, match="needs the DICOM series") as caught:
        write_seg(labels, volume.source, tmp_path / "s.dcm")
    assert "NIfTI" in caught.value.hint


def test_the_scans_own_files_are_never_replaced(volume: Volume) -> None:
    own = volume.source.header["files"][0]
    before = own.read_bytes()
    with pytest.raises(WriteError, match="the scan itself"):
        write_seg(made_up(volume), volume.source, own, overwrite=True)
    assert own.read_bytes() == before


def test_a_file_that_reads_back_different_is_not_kept(
    volume: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = writing._segmentation

    def spoilt(headers: Any, slices: Slices, numbers: Any, *more: Any) -> Any:
        other = numbers.copy()
        other[4, 7, 7] = 0 if numbers[4, 7, 7] else 1
        return made(headers, slices, other, *more)

    monkeypatch.setattr(writing, "_segmentation", spoilt)
    with pytest.raises(WriteError, match="1 other voxels"):
        write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")
    assert not (tmp_path / "s.dcm").exists() and not list(tmp_path.glob(".kidview-*"))


def test_nothing_is_no_segmentation(volume: Volume, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="no label to write"):
        write_seg(LabelMap.empty(volume.geometry), volume.source, tmp_path / "s.dcm")


@pytest.mark.parametrize("each_lesion", [False, True])
def test_the_validator_finds_no_error(volume: Volume, each_lesion: bool, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm", each_lesion=each_lesion)
    assert dciodvfy_errors(tmp_path / "s.dcm") == []


def test_dcmqi_reads_the_same_voxels(volume: Volume, tmp_path: Path) -> None:
    program = shutil.which("segimage2itkimage") or Path(sys.executable).with_name(
        "segimage2itkimage"
    )
    if not Path(program).exists():
        pytest.skip("dcmqi is not installed (pip install dcmqi)")
    labels = made_up(volume)
    write_seg(labels, volume.source, tmp_path / "s.dcm")
    subprocess.run(
        [program, "--inputDICOM", tmp_path / "s.dcm", "--outputDirectory", tmp_path,
         "--outputType", "nii"], check=True, capture_output=True,
    )  # fmt: skip
    for number in (1, 2, 3):
        image = nibabel.load(tmp_path / f"{number}.nii.gz")
        index = np.argwhere(np.asarray(image.dataobj) > 0)
        places = nibabel.affines.apply_affine(image.affine, index)
        mine = np.rint(volume.geometry.ras_to_index(places)).astype(int)
        assert (labels.array[tuple(mine.T)] == number).all()
        assert len(index) == (labels.array == number).sum()


def test_an_error_of_the_disk_keeps_its_number(volume: Volume, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    dataset.Rows = dataset.Columns = 256
    dataset.PixelData = bytes(2 * 256 * 256)  # more than a stream keeps back until it is closed
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large") as told:
            save(dataset, tmp_path / "a.dcm")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert told.value.errno == errno.EFBIG and "Traceback" not in str(told.value)
