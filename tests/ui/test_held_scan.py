"""A second window on one scan looks only; a disk that fails is told, and editing goes on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kidview.cases import CaseStore, user_store
from kidview.core.errors import EditRefused
from kidview.io import read_scan
from kidview.session.work_folder import user_work
from kidview.ui.main_window import MainWindow
from tests.ui.conftest import tiny_volume
from tests.ui.recovery_stage import (
    Other,
    Paint,
    labels_of,
    offers,
    open_file,
    press,
    settle,
    write_scan_file,
)


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    """A scan."""
    return write_scan_file(tmp_path / "case.nii.gz")


def test_a_second_window_looks_only_until_the_first_ends(
    window: MainWindow, scan_file: Path, tmp_path: Path, paint: Paint
) -> None:
    other = Other()
    other.session.open(read_scan(scan_file))
    window.recovery.start()
    open_file(window, scan_file)
    (told,) = (n.text for n in window.notices.shown if n.key == "held")
    assert f"process {os.getpid()}" in told
    session = window.context.session
    with pytest.raises(EditRefused, match="open in another window"):
        paint(session)
    assert "read only" in window.windowTitle()
    assert window.side.case.value("Labels") == "read only: open in another window"
    window.saving.write_to(tmp_path / "mine.nii.gz")
    settle(window)
    assert (tmp_path / "mine.nii.gz").exists()
    press(window, "Try again")
    assert session.refusal is not None
    paint(other.session)
    other.crash()
    press(window, "Try again")
    assert session.refusal is None and "read only" not in window.windowTitle()
    assert len(offers(window)) == 1, "what the other one left unsaved"
    paint(session)
    assert session.history.count == 1


def test_the_second_window_on_a_case_opens_it_again(window: MainWindow, paint: Paint) -> None:
    """As the first one left it."""
    store = CaseStore(user_store())
    case = store.add(tiny_volume())
    other = Other()
    other.session.open(store.load_image(case), case=case)
    window.recovery.start()
    window.casework.open(case.case_id)
    settle(window)
    assert window.context.session.refusal is not None
    paint(other.session)
    assert other.session.labels is not None
    painted = np.zeros(case.geometry.shape_zyx, bool)
    store.write_corrected(case, other.session.labels, painted, "Bob")
    other.session.mark_saved()
    other.recorder.close()
    press(window, "Try again")
    settle(window)
    session = window.context.session
    assert session.refusal is None and session.case is not None
    assert session.case.revision > case.revision
    np.testing.assert_array_equal(labels_of(session), other.session.labels.array)
    paint(session, "Brush, cyst", 3)


def test_a_folder_that_is_gone_is_told_once(
    window: MainWindow, scan_file: Path, paint: Paint
) -> None:
    window.recovery.start()
    open_file(window, scan_file)
    shutil.rmtree(user_work().parent)
    for label in (1, 2, 3):
        paint(window.context.session, label=label)
        settle(window)
        if label == 1:
            (told,) = (n.text for n in window.notices.shown if n.key == "journal")
            assert "not kept against a crash" in told and "save the labels" in told
            window.notices.clear()
    assert not window.notices.shown
    assert window.context.session.history.count == 3
    window.context.session.mark_saved()
