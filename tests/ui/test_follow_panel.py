"""FOLLOW-UP: days as typed or none at all, rows of cut lesions, whose scans they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from kidview.follow import Growth
from kidview.measure import Value
from kidview.ui import opening
from kidview.ui.earlier_scan import Earlier, open_earlier
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.follow import FollowRow
from tests.follow.bodies import STILL, draw, grid
from tests.follow.files import write, write_both, write_dicom
from tests.io.conftest import write_series  # noqa: F401 a fixture
from tests.ui.follow_stage import panel_of, read_earlier, settle

pytestmark = pytest.mark.display


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_both(tmp_path_factory.mktemp("panel"), STILL)


@pytest.fixture(scope="module")
def earlier(files: dict[str, Path]) -> Earlier:
    return read_earlier(files)


@pytest.fixture
def followed(window: MainWindow, files: dict[str, Path], earlier: Earlier) -> MainWindow:
    """The later scan with its labels, the earlier one beside it."""
    opening.open_paths(window.context, [files["now"], files["now_seg"]])
    settle(window)
    window.two_times.begin(earlier)
    settle(window)
    return window


def type_days(window: MainWindow, words: str) -> str:
    """Put words in the box and press Enter; returns what the status bar then says."""
    box = panel_of(window).days
    line = box.findChild(QLineEdit)
    assert line is not None
    window.status.message.setText("")
    box.setFocus()
    line.selectAll()
    QTest.keyClicks(line, words)
    QTest.keyClick(line, Qt.Key.Key_Return)
    return window.status.message.text()


def days_of(window: MainWindow) -> float | None:
    assert window.two_times.found is not None
    return window.two_times.found.days


@pytest.mark.parametrize(
    ("typed", "days", "shown"),
    [
        ("200", 200.0, "200 days"),
        ("365,5", 365.5, "365.5 days"),
        ("365.25", 365.25, "365.25 days"),
        ("36500 days", 36500.0, "36500 days"),
        ("1d", 1.0, "1 days"),
    ],
)
def test_days_are_taken_as_typed(followed: MainWindow, typed: str, days: float, shown: str) -> None:
    assert type_days(followed, typed) == ""
    assert days_of(followed) == days and panel_of(followed).days.text() == shown


@pytest.mark.parametrize(
    "typed", ["12 months", "99999999", "36501", "0", "-5", "1,234", "1.234", "1e3", "abc", "1 2"]
)
def test_what_is_no_number_of_days_is_refused_with_a_word(followed: MainWindow, typed: str) -> None:
    type_days(followed, "200")
    told = type_days(followed, typed)
    assert told == "Days between the scans: type a number of days, 1 to 36500"
    assert days_of(followed) == 200.0 and panel_of(followed).days.text() == "200 days"


def test_an_emptied_box_means_unknown(followed: MainWindow) -> None:
    type_days(followed, "200")
    box = panel_of(followed).days
    line = box.findChild(QLineEdit)
    assert line is not None
    box.setFocus()
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert days_of(followed) is None and box.text() == "unknown"


def test_two_scans_of_one_day_are_not_called_unknown(followed: MainWindow) -> None:
    followed.two_times.set_days(0.0)
    assert panel_of(followed).days.text() == "same day" and days_of(followed) == 0.0


# -- rows -----------------------------------------------------------------------------------


def same(earlier: Earlier) -> Growth:
    found = earlier.found.after(200.0)
    return next(one for one in found.growths if one.match.fate == "same")


def test_a_row_of_a_cut_lesion_has_no_large_percent(earlier: Earlier) -> None:
    whole = same(earlier)
    row = FollowRow.of(whole)
    assert row.number == f"{whole.volume_ml.percent.number:+.0f} %"
    (lesion,) = whole.match.now
    cut = replace(whole, match=replace(whole.match, now=(replace(lesion, touches_edge=True),)))
    marked = FollowRow.of(cut)
    assert marked.number == "" and marked.lines[1][1][0] == "cut by the scan's edge"
    assert marked.lines[0][1][0] == f"{row.change}, {row.percent}"
    assert "%" not in row.lines[0][1][0] and row.lines[1][1][0].startswith("doubles in")


def test_a_row_within_measuring_error_names_no_days(earlier: Earlier) -> None:
    whole = same(earlier)
    near = Value(0.1, low=-1.0, high=1.2)
    still = replace(
        whole,
        volume_ml=replace(whole.volume_ml, change=near),
        longest_mm=replace(whole.longest_mm, change=near),
    )
    assert FollowRow.of(still).doubling == "within measuring error"


# -- whose scans ----------------------------------------------------------------------------


@pytest.fixture
def series(
    tmp_path: Path,
    write_series: Callable[..., Path],  # noqa: F811
) -> dict[str, Path]:
    """One scan under three headers, and its mask."""
    geometry = grid((6.0, 3.0, 3.0))
    labels = draw(geometry, sides=("left",))
    hu = labels.astype(np.int16) * 40
    paths = {"mask": write(tmp_path / "mask_seg.nii.gz", labels, geometry)}
    for name, number in (("open", "4711"), ("other", "77"), ("nobody", "")):
        paths[name] = write_dicom(
            write_series, name, hu, geometry, PatientID=number, PatientName=""
        )
    return paths


def test_another_patient_is_refused_and_an_unknown_one_is_told(
    window: MainWindow, series: dict[str, Path]
) -> None:
    opening.open_paths(window.context, [series["open"]])
    settle(window)
    opening.open_labels(window.context, series["mask"])
    settle(window)
    open_earlier(window.context, series["other"], series["mask"])
    settle(window)
    (notice,) = window.notices.shown
    assert "different patients" in notice.text and window.two_times.then is None
    assert "4711" not in notice.text and "77" not in notice.text
    open_earlier(window.context, series["nobody"], series["mask"])
    settle(window)
    hint = panel_of(window).hint.text()
    assert "The files do not tell whose scans they are" in hint
    assert "The two scans are one: all voxels are equal, and so are their labels." in hint
    session = window.context.session
    assert session.labels is not None and window.two_times.found is not None
    window.two_times._find_again()
    settle(window)
    assert "The files do not tell whose scans they are" in panel_of(window).hint.text()
