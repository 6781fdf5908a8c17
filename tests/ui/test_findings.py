"""FINDINGS and MEASURES: rows, numbers, kinds."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kidview.core.box import Box
from kidview.core.errors import EditRefused
from kidview.core.uncertainty import Uncertainty
from kidview.edit import Edit
from kidview.ui.main_window import MainWindow
from tests.ui.findings_stage import (
    SHAPE,
    TUMOUR,
    click,
    findings,
    here,
    labelled,
    lines,
    made_labels,
    measures,
    open_menu,
    opened,
    settle,
    wanted,
    write_over,
)

pytestmark = pytest.mark.display


@pytest.fixture
def empty(window: MainWindow) -> MainWindow:
    """Nothing is labelled yet."""
    return opened(window)


@pytest.fixture
def stage(window: MainWindow) -> MainWindow:
    """A tumour and a cyst."""
    return labelled(opened(window))


def test_a_row_tells_kind_place_size_volume_and_hu(stage: MainWindow) -> None:
    tumour, cyst = wanted(stage).lesions
    number = {key: value.number for key, value in tumour.values.items()}
    long, across = number["axial_diameter_mm"], number["axial_across_mm"]
    assert findings(stage) == [
        f"T1, tumour, left, middle third, 3.84 mL, {long:.1f} × {across:.1f} mm,"
        f" {number['mean_hu']:.0f} HU",
        "C1, cyst, right, middle third, 0.29 mL, 7.1 × 7.1 mm,"
        f" {cyst.values['mean_hu'].number:.0f} HU",
    ]


def test_without_a_finding_the_kidneys_are_measured(stage: MainWindow) -> None:
    shown = measures(stage)
    right, left = wanted(stage).kidneys
    assert list(shown)[0] == "Right kidney" and "Left kidney" in shown
    length = left.values["length_mm"].number
    assert length is not None and shown["Length"] == f"{length:.1f} mm"  # the last of the two
    assert right.facts["side"] == "right"


def test_a_click_goes_there_and_shows_its_numbers(stage: MainWindow) -> None:
    click(stage.side.findings.list, 0)
    assert all(a <= i < b for a, i, b in zip(TUMOUR.start, here(stage), TUMOUR.stop, strict=True))
    assert here(stage)[0] in (18, 19)
    shown, (tumour, _) = measures(stage), wanted(stage).lesions
    for id, title, digits in (
        ("axial_diameter_mm", "Largest axial diameter", 1),
        ("diameter_3d_mm", "Largest diameter in 3D", 1),
        ("contact_cm2", "Contact with kidney", 1),
        ("sd_hu", "SD", 0),
        ("c_index", "C-Index", 2),
    ):
        number = tumour.values[id].number
        assert number is not None
        assert shown[title].split(" ")[0] == f"{number:.{digits}f}", title
    assert shown["Volume"] == "3.84 mL" and "Like water" not in shown
    assert stage.status.message.text() == "T1: tumour, left, middle third, 3.84 mL"


def test_a_measure_without_a_number_says_why(stage: MainWindow) -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[TUMOUR.slices] = 2
    write_over(stage, labels)
    click(stage.side.findings.list, 0)
    line = next(one for one in lines(stage) if one.title == "Outside the kidney")
    assert line.number == "" and line.reason == "no kidney is near"
    assert "no kidney near" in findings(stage)[0]
    assert "No kidney is labelled" in stage.side.findings.hint.text()


def test_empty_labels_show_a_sentence(empty: MainWindow) -> None:
    words = "Nothing is labelled: segment the scan or paint"
    assert findings(empty) == [] and not empty.side.findings.list.isVisible()
    assert empty.side.findings.hint.text() == words
    assert empty.side.measures.hint.text() == "Nothing to measure yet"
    assert not empty.commands["findings.kind"].isEnabled()


def test_kidneys_alone_say_that_there_is_no_lesion(empty: MainWindow) -> None:
    write_over(empty, np.minimum(made_labels(), 1))
    assert empty.side.findings.hint.text() == "No tumour or cyst is labelled"


def test_doubt_is_that_of_the_network_in_the_lesion(stage: MainWindow) -> None:
    box = Box((10, 20, 10), (30, 40, 60))
    values = np.random.default_rng(3).integers(0, 256, box.shape).astype(np.uint8)
    inside = TUMOUR.seen_from(box)
    percent = 100 * values[inside.slices].mean() / 255
    stage.context.session.uncertainty = Uncertainty(box, values)
    stage.context.session.look(opacity=0.31)  # any news: a proposal brings it with one
    settle(stage)
    assert findings(stage)[0].endswith(f"doubt {percent:.0f} %")
    assert "doubt" not in findings(stage)[1]  # the network was not asked there


def test_a_right_click_changes_the_kind_as_one_step(stage: MainWindow) -> None:
    session = stage.context.session
    before = session.history.count
    menu = open_menu(stage, 0)
    assert [action.isEnabled() for action in menu.actions()] == [True, False, True]
    menu.actions()[2].trigger()
    menu.close()
    assert session.history.count == before + 1 and session.history.undo_title == "Relabel, cyst"
    labels = session.labels
    assert labels is not None and (labels.array[TUMOUR.slices] == 3).all()
    assert "cyst +3.84 mL" in stage.status.message.text()
    settle(stage)
    assert [words[:8] for words in findings(stage)] == ["C1, cyst", "C2, cyst"]
    assert stage.findings.selected == "C1" and "Like water" in measures(stage)
    session.undo()
    assert np.array_equal(labels.array, made_labels())


def test_a_lesion_that_hangs_together_by_corners_changes_as_a_whole(stage: MainWindow) -> None:
    labels = made_labels()
    labels[TUMOUR.slices] = 1
    labels[16:18, 26:28, 22:24] = labels[18:20, 28:30, 24:26] = 2
    write_over(stage, labels)
    stage.findings.change_kind("T1", 3)
    session = stage.context.session
    assert session.labels is not None and not (session.labels.array == 2).any()


def test_the_key_swaps_the_kind_of_the_finding_in_hand(stage: MainWindow) -> None:
    action = stage.commands["findings.kind"]
    assert not action.isEnabled()
    QTest.keyClick(stage, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert stage.findings.selected == "T1" and action.isEnabled()
    QTest.keyClick(stage, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    assert stage.findings.selected == "C1"
    QTest.keyClick(stage, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    settle(stage)
    assert [words[:2] for words in findings(stage)] == ["T1", "T2"]
    assert stage.findings.selected == "T2"


def test_labels_that_were_not_measured_yet_are_not_relabelled(stage: MainWindow) -> None:
    box = Box((1, 1, 1), (2, 2, 2))
    stage.context.session.edit("Brush", Edit(box, np.ones(box.shape, bool), 1))
    stage.findings.change_kind("T1", 3)
    assert "Still measuring" in stage.status.message.text()
    assert stage.context.session.history.undo_title == "Brush"


def test_a_locked_label_keeps_its_lesions(stage: MainWindow) -> None:
    stage.context.session.protect(locked=frozenset({2}))
    stage.findings.change_kind("T1", 3)
    assert "Tumour is locked" in stage.status.message.text()
    stage.context.session.protect(locked=frozenset())
    stage.context.session.only_look(EditRefused("open in another window", "close it there"))
    menu = open_menu(stage, 0)
    menu.actions()[2].trigger()
    menu.close()
    assert any("another window" in notice.text for notice in stage.notices.shown)


def test_no_number_is_cut_in_the_smallest_window(stage: MainWindow) -> None:
    stage.resize(stage.minimumSize())
    click(stage.side.findings.list, 0)
    QApplication.processEvents()
    side = stage.side
    assert side.horizontalScrollBar().maximum() == 0
    for panel in (side.findings, side.measures):
        assert panel.width() <= side.viewport().width()
        assert panel.list.width() <= panel.width()
    assert side.measures.list.verticalScrollBar().maximum() == 0
