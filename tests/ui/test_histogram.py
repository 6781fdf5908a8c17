"""The histogram beside Threshold: what it counts, and its ends under a real hand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from skimage.filters import threshold_otsu

from kidview.core.box import Box
from kidview.core.volume import Volume
from kidview.edit import Edit
from kidview.ui import opening
from kidview.ui.main_window import MainWindow
from kidview.ui.panels.histogram import HistogramPanel, ends

pytestmark = pytest.mark.display


@pytest.fixture
def panel(window: MainWindow, tiny_scan: Volume, qtbot: QtBot) -> HistogramPanel:
    """Of the whole scan: half of it tissue of two kinds, the rest air."""
    hu = tiny_scan.hu.copy()
    rng = np.random.default_rng(0)
    hu[:5] = rng.normal(30, 8, hu[:5].shape)
    hu[5:] = rng.normal(120, 8, hu[5:].shape)
    opening.show(window.context, Volume(hu, tiny_scan.geometry, tiny_scan.source))
    options = {"threshold.where": "all", "threshold.is_smooth": False}
    window.context.session.look(tool="threshold", options=options)
    found = window.findChildren(HistogramPanel)[0]
    qtbot.waitUntil(lambda: found.plot.counts is not None, timeout=3000)
    return found


def drag(panel: HistogramPanel, start_hu: float, end_hu: float) -> None:
    plot = panel.plot
    start, end = (QPoint(round(plot.x_of(hu)), 40) for hu in (start_hu, end_hu))
    QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(plot, (start + end) / 2)
    QTest.mouseMove(plot, end)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=end)


def test_it_counts_every_voxel_and_shows_only_beside_threshold(
    panel: HistogramPanel, window: MainWindow
) -> None:
    session = window.context.session
    assert session.volume is not None and panel.plot.counts is not None
    hu = session.volume.hu
    expected = np.bincount(hu.ravel() - hu.min())
    assert np.array_equal(panel.plot.counts.counts, expected)
    assert panel.isVisible()
    session.look(tool="brush")
    assert not panel.isVisible()


def test_an_end_follows_the_hand_and_the_draft_follows_the_end(
    panel: HistogramPanel, window: MainWindow, qtbot: QtBot
) -> None:
    session = window.context.session
    session.look(options={**session.view.options, "threshold.low": 20.0, "threshold.high": 60.0})
    drag(panel, 60, 130)
    low, high = ends(session)
    assert low == 20 and abs(high - 130) < 3
    assert session.volume is not None
    hu = session.volume.hu
    wanted = int(((hu >= low) & (hu <= high)).sum())
    qtbot.waitUntil(lambda: session.draft is not None and session.draft.edit.mask.sum() == wanted)
    share = f"{100 * wanted / hu.size:.0f} %"
    assert panel.words.text().startswith(share)


def test_between_the_ends_both_move(panel: HistogramPanel, window: MainWindow) -> None:
    session = window.context.session
    session.look(options={**session.view.options, "threshold.low": 20.0, "threshold.high": 60.0})
    drag(panel, 40, 90)
    low, high = ends(session)
    assert high - low == 40 and abs(low - 70) < 3


def test_an_end_stops_at_the_other(panel: HistogramPanel, window: MainWindow) -> None:
    session = window.context.session
    session.look(options={**session.view.options, "threshold.low": 20.0, "threshold.high": 60.0})
    drag(panel, 60, 5)
    assert ends(session) == (20, 20)


def test_otsu_parts_the_two_tissues(panel: HistogramPanel, window: MainWindow) -> None:
    session = window.context.session
    assert session.volume is not None
    panel._otsu.click()
    low, _high = ends(session)
    assert abs(low - threshold_otsu(session.volume.hu)) <= 2


def test_without_labels_it_says_that_there_is_nothing(
    panel: HistogramPanel, window: MainWindow, qtbot: QtBot, paint: Callable[..., None]
) -> None:
    session = window.context.session
    session.look(options={**session.view.options, "threshold.where": "in"})
    qtbot.waitUntil(lambda: panel.plot.counts is None, timeout=3000)
    assert "Nothing" in panel.words.text()
    paint(session)
    qtbot.waitUntil(lambda: panel.plot.counts is not None, timeout=3000)
    assert panel.plot.counts is not None and panel.plot.counts.counts.sum() == 27


def test_the_ends_start_at_what_the_label_has_until_a_hand_sets_them(
    window: MainWindow, tiny_scan: Volume, qtbot: QtBot
) -> None:
    hu = tiny_scan.hu.copy()
    hu[2:8, 4:20, 3:17] = np.random.default_rng(2).normal(60, 20, hu[2:8, 4:20, 3:17].shape)
    opening.show(window.context, Volume(hu, tiny_scan.geometry, tiny_scan.source))
    session = window.context.session
    labels = np.zeros(hu.shape, np.uint8)
    labels[2:8, 4:20, 3:10], labels[2:8, 4:20, 10:17] = 1, 2
    box = Box.whole(hu.shape)
    session.edit("Outlines", Edit(box, np.ones(box.shape, bool), labels), tool="")
    session.look(tool="threshold", label=2, options={"threshold.is_smooth": False})

    def of(label: int) -> tuple[float, float]:
        low, high = (np.percentile(hu[labels == label], p, method="inverted_cdf") for p in (5, 95))
        return float(low), float(high)

    qtbot.waitUntil(lambda: ends(session) == of(2), timeout=3000)
    session.look(label=1)
    qtbot.waitUntil(lambda: ends(session) == of(1), timeout=3000)
    session.look(label=3)  # there is none: fluid, in the kidney
    qtbot.waitUntil(lambda: ends(session) == (-9, 20), timeout=3000)
    session.look(options={**session.view.options, "threshold.low": 15.0, "threshold.high": 70.0})
    for change in ({"label": 2}, {"tool": "brush"}, {"tool": "threshold"}):
        session.look(**change)
        QTest.qWait(150)
        window.context.jobs.wait_all()
        QTest.qWait(10)
        assert ends(session) == (15, 70)


def test_from_above_to_shades_nothing_and_says_so(
    panel: HistogramPanel, window: MainWindow, qtbot: QtBot
) -> None:
    session = window.context.session
    session.look(label=2)
    shaded = []
    for low, high in ((90.0, 140.0), (140.0, 90.0)):
        ends_now = {"threshold.low": low, "threshold.high": high}
        session.look(options={**session.view.options, **ends_now})
        picture = panel.plot.grab().toImage()
        colours = [picture.pixelColor(x, 60) for x in range(picture.width())]
        shaded.append(sum(colour.saturation() > 120 for colour in colours))
    assert shaded[0] > 10 and shaded[1] == 0
    assert panel.words.text() == "From is above to"
    qtbot.waitUntil(lambda: "140 HU is above 90 HU" in window.status.message.text(), timeout=3000)
