"""kidview export: every form from one label map, told and checked."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
import typer
from typer.testing import CliRunner, Result

from kidview.cli import main
from kidview.cli.export import export
from kidview.core.errors import GridMismatch, KidViewError, PartlyOutside, WriteError
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
        (("--format", "stl"), "no name for STL"),
        (("--made", "up"), "not made up"),
        (("--label", "liver"), "no label liver"),
        (("--as", "ROI-1"), "names no label"),
        (("--keep-uids",), "say how names are taken out"),
        (("--as", "ROI-1=cyst"), "labels.nii.gz is none"),
        (("--deidentify", "--with-series", "no/copy"), "no does not exist"),
    ],
)
def test_slips_are_told_before_any_work(
    words: tuple[str, ...], why: str, volume: Volume, labels: Path, tmp_path: Path
) -> None:
    with pytest.raises(KidViewError, match=why):
        run(volume.source.path, labels, tmp_path / "o.dcm", *words)
    assert not (tmp_path / "o.dcm").exists()


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("o.stl", ("--each-lesion",), "--each-lesion holds for the formats seg, .* stl is none"),
        ("o.stl", ("--deidentify",), "--deidentify holds for the formats seg"),
        ("o.nii.gz", ("--label", "tumour"), "--label holds for .* ply, and nifti is none"),
        ("o.nrrd", ("--made", "manual"), "--made holds for the formats seg"),
        ("o.obj", ("--model", "x"), "--model holds for the formats seg"),
    ],
)
def test_no_option_is_ignored_in_silence(
    name: str, words: tuple[str, ...], why: str, volume: Volume, labels: Path, tmp_path: Path
) -> None:
    with pytest.raises(KidViewError, match=why):
        run(volume.source.path, labels, tmp_path / name, *words)
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("form", ["seg", "labelmap", "rtstruct"])
def test_a_label_can_leave_alone(form: str, volume: Volume, labels: Path, tmp_path: Path) -> None:
    result = run(
        volume.source.path, labels, tmp_path / "a.dcm", "--format", form, "--label", "tumour"
    )
    again = read_labels(tmp_path / "a.dcm", volume.geometry, volume.source)
    assert np.array_equal(again.array, np.where(made_up(volume).array == 2, 2, 0))
    assert "left out" not in result.stderr


def test_a_label_that_is_not_there_cannot_leave(
    volume: Volume, labels: Path, tmp_path: Path
) -> None:
    run(volume.source.path, labels, tmp_path / "t.dcm", "--label", "tumour")
    with pytest.raises(KidViewError, match="there is no cyst to write"):
        run(volume.source.path, tmp_path / "t.dcm", tmp_path / "a.dcm", "--label", "cyst")


@pytest.mark.parametrize(
    ("name", "why"), [("a.dcm", "a.dcm exists"), ("no/a.dcm", "no does not exist"),
                      ("no/a.stl", "no does not exist")]
)  # fmt: skip
def test_the_place_is_looked_at_before_the_scan(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").touch()
    with pytest.raises(WriteError, match=why):
        run(tmp_path / "no scan", tmp_path / "no labels", tmp_path / name)


@pytest.mark.parametrize("form", ["seg", "labelmap", "rtstruct", "report"])
def test_a_disk_without_room_is_told_in_one_sentence(
    form: str, volume: Volume, labels: Path, tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(WriteError, match=r"could not be written \(File too large\)") as told:
            run(volume.source.path, labels, tmp_path / "a.dcm", "--format", form)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "\n" not in str(told.value) and "Traceback" not in str(told.value)
    assert not list(tmp_path.glob("*.dcm")) and not list(tmp_path.glob(".kidview*"))


def test_the_command_line_names_force(
    volume: Volume, labels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.dcm").touch()
    words = ["export", str(volume.source.path), str(labels), str(tmp_path / "a.dcm")]
    assert main(words) == 1
    assert "or add --force to replace it" in capsys.readouterr().err


def test_what_lies_outside_is_taken_partly_when_asked(
    volume: Volume, labels: Path, tmp_path: Path
) -> None:
    run(volume.source.path, labels, tmp_path / "rt.dcm", "--format", "rtstruct")
    part = tmp_path / "part"
    part.mkdir()
    for one in sorted(volume.source.header["files"])[:8]:
        shutil.copy(one, part)
    words = (part, tmp_path / "rt.dcm", tmp_path / "x.nii.gz")
    with pytest.raises(PartlyOutside, match="1 image not in this series .* add --partly"):
        run(*words)
    run(*words, "--partly")
    assert (tmp_path / "x.nii.gz").exists()


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
