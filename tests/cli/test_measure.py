"""kidview measure: a table for readers, one JSON object, CSV that comes case by case."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kidview.cli import main
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.io import RAS, house_source, read_scan, write_labels, write_scan
from kidview.measure import MEASURES
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid

Capture = pytest.CaptureFixture[str]
GRID = Geometry.straight((30, 40, 80), (3.0, 2.0, 2.0))


def labels_of(*, with_lesions: bool = True) -> LabelArray:
    """Two kidneys, a tumour in the right one and a cyst in the left one."""
    z, y, x = np.ogrid[:30, :40, :80]
    labels = np.zeros(GRID.shape_zyx, np.uint8)
    for centre in (18, 62):
        labels[((z - 15) / 13) ** 2 + ((y - 20) / 12) ** 2 + ((x - centre) / 11) ** 2 <= 1] = 1
    if with_lesions:
        labels[9 * (z - 15) ** 2 + 4 * (y - 20) ** 2 + 4 * (x - 70) ** 2 <= 100] = 2
        labels[9 * (z - 15) ** 2 + 4 * (y - 20) ** 2 + 4 * (x - 12) ** 2 <= 36] = 3
    return labels


def write_case(folder: Path, scan: str, mask: str, labels: LabelArray) -> None:
    hu = np.where(labels == 3, 5, np.where(labels > 0, 120, -80)).astype(np.int16)
    source = house_source(GRID, folder / scan, RAS)
    volume = Volume(hu, GRID, source)
    (folder / scan).parent.mkdir(parents=True, exist_ok=True)
    (folder / mask).parent.mkdir(parents=True, exist_ok=True)
    write_scan(volume, folder / scan)
    write_labels(LabelMap(labels, GRID), replace(source, path=folder / scan), folder / mask)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    write_case(tmp_path, "scan.nii.gz", "mask.nii.gz", labels_of())
    return tmp_path


def words(case: Path, *more: str) -> list[str]:
    return ["measure", str(case / "scan.nii.gz"), str(case / "mask.nii.gz"), *more]


def test_the_table_tells_every_number_with_its_unit(case: Path, capsys: Capture) -> None:
    assert main(words(case)) == 0
    told = capsys.readouterr().out
    for head in ("Right kidney", "Left kidney", "T1: tumour, right kidney, middle third"):
        assert head in told
    for row in MEASURES:
        assert row.title in told, row.title
    cyst, tumour = told[told.index("C1: cyst") :], told[told.index("T1:") : told.index("C1: cyst")]
    assert "Like water" in cyst and "Like water" not in tumour


def test_json_is_one_object_with_units_in_its_keys(case: Path, capsys: Capture) -> None:
    assert main(words(case, "--json")) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == ""
    labels = labels_of()
    assert told["scan"] == "scan.nii.gz" and told["labels"] == "mask.nii.gz"
    assert [one["side"] for one in told["kidneys"]] == ["right", "left"]
    tumour, cyst = told["lesions"]
    assert tumour["volume_ml"]["value"] == pytest.approx((labels == 2).sum() * 0.012, abs=1e-3)
    assert tumour["volume_ml"]["low"] < tumour["volume_ml"]["value"] < tumour["volume_ml"]["high"]
    assert cyst["mean_hu"]["value"] == 5
    assert tumour["water_percent"] == {"value": None, "reason": "told of cysts only"}
    assert len(tumour["axial_diameter_mm"]["points_ras_mm"]) == 2
    assert set(told["lesions"][0]) >= {row.id for row in MEASURES if row.of == "lesion"}


def test_csv_has_a_line_for_each_kidney_and_lesion(case: Path, capsys: Capture) -> None:
    assert main(words(case, "--csv")) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [(row["case"], row["name"], row["of"], row["side"]) for row in rows] == [
        ("scan", "right kidney", "kidney", "right"),
        ("scan", "left kidney", "kidney", "left"),
        ("scan", "T1", "lesion", "right"),
        ("scan", "C1", "lesion", "left"),
    ]
    assert float(rows[2]["volume_ml_low"]) < float(rows[2]["volume_ml"])
    assert rows[2]["water_percent"] == "" and float(rows[3]["water_percent"]) == 100


def test_a_name_may_be_given(case: Path, capsys: Capture) -> None:
    assert main(words(case, "--csv", "--name", "Case 7")) == 0
    assert {row["case"] for row in rows_of(capsys)} == {"Case 7"}
    assert main(words(case, "--json", "--name", "Case 7")) == 0
    assert json.loads(capsys.readouterr().out)["scan"] == "Case 7"
    assert main(["measure", str(case), str(case), "--name", "Case 7"]) == 1
    assert "error: a name is for one scan" in capsys.readouterr().err


def rows_of(capsys: Capture) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(capsys.readouterr().out)))


# -- DICOM ------------------------------------------------------------------------


def write_named(
    folder: Path, write: Callable[..., Path], *, description: str = "Portal"
) -> tuple[Path, Path]:
    """A series in a folder called as its patient, and its label map."""
    made = open_grid(GRIDS[0], write, SeriesDescription=description)
    folder.parent.mkdir(parents=True, exist_ok=True)
    series = made.source.path.rename(folder)
    volume = read_scan(series)
    labels = folder.with_name(f"{folder.name}.nii.gz")
    write_labels(made_up(volume, has_specks=False), volume.source, labels)
    return series, labels


@pytest.mark.parametrize(
    ("description", "called"), [("Portal", "4 Portal"), ("CT Hr. SECRET", "4 CT series")]
)
def test_a_series_goes_by_its_description_unless_that_names_the_patient(
    description: str,
    called: str,
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
    capsys: Capture,
) -> None:
    scan, labels = write_named(tmp_path / "Secret_Name", write_series, description=description)
    assert main(["measure", str(scan), str(labels), "--csv"]) == 0
    assert {row["case"] for row in rows_of(capsys)} == {called}
    assert main(["measure", str(scan), str(labels), "--json"]) == 0
    told = capsys.readouterr().out
    assert "secret" not in told.lower()
    assert json.loads(told)["scan"] == called and json.loads(told)["labels"] is None


def test_folders_of_series_name_no_patient_and_number_those_of_one_description(
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
    capsys: Capture,
) -> None:
    for name in ("Secret_A", "Secret_B"):
        scan, labels = write_named(tmp_path / "made" / name, write_series)
        for each, kind in ((scan, "scans"), (labels, "masks")):
            (tmp_path / kind).mkdir(exist_ok=True)
            each.rename(tmp_path / kind / each.name)
    (tmp_path / "scans" / "Secret_C").mkdir()
    (tmp_path / "masks" / "Secret_C.nii.gz").write_bytes(b"no mask")
    typed = ["measure", str(tmp_path / "scans"), str(tmp_path / "masks")]
    assert main([*typed, "--csv"]) == 1
    captured = capsys.readouterr()
    assert "note: Secret_B is called 4 Portal 2 here" in captured.err
    assert "secret" not in captured.out.lower()
    rows = csv.DictReader(io.StringIO(captured.out))
    assert list(dict.fromkeys(row["case"] for row in rows)) == ["4 Portal", "4 Portal 2"]
    assert main([*typed, "--json"]) == 1
    told = capsys.readouterr().out
    assert "secret" not in told.lower()
    assert [one["case"] for one in json.loads(told)["failed"]] == ["case 3"]


# -- folders ----------------------------------------------------------------------


def test_two_folders_are_paired_by_name_and_a_bad_one_stops_none(
    tmp_path: Path, capsys: Capture
) -> None:
    for name, ends in (("a", "a_0000"), ("b", "b")):
        write_case(tmp_path, f"scans/{ends}.nii.gz", f"masks/{name}.nii.gz", labels_of())
    write_case(tmp_path, "scans/c.nii.gz", "masks/d.nii.gz", labels_of())
    (tmp_path / "scans" / "e.nii.gz").write_bytes(b"no scan")
    (tmp_path / "masks" / "e.nii.gz").write_bytes(b"no mask")
    typed = ["measure", str(tmp_path / "scans"), str(tmp_path / "masks")]
    assert main([*typed, "--csv"]) == 1
    captured = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(captured.out)))
    assert [(row["case"], row["name"]) for row in rows if row["of"] == "lesion"] == [
        ("a", "T1"),
        ("a", "C1"),
        ("b", "T1"),
        ("b", "C1"),
    ]
    assert "error: e: " in captured.err
    assert "note: c has no label map" in captured.err and "note: d has no scan" in captured.err
    assert main([*typed, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [one["case"] for one in told["cases"]] == ["a", "b"]
    assert [one["case"] for one in told["failed"]] == ["e"]


def test_one_folder_may_hold_scans_and_label_maps(tmp_path: Path, capsys: Capture) -> None:
    write_case(tmp_path, "a.nii.gz", "a_seg.nii.gz", labels_of())
    assert main(["measure", str(tmp_path), str(tmp_path), "--csv"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 5 and captured.err == ""


def test_one_folder_of_scans_is_one_sentence(tmp_path: Path, capsys: Capture) -> None:
    for n in range(5):
        write_case(tmp_path / "all", f"case{n}.nii.gz", f"../{n}.nii.gz", labels_of())
    assert main(["measure", str(tmp_path / "all"), str(tmp_path / "all")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "both folders are all" in error and "case1_seg" in error


def test_many_scans_without_a_label_map_are_one_note(tmp_path: Path, capsys: Capture) -> None:
    write_case(tmp_path, "scans/case0.nii.gz", "masks/case0.nii.gz", labels_of())
    for n in range(1, 6):
        write_case(tmp_path, f"scans/case{n}.nii.gz", f"{n}.nii.gz", labels_of())
    assert main(["measure", str(tmp_path / "scans"), str(tmp_path / "masks"), "--csv"]) == 0
    told = "note: case1, case2, case3 and 2 more have no label map of their name\n"
    assert capsys.readouterr().err == told


def test_what_is_stopped_keeps_the_cases_that_are_done(tmp_path: Path) -> None:
    for n in range(30):
        write_case(tmp_path, f"scans/{n:02}.nii.gz", f"masks/{n:02}.nii.gz", labels_of())
    typed = ["measure", str(tmp_path / "scans"), str(tmp_path / "masks"), "--csv"]
    child = subprocess.Popen(
        [sys.executable, "-m", "kidview", *typed],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    told = "".join(child.stdout.readline() for _line in range(5))  # head and a case
    child.send_signal(signal.SIGINT)
    rest, error = child.communicate(timeout=60)
    assert child.returncode == 130 and error.startswith("error: stopped")
    cases = {row["case"] for row in csv.DictReader(io.StringIO(told + rest))}
    assert "00" in cases and len(cases) < 30


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a disk that is always full")
@pytest.mark.parametrize("form", ["--csv", "--json"])
def test_a_full_disk_is_one_sentence(case: Path, form: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "kidview", *words(case, form)],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("error: the disk is full") and done.stderr.count("\n") == 1


def test_a_case_without_lesions_says_so(tmp_path: Path, capsys: Capture) -> None:
    write_case(tmp_path, "scan.nii.gz", "mask.nii.gz", labels_of(with_lesions=False))
    assert main(words(tmp_path, "--csv")) == 0
    captured = capsys.readouterr()
    assert [line.split(",")[1] for line in captured.out.splitlines()] == [
        "name",
        "right kidney",
        "left kidney",
    ]
    assert captured.err == "note: no lesion is labelled\n"


def test_what_cannot_be_measured_is_one_sentence(case: Path, capsys: Capture) -> None:
    other = Geometry.straight((5, 6, 7), (1.0, 1.0, 1.0))
    source = house_source(other, case / "other.nii.gz", RAS)
    write_labels(LabelMap.empty(other), source, case / "other.nii.gz")
    for typed, expected in (
        ([str(case / "scan.nii.gz"), str(case / "other.nii.gz")], "another grid than the scan"),
        ([str(case / "scan.nii.gz"), str(case)], "is no folder - name two files or two folders"),
        ([str(case / "scan.nii.gz"), str(case / "missing.nii.gz")], "missing.nii.gz"),
        (words(case, "--json", "--csv")[1:], "choose one of them"),
    ):
        assert main(["measure", *typed]) == 1
        error = capsys.readouterr().err
        assert error.startswith("error: ") and error.count("\n") == 1 and expected in error


def test_two_folders_without_a_common_name_are_refused(tmp_path: Path, capsys: Capture) -> None:
    write_case(tmp_path, "scans/a.nii.gz", "masks/b.nii.gz", labels_of())
    assert main(["measure", str(tmp_path / "scans"), str(tmp_path / "masks")]) == 1
    assert "error: no label map has the name of a scan" in capsys.readouterr().err


def test_answers_of_a_reader_are_taken_into_the_scores(case: Path, capsys: Capture) -> None:
    path = case / "said.json"
    said = {"lesion": "T1", "collecting_system": "no", "touches_main_vessel": True, "face": "a"}
    path.write_text(json.dumps({"answers": [said, {"lesion": "T7", "face": "p"}]}))
    assert main(words(case, "--json")) == 0
    before = json.loads(capsys.readouterr().out)["lesions"][0]
    assert main(words(case, "--json", "--answers", str(path))) == 0
    told = json.loads(capsys.readouterr().out)
    after = told["lesions"][0]
    assert before["padua_score"]["components"]["collecting"]["source"] == "unknown"
    assert after["padua_score"]["components"]["collecting"] == {
        "points": 1,
        "source": "reader",
        "why": "not involved, said the reader",
        "text": "not involved",
    }
    assert before["renal_score"]["components"]["h"]["asks"]
    assert after["renal_score"]["components"]["h"]["text"] == "h"
    assert after["renal_score"]["code"].endswith("ah")
    assert after["volume_ml"] == before["volume_ml"]
    assert "T7 is answered for, but no such lesion is labelled" in told["notes"]


def test_answers_that_cannot_be_used_are_told(case: Path, capsys: Capture) -> None:
    path = case / "said.json"
    path.write_text(json.dumps({"answers": [{"lesion": "T1", "rim": "up"}]}))
    assert main(words(case, "--answers", str(path))) == 1
    assert "said.json: field 'answers.1.rim' must be" in capsys.readouterr().err
    assert main(["measure", str(case), str(case), "--answers", str(path)]) == 1
    assert "answers are for one scan" in capsys.readouterr().err
