"""A window beside which another program worked, and was killed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from PySide6.QtWidgets import QApplication, QPushButton

from kidview.core.types import LabelArray
from kidview.session import Session
from kidview.session.recording import Recorder
from kidview.session.work_folder import user_work
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from tests.session.journal_stage import AtOnce

Paint = Callable[..., None]


def write_scan_file(path: Path) -> Path:
    """A scan whose file runs to left, posterior, superior."""
    hu = np.random.default_rng(1).integers(-50, 200, (20, 24, 10)).astype(np.int16)
    affine = np.diag([-0.5, -1, 2, 1]).astype(float)
    affine[:3, 3] = 4, 12, 30
    nib.save(nib.Nifti1Image(hu, affine), path)
    return path


def settle(window: MainWindow) -> None:
    """Until no job runs and the journal is as far as the labels."""
    for _ in range(4):  # what one of them brings may start the other
        window.context.jobs.wait_all()
        is_written = threading.Event()
        window.recovery._line.put(is_written.set)
        assert is_written.wait(30.0)
        QApplication.processEvents()


def open_file(window: MainWindow, path: Path) -> None:
    opening.open_paths(window.context, [path])
    settle(window)


def offers(window: MainWindow) -> list[str]:
    return [n.text for n in window.notices.shown if n.key == "unsaved work"]


def press(window: MainWindow, title: str) -> None:
    """A button of the bars."""
    buttons = window.notices.findChildren(QPushButton)
    (button,) = (b for b in buttons if b.text() == title and b.isVisible())
    button.click()
    settle(window)


class Other:
    """Another program, which worked on a scan and did not end by itself."""

    def __init__(self) -> None:
        self.session = Session()
        self.recorder = Recorder(self.session, user_work(), AtOnce(), AtOnce(), lambda told: None)
        self.session.look(tool="brush")

    def crash(self) -> None:
        folder, self.recorder._folder = self.recorder._folder, None
        assert folder is not None
        folder.leave()


def labels_of(session: Session) -> LabelArray:
    assert session.labels is not None
    return session.labels.array
