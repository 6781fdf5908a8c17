"""Data sets in the field's layouts, looked at and fetched."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from kidview.cases import find_cases
from kidview.core.errors import ReadError
from trainer.data import download
from trainer.data.download import fetch
from trainer.data.explore import describe_case, run_explore

AFFINE = np.array([[0, 0, -0.8, 0], [0, -0.8, 0, 0], [-3.0, 0, 0, 0], [0, 0, 0, 1.0]])  # as KiTS


def save(path: Path, array: np.ndarray, affine: np.ndarray = AFFINE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(array, affine), path)


@pytest.fixture
def kits(tmp_path: Path) -> Path:
    """Two cases as KiTS23 has them, the second with a value that is no label."""
    for number in (0, 7):
        folder = tmp_path / "kits" / f"case_{number:05d}"
        labels = np.zeros((6, 20, 24), np.uint8)
        labels[2:4, 5:10, 5:10], labels[3, 6:8, 6:8] = 1, 2
        labels[5, 0, 0] = 9 if number else 0
        save(folder / "imaging.nii.gz", np.full(labels.shape, 40 + number, np.int16))
        save(folder / "segmentation.nii.gz", labels)
    return tmp_path / "kits"


def test_three_layouts_are_known(kits: Path, tmp_path: Path) -> None:
    layout, cases = find_cases(kits)
    assert layout == "KiTS23" and [case.name for case in cases] == ["case_00000", "case_00007"]
    raw = tmp_path / "raw"
    save(raw / "imagesTr" / "a_0000.nii.gz", np.zeros((2, 2, 2), np.int16))
    save(raw / "labelsTr" / "a.nii.gz", np.zeros((2, 2, 2), np.uint8))
    layout, (case,) = find_cases(raw)
    assert layout == "nnU-Net raw" and case.name == "a" and case.labels is not None
    flat = tmp_path / "flat"
    save(flat / "b.nii.gz", np.zeros((2, 2, 2), np.int16))
    save(flat / "b_seg.nii.gz", np.zeros((2, 2, 2), np.uint8))
    layout, (case,) = find_cases(flat)
    assert layout == "flat" and case.image is not None and case.labels is not None
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReadError, match="holds no cases"):
        find_cases(tmp_path / "empty")


def test_a_case_is_described_and_what_is_wrong_named(kits: Path) -> None:
    one, other = (describe_case(case) for case in find_cases(kits)[1])
    assert one["shape_zyx"] == [6, 20, 24] and one["spacing_zyx_mm"] == [3.0, 0.8, 0.8]
    assert one["axis_codes"] == "IPL" and one["values"] == [0, 1, 2] and one["problems"] == []
    assert one["ml"] == {"kidney": round(46 * 1.92 / 1000, 3), "tumour": 0.008, "cyst": 0.0}
    assert other["problems"] == ["values that are no label: [9]"]
    assert (other["hu_min"], other["hu_max"]) == (47, 47)


def test_labels_on_another_grid_are_named(kits: Path) -> None:
    moved = AFFINE.copy()
    moved[0, 3] = 9
    save(kits / "case_00000" / "segmentation.nii.gz", np.zeros((6, 20, 24), np.uint8), moved)
    row = describe_case(find_cases(kits)[1][0])
    assert row["problems"] == ["labels lie on another grid: corners up to 9.0 mm away"]


def test_exploring_leaves_numbers_and_pictures_and_survives_damage(
    kits: Path, tmp_path: Path
) -> None:
    (kits / "case_00009").mkdir()
    (kits / "case_00009" / "imaging.nii.gz").write_bytes(b"damaged")
    run_explore(kits, tmp_path / "out", 0)
    table = json.loads((tmp_path / "out" / "cases.json").read_text())
    assert [row["case"] for row in table["cases"]] == ["case_00000", "case_00007"]
    assert [row["case"] for row in table["failed"]] == ["case_00009"]
    with Image.open(tmp_path / "out" / "montage.png") as picture:
        montage = np.asarray(picture)
    assert montage.shape == (256, 1024, 3) and montage[:, :256].any()
    with Image.open(tmp_path / "out" / "histograms.png") as picture:
        assert picture.size == (1200, 600)


# -- fetching, against a server on this machine -------------------------------------------

CONTENT = gzip.compress(np.random.default_rng(0).bytes(300_000))


class Server(http.server.BaseHTTPRequestHandler):
    """Gives case_00000; breaks off once after 100 kB when told to."""

    asked: list[str] = []
    breaks = False
    content = CONTENT

    def do_GET(self) -> None:
        if not self.path.endswith("case_00000.nii.gz"):
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        type(self).asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        rest = self.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        if type(self).breaks:
            type(self).breaks = False
            self.wfile.write(rest[:100_000])
            return
        self.wfile.write(rest)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    Server.asked, Server.breaks, Server.content = [], False, CONTENT
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_broken_connection_is_resumed_where_it_ended(address: str, tmp_path: Path) -> None:
    Server.breaks = True
    target = tmp_path / "imaging.nii.gz"
    assert fetch(f"{address}/case_00000.nii.gz", target, 0.0) == "fetched"
    assert target.read_bytes() == CONTENT
    assert Server.asked == ["", "bytes=100000-"]
    assert not list(tmp_path.glob("*.partial"))
    assert fetch(f"{address}/case_00000.nii.gz", target, 0.0) == "there"
    assert len(Server.asked) == 2


def test_a_damaged_file_never_appears(address: str, tmp_path: Path) -> None:
    Server.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(ReadError, match="arrived damaged"):
        fetch(f"{address}/case_00000.nii.gz", tmp_path / "imaging.nii.gz", 0.0)
    assert list(tmp_path.iterdir()) == []


def test_the_verb_fills_the_folders_of_kits(address: str, tmp_path: Path) -> None:
    download.run_download(tmp_path, address, 1, 0.0)
    assert (tmp_path / "case_00000" / "imaging.nii.gz").read_bytes() == CONTENT
    with pytest.raises(ReadError, match="answers 404 for imaging.nii.gz"):
        download.run_download(tmp_path, address, 2, 0.0)
    assert len(download.TRAINING_CASES) == 489


# -- what a data set may hold that is no case ------------------------------------------------


def test_names_keep_their_dots(tmp_path: Path) -> None:
    for name in ("case.1", "case.2"):
        save(tmp_path / f"{name}.nii.gz", np.zeros((2, 2, 2), np.int16))
        save(tmp_path / f"{name}_seg.nii.gz", np.zeros((2, 2, 2), np.uint8))
    _, cases = find_cases(tmp_path)
    assert [case.name for case in cases] == ["case.1", "case.2"]
    assert all(case.image and case.labels for case in cases)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "a.nii", "a_seg.nii.gz"):
        save(tmp_path / name, np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(ReadError, match="two files are called a: "):
        find_cases(tmp_path)


def test_fractions_and_lone_scans_are_no_label_maps(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flat = tmp_path / "flat"
    save(flat / "half.nii.gz", np.full((4, 8, 8), 0.5, np.float32))
    save(flat / "scan.nii.gz", np.arange(-128, 128, dtype=np.int16).reshape(4, 8, 8))
    save(flat / "true.nii.gz", np.ones((4, 8, 8), np.uint8))
    run_explore(flat, tmp_path / "out", 0)
    table = json.loads((tmp_path / "out" / "cases.json").read_text())
    assert [row["case"] for row in table["failed"]] == ["half", "scan"]
    assert [row["case"] for row in table["cases"]] == ["true"]
    told = capsys.readouterr().out
    assert "half: ! half.nii.gz holds values such as 0.5: it is no label map" in told
    assert "scan: ! scan.nii.gz has labels that are not known here: -128" in told


def test_of_a_scan_with_unusable_labels_the_scan_is_told(kits: Path) -> None:
    path = kits / "case_00000" / "segmentation.nii.gz"
    save(path, np.full((6, 20, 24), 0.5, np.float32))
    row = describe_case(find_cases(kits)[1][0])
    assert row["hu_min"] == 40 and "ml" not in row
    assert row["problems"] == [
        "segmentation.nii.gz holds values such as 0.5: it is no label map"
        " - if it is a scan, open it by itself"
    ]


def test_labels_that_do_not_fit_stay_out_of_the_montage(kits: Path, tmp_path: Path) -> None:
    save(kits / "case_00000" / "segmentation.nii.gz", np.ones((9, 30, 40), np.uint8))
    run_explore(kits, tmp_path / "out", 0)
    table = json.loads((tmp_path / "out" / "cases.json").read_text())
    (problem,) = table["cases"][0]["problems"]
    assert problem.startswith("labels lie on another grid: ")
    with Image.open(tmp_path / "out" / "montage.png") as picture:
        montage = np.asarray(picture)
    assert montage[:, :256].any() and not montage[:, 256:].any()  # the other case alone


def test_nothing_readable_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "a.nii.gz").write_bytes(b"damaged")
    with pytest.raises(ReadError, match="no case of .* could be read"):
        run_explore(tmp_path / "set", tmp_path / "out", 0)
    assert json.loads((tmp_path / "out" / "cases.json").read_text())["failed"]
