"""The network from the window: a job, a preview, a decision."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.ui import opening, segmenting
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
    monkeypatch.setattr(segmenting, "models_dir", lambda: folder)
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
    assert (
        bar.summary.text().startswith("Kidney ")
        and "CPU" in bar.origin.toolTip() + bar.origin.text()
    )
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
