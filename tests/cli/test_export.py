"""kidview export: every form from one label map, told and checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
import typer
from typer.testing import CliRunner, Result

from kidview.cli.export import export
from kidview.core.errors import GridMismatch, KidViewError, WriteError
from kidview.core.volume import Volume
from kidview.io import EXPORTS, read_labels, read_scan, write_labels
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid


@pytest.fixture
def volume(write_series: Callable[..., Path]) -> Volume:  # noqa: F811
    return open_grid(GRIDS[0], write_series)


@pytest.fixture
def labels(volume: Volume, tmp_path: Path) -> Path:
    path = tmp_path / "labels.nii.gz"
    write_labels(made_up(volume), volume.source, path)
    return path


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(export)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("row", EXPORTS, ids=lambda row: row.key)
def test_every_form_is_written_and_told(
    row: Any, volume: Volume, labels: Path, tmp_path: Path
) -> None:
    output = tmp_path / f"out{row.suffixes[0]}"
    result = run(volume.source.path, labels, output, "--format", row.key)
    assert "read back" in result.stdout
    if row.is_lossless and row.key != "report":
        again = read_labels(output, volume.geometry, volume.source)
        assert np.array_equal(again.array, made_up(volume).array)
    elif row.key == "report":
        again = read_labels(tmp_path / "out_seg.dcm", volume.geometry, volume.source)
        assert np.array_equal(again.array, made_up(volume).array)
    else:
        assert len(list(tmp_path.glob(f"out_*{row.suffixes[0]}"))) == 3


def test_the_form_follows_from_the_name(volume: Volume, labels: Path, tmp_path: Path) -> None:
    run(volume.source.path, labels, tmp_path / "a.dcm")
    assert pydicom.dcmread(tmp_path / "a.dcm").Modality == "SEG"
    run(volume.source.path, labels, tmp_path / "a.stl", "--label", "tumour")
    assert (tmp_path / "a.stl").exists()


def test_contours_become_a_label_map_again(volume: Volume, labels: Path, tmp_path: Path) -> None:
    run(volume.source.path, labels, tmp_path / "rt.dcm", "--format", "rtstruct")
    run(volume.source.path, tmp_path / "rt.dcm", tmp_path / "back.nii.gz")
    one, other = nibabel.load(labels), nibabel.load(tmp_path / "back.nii.gz")
    assert np.array_equal(np.asarray(one.dataobj), np.asarray(other.dataobj))


def test_json_tells_every_file(volume: Volume, labels: Path, tmp_path: Path) -> None:
    told = json.loads(run(volume.source.path, labels, tmp_path / "m.ply", "--json").stdout)
    assert [Path(one["path"]).name for one in told["files"]] == [
        "m_kidney.ply", "m_tumour.ply", "m_cyst.ply",
    ]  # fmt: skip
    assert told["names_patient"] is False
    assert all(one["proof"].startswith("read back closed") for one in told["files"])


def test_who_made_the_labels_is_written(volume: Volume, labels: Path, tmp_path: Path) -> None:
    run(
        volume.source.path, labels, tmp_path / "a.dcm", "--made", "automatic",
        "--model", "kidview-small/0.3.1", "--each-lesion",
    )  # fmt: skip
    row = pydicom.dcmread(tmp_path / "a.dcm").SegmentSequence[0]
    assert row.SegmentAlgorithmType == "AUTOMATIC" and row.SegmentAlgorithmName == "kidview-small"


def test_names_are_taken_out_with_a_series_that_fits(
    volume: Volume, labels: Path, tmp_path: Path
) -> None:
    plain = run(volume.source.path, labels, tmp_path / "a.dcm")
    assert "names the patient" in plain.stderr and b"Secret" in (tmp_path / "a.dcm").read_bytes()
    result = run(
        volume.source.path, labels, tmp_path / "b.dcm", "--deidentify", "--pseudonym", "case 1",
        "--with-series", tmp_path / "copy",
    )  # fmt: skip
    assert "Copied 9 files" in result.stdout and "names the patient" not in result.stderr
    copy = read_scan(tmp_path / "copy")
    again = read_labels(tmp_path / "b.dcm", copy.geometry, copy.source)
    assert np.array_equal(again.array, made_up(volume).array)
    assert pydicom.dcmread(tmp_path / "b.dcm").PatientID == "case 1"


def test_parts_with_other_names_are_told_and_can_be_named(
    volume: Volume, labels: Path, tmp_path: Path
) -> None:
    run(volume.source.path, labels, tmp_path / "rt.dcm", "--format", "rtstruct")
    dataset = pydicom.dcmread(tmp_path / "rt.dcm")
    for n, row in enumerate(dataset.StructureSetROISequence):
        row.ROIName = f"ROI-{n}"
    for row in dataset.RTROIObservationsSequence:
        del row.RTROIIdentificationCodeSequence
    dataset.save_as(tmp_path / "odd.dcm")
    with pytest.raises(KidViewError, match="--as 'ROI-0=tumour'"):
        run(volume.source.path, tmp_path / "odd.dcm", tmp_path / "x.nii.gz")
    result = run(
        volume.source.path, tmp_path / "odd.dcm", tmp_path / "x.nii.gz", "--as", "ROI-1=cyst"
    )
    assert "ROI-0, ROI-2" in result.stderr and "cyst" in result.stdout


def test_dicom_forms_need_a_dicom_series(volume: Volume, labels: Path, tmp_path: Path) -> None:
    hu = nibabel.Nifti1Image(np.zeros(nibabel.load(labels).shape, np.int16), np.eye(4))
    nibabel.save(hu, tmp_path / "scan.nii.gz")
    mask = nibabel.Nifti1Image(np.ones(hu.shape, np.uint8), np.eye(4))
    nibabel.save(mask, tmp_path / "mask.nii.gz")
    with pytest.raises(WriteError, match="needs the DICOM series"):
        run(tmp_path / "scan.nii.gz", tmp_path / "mask.nii.gz", tmp_path / "s.dcm")
    run(tmp_path / "scan.nii.gz", tmp_path / "mask.nii.gz", tmp_path / "s.stl")
    assert (tmp_path / "s.stl").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--format", "vtk"), "no format vtk"),
        (("--format", "stl"), "no name of a STL"),
        (("--made", "up"), "not made up"),
        (("--label", "liver"), "no label liver"),
        (("--as", "ROI-1"), "names no label"),
        (("--keep-uids",), "say how names are taken out"),
    ],
)
def test_slips_are_told_before_any_work(
    words: tuple[str, ...], why: str, volume: Volume, labels: Path, tmp_path: Path
) -> None:
    with pytest.raises(KidViewError, match=why):
        run(volume.source.path, labels, tmp_path / "o.dcm", *words)
    assert not (tmp_path / "o.dcm").exists()


def test_an_existing_file_needs_force(volume: Volume, labels: Path, tmp_path: Path) -> None:
    run(volume.source.path, labels, tmp_path / "a.dcm")
    with pytest.raises(WriteError, match="exists already"):
        run(volume.source.path, labels, tmp_path / "a.dcm")
    run(volume.source.path, labels, tmp_path / "a.dcm", "--force")


def test_labels_of_another_grid_are_refused(volume: Volume, tmp_path: Path) -> None:
    nibabel.save(
        nibabel.Nifti1Image(np.ones((4, 5, 6), np.uint8), np.eye(4)), tmp_path / "m.nii.gz"
    )
    with pytest.raises(GridMismatch):
        run(volume.source.path, tmp_path / "m.nii.gz", tmp_path / "a.dcm")
