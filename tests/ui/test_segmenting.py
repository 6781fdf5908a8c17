"""The network from the window: a job, a preview, a decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from kidview.core.box import Box
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.learning import registry
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.proposal_bar import ProposalBar
from tests.segment.conftest import two_kidneys, write_model

__all__ = ["two_kidneys", "write_model"]


@pytest.fixture
def ready(
    window: MainWindow,
    two_kidneys: tuple[Volume, LabelArray],
    write_model: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> MainWindow:
    """A window on the scan, with the model whose answer is known."""
    folder = write_model()
    monkeypatch.setattr(registry, "models_dir", lambda: folder)
    window.context.settings.set("model", "trial")
    opening.show(window.context, two_kidneys[0])
    window.context.jobs.wait_all()
    window.setFocus()
    return window


def test_a_proposal_waits_and_enter_makes_it_one_step(ready: MainWindow, qtbot: QtBot) -> None:
    session = ready.context.session
    assert session.labels is not None
    qtbot.keyClick(ready, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: session.proposal is not None, timeout=30000)
    bar = ready.findChild(ProposalBar)
    assert bar is not None and bar.isVisible()
    assert bar.summary.text().startswith("Kidney ")
    origin = bar.origin.toolTip() + bar.origin.text()
    assert "CPU" in origin or "OpenVINO" in origin
    assert not session.labels.array.any()
    proposed = session.proposal.as_label_map(session.labels.geometry).array
    qtbot.keyClick(ready, Qt.Key.Key_Return)
    assert np.array_equal(session.labels.array, proposed) and not bar.isVisible()
    assert session.history.titles == ("Segmentation",)
    qtbot.keyClick(ready, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not session.labels.array.any()


def test_escape_forgets_it(ready: MainWindow, qtbot: QtBot) -> None:
    session = ready.context.session
    ready.commands["segment.run"].trigger()
    qtbot.waitUntil(lambda: session.proposal is not None, timeout=30000)
    qtbot.keyClick(ready, Qt.Key.Key_Escape)
    assert session.proposal is None and session.history.titles == ()


def proposed(window: MainWindow, qtbot: QtBot) -> MainWindow:
    """The window with a proposal waiting."""
    window.commands["segment.run"].trigger()
    session = window.context.session
    qtbot.waitUntil(lambda: session.proposal is not None, timeout=30000)
    return window


def hand_painted(window: MainWindow, label: int = 2) -> Box:
    """A block of a label that the network does not see, drawn by hand."""
    box = Box((2, 2, 2), (6, 12, 12))
    window.context.session.edit("Brush", Edit(box, np.ones(box.shape, dtype=bool), label))
    window.context.jobs.wait_all()
    return box


def test_the_bar_tells_what_accepting_replaces(ready: MainWindow, qtbot: QtBot) -> None:
    bar = ready.findChild(ProposalBar)
    assert bar is not None
    proposed(ready, qtbot)
    assert bar.accept.text().startswith("Accept") and not bar.add.isVisible()
    ready.commands["segment.discard"].trigger()
    hand_painted(ready)
    volumes = ready.side.labels.volumes
    qtbot.waitUntil(lambda: bool(volumes.volume_ml(2)))
    proposed(ready, qtbot)
    assert "replaces tumour 2.88 mL" in bar.origin.toolTip() + bar.origin.text()
    assert bar.accept.text().startswith("Replace mine") and bar.add.isVisible()


def test_mine_can_be_kept_and_the_rest_added(ready: MainWindow, qtbot: QtBot) -> None:
    box = hand_painted(ready)
    session = proposed(ready, qtbot).context.session
    assert session.proposal is not None and session.labels is not None
    wanted = session.proposal.as_label_map(session.labels.geometry).array.copy()
    wanted[box.slices] = 2
    ready.setFocus()
    qtbot.keyClick(ready, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert np.array_equal(session.labels.array, wanted)
    assert session.history.titles == ("Brush", "Segmentation")


def test_replacing_says_what_was_lost(ready: MainWindow, qtbot: QtBot) -> None:
    hand_painted(ready, label=3)
    ready.context.session.protect(locked=frozenset({3}))
    proposed(ready, qtbot)
    ready.commands["segment.accept"].trigger()
    labels = ready.context.session.labels
    assert labels is not None and (labels.array == 3).sum() == 400  # locked: mine, and no more
    assert "cyst" not in ready.status.message.text()


def question(window: MainWindow, answer: str) -> None:
    """Press a button of the question on screen."""
    (box,) = (b for b in window.findChildren(QMessageBox) if b.isVisible())
    next(b for b in box.buttons() if b.text().replace("&", "") == answer).click()


def test_saving_with_a_proposal_waiting_asks(
    ready: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = proposed(ready, qtbot).context.session
    ready.saving.target = tmp_path / "mask.nii.gz"
    ready.commands["file.save"].trigger()
    question(ready, "Cancel")
    assert session.proposal is not None and not (tmp_path / "mask.nii.gz").exists()
    ready.commands["file.save"].trigger()
    question(ready, "Accept")
    ready.context.jobs.wait_all()
    assert session.labels is not None and session.labels.array.any()
    assert (tmp_path / "mask.nii.gz").exists() and not session.is_dirty


def test_closing_with_a_proposal_waiting_asks(ready: MainWindow, qtbot: QtBot) -> None:
    session = proposed(ready, qtbot).context.session
    ready.close()
    question(ready, "Cancel")
    assert ready.isVisible() and session.proposal is not None
    ready.close()
    question(ready, "Discard")
    assert not ready.isVisible()


def test_a_second_start_does_not_begin_again(ready: MainWindow, qtbot: QtBot) -> None:
    ready.commands["segment.run"].trigger()
    (running,) = (r for r in ready.context.jobs.running if r.job.key == "segment")
    ready.commands["segment.run"].trigger()
    assert running in ready.context.jobs.running
    assert "at work already" in ready.status.message.text()
    qtbot.waitUntil(lambda: ready.context.session.proposal is not None, timeout=30000)


def test_a_cancel_leaves_everything(ready: MainWindow) -> None:
    ready.commands["segment.run"].trigger()
    assert ready.context.jobs.is_running("segment")
    ready.commands["segment.stop"].trigger()
    assert not ready.context.jobs.running and ready.context.session.proposal is None


def test_a_result_for_a_scan_that_is_gone_is_dropped(
    ready: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    ready.commands["segment.run"].trigger()
    opening.show(ready.context, tiny_scan)
    ready.context.jobs.wait_all()
    assert ready.context.session.proposal is None


def test_a_scan_without_kidneys_is_told_not_proposed(
    ready: MainWindow, two_kidneys: tuple[Volume, LabelArray]
) -> None:
    from dataclasses import replace

    volume = two_kidneys[0]
    opening.show(ready.context, replace(volume, hu=np.full_like(volume.hu, -100)))
    ready.commands["segment.run"].trigger()
    ready.context.jobs.wait_all()
    assert ready.context.session.proposal is None
    assert [notice.text for notice in ready.notices.shown][0].startswith("No kidney was found")


def test_a_damaged_model_is_a_bar_with_a_way_out(
    ready: MainWindow, write_model: Callable[..., Path]
) -> None:
    (write_model() / "trial.coarse.onnx").write_bytes(b"other")
    ready.commands["segment.run"].trigger()
    ready.context.jobs.wait_all()
    (notice,) = ready.notices.shown
    assert notice.level == "error" and "is not the file its card describes" in notice.text
