"""Reports from the window, and who is said to have made the labels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from kidview.cases import Author, CaseStore
from kidview.core.box import Box
from kidview.core.labels import LabelMap
from kidview.edit import Edit
from kidview.segment import Proposal
from kidview.session import Spent
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.report.authorship import by_case, shares_of
from tests.ui.report_stage import CYST, Told, scan_of, text_of

# -- who made the labels ----------------------------------------------------------


def test_shares_count_labelled_voxels_by_who_set_them() -> None:
    labels = np.array([[[1, 1, 2, 0]]], np.uint8)
    origin = np.array([[[1, 1, 2, 2]]], np.uint8)
    authors = (Author("model", "net", "1.0"), Author("person", "Ann Miller"))
    shares = shares_of(labels, origin, authors)
    assert [(one.author.name, round(one.percent, 1)) for one in shares] == [
        ("net", 66.7),
        ("Ann Miller", 33.3),
    ]


def test_a_case_tells_earlier_people_and_what_came_since(tmp_path: Path) -> None:
    volume, labels = scan_of(CYST, path=tmp_path / "made_up.nii.gz")
    store, array = CaseStore(tmp_path / "store"), labels.array.copy()
    case = store.write_prediction(store.add(volume), labels, Author("model", "net", "1.0"))
    total, voxels = int((array != 0).sum()), np.argwhere(array == 1)
    array[tuple(voxels[:300].T)] = 3
    painted = array != labels.array
    case = store.write_corrected(
        case, LabelMap(array, labels.geometry), painted, "Ann Miller", seconds=200.0
    )
    array = array.copy()
    array[tuple(voxels[300:500].T)] = 0
    spent = Spent(100.0, {}, ())
    told = dict(by_case(store, case, array, None, spent, "Ben Okri") or ())
    left, own = total - 200, 100 * 300 / (total - 200)
    assert told["Network"] == "net 1.0"
    assert told["Labelled volume by"] == (
        f"{100 * (left - 300) / left:.1f} % net 1.0, {own:.1f} % Ann Miller; "
        f"{200 * volume.geometry.voxel_ml:.2f} mL of the network's cleared"
    )
    assert told["Correcting took"] == "5 min of active editing"


# -- the window -------------------------------------------------------------------


@pytest.fixture
def open_window(window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window on a scan that a network outlined and a reader corrected."""
    volume, labels = scan_of(CYST, path=tmp_path / "made_up.nii.gz")
    opening.show(window.context, volume)
    session = window.context.session
    window.context.settings.set("reader.name", "Ann Miller")
    box = Box.tight(labels.array != 0)
    assert box is not None
    voxel_ml = volume.geometry.voxel_ml
    proposal = Proposal(box, labels.array[box.slices].copy(), voxel_ml, "net", "CPU", 1.0)
    session.propose(proposal, Author("model", "net", "1.0"))
    session.accept()
    return window


def report_by_key(window: MainWindow, path: Path) -> None:
    """Press the key, choose a name, wait for the file."""
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    window.context.jobs.wait_all()
    QApplication.processEvents()


def test_the_key_makes_the_report_and_tells_where_it_is(
    open_window: MainWindow, tmp_path: Path
) -> None:
    report_by_key(open_window, tmp_path / "out.pdf")
    (text,) = text_of(tmp_path / "out.pdf")
    assert "100.0 % net 1.0" in text and "made_up.nii.gz" in text
    notice = open_window.notices.shown[-1]
    assert notice.text.startswith("Wrote out.pdf: 1 page, 2 lesions")
    buttons = {b.text() for b in open_window.notices.findChildren(QPushButton)}
    assert {"Open", "Show in folder"} <= buttons


def test_the_readers_share_is_told(
    open_window: MainWindow, tmp_path: Path, paint: Callable[..., None]
) -> None:
    session = open_window.context.session
    assert session.labels is not None
    before = int((session.labels.array != 0).sum())
    box = Box((20, 28, 20), (26, 34, 26))
    session.edit("Brush, cyst", Edit(box, np.ones(box.shape, bool), 3), tool="brush")
    there = int((session.labels.array != 0).sum())
    report_by_key(open_window, tmp_path / "out.html")
    words = "".join(Told((tmp_path / "out.html").read_text(encoding="utf-8")).words)
    own = 100 * 216 / there
    assert f"{100 - own:.1f} % net 1.0, {own:.1f} % Ann Miller" in words
    assert before <= there


def test_a_name_without_a_suffix_gets_pdf(open_window: MainWindow, tmp_path: Path) -> None:
    report_by_key(open_window, tmp_path / "out")
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF")


def test_without_labels_the_bar_says_so(open_window: MainWindow, tmp_path: Path) -> None:
    open_window.context.session.undo()
    report_by_key(open_window, tmp_path / "out.pdf")
    assert any("othing is labelled" in one.text for one in open_window.notices.shown)
    assert not (tmp_path / "out.pdf").exists()
