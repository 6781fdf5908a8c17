"""A window with an earlier scan beside the open one, and where its parts are."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from kidview.core.task import Task
from kidview.follow import follow_up
from kidview.io import choose, find, read_labels, read_scan
from kidview.session import Session
from kidview.ui.beside import THEN, Beside
from kidview.ui.earlier_scan import Earlier, case_of
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.follow import FollowPanel
from kidview.ui.slice_view import SliceView


def settle(window: MainWindow) -> None:
    for _ in range(3):
        window.context.jobs.wait_all()
        QApplication.processEvents()


def read_earlier(files: dict[str, Path]) -> Earlier:
    """What the job finds out of "then", "then_seg", "now" and "now_seg"."""
    task, cases, read = Task(), [], []
    for name in ("then", "now"):
        volume = read_scan(choose(find(files[name], task), ""), task)
        labels = read_labels(files[f"{name}_seg"], volume.geometry, volume.source, task)
        read.append((volume, labels))
        cases.append(case_of(volume, labels, task))
    return Earlier("then.nii.gz", *read[0], follow_up(cases[0], cases[1]))


def panel_of(window: MainWindow) -> FollowPanel:
    panel = window.findChild(FollowPanel)
    assert panel is not None
    return panel


def then_of(window: MainWindow) -> Session:
    assert window.two_times.then is not None
    return window.two_times.then


def beside(window: MainWindow) -> Beside:
    shown = window.views._beside
    assert shown is not None
    return shown


def view_of(window: MainWindow, name: str) -> SliceView:
    cell = beside(window).cells[name] if name.endswith(THEN) else window.views.cell(name)
    assert isinstance(cell, SliceView)
    return cell
