"""DICOM SEG of others: overlapping, fractional, of other organs, grids and series."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest

from kidview.core.errors import GridMismatch, KidViewError, ReadError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import Maker, read_labels, read_scan
from kidview.io import dicom_seg_write as writing
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_seg_write import write_seg
from kidview.io.segments import label_of
from tests.io.labelled_series import GRIDS, made_up, open_grid

Writer = Callable[..., Path]


@pytest.fixture
def volume(write_series: Writer) -> Volume:
    return open_grid(GRIDS[0], write_series)


def back(path: Path, volume: Volume, **options: Any) -> LabelMap:
    return read_labels(path, volume.geometry, volume.source, **options)


def alike(path: Path, change: Callable[[Any], None]) -> Path:
    """A changed copy of a SEG."""
    dataset = pydicom.dcmread(path)
    change(dataset)
    other = path.with_name("changed.dcm")
    dataset.save_as(other)
    return other


def test_overlaps_are_counted_and_the_tumour_stays(volume: Volume, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")

    def overlap(dataset: Any) -> None:
        pixels = dataset.pixel_array.copy()
        pixels[0:9] |= pixels[9:18]  # the kidney's frames hold the tumour, too
        dataset.PixelData = pydicom.pixels.pack_bits(pixels.ravel())

    other = alike(tmp_path / "s.dcm", overlap)
    found = back(other, volume)
    expected = made_up(volume).array
    assert np.array_equal(found.array, expected)
    (note,) = found.notes
    assert f"overlap in {(expected == 2).sum()} voxels" in note.text


@pytest.mark.parametrize(("top", "most"), [(200, 255), (60, 100)])
def test_fractional_segmentations_are_cut_at_a_half_and_it_is_said(
    top: int, most: int, volume: Volume, tmp_path: Path
) -> None:
    headers = writing.headers_of(Slices.of(volume.source, "a test"), writing.Task())
    values = np.random.default_rng(0).integers(0, top, Slices.of(volume.source, "").shape)
    maker = Maker("MANUAL")
    described = [writing._description(1, writing.Segment(1, "kidney"), maker)]
    seg = highdicom.seg.Segmentation(
        source_images=headers, pixel_array=(values / most).astype(np.float32)[..., None],
        segmentation_type="FRACTIONAL", max_fractional_value=most, segment_descriptions=described,
        series_instance_uid="1.2.3.4", series_number=1, sop_instance_uid="1.2.3.5",
        instance_number=1, manufacturer="a", manufacturer_model_name="b", software_versions="1",
        device_serial_number="1",
    )  # fmt: skip
    seg.save_as(tmp_path / "f.dcm")
    found = back(tmp_path / "f.dcm", volume)
    expected = Slices.of(volume.source, "").to_house((values / most >= 0.5).astype(np.uint8))
    assert np.array_equal(found.array, expected)
    assert "0.5" in found.notes[0].text


def test_segments_of_other_organs_are_named_and_left_out(volume: Volume, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")

    def rename(dataset: Any) -> None:
        row = dataset.SegmentSequence[1]
        row.SegmentLabel = "liver"
        row.SegmentedPropertyTypeCodeSequence[0].CodeValue = "10200004"

    other = alike(tmp_path / "s.dcm", rename)
    found = back(other, volume)
    assert set(np.unique(found.array)) == {0, 1, 3}
    assert "liver" in found.notes[0].text
    assert (back(other, volume, roles={"liver": 2}).array == 2).any()
    with pytest.raises(ReadError, match="no segment 'spleen'"):
        back(other, volume, roles={"spleen": 2})


def test_another_series_is_refused(volume: Volume, write_series: Writer, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")
    corners = [(10.0, 20.0, 2.5 * n) for n in range(9)]
    pixels = np.zeros((9, 20, 26), np.int16)
    other = read_scan(write_series(corners, pixels, folder="other", uid="9.9.9"))
    with pytest.raises(GridMismatch, match="another series"):
        back(tmp_path / "s.dcm", other)


def test_part_of_the_series_is_refused_unless_asked_for(volume: Volume, tmp_path: Path) -> None:
    labels = made_up(volume)
    write_seg(labels, volume.source, tmp_path / "s.dcm")
    part = tmp_path / "part"
    part.mkdir()
    for one in volume.source.header["files"][2:7]:
        shutil.copy(one, part)
    smaller = read_scan(part)
    with pytest.raises(GridMismatch, match="outside this scan"):
        back(tmp_path / "s.dcm", smaller)
    found = back(tmp_path / "s.dcm", smaller, resample=True)
    assert np.array_equal(found.array, labels.array[2:7])


def test_a_flipped_and_cropped_frame_is_put_where_it_lies(volume: Volume, tmp_path: Path) -> None:
    labels = np.zeros(volume.hu.shape, np.uint8)
    labels[3, 5:9, 6:14] = 1
    write_seg(LabelMap(labels, volume.geometry), volume.source, tmp_path / "s.dcm")

    def turn(dataset: Any) -> None:
        pixels = dataset.pixel_array[:, ::-1, ::-1][:, 1:, 2:].copy()
        dataset.Rows, dataset.Columns = pixels.shape[1:]
        dataset.PixelData = pydicom.pixels.pack_bits(pixels.ravel())
        shared = dataset.SharedFunctionalGroupsSequence[0]
        shared.PlaneOrientationSequence[0].ImageOrientationPatient = [-1, 0, 0, 0, -1, 0]
        for group in dataset.PerFrameFunctionalGroupsSequence:
            place = group.PlanePositionSequence[0]
            x, y, z = place.ImagePositionPatient
            place.ImagePositionPatient = [x + 0.7 * (25 - 2), y + 0.8 * (19 - 1), z]

    assert np.array_equal(back(alike(tmp_path / "s.dcm", turn), volume).array, labels)


def test_segments_on_other_pixels_are_refused(volume: Volume, tmp_path: Path) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")

    def finer(dataset: Any) -> None:
        dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [
            0.4,
            0.35,
        ]

    with pytest.raises(GridMismatch, match="pixels of"):
        back(alike(tmp_path / "s.dcm", finer), volume)


def test_labels_of_a_series_are_not_for_a_scan_without_one(
    volume: Volume, write_nifti: Writer, ramp: np.ndarray[Any, Any], tmp_path: Path
) -> None:
    write_seg(made_up(volume), volume.source, tmp_path / "s.dcm")
    with pytest.raises(GridMismatch, match="belongs to a DICOM series"):
        back(tmp_path / "s.dcm", read_scan(write_nifti(ramp)))


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Kidney_L", 1), ("left kidney", 1), ("Niere rechts", None), ("Tumor", 2),
        ("GTV kidney", 2), ("renal mass 2", 2), ("Kidney tumour", 2),
        ("renal cyst", 3), ("kidney cyst 1", 3),
        ("liver tumor", None), ("ROI-1", None), ("cyst of the tumor", None), ("", None),
    ],
)  # fmt: skip
def test_names_are_understood_only_whole(name: str, label: int | None) -> None:
    assert label_of(name) == label


def test_a_neoplasm_of_the_liver_is_none_of_ours() -> None:
    assert label_of("tumour", "108369006", "10200004") is None
    assert label_of("anything", "108369006", "64033007") == 2


@pytest.mark.parametrize(
    ("name", "code", "label"),
    [
        ("liver tumor", "108369006", None), ("left adrenal mass", "4147007", None),
        ("Leberzyste", "367643001", None), ("renal tumour 2", "108369006", 2),
        ("Segment_1", "108369006", 2), ("", "367643001", 3),
        ("organ A", "64033007", 1), ("lesion A", "702391001", 2),
    ],
)  # fmt: skip
def test_a_name_with_a_strange_word_contradicts_a_code_that_names_no_organ(
    name: str, code: str, label: int | None
) -> None:
    assert label_of(name, code) == label


def test_real_segmentations_are_read_right_or_refused_with_the_reason(real_data: Path) -> None:
    folder = real_data / "dicom_odd" / "dicom_seg_ct"
    volume = read_scan(folder / "ct_image.dcm")
    own = folder / "seg_image_ct_binary_single_frame.dcm"
    found = back(own, volume, roles={"first segment": 1})
    # Rows of the house grow toward anterior, those of the file toward posterior.
    assert np.array_equal(found.array[0, ::-1, ::-1], pydicom.dcmread(own).pixel_array)
    refused = {}
    for path in sorted(folder.glob("seg_*")):
        with pytest.raises(KidViewError) as caught:
            back(path, volume)
        refused[path.name] = caught.value.what
    assert "none is a kidney" in refused.pop(own.name)
    assert len(refused) == 4 and all("another series" in why for why in refused.values())


@pytest.mark.parametrize(
    ("name", "frames", "note"),
    [
        ("seg_image_ct_binary", 3, ""), ("seg_image_ct_binary_overlap", 4, "overlap in"),
        ("seg_image_ct_binary_fractional", 3, "0.5"), ("seg_image_ct_true_fractional", 3, "0.5"),
    ],
)  # fmt: skip
def test_real_segmentations_on_a_series_made_for_them(
    name: str, frames: int, note: str, real_data: Path, write_series: Writer
) -> None:
    path = real_data / "dicom_odd" / "dicom_seg_ct" / f"{name}.dcm"
    seg = pydicom.dcmread(path)
    shared = seg.SharedFunctionalGroupsSequence[0]
    places = sorted({tuple(map(float, g.PlanePositionSequence[0].ImagePositionPatient))
                     for g in seg.PerFrameFunctionalGroupsSequence})  # fmt: skip
    near = [place for place in places if place[2] > 0]
    volume = read_scan(
        write_series(
            near, np.zeros((len(near), 16, 16), np.int16),
            PixelSpacing=list(map(float, shared.PixelMeasuresSequence[0].PixelSpacing)),
            FrameOfReferenceUID=seg.FrameOfReferenceUID,
        )
    )  # fmt: skip
    roles = {row.SegmentLabel: n + 1 for n, row in enumerate(seg.SegmentSequence)}
    found = back(path, volume, roles=roles, resample=True)
    most = float(seg.get("MaximumFractionalValue") or 1)
    expected = np.zeros((3, 16, 16), np.uint8)
    for group, plane in zip(seg.PerFrameFunctionalGroupsSequence, seg.pixel_array, strict=True):
        place = tuple(map(float, group.PlanePositionSequence[0].ImagePositionPatient))
        if place in near:
            number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
            expected[near.index(place)][plane / most >= 0.5] = number
    assert np.array_equal(found.array[:, ::-1, ::-1], expected)
    assert note in " | ".join(one.text for one in found.notes)
    assert len(places) == frames
