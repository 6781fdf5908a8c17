"""The measurement report: numbers, codes, references as highdicom and the validator read them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import highdicom
import numpy as np
import pydicom
import pytest
from pydicom.sr.codedict import codes

from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.io import (
    Choices,
    Disguise,
    Maker,
    Reported,
    dicom_report,
    export_labels,
    export_of,
    write_report,
)
from kidview.io.deidentify import deidentify
from kidview.io.dicom_report import numbers_in
from kidview.io.dicom_seg_write import write_seg
from tests.io.labelled_series import GRIDS, dciodvfy_errors, made_up, open_grid

Writer = Callable[..., Path]
MEASURES = (Reported(2, 24.71234, 33.3, 20.125), Reported(3, 9.9))


@pytest.fixture
def volume(write_series: Writer) -> Volume:
    return open_grid(GRIDS[0], write_series)


@pytest.fixture
def seg(volume: Volume, tmp_path: Path) -> Path:
    write_seg(made_up(volume), volume.source, tmp_path / "seg.dcm")
    return tmp_path / "seg.dcm"


def groups(path: Path) -> list[Any]:
    report = highdicom.sr.srread(path)
    return list(report.content.get_volumetric_roi_measurement_groups())


def test_highdicom_reads_each_lesions_numbers_and_segment(
    volume: Volume, seg: Path, tmp_path: Path
) -> None:
    maker = Maker("AUTOMATIC", "kidview-small", "0.3.1")
    receipt = write_report(MEASURES, seg, volume.source, tmp_path / "sr.dcm", maker=maker)
    tumour, cyst = groups(tmp_path / "sr.dcm")
    told = [(m.name, m.value, m.unit.value) for m in tumour.get_measurements()]
    assert told == [
        (codes.SCT.Volume, 24.712, "ml"),
        (codes.SCT.LongAxis, 33.3, "mm"),
        (codes.SCT.ShortAxis, 20.125, "mm"),
    ]
    assert [m.value for m in cyst.get_measurements()] == [9.9]
    assert tumour.finding_type == codes.SCT.Neoplasm and cyst.finding_type == codes.SCT.Cyst
    assert tumour.finding_sites[0].value == codes.SCT.Kidney
    row = pydicom.dcmread(seg).SegmentSequence[1]
    assert tumour.tracking_uid == row.TrackingUID
    reference = tumour.referenced_segment
    assert reference.referenced_sop_instance_uid == pydicom.dcmread(seg).SOPInstanceUID
    assert "numbers read back equal" in receipt.summary()
    words = pydicom.dcmread(tmp_path / "sr.dcm").SeriesDescription
    assert words.endswith("Not a medical device.") and len(words) <= 64


def test_it_says_what_it_is_not(volume: Volume, seg: Path, tmp_path: Path) -> None:
    write_report(MEASURES, seg, volume.source, tmp_path / "sr.dcm")
    assert "Research use only" in pydicom.dcmread(tmp_path / "sr.dcm").SeriesDescription


@pytest.mark.parametrize("disguised", [False, True])
def test_the_validator_finds_no_error(
    disguised: bool, volume: Volume, seg: Path, tmp_path: Path
) -> None:
    change = partial(deidentify, disguise=Disguise()) if disguised else None
    write_report(MEASURES, seg, volume.source, tmp_path / "sr.dcm", change=change)
    assert dciodvfy_errors(tmp_path / "sr.dcm") == []
    assert numbers_in(pydicom.dcmread(tmp_path / "sr.dcm")) == [24.712, 33.3, 20.125, 9.9]
    assert (b"Secret" in (tmp_path / "sr.dcm").read_bytes()) != disguised


def test_a_segment_that_is_not_there_is_refused(volume: Volume, seg: Path, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="no segment 7"):
        write_report([Reported(7, 1.0)], seg, volume.source, tmp_path / "sr.dcm")
    with pytest.raises(WriteError, match="no measure"):
        write_report([], seg, volume.source, tmp_path / "sr.dcm")
    assert not (tmp_path / "sr.dcm").exists()


def test_other_numbers_are_not_kept(
    volume: Volume, seg: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = dicom_report._report
    wrong = (Reported(2, 24.713, 33.3, 20.125), MEASURES[1])
    monkeypatch.setattr(dicom_report, "_report", lambda _m, *more: made(wrong, *more))
    with pytest.raises(WriteError, match="other numbers"):
        write_report(MEASURES, seg, volume.source, tmp_path / "sr.dcm")


@pytest.mark.parametrize("disguise", [None, Disguise()])
def test_a_report_is_exported_with_the_segments_it_tells_of(
    disguise: Disguise | None, volume: Volume, tmp_path: Path
) -> None:
    def measure(numbers: Any, segments: Any, geometry: Any) -> tuple[Reported, ...]:
        return tuple(
            Reported(n, int((numbers == n).sum()) * geometry.voxel_ml)
            for n, segment in enumerate(segments, 1)
            if segment.label != 1
        )

    path = tmp_path / "report.dcm"
    choices = Choices(disguise=disguise, measure=measure)
    labels = made_up(volume, has_specks=False)
    labels = LabelMap(
        np.where(np.arange(26) == 2, 2, labels.array).astype(np.uint8), labels.geometry
    )
    reported, segmented = export_labels(
        labels, volume.source, path, export_of(path, "report"), choices
    )
    assert segmented.path == tmp_path / "report_seg.dcm" and reported.path == path
    seg = pydicom.dcmread(segmented.path)
    rows = groups(path)
    assert len(rows) == len(seg.SegmentSequence) - 1
    by_uid = {row.TrackingUID: row.SegmentNumber for row in seg.SegmentSequence}
    frames = seg.pixel_array
    for row in rows:
        assert row.referenced_segment.referenced_sop_instance_uid == seg.SOPInstanceUID
        number = by_uid[row.tracking_uid]
        mine = [
            frames[n].sum()
            for n, group in enumerate(seg.PerFrameFunctionalGroupsSequence)
            if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == number
        ]
        ml = sum(mine) * labels.geometry.voxel_ml
        assert row.get_measurements()[0].value == pytest.approx(ml, abs=1e-3)
    for file in (path, segmented.path):
        assert (b"Secret" in file.read_bytes()) == (disguise is None)
        assert dciodvfy_errors(file) == []


@pytest.mark.parametrize("disguise", [None, Disguise()])
def test_a_report_that_fails_leaves_no_segments_behind(
    disguise: Disguise | None, volume: Volume, tmp_path: Path
) -> None:
    choices = Choices(disguise=disguise, measure=lambda *_asked: ())  # only kidneys: no measures
    path = tmp_path / "report.dcm"
    with pytest.raises(WriteError, match="no measure to report"):
        export_labels(made_up(volume), volume.source, path, export_of(path, "report"), choices)
    assert not list(tmp_path.glob("report*"))
