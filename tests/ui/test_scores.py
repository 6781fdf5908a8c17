"""RENAL and PADUA under Measures: unfolded, shown in the views, asked and answered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from kidview.cases import Marks
from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.box import Box
from kidview.edit import Edit
from kidview.measure import measure_case
from kidview.measure.score import Score
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.score_part import Part
from kidview.ui.panels.scores import ScoreBox
from kidview.ui.report.scores import scores_of
from tests.ui.findings_stage import (
    LEFT,
    NONE,
    TUMOUR,
    click,
    drawn,
    here,
    labelled,
    lines,
    opened,
    settle,
)

pytestmark = pytest.mark.display


@pytest.fixture
def stage(window: MainWindow) -> MainWindow:
    """A tumour in hand."""
    labelled(opened(window))
    click(window.side.findings.list, 0)
    return window


def box(stage: MainWindow, system: str) -> ScoreBox:
    return stage.side.scores.boxes[system]


def score(stage: MainWindow, system: str) -> Score:
    one = stage.findings.one
    assert one is not None
    found = one.values[f"{system.lower()}_score"].score
    assert found is not None
    return found


def press(stage: MainWindow, widget: QWidget, at: QPoint | None = None) -> None:
    QApplication.processEvents()
    stage.side.ensureWidgetVisible(widget)
    QApplication.processEvents()
    assert widget.isVisible()
    QTest.mouseClick(widget, LEFT, NONE, at or widget.rect().center())


def part(stage: MainWindow, system: str, key: str) -> Part:
    """One of the components; unfolds the score if it is not."""
    shown = box(stage, system)
    if shown.is_folded:
        press(stage, shown.head)
    return shown.parts[key]


def reply(stage: MainWindow, system: str, key: str, value: object) -> None:
    asked = part(stage, system, key)
    press(stage, next(chip for answer, chip in asked.chips.items() if answer is value))
    settle(stage)


def test_a_score_unfolds_into_its_parts(stage: MainWindow) -> None:
    for system in ("RENAL", "PADUA"):
        shown, told = box(stage, system), score(stage, system)
        assert shown.code.text() == told.code and shown.is_folded
        assert not any(one.isVisible() for one in shown.parts.values())
        press(stage, shown.head)
        assert list(shown.parts) == [one.key for one in told.components]
        for one in told.components:
            line = shown.parts[one.key]
            assert line.isVisible() and line.why.text() == one.why
            assert one.points is None or line.points.text() == str(one.points)
            assert line.points.text() == "?" or one.source != "unknown"
            assert line.unsure.isVisible() == one.is_borderline
            assert line.asked.isVisible() == bool(one.asks)
        press(stage, shown.head)
        assert not any(one.isVisible() for one in shown.parts.values())


def test_scores_stand_here_and_not_in_the_table_as_well(stage: MainWindow) -> None:
    assert "Volume" in [line.title for line in lines(stage)]
    assert not any("score" in line.title for line in lines(stage))
    click(stage.side.findings.list, 1)  # the cyst
    settle(stage)
    assert not stage.side.scores.isVisible()
    stage.findings.select("")
    assert not stage.side.scores.isVisible()


def test_a_click_on_a_part_shows_what_it_stands_on(stage: MainWindow) -> None:
    radius = part(stage, "RENAL", "R")
    press(stage, radius, QPoint(60, 12))
    evidence = stage.findings.evidence
    assert evidence is not None and (evidence.of, evidence.measure) == ("T1", "RENAL.R")
    told = score(stage, "RENAL")["R"]
    assert evidence.points_ras == told.points_ras and evidence.words == f"{told.number:.1f} mm"
    assert here(stage)[0] == told.slice_z
    press(stage, radius, QPoint(60, 12))
    assert stage.findings.evidence is None


def test_a_part_of_one_point_is_drawn_and_is_no_measurement_to_keep(stage: MainWindow) -> None:
    press(stage, part(stage, "RENAL", "E"), QPoint(60, 12))
    evidence = stage.findings.evidence
    assert evidence is not None and evidence.words.endswith("%") and evidence.slice_z is None
    QApplication.processEvents()
    assert drawn(stage, 0).grab()  # it is painted without a fault
    press(stage, part(stage, "PADUA", "collecting"), QPoint(60, 12))  # has no points
    assert stage.findings.evidence is None


def test_an_answer_changes_the_score_and_is_kept_with_the_marks(stage: MainWindow) -> None:
    session = stage.context.session
    steps = session.history.count
    before = score(stage, "PADUA").possible
    reply(stage, "PADUA", "collecting", "displaced")
    told = score(stage, "PADUA")
    assert told["collecting"].source == "reader" and told["collecting"].points == 2
    assert told.possible == (before[0] + 1, before[1])
    asked = part(stage, "PADUA", "collecting")
    assert asked.points.text() == "2" and asked.asked.text() == "You said"
    assert asked.chips["displaced"].isChecked() and not asked.chips["no"].isChecked()
    (kept,) = session.marks.answers
    assert kept.kind == "tumour" and kept.answers == ReaderAnswers(collecting_system="displaced")
    reply(stage, "RENAL", "h", True)
    assert box(stage, "RENAL").code.text().endswith("h")
    assert session.marks.answers[0].answers.given == {
        "touches_main_vessel": True,
        "collecting_system": "displaced",
    }
    assert session.history.count == steps  # the undo does not concern it


def test_one_answer_serves_both_scores(stage: MainWindow) -> None:
    reply(stage, "RENAL", "A", "a")
    assert score(stage, "PADUA")["face"].text == "a"
    assert part(stage, "PADUA", "face").chips["a"].isChecked()


def test_an_answer_is_taken_back(stage: MainWindow) -> None:
    first = box(stage, "PADUA").code.text()
    reply(stage, "PADUA", "collecting", "no")
    press(stage, part(stage, "PADUA", "collecting").clear)
    settle(stage)
    assert stage.context.session.marks.answers == ()
    assert box(stage, "PADUA").code.text() == first
    assert not part(stage, "PADUA", "collecting").clear.isVisible()


def test_a_distance_is_typed(stage: MainWindow) -> None:
    number = part(stage, "RENAL", "N").number
    assert number is not None
    press(stage, number)
    number.selectAll()
    QTest.keyClicks(number, "5")
    QTest.keyClick(number, Qt.Key.Key_Return)
    settle(stage)
    told = score(stage, "RENAL")["N"]
    assert (told.points, told.source, told.number) == (2, "reader", 5.0)
    assert stage.context.session.marks.answers[0].answers.nearness_mm == 5.0


def test_answers_stay_with_their_lesion_when_it_is_renumbered(stage: MainWindow) -> None:
    reply(stage, "PADUA", "collecting", "no")
    large = Box((12, 22, 82), (28, 40, 108))
    stage.context.session.edit("Brush, tumour", Edit(large, np.ones(large.shape, bool), 2))
    settle(stage)
    assert stage.findings.selected == "T2"
    assert score(stage, "PADUA")["collecting"].source == "reader"
    click(stage.side.findings.list, 0)
    assert score(stage, "PADUA")["collecting"].source == "unknown"
    assert stage.measuring.measures is not None and not stage.measuring.measures.case.left_over


def test_answers_that_come_with_the_case_are_taken(stage: MainWindow) -> None:
    session = stage.context.session
    assert session.volume is not None
    middle = [(a + b - 1) / 2 for a, b in zip(TUMOUR.start, TUMOUR.stop, strict=True)]
    x, y, z = session.volume.geometry.index_to_ras(middle).tolist()
    said = Answered("tumour", ReaderAnswers(collecting_system="no", location=2), (x, y, z))
    session.mark(Marks(answers=(said,)))
    assert not stage.measuring.is_current
    settle(stage)
    assert score(stage, "RENAL")["L"].source == "reader"
    assert score(stage, "PADUA")["collecting"].points == 1


def test_the_report_tells_the_same_scores(stage: MainWindow) -> None:
    reply(stage, "PADUA", "collecting", "no")
    session = stage.context.session
    assert session.volume is not None and session.labels is not None
    grid, answers = session.volume.geometry, session.marks.answers
    measured = measure_case(session.volume.hu, session.labels.array, grid, answers=answers)
    told = scores_of(measured)["T1"]
    for system in ("RENAL", "PADUA"):
        assert told[system].to_dict() == score(stage, system).to_dict()
