"""Numbers typed with real keys: nothing is dropped, limits are kept and told."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.option_line import OptionLine


def opened(window: MainWindow, scan: Volume) -> MainWindow:
    """The window with a scan of 10 axial slices, settled."""
    opening.show(window.context, scan)
    window.context.jobs.wait_all()
    window.activateWindow()
    return window


def retype(qtbot: QtBot, box: QWidget, words: str) -> None:
    """Put other characters into a box and press Enter."""
    line = box if isinstance(box, QLineEdit) else box.findChild(QLineEdit)
    assert line is not None
    box.setFocus()
    line.selectAll()
    qtbot.keyClicks(box, words)
    qtbot.keyClick(box, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("typed", "slice_shown", "said"),
    [
        ("7", 7, ""),
        ("500", 10, "There is no slice 500: this is the last, 10 / 10"),
        ("0", 1, "There is no slice 0: this is the first, 1 / 10"),
    ],
)
def test_go_to_slice_takes_the_whole_number(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot, typed: str, slice_shown: int, said: str
) -> None:
    opened(window, tiny_scan)
    window.status.message.setText("")
    window.commands["slice.go_to"].trigger()
    dialog = window.findChild(QInputDialog)
    assert dialog is not None and "1 to 10" in dialog.labelText()
    line = dialog.findChild(QLineEdit)
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, typed)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    session = window.context.session
    z = tiny_scan.geometry.nearest_index(session.view.cursor_ras)[0]
    assert z + 1 == slice_shown
    assert window.status.message.text() == said
    dialog.close()
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete


@pytest.mark.parametrize(
    ("low", "high", "taken"),
    [
        ("-200", "500", (-200, 500)),
        ("0", "5000", (0, 3071)),
        ("-9999", "300", (-1024, 300)),
        ("500", "", (500, 501)),  # the end that was typed holds
        ("", "-50", (-51, -50)),
        ("400", "800", (400, 800)),  # beyond the old range, one end after the other
    ],
)
def test_the_hu_range_takes_whole_numbers_and_stays_a_range(
    window: MainWindow,
    tiny_scan: Volume,
    qtbot: QtBot,
    low: str,
    high: str,
    taken: tuple[int, int],
) -> None:
    opened(window, tiny_scan)
    window.context.session.look(tool="brush")
    line = window.findChild(OptionLine)
    assert line is not None
    qtbot.mouseClick(line._hu_chip, Qt.MouseButton.LeftButton)
    for box, typed in ((line._low, low), (line._high, high)):
        if typed:
            retype(qtbot, box, typed)
    assert window.context.session.guard.hu_range == taken
    assert (line._low.value(), line._high.value()) == taken
    assert (line._low.text(), line._high.text()) == tuple(map(str, taken))


def test_a_number_beyond_the_limits_says_them(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    opened(window, tiny_scan)
    window.context.session.look(tool="brush")
    line = window.findChild(OptionLine)
    assert line is not None
    retype(qtbot, line._number, "99")
    assert window.context.session.view.radius_mm == 50.0
    assert window.status.message.text() == "Brush radius: 0.5 to 50.0 mm"
    qtbot.mouseClick(line._hu_chip, Qt.MouseButton.LeftButton)
    retype(qtbot, line._high, "5000")
    assert window.status.message.text() == "Highest HU: -1023 to 3071"


@pytest.mark.parametrize(("typed", "mm"), [("2,5", 2.5), ("2.5", 2.5), ("12", 12.0)])
def test_a_comma_is_a_decimal_sign_in_every_language(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot, typed: str, mm: float
) -> None:
    opened(window, tiny_scan)
    session = window.context.session
    session.look(tool="brush")
    line = window.findChild(OptionLine)
    assert line is not None
    retype(qtbot, line._number, typed)
    assert session.view.radius_mm == mm
