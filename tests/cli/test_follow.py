"""kidview follow: two time points on the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kidview.cli import main
from kidview.core.box import Box
from kidview.core.task import Task
from kidview.io import choose, find, read_scan
from tests.follow.bodies import STILL, Ball, draw, each_on_its_own, grid
from tests.follow.files import write, write_both, write_dicom
from tests.io.conftest import write_series  # noqa: F401 a fixture

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_both(tmp_path_factory.mktemp("follow"), each_on_its_own())


def run(files: dict[str, Path], *more: str, order: str = "then now") -> int:
    paths = [str(files[f"{name}{end}"]) for name in order.split() for end in ("", "_seg")]
    return main(["follow", *paths, *more])


def test_json_is_one_object_with_growth_and_fates(files: dict[str, Path], capsys: Capture) -> None:
    assert run(files, "--json", "--days", "200") == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert captured.err == "" and told["then"] == "then.nii.gz" and told["days"] == 200
    assert sorted(one["fate"] for one in told["lesions"]) == ["gone", "new", "same"]
    grown = next(one for one in told["lesions"] if one["fate"] == "same")
    true = 100 * ((11 / 9) ** 3 - 1)
    assert grown["volume_ml"]["percent"]["value"] == pytest.approx(true, abs=8)
    assert grown["doubling_days"]["value"] == pytest.approx(
        200 * np.log(2) / np.log((11 / 9) ** 3), rel=0.08
    )
    assert told["kidneys"][0]["dice"] > 0.93


def test_words_and_csv_tell_the_same(files: dict[str, Path], capsys: Capture) -> None:
    assert run(files) == 0
    captured = capsys.readouterr()
    assert "Left kidney laid over itself: Dice 0.9" in captured.out
    assert "T1 (tumour left): same, then T1" in captured.out
    assert "tell them with --days" in captured.err
    assert run(files, "--csv", "--days", "200") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["fate"] for row in rows] == ["same", "new", "gone"]
    same = rows[0]
    assert f"{float(same['volume_ml_now']):.1f}" in captured.out
    assert float(same["doubling_days_low"]) < float(same["doubling_days"])
    assert rows[1]["volume_ml_then"] == "" and rows[2]["volume_ml_now"] == ""


@pytest.mark.parametrize(
    ("more", "what"),
    [
        (("--days", "-3"), "-3 cannot be the days between two scans"),
        (("--days", "nan"), "nan cannot be the days between two scans"),
        (("--days", "inf", "--json"), "inf cannot be the days between two scans"),
        (("--days", "1e-9"), "give a number from 1 to 36500"),
        (("--days", "99999999"), "give a number from 1 to 36500"),
        (("--json", "--csv"), "--json and --csv are both asked for"),
    ],
)
def test_what_makes_no_sense_is_refused(
    files: dict[str, Path], capsys: Capture, more: tuple[str, ...], what: str
) -> None:
    assert run(files, *more) == 1
    captured = capsys.readouterr()
    assert what in captured.out + captured.err


def test_empty_labels_are_refused_with_what_to_do(
    files: dict[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    scan = read_scan(choose(find(files["then"], Task()), ""), Task())
    empty = write(tmp_path / "none_seg.nii.gz", np.zeros_like(scan.hu, np.uint8), scan.geometry)
    assert (
        main(["follow", str(files["then"]), str(empty), str(files["now"]), str(files["now_seg"])])
        == 1
    )
    assert "no kidney in common" in capsys.readouterr().err


def test_one_scan_twice_and_whose_it_is_are_told(files: dict[str, Path], capsys: Capture) -> None:
    assert run(files, "--json", "--days", "30", order="then then") == 0
    told = json.loads(capsys.readouterr().out)
    assert "the files do not tell whose scans they are" in told["notes"][0]
    assert "all voxels are equal, and so are their labels" in told["notes"][1]
    lesion = told["lesions"][0]
    assert lesion["doubling_days"] == {"value": None, "reason": "it did not grow"}


def test_a_lesion_cut_by_the_edge_is_marked(tmp_path: Path, capsys: Capture) -> None:
    whole = grid((3.0, 2.0, 2.0))
    low = Ball("left", (-22.0, 4.0, -40.0), 9.0)
    labels = draw(whole, (low,), STILL, sides=("left",))
    z, y, x = whole.shape_zyx
    below = Box((int(z * 0.3), 0, 0), (z, y, x))
    paths: list[str] = []
    for name, geometry, part in (
        ("then", whole, labels),
        ("now", whole.crop(below), labels[below.slices].copy()),
    ):
        for end, array in (("", part.astype(np.int16) * 40), ("_seg", part)):
            paths.append(str(write(tmp_path / f"{name}{end}.nii.gz", array, geometry)))
    assert main(["follow", *paths, "--days", "200"]) == 0
    out = capsys.readouterr().out
    assert "T1 (tumour left): same, then T1, cut by the scan's edge" in out
    assert "Volume doubles in, days        cut by the scan's edge" in out
    assert "shrank by 30 %" not in out
    assert main(["follow", *paths, "--csv", "--days", "200"]) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["doubling_days"] == "" and row["remarks"].startswith("cut by the scan's edge")


def test_two_patients_are_refused_and_not_named(
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
    capsys: Capture,
) -> None:
    """The same scan and mask, but for the header."""
    geometry = grid((6.0, 3.0, 3.0))
    labels = draw(geometry, sides=("left",))
    mask = str(write(tmp_path / "mask_seg.nii.gz", labels, geometry))
    hu = labels.astype(np.int16) * 40
    folders = {
        name: str(write_dicom(write_series, name, hu, geometry, PatientID=number, PatientName=name))
        for name, number in (("Mueller", "4711"), ("Other", "77"), ("Again", "4711"))
    }
    for more in ((), ("--json",)):
        assert main(["follow", folders["Mueller"], mask, folders["Other"], mask, *more]) == 1
        captured = capsys.readouterr()
        told = captured.out + captured.err
        assert "different patients, by their DICOM headers" in told
        assert not any(word in told for word in ("4711", "77", "Mueller", "Other"))
    for more in ((), ("--json",)):
        assert main(["follow", folders["Mueller"], mask, folders["Again"], mask, *more]) == 0
        captured = capsys.readouterr()
        assert not any(word in captured.out + captured.err for word in ("patient", "Mueller"))
