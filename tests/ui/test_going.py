"""What one goes to is seen: zoomed views follow, and only if they must."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from kidview.core.volume import Volume
from kidview.ui import opening
from kidview.ui.main_window import MainWindow

pytestmark = pytest.mark.display


@pytest.fixture
def zoomed(window: MainWindow, tiny_scan: Volume) -> MainWindow:
    """A view of 3 mm about one corner of the scan."""
    opening.show(window.context, tiny_scan)
    session = window.context.session
    session.look_at((2, 4, 3))
    session.look(mm_per_pixel=0.01, centre_ras=session.view.cursor_ras)
    return window


def test_a_place_out_of_sight_is_brought_into_view(zoomed: MainWindow) -> None:
    session = zoomed.context.session
    before = session.view.centre_ras
    zoomed.views.go_to((7, 18, 15))
    assert session.view.centre_ras == session.view.cursor_ras != before
    assert all(view.shows_crosshair for view in zoomed.views._slices if view.isVisible())


def test_a_place_in_sight_moves_nothing(zoomed: MainWindow) -> None:
    session = zoomed.context.session
    before = session.view.centre_ras
    zoomed.views.go_to((2, 4, 4))
    assert session.view.centre_ras == before != session.view.cursor_ras


def test_where_the_whole_scan_fits_nothing_is_panned(zoomed: MainWindow) -> None:
    session = zoomed.context.session
    session.look(mm_per_pixel=None)
    before = session.view.centre_ras
    zoomed.views.go_to((9, 23, 19))
    assert session.view.centre_ras == before


def test_the_next_doubtful_place_is_seen(
    zoomed: MainWindow, paint: Callable[..., None], qtbot: QtBot
) -> None:
    session = zoomed.context.session
    paint(session)  # a tumour far from every kidney
    zoomed.looking.step(1)
    zoomed.context.jobs.wait_all()
    qtbot.waitUntil(lambda: zoomed.looking.here is not None)
    assert all(view.shows_crosshair for view in zoomed.views._slices if view.isVisible())
