"""Where the mask comes from that labels are compared with, and how a slice shows it."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from kidview.cases import Status
from kidview.core.box import Box
from kidview.core.labels import LABELS, LabelMap
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.session import Compared, Session
from kidview.session.planes import turned
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.other_masks import kept_masks
from kidview.ui.paint import lightened, rgb
from kidview.ui.panels.compare import ComparePanel
from kidview.ui.slice_view import SliceView
from tests.ui.slice_stage import picture
from tests.ui.worklist_stage import MODEL, found, make_case, mask

pytestmark = pytest.mark.display


def settle(window: MainWindow) -> None:
    for _ in range(3):
        window.context.jobs.wait_all()
        QApplication.processEvents()


def panel_of(window: MainWindow) -> ComparePanel:
    panel = window.findChild(ComparePanel)
    assert panel is not None
    return panel


# -- a slice ----------------------------------------------------------------------------------


def test_the_outline_of_the_other_mask_is_drawn_and_hides_with_the_labels(
    session: Session, view: SliceView
) -> None:
    assert session.volume is not None
    geometry = session.volume.geometry
    array = np.zeros(geometry.shape_zyx, np.uint8)
    array[8:13, 12:28, 20:40] = 2
    pale = np.array(rgb(lightened(LABELS[1].colour, 0.45)))

    def seen() -> int:
        return int((np.abs(picture(view) - pale).max(axis=2) < 30).sum())

    assert seen() == 0
    session.compare_with(Compared.of("theirs", LabelMap(array, geometry)))
    drawn = seen()
    assert drawn > 15
    session.look(are_labels_hidden=True)
    assert seen() == 0
    session.look(are_labels_hidden=False, hidden=frozenset({2}))
    assert seen() == 0
    session.look(hidden=frozenset())
    assert seen() == drawn
    session.look_at((14, 20, 30))  # a slice without it
    assert seen() == 0
    session.look_at((10, 20, 30))
    session.look(turn=turned(geometry, None, 1, 20.0))
    assert seen() > 15
    session.compare_with(None)
    assert seen() == 0


def test_slices_are_not_drawn_again_for_what_does_not_concern_them(
    session: Session, view: SliceView, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert session.volume is not None
    geometry = session.volume.geometry
    calls: list[object] = []
    item = view._canvas.compared
    monkeypatch.setattr(item, "show_lines", calls.append)
    array = np.ones(geometry.shape_zyx, np.uint8)
    session.compare_with(Compared.of("theirs", LabelMap(array, geometry)))
    assert len(calls) == 1
    session.look(window_hu=(0.0, 50.0), opacity=0.5, mm_per_pixel=0.4)
    session.edit("Brush", Edit(Box((9, 9, 9), (12, 12, 12)), np.ones((3, 3, 3), bool), 1))
    assert len(calls) == 1


# -- a scan, a case ---------------------------------------------------------------------------


def test_the_networks_result_is_compared_with_once_there_is_one(
    window: MainWindow, tiny_scan: Volume
) -> None:
    session, row = window.context.session, window.commands["compare.network"]
    opening.show(window.context, tiny_scan)
    assert not row.isEnabled() and "accept the network's result first" in row.toolTip()
    session.propose(found(), MODEL)
    session.accept()
    assert row.isEnabled()
    row.trigger()
    settle(window)
    assert panel_of(window).name.text() == "kidview-small 1.0's result"
    assert panel_of(window).numbers["kidney"][2].text() == "1.000"


def test_a_case_offers_the_prediction_and_what_readers_made(window: MainWindow) -> None:
    store = window.casework.store
    case = make_case(store, 1, Status.CORRECTED)
    case = store.write_reading(case, mask(3), "Chen")
    window.casework.open(case.case_id)
    settle(window)
    window.commands["compare.network"].trigger()
    settle(window)
    assert panel_of(window).name.text() == "kidview-small 1.0's result"
    assert panel_of(window).numbers["tumour"][0].text() != "–"  # Ann's mask is open
    lines = {a.text(): a for a in window.header.menus["View/Compare"].actions()}
    assert {"With Ann's mask", "With Chen's mask"} <= set(lines)
    lines["With Chen's mask"].trigger()
    settle(window)
    assert panel_of(window).name.text() == "Chen's mask"
    assert panel_of(window).numbers["cyst"][0].text() == "–"
    assert panel_of(window).numbers["cyst"][1].text() != "–"


def test_a_blind_reader_is_offered_no_mask_of_others(window: MainWindow) -> None:
    store = window.casework.store
    case = make_case(store, 1, Status.CORRECTED)
    window.context.settings.set("reader.name", "Chen")
    window.casework.readings._open(case.case_id, "Chen")
    settle(window)
    assert kept_masks(window.context.session) == ()
    lines = [action.text() for action in window.header.menus["View/Compare"].actions()]
    assert not any(line.startswith("With") for line in lines)
