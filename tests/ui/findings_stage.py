"""A made-up scan with a tumour and a cyst, and a hand on FINDINGS and MEASURES."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListWidget, QMenu

from kidview.core.box import Box
from kidview.core.geometry import Geometry
from kidview.core.types import Index, LabelArray
from kidview.core.volume import AxisOrder, Source, Volume
from kidview.edit import Edit
from kidview.measure import CaseMeasures, measure_case
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.findings import ROW
from kidview.ui.panels.measures import Line
from kidview.ui.panels.section import Section
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import LEFT

SHAPE = (40, 60, 120)
TUMOUR, CYST = Box((14, 24, 20), (24, 36, 36)), Box((18, 26, 90), (22, 32, 96))
"""In the right half of the array and in the left: 3.84 mL and 0.29 mL."""
NONE = Qt.KeyboardModifier.NoModifier


def made_labels() -> LabelArray:
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.zeros(SHAPE, np.uint8)
    for middle in (25, 95):
        labels[(z - 20) ** 2 / 250 + (y - 30) ** 2 / 260 + (x - middle) ** 2 / 260 < 1] = 1
    labels[TUMOUR.slices], labels[CYST.slices] = 2, 3
    return labels


def made_volume() -> Volume:
    rng = np.random.default_rng(7)
    hu = rng.normal(40, 9, SHAPE)
    for value, mean in ((1, 120), (2, 60), (3, 5)):
        hu[made_labels() == value] += mean - 40
    geometry = Geometry.straight(SHAPE, (2.0, 1.0, 1.0), (-60.0, -30.0, 0.0))
    affine = geometry.zyx_to_ras[:, [2, 1, 0, 3]]
    order = AxisOrder((2, 1, 0), (False, False, False))
    return Volume(hu.astype(np.int16), geometry, Source(Path("ct.nii.gz"), "NIfTI", order, affine))


def opened(window: MainWindow, *, is_hasty: bool = True) -> MainWindow:
    """The scan, nothing labelled yet; a hasty window does not wait for the hand to rest."""
    if is_hasty:
        window.measuring._timer.setInterval(10)
    opening.show(window.context, made_volume())
    settle(window)
    return window


def labelled(window: MainWindow) -> MainWindow:
    """With two kidneys, a tumour and a cyst."""
    write(window, made_labels())
    settle(window)
    return window


def write(window: MainWindow, labels: LabelArray) -> None:
    session = window.context.session
    for label in (1, 2, 3):
        session.edit("Made up", Edit(Box.whole(SHAPE), labels == label, label), tool="")


def settle(window: MainWindow) -> None:
    """Until the measures are those of now."""
    for _ in range(300):
        QApplication.processEvents()
        window.context.jobs.wait_all()
        QApplication.processEvents()
        if window.measuring.is_whole:
            return
        QTest.qWait(10)
    raise AssertionError("the labels were not measured")


def wanted(window: MainWindow) -> CaseMeasures:
    """What the measures must be."""
    session = window.context.session
    assert session.volume is not None and session.labels is not None
    return measure_case(session.volume.hu, session.labels.array, session.volume.geometry)


def here(window: MainWindow) -> Index:
    session = window.context.session
    assert session.volume is not None
    return session.volume.geometry.nearest_index(session.view.cursor_ras)


def findings(window: MainWindow) -> list[str]:
    shown = window.side.findings.list
    return [shown.item(n).data(ROW).words for n in range(shown.count())]


def measures(window: MainWindow) -> dict[str, str]:
    """Number and unit by title; names of kidneys have none."""
    return {line.title: f"{line.number} {line.unit}".strip() for line in lines(window)}


def lines(window: MainWindow) -> list[Line]:
    shown = window.side.measures.list
    return [shown.item(n).data(ROW) for n in range(shown.count())]


def click(shown: QListWidget, row: int, button: Qt.MouseButton = LEFT) -> None:
    shown.scrollToItem(shown.item(row))
    at = shown.visualItemRect(shown.item(row)).center()
    QTest.mouseClick(shown.viewport(), button, NONE, at)


def click_measure(window: MainWindow, title: str) -> None:
    titles = [line.title for line in lines(window)]
    click(window.side.measures.list, titles.index(title))


def open_menu(window: MainWindow, row: int) -> QMenu:
    shown = window.side.findings.list
    at = shown.visualItemRect(shown.item(row)).center()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, shown.mapToGlobal(at))
    QApplication.sendEvent(shown.viewport(), event)
    (menu,) = window.side.findings.findChildren(QMenu)
    return menu


def section(window: MainWindow, title: str) -> Section:
    return next(one for one in window.side.sections if one.title == title)


def fold(window: MainWindow, title: str) -> None:
    QTest.mouseClick(section(window, title)._header, LEFT)


def view_of(window: MainWindow, axis: int) -> SliceView:
    return next(view for view in window.findChildren(SliceView) if view.axis == axis)


def drawn(window: MainWindow, axis: int) -> SliceCanvas:
    canvas = view_of(window, axis).findChild(SliceCanvas)
    assert canvas is not None
    return canvas


def write_over(window: MainWindow, labels: LabelArray) -> None:
    whole = np.ones(SHAPE, bool)
    for label in (0, 1, 2, 3):
        mask = whole if label == 0 else labels == label
        window.context.session.edit("Made up", Edit(Box.whole(SHAPE), mask, label), tool="")
    settle(window)
