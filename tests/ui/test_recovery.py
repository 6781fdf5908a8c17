"""Unsaved work of a program that was killed: offered, restored, discarded, saved alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from kidview.cases import Author, CaseStore, Status, user_store
from kidview.session import Session
from kidview.session.work_folder import user_work
from kidview.ui import opening
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

SCRIPT = Path(__file__).with_name("killed_window.py")


@pytest.fixture
def scan_file(tmp_path: Path) -> Path:
    """A scan."""
    return write_scan_file(tmp_path / "case.nii.gz")


@pytest.fixture
def left(window: MainWindow, scan_file: Path, paint: Paint) -> Session:
    """What another program had painted on the scan when it was killed."""
    from kidview.io import read_scan

    other = Other()
    other.session.open(read_scan(scan_file))
    paint(other.session)
    other.crash()
    return other.session


def test_paint_kill_start_restore_undo(window: MainWindow, scan_file: Path, qtbot: QtBot) -> None:
    killed = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(scan_file)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert killed.stdout is not None
    told = killed.stdout.readline().strip()
    killed.kill()
    killed.wait()
    killed.stdout.close()
    before = scan_file.stat()
    window.recovery.start()
    settle(window)
    (offer,) = offers(window)
    assert offer.startswith("Unsaved work on case.nii.gz from ")
    assert offer.endswith(': 3 steps, the last "Brush, tumour".')
    press(window, "Restore")
    session = window.context.session
    assert told == f"{zlib.crc32(labels_of(session).tobytes())} {session.history.titles}"
    assert session.is_dirty and session.history.undo_title == "Brush, tumour"
    assert not offers(window)
    qtbot.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert sorted(np.unique(labels_of(session))) == [0, 1, 2, 3]
    for left in ([0, 1, 2], [0, 1], [0]):
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert sorted(np.unique(labels_of(session))) == left
    after = scan_file.stat()
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)


def test_work_is_discarded_only_after_asking_again(window: MainWindow, left: Session) -> None:
    window.recovery.start()
    settle(window)
    press(window, "Discard…")
    (sure,) = offers(window)
    assert "cannot be brought back" in sure and list(user_work().glob("*/*.journal"))
    press(window, "Keep it")
    assert offers(window)[0].startswith("Unsaved work on case.nii.gz")
    press(window, "Discard…")
    press(window, "Discard it")
    assert not offers(window) and not list(user_work().glob("*/"))


def test_the_menu_offers_it_again(window: MainWindow, left: Session) -> None:
    window.recovery.start()
    settle(window)
    window.notices.clear()
    window.commands["file.unsaved"].trigger()
    settle(window)
    assert len(offers(window)) == 1
    press(window, "Discard…")
    press(window, "Discard it")
    window.commands["file.unsaved"].trigger()
    settle(window)
    assert window.status.message.text() == "No unsaved work is left from before"


def test_opening_the_scan_itself_offers_its_work(
    window: MainWindow, left: Session, scan_file: Path, paint: Paint
) -> None:
    """And loses nothing, whatever is painted meanwhile."""
    window.recovery.start()
    open_file(window, scan_file)
    assert len(offers(window)) == 1
    paint(window.context.session, "Brush, cyst", 3)
    window.context.session.mark_saved()
    press(window, "Restore")
    np.testing.assert_array_equal(labels_of(window.context.session), labels_of(left))


def test_what_is_painted_while_the_next_scan_is_read_is_offered(
    window: MainWindow, scan_file: Path, paint: Paint, tmp_path: Path
) -> None:
    window.recovery.start()
    open_file(window, scan_file)
    other = tmp_path / "other.nii.gz"
    shutil.copy(scan_file, other)
    opening.open_paths(window.context, [other])
    paint(window.context.session)
    painted = labels_of(window.context.session).copy()
    settle(window)
    assert window.context.session.volume is not None
    assert window.context.session.volume.source.path == other
    assert offers(window)[0].startswith("Unsaved work on case.nii.gz")
    press(window, "Restore")
    np.testing.assert_array_equal(labels_of(window.context.session), painted)


def test_what_was_given_up_is_not_offered(
    window: MainWindow, scan_file: Path, paint: Paint, tmp_path: Path
) -> None:
    window.recovery.start()
    open_file(window, scan_file)
    paint(window.context.session)
    opening.open_paths(window.context, [scan_file])
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    box.button(QMessageBox.StandardButton.Discard).click()
    settle(window)
    assert not offers(window) and not labels_of(window.context.session).any()


def test_restoring_asks_about_what_is_open(
    window: MainWindow, left: Session, paint: Paint, tmp_path: Path
) -> None:
    window.recovery.start()
    settle(window)
    window.context.session.open(tiny_volume(tmp_path / "other.nii.gz"))
    paint(window.context.session)
    press(window, "Restore")
    (box,) = (box for box in window.findChildren(QMessageBox) if box.isVisible())
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert window.context.session.history.count == 1 and len(offers(window)) == 1


@pytest.mark.parametrize("is_gone", [True, False])
def test_without_its_scan_the_labels_are_saved_alone(
    window: MainWindow, left: Session, scan_file: Path, tmp_path: Path, is_gone: bool
) -> None:
    """On the grid and in the axis order of the file that was."""
    source = nib.load(scan_file)
    expected = labels_of(left)[:, ::-1, ::-1].transpose(2, 1, 0)
    affine = source.affine.copy()
    if is_gone:
        scan_file.unlink()
    else:
        nib.save(nib.Nifti1Image(np.zeros((20, 24, 10), np.int16), affine), scan_file)
    window.recovery.start()
    settle(window)
    press(window, "Restore")
    (told,) = offers(window)
    assert "cannot be opened as it was" in told
    assert ("does not exist" in told or "no such" in told.lower()) == is_gone, told
    assert window.context.session.volume is None
    press(window, "Save the labels…")
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "alone.nii.gz"))
    dialog.reject()
    settle(window)
    alone = nib.load(tmp_path / "alone.nii.gz")
    np.testing.assert_allclose(alone.affine, affine, atol=1e-6)
    np.testing.assert_array_equal(np.asarray(alone.dataobj), expected)
    press(window, "Discard the rest")
    assert not offers(window) and not list(user_work().glob("*/"))


def test_a_damaged_end_is_told(window: MainWindow, left: Session) -> None:
    (path,) = user_work().glob("*/*.journal")
    path.write_bytes(path.read_bytes() + b"half a record")
    window.recovery.start()
    settle(window)
    press(window, "Restore")
    (told,) = (n.text for n in window.notices.shown if n.key == "restored")
    assert "13 bytes were damaged" in told
    np.testing.assert_array_equal(labels_of(window.context.session), labels_of(left))


@pytest.mark.parametrize("is_changed", [False, True])
def test_a_case_comes_back_with_who_set_each_voxel(
    window: MainWindow, paint: Paint, is_changed: bool
) -> None:
    """What the network proposed stays the network's, what was painted is the reader's."""
    from kidview.core.box import Box
    from kidview.segment import Proposal

    store = CaseStore(user_store())
    volume = tiny_volume()
    case = store.add(volume)
    other = Other()
    other.session.open(store.load_image(case), case=case)
    box = Box((2, 5, 5), (8, 12, 12))
    proposal = Proposal(box, np.full(box.shape, 1, np.uint8), 0.001, "m", "CPU", 1.0)
    other.session.propose(proposal, Author("model", "m", "1", "a" * 64))
    other.session.accept()
    paint(other.session)
    other.crash()
    if is_changed:
        store.write_notes(case, "seen by others meanwhile")
    window.recovery.start()
    settle(window)
    press(window, "Restore")
    told = [n.text for n in window.notices.shown if n.key == "restored"]
    assert ["was changed since this work began" in words for words in told] == [True] * is_changed
    session = window.context.session
    assert session.case is not None and session.case.case_id == case.case_id
    assert session.history.titles == ("Segmentation", "Brush, tumour")
    window.context.settings.set("reader.name", "Ann")
    window.commands["file.save"].trigger()
    settle(window)
    kept = store.read(case.case_id)
    assert kept.status is Status.IN_CORRECTION and not session.is_dirty
    assert dict(kept.operations) == {"brush": 1}
    origin = store.load_origin(kept)
    names = {code: author.name for code, author in enumerate(kept.authors, 1)}
    painted = labels_of(session) == 2
    assert {names[int(code)] for code in np.unique(origin[painted])} == {"Ann"}
    rest = (labels_of(session) == 1) & ~painted
    assert {names[int(code)] for code in np.unique(origin[rest])} == {"m"}
    window.context.session.mark_saved()


def test_closing_leaves_nothing_behind(window: MainWindow, scan_file: Path, paint: Paint) -> None:
    window.recovery.start()
    open_file(window, scan_file)
    paint(window.context.session)
    settle(window)
    assert list(user_work().glob("*/*.journal"))
    window.context.session.mark_saved()
    window.close()
    assert not list(user_work().glob("*/"))


def test_the_demonstration_is_made_again(
    window: MainWindow, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    import kidview.demo

    tiny = tiny_volume()
    made = replace(tiny, source=replace(tiny.source, format="phantom"))
    monkeypatch.setattr(kidview.demo, "make_phantom", lambda task=None: (made, None))
    other, second = Other(), Other()
    for one in (other, second):
        one.session.open(made)
        paint(one.session)
    second.session.undo()
    second.recorder.close()
    other.crash()
    window.recovery.start()
    settle(window)
    press(window, "Restore")
    np.testing.assert_array_equal(labels_of(window.context.session), labels_of(other.session))
