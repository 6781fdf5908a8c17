"""kidview info, in words and as JSON."""

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

from kidview.cli.info import info
from kidview.core.errors import KidViewError
from kidview.io import export_labels, export_of
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid

AFFINE = np.array([[0, 0, -0.7, 3], [0, -0.8, 0, 4], [-2.5, 0, 0, 5], [0, 0, 0, 1.0]])


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    hu = (np.arange(5 * 6 * 7).reshape(5, 6, 7) - 100).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(hu, AFFINE), tmp_path / "scan.nii.gz")
    return tmp_path / "scan.nii.gz"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    values = np.zeros((5, 6, 7), np.uint8)
    values[:2], values[2, 0, :3] = 1, 2
    nibabel.save(nibabel.Nifti1Image(values, AFFINE), tmp_path / "labels.nii.gz")
    return tmp_path / "labels.nii.gz"


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(info)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def report(*words: object) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*words, "--json").stdout)
    return answer


def test_json_is_one_object_with_the_grid_and_the_range(scan: Path) -> None:
    told = report(scan)
    assert told["shape"] == [5, 6, 7]
    assert told["spacing_mm"] == pytest.approx([2.5, 0.8, 0.7])
    assert told["axis_codes"] == "IPL"
    assert np.allclose(told["affine"], AFFINE)
    assert (told["hu_min"], told["hu_max"]) == (-100, 109)
    assert told["notes"] == []
    assert "labels" not in told
    assert [row["detail"] for row in told["series"]] == ["5 slices, 7 x 6, 2.5 mm"]


def test_words_hold_the_same(scan: Path) -> None:
    words = run(scan).stdout
    for part in ("5 x 6 x 7", "2.5 x 0.8 x 0.7 mm", "IPL", "-100 .. 109", "NIfTI"):
        assert part in words


def test_a_label_map_gets_a_table_of_values(labels: Path) -> None:
    voxel_ml = 2.5 * 0.8 * 0.7 / 1000
    table = report(labels)["labels"]
    assert [(row["value"], row["name"], row["voxels"]) for row in table] == [
        (0, "background", 210 - 84 - 3),
        (1, "kidney", 84),
        (2, "tumour", 3),
    ]
    assert table[1]["ml"] == pytest.approx(84 * voxel_ml, abs=1e-3)
    assert "kidney" in run(labels).stdout
    assert "labels" not in report(labels, "--no-labels")


def test_a_note_is_told_in_both(scan: Path) -> None:
    image = nibabel.load(scan)
    image.set_qform(np.diag([1, 1, 1, 1.0]), 1)
    nibabel.save(image, scan)
    assert "sform, qform) differ" in report(scan)["notes"][0]["text"]
    assert "warning    The header's two positions" in run(scan).stdout


def test_of_several_scans_the_list_is_told_and_one_can_be_chosen(scan: Path, labels: Path) -> None:
    told = report(scan.parent)
    assert "shape" not in told
    assert [row["key"] for row in told["series"]] == ["labels.nii.gz", "scan.nii.gz"]
    assert "key scan.nii.gz" in run(scan.parent).stdout
    assert report(scan.parent, "--series", "scan.nii.gz")["hu_max"] == 109


def test_a_bad_file_raises_the_house_error(tmp_path: Path) -> None:
    with pytest.raises(KidViewError, match="does not exist"):
        run(tmp_path / "none.nii.gz")


def test_real_volumes_agree_with_the_figures_told_with_the_data(real_data: Path) -> None:
    table = report(real_data / "ct" / "kits_00016_seg.nii.gz")["labels"]
    assert [row["ml"] for row in table[1:]] == pytest.approx([365, 40.8], abs=0.5)


def test_what_cannot_be_opened_is_listed_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "bad.nii.gz").write_bytes(b"no scan at all " * 40)
    told = report(tmp_path)["series"]
    assert [(row["kind"], row["title"]) for row in told] == [("other", "bad.nii.gz")]
    assert "is text, whatever its name says" in told[0]["reason"]
    assert "is text, whatever its name says" in run(tmp_path).stdout


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_labels_of_dicom_tell_their_parts_and_where_they_open(
    form: str,
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    volume = open_grid(GRIDS[0], write_series)
    path = tmp_path / "labels.dcm"
    export_labels(made_up(volume), volume.source, path, export_of(path, form))
    dataset = pydicom.dcmread(path)
    if form == "seg":
        row = dataset.SegmentSequence[2]
        row.SegmentLabel = "liver"
        del row.AnatomicRegionSequence
    else:
        dataset.StructureSetROISequence[2].ROIName = "liver"
    dataset.save_as(path)
    told = report(path)
    assert told["kind"] == form.upper() and told["made_on_series"] == ["1.2.3"]
    assert told["parts"] == [
        {"name": "kidney", "label": "kidney"},
        {"name": "tumour", "label": "tumour"},
        {"name": "liver", "label": ""},
    ]
    words = run(path).stdout
    assert f"kidview open SERIES {path}" in words and "liver: not known, see --as" in words
