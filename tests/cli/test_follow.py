"""kidview follow: two time points on the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from kidview.cli import main
from kidview.core.task import Task
from kidview.io import choose, find, read_scan
from tests.follow.bodies import each_on_its_own
from tests.follow.files import write, write_both

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
        (("--days", "-3"), "the second scan is 3 days older than the first"),
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
