"""kidview report: paper from a scan and its labels, without a screen and without a name."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from kidview.cli import main
from kidview.cli.report import report
from kidview.core.errors import EmptyMask, KidViewError, ModelError, WriteError
from kidview.core.labels import LabelMap
from kidview.core.resources import models_dir
from kidview.io import read_scan, write_labels, write_scan
from kidview.ui.opengl import SWITCH
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid
from tests.ui.report_stage import CYST, scan_of

_NAMES = (b"Secret", b"secret", b"SECRET")


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scan beside its labels, labels.nii.gz."""
    folder = tmp_path_factory.mktemp("scan")
    volume, labels = scan_of(CYST)
    write_scan(volume, folder / "scan.nii.gz")
    write_labels(labels, volume.source, folder / "labels.nii.gz")
    return folder / "scan.nii.gz"


@pytest.fixture(autouse=True, scope="module")
def flat() -> Iterator[None]:
    """No process that draws in 3D; `test_report_solid` has it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SWITCH, "off")
        yield


def run(*words: object) -> Result:
    app = typer.Typer()
    app.command()(report)
    result = CliRunner().invoke(app, [str(word) for word in words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_report_is_written_and_told(qapp: object, scan: Path, tmp_path: Path) -> None:
    card = models_dir() / "kidview-small.json"
    labels, out = scan.with_name("labels.nii.gz"), tmp_path / "out.pdf"
    result = run(scan, labels, out, "--model-card", card, "--paper", "letter")
    assert result.stdout.startswith("Wrote out.pdf: 1 page, 2 lesions")
    (page,) = PdfReader(out).pages
    text = " ".join(page.extract_text().split())
    version = json.loads(card.read_text(encoding="utf-8"))["version"]
    for words in ("scan.nii.gz", "labels.nii.gz", f"kidview-small {version}", "Not a medical"):
        assert words in text
    assert float(page.mediabox.width) == pytest.approx(612, abs=1)


def test_json_is_one_object(qapp: object, scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    told = json.loads(run(scan, scan.with_name("labels.nii.gz"), out, "--json").stdout)
    size = out.stat().st_size
    assert told == {"file": str(out), "pages": 1, "lesions": 2, "bytes": size}


def test_an_existing_file_is_found_before_anything_is_read(
    qapp: object, scan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.pdf"
    out.write_text("mine")
    assert main(["report", str(scan), str(tmp_path / "no labels.nii.gz"), str(out)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: out.pdf exists already - ") and "--force" in error


def test_a_folder_that_takes_no_file_is_found_before_anything_is_read(
    qapp: object,
    scan: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_words: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)  # root may write everywhere
    typed = ["report", str(scan), str(tmp_path / "no labels.nii.gz"), str(tmp_path / "out.pdf")]
    assert main(typed) == 1
    told = f"error: out.pdf cannot be saved, for {tmp_path} may not be written to - "
    assert capsys.readouterr().err == f"{told}choose another folder\n"


def test_of_a_name_of_two_lines_the_first_counts(qapp: object, scan: Path, tmp_path: Path) -> None:
    labels, out = scan.with_name("labels.nii.gz"), tmp_path / "out.pdf"
    run(scan, labels, out, "--name", "\n Case  7\nsecond line")
    text = " ".join(PdfReader(out).pages[0].extract_text().split())
    assert "Case 7" in text and "second line" not in text


def test_a_long_name_loses_its_middle_and_says_so(qapp: object, scan: Path, tmp_path: Path) -> None:
    name = f"first{'x' * 190}last"
    labels = tmp_path / f"{name}.nii.gz"
    labels.write_bytes(scan.with_name("labels.nii.gz").read_bytes())
    run(scan, labels, tmp_path / "out.pdf", "--name", name)
    text = " ".join(PdfReader(tmp_path / "out.pdf").pages[0].extract_text().split())
    assert len(re.findall(r"firstx+…x+last", text)) == 3  # head, labels, foot
    assert "page 1 of 1" in text
    run(scan, labels, tmp_path / "out.html", "--name", name)
    page = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert re.search(r'…x+last <span class="page-of">· page 1 of 1</span>', page)


def test_an_existing_file_needs_force(qapp: object, scan: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.html"
    out.write_text("mine")
    labels = scan.with_name("labels.nii.gz")
    with pytest.raises(WriteError, match="exists already"):
        run(scan, labels, out)
    assert out.read_text() == "mine"
    run(scan, labels, out, "--force")
    assert out.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("words", "kind", "told"),
    [
        (("out.docx",), WriteError, "no name for a report"),
        (("out.pdf", "--paper", "a3"), KidViewError, "no paper a3"),
        (("out.pdf", "--model-card", "none.json"), ModelError, "cannot be read"),
        (("no folder/out.pdf",), WriteError, "does not exist"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    words: tuple[str, ...],
    kind: type[Exception],
    told: str,
    qapp: object,
    scan: Path,
    tmp_path: Path,
) -> None:
    with pytest.raises(kind, match=told):
        run(scan, scan.with_name("labels.nii.gz"), tmp_path / words[0], *words[1:])


def test_an_empty_label_map_is_one_sentence(qapp: object, scan: Path, tmp_path: Path) -> None:
    volume = read_scan(scan)
    write_labels(LabelMap.empty(volume.geometry), volume.source, tmp_path / "none.nii.gz")
    with pytest.raises(EmptyMask, match="nothing is labelled"):
        run(scan, tmp_path / "none.nii.gz", tmp_path / "out.pdf")


@pytest.mark.parametrize(
    ("description", "called"),
    [("Portal", "Portal"), ("CT Abdomen Hr Secret", "CT series"), ("of 2.1.1970", "CT series")],
)
@pytest.mark.parametrize("suffix", ["pdf", "html"])
def test_no_patients_name_is_in_the_file(
    suffix: str,
    description: str,
    called: str,
    qapp: object,
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
) -> None:
    told = {"SeriesDescription": description, "PatientBirthDate": "19700102"}
    made = open_grid(GRIDS[0], write_series, **told)
    folder = made.source.path.rename(tmp_path / "SECRET^NAME")
    volume = read_scan(folder)
    named = tmp_path / "Secret_labels.nii.gz"
    write_labels(made_up(volume), volume.source, named)
    out = tmp_path / f"out.{suffix}"
    run(folder, named, out)
    raw = out.read_bytes()
    words = raw.decode("latin-1")
    if suffix == "pdf":
        reader: Any = PdfReader(out)
        words += "".join(page.extract_text() for page in reader.pages) + str(reader.metadata)
    assert called in " ".join(words.split())
    assert "1970" not in words
    for name in _NAMES:
        assert name not in raw and name.decode() not in words
    assert "20200101" not in words and str(tmp_path) not in words


def test_no_screen_is_needed(scan: Path, tmp_path: Path) -> None:
    bare = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    words = ["report", str(scan), str(scan.with_name("labels.nii.gz")), str(tmp_path / "a.pdf")]
    done = subprocess.run(
        [sys.executable, "-m", "kidview", *words],
        env=bare,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0 and done.stderr == ""
    assert len(PdfReader(tmp_path / "a.pdf").pages) == 1
