"""kidview cases: the store and its sets from the command line, without a screen."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from kidview.cases import CaseStore, Status, user_store
from kidview.cli import main
from tests.cases.conftest import write_series
from tests.cases.set_makers import below, same_place, write_kits, write_nnunet, write_pair

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder for data."""
    monkeypatch.setenv("KIDVIEW_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    image, labels = tmp_path / "Doe_Jane.nii.gz", tmp_path / "Doe_Jane_seg.nii.gz"
    write_pair(image, labels, 0)
    return image, labels


def run(*words: object) -> int:
    return main(["cases", *map(str, words)])


def as_json(capsys: Capture, *words: object, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert run(*words, "--json") == code
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def approve(store: CaseStore) -> None:
    for row in store.rows():
        store.set_status(store.read(row.case_id), Status.APPROVED, "Bob")


# -- add and list -----------------------------------------------------------


def test_a_scan_and_its_mask_become_a_case_in_the_users_folder(
    pair: tuple[Path, Path], data: Path, capsys: Capture
) -> None:
    told = as_json(capsys, "add", pair[0], "--labels", pair[1], "--by", "Ann")
    assert (told["status"], told["store"]) == ("corrected", str(data / "cases"))
    assert told["case_id"] == f"{told['patient']}-1"
    case = CaseStore(user_store()).read(told["case_id"])
    assert case.correctors == ("Ann",)
    assert same_place(pair[0], data / "cases" / case.case_id / "image.nii.gz")
    (row,) = as_json(capsys, "list")["cases"]
    assert (row["case_id"], row["status"], row["correctors"]) == (case.case_id, "corrected", "Ann")
    assert run("list") == 0
    assert capsys.readouterr().out.split()[:2] == [case.case_id, "corrected"]


def test_another_store_can_be_named(
    pair: tuple[Path, Path], data: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert run("add", pair[0], "--store", tmp_path / "mine") == 0
    told = capsys.readouterr().out
    assert told.startswith("case P-") and told.endswith(f"-1 (new) in {tmp_path / 'mine'}\n")
    assert not data.exists()
    assert run("list") == 0
    assert capsys.readouterr().out == f"no cases in {data / 'cases'}\n"


def test_scans_of_one_patient_share_a_pseudonym(tmp_path: Path, capsys: Capture) -> None:
    found = []
    for n in range(2):
        write_pair(tmp_path / f"{n}.nii.gz", tmp_path / f"{n}_seg.nii.gz", n)
        found.append(as_json(capsys, "add", tmp_path / f"{n}.nii.gz", "--patient", "Jane"))
    assert [one["case_id"] for one in found] == [f"{found[0]['patient']}-{n}" for n in (1, 2)]


def test_a_series_of_several_is_chosen(tmp_path: Path, capsys: Capture) -> None:
    write_series(tmp_path / "one", 1, SeriesInstanceUID="1.2.1")
    write_series(tmp_path / "one" / "two", 2, SeriesInstanceUID="1.2.2")
    assert run("add", tmp_path / "one") == 1
    assert "--series" in capsys.readouterr().err
    assert run("add", tmp_path / "one", "--series", "2") == 0


def test_a_scan_that_is_a_case_already_is_told(pair: tuple[Path, Path], capsys: Capture) -> None:
    case_id = as_json(capsys, "add", pair[0])["case_id"]
    told = as_json(capsys, "add", pair[0], code=1)
    assert told["error"] == f"the scan is case {case_id} already"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["lst"],
        ["add"],
        ["export", "out"],
        ["add", "scan.nii", "--by", "Ann"],
        ["add", "scan.nii", "--labels", "mask.nii"],
        ["list", "--nonsense"],
    ],
)
def test_wrong_usage_is_exit_code_2(words: list[str], capsys: Capture) -> None:
    assert run(*words) == 2
    told = capsys.readouterr()
    assert told.err.startswith("error: ") and "see 'kidview cases --help'" in told.err


@pytest.mark.parametrize("verb", ["list", "add", "export", "import"])
def test_every_verb_of_the_group_has_help(verb: str, capsys: Capture) -> None:
    assert run(verb, "--help") == 0
    told = capsys.readouterr().out
    assert f"kidview cases {verb}" in told and "--store" in told and "--json" in told


# -- sets -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "name"), [("kits23", "set"), ("nnunet", "Dataset007_K"), ("bundle", "set.zip")]
)
def test_a_set_goes_out_and_comes_in(
    layout: str, name: str, pair: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    case_id = as_json(capsys, "add", pair[0], "--labels", pair[1], "--by", "Ann")["case_id"]
    approve(CaseStore(user_store()))
    target = tmp_path / name
    told = as_json(capsys, "export", target, "--layout", layout)
    assert (list(told["cases"]), told["unusable"]) == ([case_id], {})
    other = tmp_path / "other"
    words = ("import", target, "--by", "Carl", "--store", other)
    assert as_json(capsys, *words) == {
        "added": {told["cases"][case_id]: case_id},
        "known": {},
        "failed": {},
    }
    assert same_place(pair[0], other / case_id / "image.nii.gz")
    assert run(*words) == 0
    said = capsys.readouterr().out
    assert f"was case {case_id} already and is left as it is" in said
    assert said.endswith(f"0 cases added to {other}\n")


def test_the_statuses_of_a_set_are_chosen(
    pair: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    run("add", pair[0], "--labels", pair[1], "--by", "Ann")
    words = ("export", tmp_path / "set", "--layout", "kits23")
    assert as_json(capsys, *words, code=1)["error"] == "no case of the store is approved"
    assert not (tmp_path / "set").exists()
    capsys.readouterr()
    assert run(*words, "--status", "seen") == 1
    assert "no status is called 'seen' - use new, segmented, in c" in capsys.readouterr().err
    assert run(*words, "--status", "approved, Corrected") == 0
    assert capsys.readouterr().out == f"1 case as KiTS23 in {tmp_path / 'set'}\n"
    bundle = ("export", tmp_path / "set.zip", "--layout", "bundle", "--status", "in-correction")
    assert run(*bundle) == 1
    assert "no case of the store is in correction" in capsys.readouterr().err


def test_a_target_that_exists_is_refused(
    pair: tuple[Path, Path], tmp_path: Path, capsys: Capture
) -> None:
    run("add", pair[0], "--labels", pair[1], "--by", "Ann")
    approve(CaseStore(user_store()))
    (tmp_path / "set.zip").write_text("mine")
    capsys.readouterr()
    assert run("export", tmp_path / "set.zip", "--layout", "bundle") == 1
    assert capsys.readouterr().err.startswith("error: set.zip exists already - choose another name")
    assert (tmp_path / "set.zip").read_text() == "mine"


def test_an_import_that_lacks_a_case_says_which_and_fails(tmp_path: Path, capsys: Capture) -> None:
    folder = write_kits(tmp_path / "set", ["case_00000", "case_00001"])
    (folder / "case_00000" / "imaging.nii.gz").write_bytes(b"x")
    assert run("import", folder, "--by", "Ann") == 1
    told = capsys.readouterr()
    assert "case_00001 is case P-" in told.out
    assert "case_00000: imaging.nii.gz" in told.err
    assert told.err.splitlines()[-1].startswith("error: 1 of 2 cases could not be imported - mend")
    again = as_json(capsys, "import", folder, "--by", "Ann", code=1)
    assert list(again["known"]) == ["case_00001"] and list(again["failed"]) == ["case_00000"]
    assert again["error"] == "1 of 2 cases could not be imported" and again["hint"]


def test_a_set_without_a_named_author_is_refused(tmp_path: Path, capsys: Capture) -> None:
    folder = write_nnunet(tmp_path / "Dataset001_K", ["ana_1", "ana_2"])
    assert run("import", folder) == 1
    said = capsys.readouterr().err
    assert said == "error: nobody is named for the masks of the set - add --by NAME\n"
    told = as_json(capsys, "import", folder, "--by", "Ann", "--patient", "[^_]+")
    assert len({case_id.rpartition("-")[0] for case_id in told["added"].values()}) == 1


def test_a_zip_that_leads_out_of_the_store_is_refused(
    tmp_path: Path, data: Path, capsys: Capture
) -> None:
    files = {"../../x": {"sha256": "a" * 64, "bytes": 1}}
    table = {"kind": "KidView cases", "schema": 1, "application": "1", "files": files}
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("manifest.json", json.dumps(table))
        archive.writestr("../../x", "x")
    before = below(tmp_path)
    assert run("import", tmp_path / "set.zip") == 1
    assert "holds '../../x', which is no file of a case" in capsys.readouterr().err
    assert below(tmp_path) == before and not data.exists()


def test_the_group_needs_neither_qt_nor_torch_nor_a_screen(tmp_path: Path) -> None:
    code = (
        "import sys; from kidview.cli import main; main(['cases', 'list']);"
        "print(sorted({'PySide6', 'onnxruntime', 'torch', 'vtkmodules'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        env={"KIDVIEW_DATA_DIR": str(tmp_path), "PATH": ""},
    )  # fmt: skip
    assert done.stdout.splitlines() == [f"no cases in {tmp_path / 'cases'}", "[]"]
