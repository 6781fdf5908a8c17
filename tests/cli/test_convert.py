"""kidview convert keeps voxels and geometry."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from kidview.cli.convert import convert
from kidview.core.errors import WriteError
from kidview.io import SeveralScans

AFFINE = np.array([[0, 0, -0.7, 3], [0, -0.8, 0, 4], [-2.5, 0, 0, 5], [0, 0, 0, 1.0]])


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    hu = (np.arange(5 * 6 * 7).reshape(5, 6, 7) - 100).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(hu, AFFINE), tmp_path / "scan.nii.gz")
    return tmp_path / "scan.nii.gz"


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(convert)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("between", ["copy.nrrd", "copy.nii"])
def test_there_and_back_is_the_same_scan(between: str, scan: Path, tmp_path: Path) -> None:
    run(scan, "-o", tmp_path / between)
    result = run(tmp_path / between, "-o", tmp_path / "back.nii.gz")
    assert "read back equal with nibabel" in result.stdout
    one, other = nibabel.load(scan), nibabel.load(tmp_path / "back.nii.gz")
    assert np.array_equal(np.asanyarray(one.dataobj), np.asanyarray(other.dataobj))
    assert np.allclose(one.affine, other.affine, atol=1e-5)


def test_json_is_the_receipt(scan: Path, tmp_path: Path) -> None:
    told = json.loads(run(scan, "-o", tmp_path / "copy.nii", "--json").stdout)
    assert told["kind"] == "scan"
    assert told["shape"] == [5, 6, 7]
    assert len(told["sha256"]) == 64
    assert told["scan_notes"] == []


def test_an_existing_file_needs_force(scan: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.nii.gz"
    run(scan, "-o", target)
    with pytest.raises(WriteError, match="exists already"):
        run(scan, "-o", target)
    run(scan, "-o", target, "--force")


def test_the_source_is_not_replaced_even_by_force(scan: Path) -> None:
    with pytest.raises(WriteError, match="is the scan itself"):
        run(scan, "-o", scan, "--force")


def test_a_frame_is_chosen_by_its_number(tmp_path: Path) -> None:
    hu = np.stack([np.full((4, 5, 6), value, np.int16) for value in (10, 20, 30)], axis=3)
    nibabel.save(nibabel.Nifti1Image(hu, AFFINE), tmp_path / "four.nii.gz")
    with pytest.raises(SeveralScans, match="--frame: 1, 2, 3"):
        run(tmp_path / "four.nii.gz", "-o", tmp_path / "one.nii.gz")
    run(tmp_path / "four.nii.gz", "-o", tmp_path / "one.nii.gz", "--frame", "2")
    assert np.unique(nibabel.load(tmp_path / "one.nii.gz").dataobj).tolist() == [20]
