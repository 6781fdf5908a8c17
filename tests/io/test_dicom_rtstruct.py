"""RTSTRUCT: contours along pixel edges that fill to the same voxels; odd files read or refused."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from skimage.draw import polygon2mask

from kidview.core.errors import BrokenFile, GridMismatch, ReadError, WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import Maker, read_labels, read_scan
from kidview.io import dicom_rtstruct_write as writing
from kidview.io.contours import outlines
from kidview.io.dicom_rtstruct_write import write_rtstruct
from tests.io.labelled_series import (
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


@pytest.fixture
def written(volume: Volume, tmp_path: Path) -> Path:
    write_rtstruct(made_up(volume), volume.source, tmp_path / "rt.dcm")
    return tmp_path / "rt.dcm"


def back(path: Path, volume: Volume, **options: Any) -> LabelMap:
    return read_labels(path, volume.geometry, volume.source, **options)


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    dataset = pydicom.dcmread(path)
    change(dataset)
    other = path.with_name("changed.dcm")
    dataset.save_as(other)
    return other


def contours(dataset: Any) -> list[Any]:
    return [item for row in dataset.ROIContourSequence for item in row.ContourSequence]


@pytest.mark.parametrize("case", GRIDS, ids=lambda case: case.name)
def test_labels_come_back_voxel_by_voxel_on_any_grid(
    case: GridCase, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(case, write_series)
    labels = made_up(volume)
    receipt = write_rtstruct(labels, volume.source, tmp_path / "rt.dcm")
    again = back(tmp_path / "rt.dcm", volume)
    assert np.array_equal(again.array, labels.array) and not again.notes
    assert "Dice 1.0000" in receipt.summary()


def test_skimage_fills_the_contours_to_the_same_voxels(volume: Volume, written: Path) -> None:
    dataset = pydicom.dcmread(written)
    corners = {
        str(one.SOPInstanceUID): np.array(one.ImagePositionPatient, float)
        for one in (pydicom.dcmread(path) for path in volume.source.header["files"])
    }
    labels = made_up(volume).array
    for number, row in enumerate(dataset.ROIContourSequence, 1):
        found = {uid: np.zeros((20, 26), np.bool_) for uid in corners}
        for item in row.ContourSequence:
            uid = str(item.ContourImageSequence[0].ReferencedSOPInstanceUID)
            points = np.array(item.ContourData, float).reshape(-1, 3) - corners[uid]
            assert np.abs(points[:, 2]).max() < 1e-3
            found[uid] ^= polygon2mask((20, 26), points[:, [1, 0]] / (0.8, 0.7))
        order = sorted(corners, key=lambda uid: corners[uid][2])
        mask = np.stack([found[uid] for uid in order])
        assert np.array_equal(mask, labels[:, ::-1, ::-1] == number)


def test_contours_run_along_edges_and_are_closed_with_three_points_or_more(written: Path) -> None:
    for item in contours(pydicom.dcmread(written)):
        points = np.array(item.ContourData, float).reshape(-1, 3)
        assert len(points) == item.NumberOfContourPoints >= 3
        assert item.ContourGeometricType == "CLOSED_PLANAR"
        halves = (points[:, :2] - (10.0, 20.0)) / (0.7, 0.8) - 0.5
        assert np.abs(halves - np.rint(halves)).max() < 1e-3


def test_structures_are_named_coloured_and_refer_to_every_image(
    volume: Volume, tmp_path: Path
) -> None:
    maker = Maker("AUTOMATIC", "kidview-small", "0.3.1")
    write_rtstruct(made_up(volume), volume.source, tmp_path / "rt.dcm", maker=maker)
    rt = pydicom.dcmread(tmp_path / "rt.dcm")
    assert [row.ROIName for row in rt.StructureSetROISequence] == ["kidney", "tumour", "cyst"]
    assert {row.ROIGenerationAlgorithm for row in rt.StructureSetROISequence} == {"AUTOMATIC"}
    assert rt.StructureSetROISequence[0].ROIGenerationDescription == "kidview-small 0.3.1"
    assert list(rt.ROIContourSequence[0].ROIDisplayColor) == [0x56, 0xB4, 0xE9]
    frame = rt.ReferencedFrameOfReferenceSequence[0]
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == "1.2.3" and len(series.ContourImageSequence) == 9
    assert frame.FrameOfReferenceUID == rt.FrameOfReferenceUID == "1.2.3.7"


@pytest.mark.parametrize("case", [UNEVEN, TILTED], ids=lambda case: case.name)
def test_a_resampled_scan_gets_its_contours_on_the_original_slices(
    case: GridCase, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(case, write_series)
    labels = np.zeros(volume.hu.shape, np.uint8)
    middle = labels.shape[1] // 2
    labels[:, middle - 4 : middle + 4, 5:15] = 1
    write_rtstruct(LabelMap(labels, volume.geometry), volume.source, tmp_path / "rt.dcm")
    places = {
        str(one.SOPInstanceUID): float(one.ImagePositionPatient[2])
        for one in (pydicom.dcmread(path) for path in volume.source.header["files"])
    }
    items = contours(pydicom.dcmread(tmp_path / "rt.dcm"))
    assert len(items) == 9
    for item in items:
        uid = str(item.ContourImageSequence[0].ReferencedSOPInstanceUID)
        assert float(item.ContourData[2]) == pytest.approx(places[uid], abs=1e-3)
    again = back(tmp_path / "rt.dcm", volume).array
    assert 2 * ((again > 0) & (labels > 0)).sum() / ((again > 0).sum() + (labels > 0).sum()) > 0.9


def test_what_reads_back_too_different_is_not_kept(
    volume: Volume, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "outlines", lambda mask: [p * 0.97 for p in outlines(mask)])
    with pytest.raises(WriteError, match="Dice of 0"):
        write_rtstruct(made_up(volume), volume.source, tmp_path / "rt.dcm")
    assert not (tmp_path / "rt.dcm").exists()


def test_holes_are_read_as_keyhole_nested_or_xor(volume: Volume, written: Path) -> None:
    def ring(dataset: Any, kind: str) -> None:
        z = float(contours(dataset)[0].ContourData[2])
        squares = [
            [(10 + 0.7 * (a - 0.5), 20 + 0.8 * (b - 0.5), z) for a, b in corners]
            for corners in (
                [(3, 3), (15, 3), (15, 14), (3, 14)], [(6, 6), (10, 6), (10, 9), (6, 9)],
            )
        ]  # fmt: skip
        outer, inner = squares
        if kind == "keyhole":
            squares = [[*outer, outer[0], *inner, inner[0]]]
        first = dataset.ROIContourSequence[0].ContourSequence[0]
        image = first.ContourImageSequence
        items = []
        for points in squares:
            item = pydicom.Dataset()
            item.ContourGeometricType = "CLOSEDPLANAR_XOR" if kind == "xor" else "CLOSED_PLANAR"
            item.ContourImageSequence = image
            item.NumberOfContourPoints = len(points)
            item.ContourData = [f"{mm:.4f}" for point in points for mm in point]
            items.append(item)
        for row in dataset.ROIContourSequence:
            row.ContourSequence = []
        dataset.ROIContourSequence[0].ContourSequence = items

    for kind in ("keyhole", "nested", "xor"):
        found = back(changed(written, lambda dataset, kind=kind: ring(dataset, kind)), volume)
        assert (found.array > 0).sum() == 12 * 11 - 4 * 3, kind
        (z, *_) = np.nonzero((found.array > 0).any(axis=(1, 2)))
        plane = found.array[int(z[0]), ::-1, ::-1]
        assert plane[3, 3] == 1 and plane[7, 7] == 0 and plane[13, 14] == 1, kind


def test_contours_between_slices_go_to_the_nearest_and_it_is_said(
    volume: Volume, written: Path
) -> None:
    def lift(dataset: Any) -> None:
        for item in contours(dataset):
            points = np.array(item.ContourData, float).reshape(-1, 3) + (0, 0, 0.9)
            item.ContourData = [f"{mm:.4f}" for mm in points.ravel()]

    found = back(changed(written, lift), volume)
    assert np.array_equal(found.array, made_up(volume).array)
    assert "Between slices, put on the nearest" in found.notes[0].text


def test_points_and_open_contours_are_left_out_and_it_is_said(
    volume: Volume, written: Path
) -> None:
    def thin(dataset: Any) -> None:
        first, second = dataset.ROIContourSequence[0].ContourSequence[:2]
        first.ContourGeometricType, first.ContourData = "POINT", first.ContourData[:3]
        second.ContourGeometricType = "OPEN_PLANAR"

    found = back(changed(written, thin), volume)
    assert "Points, lines and open contours left out: 2" in found.notes[0].text


def test_overlapping_structures_keep_the_tumour(volume: Volume, written: Path) -> None:
    def grow(dataset: Any) -> None:
        kidney, tumour = dataset.ROIContourSequence[:2]
        kidney.ContourSequence = [*tumour.ContourSequence]

    found = back(changed(written, grow), volume)
    expected = made_up(volume).array
    assert np.array_equal(found.array == 2, expected == 2) and not (found.array == 1).any()
    assert f"overlap in {(expected == 2).sum()} voxels" in found.notes[0].text


def test_half_a_point_is_refused(volume: Volume, written: Path) -> None:
    def cut(dataset: Any) -> None:
        item = contours(dataset)[0]
        item.ContourData = item.ContourData[:-1]

    with pytest.raises(BrokenFile, match="not whole"):
        back(changed(written, cut), volume)


def test_contours_across_the_slices_are_refused(volume: Volume, written: Path) -> None:
    def tip(dataset: Any) -> None:
        item = contours(dataset)[0]
        points = np.array(item.ContourData, float).reshape(-1, 3)
        points[:, 2] += np.linspace(0, 3, len(points))
        item.ContourData = [f"{mm:.4f}" for mm in points.ravel()]

    with pytest.raises(GridMismatch, match="cross the scan's slices"):
        back(changed(written, tip), volume)


def test_another_series_is_refused(written: Path, write_series: Writer) -> None:
    corners = [(10.0, 20.0, 2.5 * n) for n in range(9)]
    other = read_scan(
        write_series(corners, np.zeros((9, 20, 26), np.int16), folder="other", uid="9.9.9")
    )
    with pytest.raises(GridMismatch, match="another series"):
        back(written, other)


def test_a_file_that_names_no_images_needs_the_scans_frame_of_reference(
    volume: Volume, written: Path
) -> None:
    def silent(dataset: Any) -> None:
        for item in contours(dataset):
            del item.ContourImageSequence

    path = changed(written, silent)
    assert np.array_equal(back(path, volume).array, made_up(volume).array)

    def elsewhere(dataset: Any) -> None:
        dataset.FrameOfReferenceUID = "9.9"
        for row in dataset.StructureSetROISequence:
            row.ReferencedFrameOfReferenceUID = "9.9"

    with pytest.raises(GridMismatch, match="does not say which images"):
        back(changed(path, elsewhere), volume)


def test_part_of_the_series_is_refused_unless_asked_for(
    volume: Volume, written: Path, tmp_path: Path
) -> None:
    part = tmp_path / "part"
    part.mkdir()
    for one in volume.source.header["files"][2:7]:
        shutil.copy(one, part)
    smaller = read_scan(part)
    with pytest.raises(GridMismatch, match="4 images not in this series"):
        back(written, smaller)
    found = back(written, smaller, resample=True)
    assert np.array_equal(found.array, made_up(volume).array[2:7])


@pytest.mark.parametrize("each_lesion", [False, True])
def test_the_validator_finds_no_error(volume: Volume, each_lesion: bool, tmp_path: Path) -> None:
    write_rtstruct(made_up(volume), volume.source, tmp_path / "s.dcm", each_lesion=each_lesion)
    assert dciodvfy_errors(tmp_path / "s.dcm") == []


@pytest.fixture
def mock(real_data: Path) -> Path:
    return real_data / "dicom_odd" / "rtstruct" / "mock_data"


def test_a_real_file_with_a_rewritten_frame_of_reference_is_read(mock: Path) -> None:
    volume = read_scan(mock / "ct_1.dcm")
    with pytest.raises(ReadError, match="holds ROI-1: none is a kidney"):
        back(mock / "rt.dcm", volume)
    found = back(mock / "rt.dcm", volume, roles={"ROI-1": 1})
    outer, inner = (
        np.array(item.ContourData, float).reshape(-1, 3)
        for item in contours(pydicom.dcmread(mock / "rt.dcm"))
    )
    planes = [
        polygon2mask((512, 512), (points[:, [1, 0]] + 125) / 0.488281) for points in (outer, inner)
    ]
    plane = found.array[0, ::-1, ::-1] == 1
    assert (plane ^ planes[0] ^ planes[1]).sum() <= 0.01 * plane.sum()  # skimage's own edges
    assert not found.array[1].any()
    assert any("frame of reference is not the scan's" in note.text for note in found.notes)


@pytest.mark.parametrize("name", ["invalid_reference_rt", "non_existent_reference_rt"])
def test_real_files_with_wrong_references_are_refused_with_the_reason(
    name: str, mock: Path
) -> None:
    volume = read_scan(mock / "ct_1.dcm")
    with pytest.raises(GridMismatch, match="1 image not in this series"):
        back(mock / f"{name}.dcm", volume, roles={"ROI-1": 1})
    found = back(mock / f"{name}.dcm", volume, roles={"ROI-1": 1}, resample=True)
    assert any("Outside this scan, left out: 1 contour" in note.text for note in found.notes)


def test_a_series_of_several_studies_is_refused(real_data: Path, tmp_path: Path) -> None:
    volume = read_scan(real_data / "dicom_odd" / "rtstruct" / "oriented_data")
    labels = np.ones(volume.hu.shape, np.uint8)
    with pytest.raises(WriteError, match="several study UIDs"):
        write_rtstruct(LabelMap(labels, volume.geometry), volume.source, tmp_path / "rt.dcm")
