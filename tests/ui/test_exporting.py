"""Exporting from the window: the form, the patient, the file, and SEG opened again."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QPushButton,
    QStyle,
    QStyleOptionComboBox,
)
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.io import EXPORTS, Choices, Disguise, read_scan
from kidview.ui import exporting, opening, other_masks
from kidview.ui.dialogs.export_dialog import ExportDialog, ExportPlan
from kidview.ui.dialogs.parts_dialog import PartsDialog
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


def proposed_by(window: MainWindow) -> str:
    """The name in the file dialog on screen, which is closed."""
    (places,) = (d for d in window.findChildren(QFileDialog) if d.isVisible())
    name = Path(places.selectedFiles()[0]).name
    places.reject()
    return name


@pytest.mark.parametrize("patient", [1, 2])
def test_the_name_of_a_folder_is_not_proposed_for_labels_without_names(
    patient: int, labelled: MainWindow
) -> None:
    dialog = dialog_of(labelled)
    dialog.patient.setCurrentIndex(patient)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert proposed_by(labelled) == "labels_seg.dcm"


def test_a_pseudonym_is_proposed_as_the_name(labelled: MainWindow) -> None:
    plan = ExportPlan(ROW["rtstruct"], Choices(disguise=Disguise(pseudonym="KV-0007")))
    exporting._ask_file(labelled.context, plan)
    assert proposed_by(labelled) == "KV-0007_rtstruct.dcm"


def test_every_form_is_shown_whole_and_what_cannot_be_chosen_is_dim(labelled: MainWindow) -> None:
    dialog = dialog_of(labelled)
    room = dialog.form.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox,
        _option_of(dialog.form),
        QStyle.SubControl.SC_ComboBoxEditField,
        dialog.form,
    )
    letters = dialog.form.fontMetrics()
    for box in (dialog.form, dialog.patient, dialog.segments, dialog.made):
        for n in range(box.count()):
            assert letters.horizontalAdvance(box.itemText(n)) <= room.width(), box.itemText(n)
    bright = _darkest_and_brightest(dialog.patient)
    dialog.form.setCurrentIndex([row.key for row in EXPORTS].index("stl"))
    assert _darkest_and_brightest(dialog.patient) < bright
    dialog.reject()


def _option_of(box: QComboBox) -> QStyleOptionComboBox:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    return option


def _darkest_and_brightest(box: QComboBox) -> int:
    """How far the letters are from their ground, 0 to 255."""
    image = box.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    inside = grey[6:-6, 10 : image.width() - 30]
    return int(inside.max()) - int(inside.min())


@pytest.fixture
def strange(labelled: MainWindow, series: Volume, tmp_path: Path) -> Path:
    """Contours whose names tell nothing."""
    export_to(labelled.context, ExportPlan(ROW["rtstruct"], Choices()), tmp_path / "rt.dcm")
    labelled.context.jobs.wait_all()
    dataset = pydicom.dcmread(tmp_path / "rt.dcm")
    for n, row in enumerate(dataset.StructureSetROISequence):
        row.ROIName = f"ROI-{n}"
    for row in dataset.RTROIObservationsSequence:
        del row.RTROIIdentificationCodeSequence
    dataset.save_as(tmp_path / "strange.dcm")
    labelled.context.session.undo()
    return tmp_path / "strange.dcm"


def test_parts_with_unknown_names_are_named_in_the_window(
    labelled: MainWindow, series: Volume, strange: Path
) -> None:
    context = labelled.context
    opening.open_labels(context, strange)
    context.jobs.wait_all()
    (dialog,) = (d for d in labelled.findChildren(PartsDialog) if d.isVisible())
    assert list(dialog.choices) == ["ROI-0", "ROI-1", "ROI-2"]
    assert not dialog.ok.isEnabled() and dialog.ok.text() == "Open"
    dialog.choices["ROI-1"].setFocus()
    QTest.keyClicks(dialog.choices["ROI-1"], "T")
    assert dialog.roles == {"ROI-0": 0, "ROI-1": 2, "ROI-2": 0} and dialog.ok.isEnabled()
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    context.jobs.wait_all()
    assert context.session.labels is not None
    assert np.array_equal(context.session.labels.array, np.where(made_up(series).array == 2, 2, 0))
    assert not any(n.level == "error" for n in labelled.notices.shown)


def test_parts_of_a_mask_to_compare_with_are_named_too(labelled: MainWindow, strange: Path) -> None:
    context = labelled.context
    context.session.redo()
    other_masks.open_mask(context, strange)
    context.jobs.wait_all()
    (dialog,) = (d for d in labelled.findChildren(PartsDialog) if d.isVisible())
    dialog.choices["ROI-0"].setCurrentIndex(1)
    QTest.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    context.jobs.wait_all()
    assert not any(n.level == "error" for n in labelled.notices.shown)
    assert context.session.compared is not None


def test_naming_parts_can_be_cancelled(labelled: MainWindow, strange: Path) -> None:
    opening.open_labels(labelled.context, strange)
    labelled.context.jobs.wait_all()
    (dialog,) = (d for d in labelled.findChildren(PartsDialog) if d.isVisible())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    labelled.context.jobs.wait_all()
    assert not labelled.context.session.labels.array.any()  # type: ignore[union-attr]


def test_contours_outside_the_series_offer_what_fits(
    labelled: MainWindow, series: Volume, tmp_path: Path
) -> None:
    context = labelled.context
    export_to(context, ExportPlan(ROW["rtstruct"], Choices()), tmp_path / "rt.dcm")
    context.jobs.wait_all()
    part = tmp_path / "part"
    part.mkdir()
    for one in series.source.header["files"][2:7]:
        shutil.copy(one, part)
    opening.show(context, read_scan(part))
    opening.open_labels(context, tmp_path / "rt.dcm")
    context.jobs.wait_all()
    (notice,) = (n for n in labelled.notices.shown if n.level == "error")
    assert [title for title, _ in notice.buttons] == ["Take what fits"]
    assert "4 images not in this series" in notice.text and "--" not in notice.text
    buttons = labelled.notices.findChildren(QPushButton)
    QTest.mouseClick(
        next(b for b in buttons if b.text() == "Take what fits"), Qt.MouseButton.LeftButton
    )
    context.jobs.wait_all()
    assert context.session.labels is not None
    assert np.array_equal(context.session.labels.array, made_up(series).array[2:7])
    assert context.session.history.titles == ("Labels of rt.dcm, what fits",)


def test_a_segmentation_of_another_series_is_not_offered_as_a_scan(
    labelled: MainWindow, tmp_path: Path
) -> None:
    export_to(
        labelled.context, ExportPlan(ROW["seg"], Choices(disguise=Disguise())), tmp_path / "a"
    )
    labelled.context.jobs.wait_all()
    opening.open_labels(labelled.context, tmp_path / "a.dcm")
    labelled.context.jobs.wait_all()
    (notice,) = (n for n in labelled.notices.shown if n.level == "error")
    assert "another series" in notice.text and not notice.buttons


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
