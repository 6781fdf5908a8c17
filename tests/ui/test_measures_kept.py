"""Measures follow the labels once the hand rests, and go elsewhere when asked."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from kidview.cli import main
from kidview.core.box import Box
from kidview.core.errors import WriteError
from kidview.core.labels import LabelMap
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.io import read_scan, write_labels, write_scan
from kidview.measure import CaseMeasures
from kidview.ui import measuring, opening
from kidview.ui.actions.measures import save
from kidview.ui.main_window import MainWindow
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid
from tests.ui.findings_stage import (
    CYST,
    click,
    click_measure,
    findings,
    fold,
    labelled,
    made_labels,
    made_volume,
    measures,
    opened,
    settle,
    wanted,
)

pytestmark = pytest.mark.display


@pytest.fixture
def stage(window: MainWindow) -> MainWindow:
    """A tumour and a cyst."""
    return labelled(opened(window, is_hasty=False))


def test_painting_changes_the_row_once_the_hand_rests(stage: MainWindow) -> None:
    session = stage.context.session
    click(stage.side.findings.list, 0)
    more = Box((14, 24, 36), (24, 36, 38))
    session.edit("Brush, tumour", Edit(more, np.ones(more.shape, bool), 2))
    stage.context.jobs.wait_all()
    assert "3.84 mL" in findings(stage)[0]  # not at once
    settle(stage)
    assert "4.32 mL" in findings(stage)[0] and measures(stage)["Volume"] == "4.32 mL"
    kept, fresh = stage.measuring.measures, wanted(stage)
    assert kept is not None and kept.to_dict() == fresh.to_dict()
    session.undo()
    settle(stage)
    assert "3.84 mL" in findings(stage)[0]


def test_the_finding_in_hand_stays_when_another_outgrows_it(stage: MainWindow) -> None:
    session = stage.context.session
    click(stage.side.findings.list, 0)
    large = Box((12, 22, 82), (28, 40, 108))
    session.edit("Brush, tumour", Edit(large, np.ones(large.shape, bool), 2))
    settle(stage)
    assert [words[:2] for words in findings(stage)] == ["T1", "T2"]
    assert stage.findings.selected == "T2" and measures(stage)["Volume"] == "3.84 mL"


def test_a_hand_that_goes_on_is_not_measured_in_between(
    stage: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(measuring, "worker", counted(begun))
    session = stage.context.session
    for n in range(5):
        box = Box((14, 24, 36 + n), (24, 36, 37 + n))
        session.edit("Brush, tumour", Edit(box, np.ones(box.shape, bool), 2))
        QTest.qWait(40)
    assert begun == []
    settle(stage)
    assert begun == ["job"]


def counted(begun: list[str]) -> Callable[..., object]:
    real = measuring.worker

    def worker(*given: object) -> object:
        begun.append("job")
        return real(*given)  # type: ignore[arg-type]

    return worker


def test_nothing_is_worked_out_while_the_sections_are_folded(
    stage: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []
    monkeypatch.setattr(measuring, "worker", counted(begun))
    fold(stage, "Findings")
    fold(stage, "Measures")
    more = Box((14, 24, 36), (24, 36, 38))
    stage.context.session.edit("Brush, tumour", Edit(more, np.ones(more.shape, bool), 2))
    QTest.qWait(measuring.REST_MS + 100)
    assert begun == [] and not stage.context.jobs.is_running(measuring.KEY)
    assert not stage.measuring.is_current
    fold(stage, "Findings")
    settle(stage)
    assert begun == ["job"] and "4.32 mL" in findings(stage)[0]


def test_who_asks_gets_the_measures_of_now_though_all_is_folded(stage: MainWindow) -> None:
    fold(stage, "Findings")
    fold(stage, "Measures")
    more = Box((14, 24, 36), (24, 36, 38))
    stage.context.session.edit("Brush, tumour", Edit(more, np.ones(more.shape, bool), 2))
    got: list[CaseMeasures] = []
    stage.measuring.when_current(got.append)
    stage.context.session.edit("Brush", Edit(CYST, np.ones(CYST.shape, bool), 0))
    stage.context.jobs.wait_all()
    assert got[0].to_dict() == wanted(stage).to_dict()
    stage.measuring.when_current(got.append)
    assert got[1] is got[0]


def test_another_scan_forgets_all(stage: MainWindow, tiny_scan: Volume) -> None:
    click(stage.side.findings.list, 0)
    click_measure(stage, "Largest axial diameter")
    opening.show(stage.context, tiny_scan)
    assert stage.findings.selected == "" and stage.findings.evidence is None
    assert findings(stage) == []
    settle(stage)
    assert stage.measuring.measures is not None
    assert stage.measuring.measures.case.geometry.shape_zyx == tiny_scan.geometry.shape_zyx


def test_copied_measures_paste_as_a_table(stage: MainWindow) -> None:
    QTest.keyClick(stage, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    stage.context.jobs.wait_all()
    lesions, kidneys = QGuiApplication.clipboard().text().split("\n\n")
    head, tumour, cyst = (line.split("\t") for line in lines_of(lesions))
    assert head[:5] == ["Lesion", "Kind", "Side", "Kidney", "Pole"] and "Volume (mL)" in head
    assert len(head) == len(tumour) == len(cyst)
    assert float(tumour[head.index("Volume (mL)")]) == 3.84
    assert len(lines_of(kidneys)) == 3 and lines_of(kidneys)[1].startswith("right kidney\tright")


def lines_of(words: str) -> list[str]:
    return words.strip("\n").split("\n")


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_saved_measures_read_back(stage: MainWindow, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out.{suffix}"
    QTest.keyClick(
        stage,
        Qt.Key.Key_M,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
    )
    (dialog,) = stage.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(path))
    dialog.close()
    stage.context.jobs.wait_all()
    fresh = wanted(stage).to_dict()
    if suffix == "json":
        assert json.loads(path.read_text()) == {"case": "ct"} | json.loads(json.dumps(fresh))
    else:
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert [row["name"] for row in rows] == ["right kidney", "left kidney", "T1", "C1"]
        assert float(rows[2]["volume_ml"]) == fresh["lesions"][0]["volume_ml"]["value"]
        assert rows[0]["mean_hu"] == "" and rows[2]["kind"] == "tumour"
    assert stage.status.message.text() == f"Saved out.{suffix}"


def test_another_suffix_is_refused(stage: MainWindow, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="neither CSV nor JSON"):
        save(stage.context, tmp_path / "out.xlsx")


@pytest.mark.parametrize(
    ("description", "called", "stem"),
    [("Portal", "4 Portal", "4-Portal"), ("Hr. Secret", "4 CT series", "4-CT-series")],
)
def test_saved_measures_of_a_series_name_no_patient(
    window: MainWindow,
    write_series: Callable[..., Path],  # noqa: F811
    tmp_path: Path,
    description: str,
    called: str,
    stem: str,
) -> None:
    series = open_grid(GRIDS[0], write_series, SeriesDescription=description)
    folder = series.source.path.rename(tmp_path / "Secret_Name")
    opening.show(window.context, read_scan(folder))
    window.context.session.replace_labels(made_up(series, has_specks=False), "Labels")
    QTest.keyClick(
        window,
        Qt.Key.Key_M,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier,
    )
    (dialog,) = window.findChildren(QFileDialog)
    (proposed,) = dialog.selectedFiles()
    assert Path(proposed).name == f"{stem}_measures.csv"
    dialog.fileSelected.emit(str(tmp_path / "out.csv"))
    dialog.close()
    window.context.jobs.wait_all()
    text = (tmp_path / "out.csv").read_text()
    assert {row["case"] for row in csv.DictReader(text.splitlines())} == {called}
    assert "secret" not in text.lower()


def test_the_window_and_the_command_line_write_the_same_table(
    window: MainWindow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan, labels = tmp_path / "case_0000.nii.gz", tmp_path / "case_seg.nii.gz"
    volume = series_of(scan)
    write_scan(volume, scan)
    label_map = LabelMap(made_labels(), volume.geometry)
    write_labels(label_map, volume.source, labels)
    assert main(["measure", str(scan), str(labels), "--csv"]) == 0
    told = capsys.readouterr().out
    opening.show(window.context, read_scan(scan))
    window.context.session.replace_labels(label_map, "Labels")
    save(window.context, tmp_path / "out.csv")
    window.context.jobs.wait_all()
    assert (tmp_path / "out.csv").read_text() == told and "\ncase,T1,lesion," in told


def series_of(path: Path) -> Volume:
    made = made_volume()
    return replace(made, source=replace(made.source, path=path))
