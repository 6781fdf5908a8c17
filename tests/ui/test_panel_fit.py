"""The right panel: nothing lies over anything else, and nothing is cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListWidgetItem, QVBoxLayout, QWidget

from kidview.core.box import Box
from kidview.edit import Edit
from kidview.ui.filming import pixels_of
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.findings import FindingRow
from kidview.ui.panels.lesion_list import ROW, lesion_list
from kidview.ui.panels.section import Section
from kidview.ui.pieces import text
from kidview.ui.theme import SMALL_PX, TEXT_PX, text_font
from tests.ui.findings_stage import SHAPE, labelled, opened, section, settle

pytestmark = pytest.mark.display


def add_lesions(window: MainWindow, count: int) -> None:
    """Small ones far from both kidneys, all at an edge of the scan: two notes each."""
    for number in range(count):
        start = (0, 2, 4 + 12 * number)
        box = Box(start, (3, 6, 8 + 12 * number))
        label = 2 + number % 2
        edit = Edit(box, np.ones(box.shape, bool), label)
        window.context.session.edit("Made up", edit, tool="")
    settle(window)
    QTest.qWait(20)


def check_sections(window: MainWindow) -> None:
    sections = [one for one in window.side.sections if one.isVisible()]
    for above, below in zip(sections, sections[1:], strict=False):
        assert above.geometry().bottom() < below.geometry().top()
    for one in sections:
        assert one._header.y() == 0  # no hole above it
        inside(one)


def inside(widget: QWidget) -> None:
    """What lies in a widget's layout: in it, none over another, words as high as they need."""
    layout = widget.layout()
    if layout is None:
        return
    items = [layout.itemAt(n) for n in range(layout.count())]
    shown = [w for item in items if item and (w := item.widget()) and w.isVisible()]
    for number, one in enumerate(shown):
        assert widget.rect().contains(one.geometry()), one
        for other in shown[number + 1 :]:
            assert not one.geometry().intersects(other.geometry()), (one, other)
        if isinstance(one, QLabel) and one.wordWrap():
            assert one.height() >= one.heightForWidth(one.width()), one.text()
        inside(one)


@pytest.mark.parametrize("count", [1, 4, 6, 8])
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (1900, 1150)])
def test_findings_and_their_notes_lie_below_each_other(
    window: MainWindow, count: int, size: tuple[int, int]
) -> None:
    stage = labelled(opened(window))
    stage.resize(*size)
    add_lesions(stage, count)
    assert len(stage.findings.lesions) == 2 + count
    check_sections(stage)
    hint = stage.side.findings.hint
    assert hint.text().count("edge of the scan") == 1 and hint.height() > 20


def test_fewer_notes_take_less_room(window: MainWindow) -> None:
    stage = labelled(opened(window))
    before = section(stage, "Findings").height()
    add_lesions(stage, 4)
    assert section(stage, "Findings").height() > before
    for _ in range(4):
        stage.context.session.undo()
    settle(stage)
    QTest.qWait(20)
    assert len(stage.findings.lesions) == 2
    assert section(stage, "Findings").height() == before
    check_sections(stage)


@pytest.mark.parametrize("width", [90, 180, 300, 600])
def test_a_section_is_as_high_as_its_words_at_its_width(window: MainWindow, width: int) -> None:
    words = text("many words that break into lines where there is no room for them " * 4)
    words.setWordWrap(True)
    outer = Section(window.context.theme, "Words", words)
    around = QWidget()
    column = QVBoxLayout(around)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(outer)
    column.addStretch()
    around.resize(3 * width, 1200)
    around.show()
    QApplication.processEvents()
    for px in (3 * width, width, 2 * width):  # made narrow by the hand, too
        around.resize(px, 1200)
        QTest.qWait(10)
        assert words.width() == px
        assert words.height() == words.heightForWidth(px)
    around.close()


def test_n_scrolls_to_the_places(window: MainWindow) -> None:
    stage = labelled(opened(window))
    stage.resize(1280, 720)
    add_lesions(stage, 4)
    bar, places = stage.side.verticalScrollBar(), section(stage, "Places")
    assert bar.value() == 0
    QTest.keyClick(stage, Qt.Key.Key_N)
    stage.context.jobs.wait_all()
    QTest.qWait(20)
    top = places.mapTo(stage.side.viewport(), places.rect().topLeft()).y()
    assert stage.side.places.list.count() > 1
    assert top >= 0 and top + places.height() <= stage.side.viewport().height()


def test_a_folded_list_of_places_stays_where_it_is(window: MainWindow) -> None:
    stage = labelled(opened(window))
    stage.resize(1280, 720)
    add_lesions(stage, 4)
    section(stage, "Places").fold(True)
    QTest.keyClick(stage, Qt.Key.Key_N)
    stage.context.jobs.wait_all()
    QTest.qWait(20)
    assert stage.looking.places and stage.side.verticalScrollBar().value() == 0


def test_badges_name_the_keys_of_the_scheme(window: MainWindow) -> None:
    stage = opened(window)
    rows = stage.side.labels.rows.values()
    assert [row.key.text() for row in rows] == ["1", "2", "3"]
    fill = stage.side.labels._fill
    assert fill.toolTip() == "Fill of the labels; A is less, D is more"
    stage.context.settings.set("keys", "ITK-SNAP")
    QApplication.processEvents()
    assert [row.key.text() for row in rows] == ["Alt+1", "Alt+2", "Alt+3"]
    for row in rows:
        assert row.key.width() >= row.key.sizeHint().width()
        assert row.key.text() in row.toolTip()
        inside(row)
    stage.context.settings.set("own_keys", '{"label.cyst": [], "view.opacity_less": ["F9"]}')
    QApplication.processEvents()
    assert [row.key.isVisible() for row in rows] == [True, True, False]
    assert "F9 is less" in fill.toolTip()


def test_a_long_place_ends_in_dots_before_the_number(window: MainWindow) -> None:
    shown = lesion_list(window.context.theme, "made up", 1)
    shown.resize(274, 60)
    shown.addItem(QListWidgetItem())

    def drawn(where: str) -> npt.NDArray[np.uint8]:
        size, mean = "133.2 × 113.3 mm", "−1000 HU"
        row = FindingRow("T12", "tumour", where, size, "1234 mL", mean, "doubt 45 %")
        shown.item(0).setData(ROW, row)
        return pixels_of(shown.viewport().grab().toImage())

    drawn("")
    shown.show()
    QApplication.processEvents()
    large, small = (QFontMetrics(text_font(px)) for px in (TEXT_PX, SMALL_PX))
    taken = sum(large.horizontalAdvance(words) + 8 for words in ("T12 tumour", "1234 mL"))
    room = shown.viewport().width() - 36 - taken
    long = "left, upper third, middle third and lower third"
    elided = small.elidedText(long, Qt.TextElideMode.ElideRight, room)
    assert elided.endswith("…") and len(elided) > 6
    assert (drawn(long) == drawn(elided)).all()
    assert (drawn("left") != drawn("")).any()
    shown.close()


assert SHAPE[2] > 4 + 12 * 8  # room for the lesions
