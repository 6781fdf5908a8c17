"""kidview demo leaves a scan and its labels that other programs read the same way."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK
import typer
from typer.testing import CliRunner, Result

from kidview.cli import main
from kidview.cli.demo import LABELS, SCAN, demo
from kidview.core.errors import WriteError
from kidview.demo import make_phantom
from kidview.io import choose, find, read_labels, read_scan

SMALL = (24, 100, 100)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coarse case: the files are of interest here, not the anatomy."""
    monkeypatch.setattr("kidview.cli.demo.make_phantom", partial(make_phantom, shape_zyx=SMALL))


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(demo)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_both_files_are_written_and_named(tmp_path: Path) -> None:
    told = run("-o", tmp_path / "new" / "folder").stdout
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {SCAN, LABELS}
    assert SCAN in told and LABELS in told and "kidney" in told
    assert told.count("read back equal with nibabel") == 2


def test_nibabel_and_simpleitk_read_the_same_voxels_in_the_same_place(tmp_path: Path) -> None:
    run("-o", tmp_path)
    scan, labels = make_phantom(shape_zyx=SMALL)
    for name, array in ((SCAN, scan.hu), (LABELS, labels.array)):
        image = nibabel.load(tmp_path / name)
        # The house's z, y, x is the file's k, j, i: x runs fastest in a NIfTI.
        assert np.array_equal(np.asanyarray(image.dataobj), array.transpose(2, 1, 0))
        assert np.allclose(image.affine, scan.source.file_affine, atol=1e-4)
        other = SimpleITK.ReadImage(str(tmp_path / name))
        assert np.array_equal(SimpleITK.GetArrayFromImage(other), array)
        corner = scan.geometry.index_to_ras((23, 99, 0))
        in_lps = other.TransformContinuousIndexToPhysicalPoint((0.0, 99.0, 23.0))
        assert np.allclose(np.array(in_lps) * (-1, -1, 1), corner, atol=1e-3)
        assert np.allclose(other.GetSpacing()[::-1], scan.geometry.spacing_zyx, atol=1e-5)


def test_the_program_reads_back_what_it_made(tmp_path: Path) -> None:
    run("-o", tmp_path)
    scan, labels = make_phantom(shape_zyx=SMALL)
    read = read_scan(choose(find(tmp_path / SCAN)))
    assert np.array_equal(read.hu, scan.hu) and not read.source.notes
    assert scan.geometry.difference(read.geometry) is None
    again = read_labels(tmp_path / LABELS, read.geometry, read.source)
    assert np.array_equal(again.array, labels.array)


def test_json_is_one_object_with_both_receipts(tmp_path: Path) -> None:
    told = json.loads(run("-o", tmp_path, "--json").stdout)
    assert set(told) == {"scan", "labels"}
    assert told["scan"]["shape"] == [100, 100, 24]
    assert set(told["labels"]["ml"]) == {"kidney", "tumour", "cyst"}


@pytest.mark.parametrize("name", [SCAN, LABELS])
def test_a_file_that_is_there_needs_force(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(WriteError, match="exists already"):
        run("-o", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name], "nothing was written"
    assert (tmp_path / name).read_text() == "mine"
    run("-o", tmp_path, "--force")
    assert (tmp_path / name).stat().st_size > 1000


def test_without_a_folder_it_writes_here_and_again_by_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run()
    assert (tmp_path / SCAN).is_file()
    run("--force")


def test_a_folder_that_is_a_file_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    assert main(["demo", "-o", str(tmp_path / "taken")]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("error: ") and told.err.count("\n") == 1 and told.out == ""
