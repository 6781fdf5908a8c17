"""The picture of a view: what is on the screen, in a PNG that tells nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from kidview.core.errors import WriteError
from kidview.core.volume import Volume
from kidview.session import Session
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.slice_canvas import SliceCanvas
from kidview.ui.view_picture import picture_target, write_picture

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def shown(window: MainWindow, tiny_scan: Volume, qtbot: QtBot) -> MainWindow:
    """A window with the tiny scan on it."""
    opening.show(window.context, tiny_scan)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def on_screen(window: MainWindow, view: str) -> QImage:
    canvas = window.views.cell(view).findChild(SliceCanvas)
    assert canvas is not None
    return canvas.grab().toImage()


def save_as(window: MainWindow, path: Path) -> None:
    """Press the key, choose a name, wait for the file."""
    QTest.keyClick(window, Qt.Key.Key_P, CTRL)
    dialog = window.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    window.context.jobs.wait_all()


def test_the_file_holds_the_pixels_of_the_view(shown: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    save_as(shown, path)
    there, here = QImage(str(path)), on_screen(shown, "axial")
    assert there.size() == here.size()
    assert there.convertToFormat(QImage.Format.Format_RGB32) == here.convertToFormat(
        QImage.Format.Format_RGB32
    )
    size = f"{here.width()} × {here.height()} pixels"
    assert shown.status.message.text() == f"Saved a.png, {size}"
    assert os.listdir(tmp_path / "config") and not list(tmp_path.glob("*.png?*"))


def test_the_crosshair_is_as_it_is_set(shown: MainWindow, tmp_path: Path) -> None:
    save_as(shown, tmp_path / "with.png")
    shown.context.session.look(has_crosshair=False)
    save_as(shown, tmp_path / "without.png")
    assert QImage(str(tmp_path / "with.png")) != QImage(str(tmp_path / "without.png"))


def test_the_file_tells_nothing_but_pixels(tmp_path: Path) -> None:
    image = QImage(8, 6, QImage.Format.Format_RGB32)
    image.fill(QColor("teal"))
    image.setText("Title", "Doe^Jane")
    write_picture(image, tmp_path / "a.png", overwrite=False, protected=Path("scan.nii"))
    assert b"Doe" not in (tmp_path / "a.png").read_bytes()
    with Image.open(tmp_path / "a.png") as read:
        assert not getattr(read, "text", {}) and not read.getexif()
        assert read.getpixel((0, 0)) == (0, 128, 128)


def test_nothing_is_replaced_unasked_nor_the_scan_ever(tmp_path: Path) -> None:
    image, path = QImage(4, 4, QImage.Format.Format_RGB32), tmp_path / "a.png"
    image.fill(0)
    path.write_bytes(b"other")
    with pytest.raises(WriteError):
        write_picture(image, path, overwrite=False, protected=tmp_path / "scan")
    with pytest.raises(WriteError):
        write_picture(image, path, overwrite=True, protected=path)
    assert path.read_bytes() == b"other" and len(list(tmp_path.iterdir())) == 1


def test_a_missing_folder_is_told(shown: MainWindow, tmp_path: Path) -> None:
    save_as(shown, tmp_path / "none" / "a.png")
    assert any("does not exist" in notice.text for notice in shown.notices.shown)


def test_a_name_without_suffix_gets_one(shown: MainWindow, tmp_path: Path) -> None:
    save_as(shown, tmp_path / "a.b")
    assert (tmp_path / "a.b.png").exists()


def test_the_name_says_scan_plane_and_slice(tiny_scan: Volume) -> None:
    session = Session()
    session.open(tiny_scan)
    session.look_at((4, 6, 8))
    names = [picture_target(session, view).name for view in ("axial", "sagittal", "surface")]
    assert names == ["tiny_axial_5.png", "tiny_sagittal_9.png", "tiny_3d.png"]


def test_a_dicom_folder_called_as_the_patient_is_not_named(tiny_scan: Volume) -> None:
    session = Session()
    source = replace(tiny_scan.source, format="DICOM", path=Path("Doe_Jane"), title="Abdomen Doe")
    header = source.header | {"public_title": "Abdomen 3/2"}
    session.open(replace(tiny_scan, source=replace(source, header=header)))
    assert picture_target(session, "coronal").name.startswith("Abdomen-3-2_coronal_")
    session.open(replace(tiny_scan, source=source))
    assert picture_target(session, "coronal").name.startswith("CT-series_coronal_")


def test_ctrl_c_copies_the_view(shown: MainWindow) -> None:
    QTest.keyClick(shown, Qt.Key.Key_C, CTRL)
    copied = QGuiApplication.clipboard().image()
    assert copied.size() == on_screen(shown, "axial").size()
    assert shown.status.message.text().startswith("Copied the axial view, ")
