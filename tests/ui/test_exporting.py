"""Exporting from the window: the form, the patient, the file, and SEG opened again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.io import EXPORTS, Choices
from kidview.ui import opening
from kidview.ui.dialogs.export_dialog import ExportDialog, ExportPlan
from kidview.ui.exporting import export_to, maker_of
from kidview.ui.main_window import MainWindow
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, made_up, open_grid

ROW = {row.key: row for row in EXPORTS}


@pytest.fixture
def series(write_series: Callable[..., Path]) -> Volume:  # noqa: F811
    return open_grid(GRIDS[0], write_series)


@pytest.fixture
def labelled(window: MainWindow, series: Volume, qtbot: QtBot) -> MainWindow:
    """A window on a DICOM series with labels."""
    opening.show(window.context, series)
    window.context.session.replace_labels(made_up(series), "Labels")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def dialog_of(window: MainWindow) -> ExportDialog:
    """The question on screen, asked for by its key."""
    QTest.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    (dialog,) = (d for d in window.findChildren(ExportDialog) if d.isVisible())
    return dialog


def test_the_key_asks_for_a_form_and_then_for_a_place(labelled: MainWindow) -> None:
    dialog = dialog_of(labelled)
    assert [dialog.form.itemText(n) for n in range(dialog.form.count())] == [
        row.title for row in EXPORTS
    ]
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    (places,) = (d for d in labelled.findChildren(QFileDialog) if d.isVisible())
    assert places.selectedFiles()[0].endswith("series axial_seg.dcm")
    places.reject()


def test_forms_of_dicom_are_greyed_on_a_scan_that_is_none(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opening.show(window.context, tiny_scan)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    dialog = dialog_of(window)
    model = dialog.form.model()
    can = [
        bool(model.flags(model.index(n, 0)) & Qt.ItemFlag.ItemIsEnabled)
        for n in range(dialog.form.count())
    ]
    assert can == [not row.is_dicom for row in EXPORTS]
    assert dialog.row.key == "stl" and not dialog.patient.isEnabled()
    dialog.reject()


@pytest.mark.parametrize("key", ["seg", "rtstruct"])
def test_what_was_written_is_told_and_opens_again(
    key: str, labelled: MainWindow, tmp_path: Path
) -> None:
    session, jobs = labelled.context.session, labelled.context.jobs
    path = tmp_path / "out"
    assert session.labels is not None
    before = session.labels.array.copy()
    export_to(labelled.context, ExportPlan(ROW[key], Choices()), path)
    jobs.wait_all()
    (notice,) = (n for n in labelled.notices.shown if n.key == "save")
    assert notice.level == "done" and "read back" in notice.text
    assert session.is_dirty  # an export is no save
    session.undo()
    assert not session.labels.array.any()
    opening.open_paths(labelled.context, [tmp_path / "out.dcm"])
    jobs.wait_all()
    assert np.array_equal(session.labels.array, before)


def test_surfaces_of_an_earlier_export_are_not_replaced_unasked(
    labelled: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "out_tumour.stl").write_bytes(b"old")
    export_to(labelled.context, ExportPlan(ROW["stl"], Choices()), tmp_path / "out.stl")
    labelled.context.jobs.wait_all()
    assert any(n.level == "error" and "exists already" in n.text for n in labelled.notices.shown)
    assert (tmp_path / "out_tumour.stl").read_bytes() == b"old"
    assert not (tmp_path / "out_kidney.stl").exists()


def test_the_patient_leaves_by_choice(labelled: MainWindow, tmp_path: Path) -> None:
    dialog = dialog_of(labelled)
    assert dialog.plan.choices.disguise is None
    dialog.patient.setCurrentIndex(2)
    plan = dialog.plan
    assert plan.choices.disguise is not None and not plan.choices.disguise.keeps_uids
    dialog.reject()
    export_to(labelled.context, plan, tmp_path / "a.dcm")
    labelled.context.jobs.wait_all()
    assert b"Secret" not in (tmp_path / "a.dcm").read_bytes()


def test_from_a_case_patients_leave_without_their_names(
    labelled: MainWindow, series: Volume
) -> None:
    plans: list[ExportPlan] = []
    maker = maker_of(labelled.context.session, is_opened=True)
    dialog = ExportDialog(labelled, series.source, maker, "KV-0007", plans.append)
    assert dialog.patient.currentIndex() == 2
    dialog.accept()
    disguise = plans[0].choices.disguise
    assert disguise is not None and disguise.pseudonym == "KV-0007"
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete


def test_labels_by_hand_are_written_as_made_by_hand(
    labelled: MainWindow, paint: Callable[..., None], tmp_path: Path
) -> None:
    paint(labelled.context.session)
    assert maker_of(labelled.context.session, is_opened=False).kind == "MANUAL"
    assert maker_of(labelled.context.session, is_opened=True).kind == "SEMIAUTOMATIC"
    dialog = dialog_of(labelled)
    plan = dialog.plan
    dialog.reject()
    export_to(labelled.context, plan, tmp_path / "a.dcm")
    labelled.context.jobs.wait_all()
    row = pydicom.dcmread(tmp_path / "a.dcm").SegmentSequence[0]
    assert row.SegmentAlgorithmType == "MANUAL"


def test_what_was_odd_in_a_segmentation_is_told(labelled: MainWindow, tmp_path: Path) -> None:
    export_to(labelled.context, ExportPlan(ROW["seg"], Choices()), tmp_path / "a.dcm")
    labelled.context.jobs.wait_all()
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    row = dataset.SegmentSequence[1]
    row.SegmentLabel = "liver"
    row.SegmentedPropertyTypeCodeSequence[0].CodeValue = "10200004"
    dataset.save_as(tmp_path / "b.dcm")
    opening.open_labels(labelled.context, tmp_path / "b.dcm")
    labelled.context.jobs.wait_all()
    assert any("liver" in notice.text for notice in labelled.notices.shown)
