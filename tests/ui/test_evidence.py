"""Calipers over the slices and plots: what a number stands on."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from kidview.core.box import Box
from kidview.edit import Edit
from kidview.measure import MEASURES, Measure
from kidview.session import ViewState, measured_in_words, plan_slice, point_on, turned
from kidview.ui.caliper_item import Evidence, calipers
from kidview.ui.main_window import MainWindow
from kidview.ui.projection import Projection
from tests.ui.findings_stage import (
    NONE,
    TUMOUR,
    click,
    click_measure,
    drawn,
    fold,
    here,
    labelled,
    made_labels,
    made_volume,
    opened,
    section,
    view_of,
    wanted,
)
from tests.ui.slice_stage import LEFT, picture

pytestmark = pytest.mark.display


@pytest.fixture
def stage(window: MainWindow) -> MainWindow:
    """A tumour and a cyst."""
    return labelled(opened(window))


def test_a_click_on_a_diameter_draws_its_calipers_where_they_lie(stage: MainWindow) -> None:
    click(stage.side.findings.list, 0)
    assert drawn(stage, 0).calipers.drawn == ()
    before = picture(view_of(stage, 0))
    click_measure(stage, "Largest axial diameter")
    value = wanted(stage).lesions[0].values["axial_diameter_mm"]
    assert here(stage)[0] == value.slice_z
    item = drawn(stage, 0).calipers
    assert item.isVisible() and len(item.drawn) == 1 and not item.drawn[0].is_across
    view, volume = view_of(stage, 0), stage.context.session.volume
    assert volume is not None
    index = volume.geometry.ras_to_index(value.points_ras)
    pixels = [view.projection.to_pixels(x, y) for _, y, x in index]  # 1 mm voxels
    assert np.allclose(item.drawn[0].ends, pixels, atol=0.01)
    assert not drawn(stage, 1).calipers.drawn and not drawn(stage, 2).calipers.drawn
    stage.findings.point_out(None)
    without = picture(view)
    stage.findings.show(stage.findings.lesions[0], axial_row())
    after = picture(view)
    assert before.shape == after.shape
    changed = np.abs(after - without).sum(axis=2) > 60
    for x, y in pixels:
        assert changed[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].any()
    assert "Largest axial diameter" in stage.status.message.text()


def axial_row() -> Measure:
    return next(row for row in MEASURES if row.id == "axial_diameter_mm")


def test_calipers_go_with_the_slice_and_come_back(stage: MainWindow) -> None:
    click(stage.side.findings.list, 0)
    click_measure(stage, "Largest axial diameter")
    z, y, x = here(stage)
    stage.context.session.look_at((z + 1, y, x))
    assert not drawn(stage, 0).calipers.isVisible()
    stage.context.session.look_at((z, y, x))
    assert drawn(stage, 0).calipers.isVisible()


def test_calipers_in_space_are_dashes_in_the_slices_they_run_through(stage: MainWindow) -> None:
    click(stage.side.findings.list, 0)
    click_measure(stage, "Largest diameter in 3D")
    for axis in range(3):
        (one,) = drawn(stage, axis).calipers.drawn
        assert one.is_across


@pytest.mark.parametrize("how", ["again", "Esc", "edit", "finding"])
def test_calipers_end_with_a_click_esc_or_an_edit(stage: MainWindow, how: str) -> None:
    click(stage.side.findings.list, 0)
    click_measure(stage, "Largest axial diameter")
    assert stage.side.measures.list.currentRow() == 1
    if how == "again":
        click_measure(stage, "Largest axial diameter")
    elif how == "Esc":
        stage.context.session.look(tool="brush")
        QTest.keyClick(stage, Qt.Key.Key_Escape)
        assert stage.context.session.view.tool == "brush"  # one thing at a time
    elif how == "edit":
        box = Box((1, 1, 1), (2, 2, 2))
        stage.context.session.edit("Brush", Edit(box, np.ones(box.shape, bool), 1))
    else:
        click(stage.side.findings.list, 1)
    assert not any(drawn(stage, axis).calipers.isVisible() for axis in range(3))
    assert stage.findings.evidence is None and stage.side.measures.list.currentRow() == -1


def test_calipers_become_a_measurement_only_when_asked(stage: MainWindow) -> None:
    click(stage.side.findings.list, 0)
    click_measure(stage, "Largest axial diameter")
    assert not stage.context.session.marks.annotations
    QTest.keyClick(stage, Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
    (kept,) = stage.context.session.marks.annotations
    value = wanted(stage).lesions[0].values["axial_diameter_mm"]
    assert kept.kind == "distance" and np.allclose(kept.points_ras, value.points_ras)
    volume = stage.context.session.volume
    assert volume is not None and value.number is not None
    assert measured_in_words(kept, volume)[0] == f"{value.number:.1f} mm"  # as the measure has it
    assert stage.findings.evidence is None


def test_plots_are_folded_at_first_and_follow_the_finding(stage: MainWindow) -> None:
    plots = stage.side.plots
    assert section(stage, "Plots").is_folded
    click(stage.side.findings.list, 0)
    stage.context.jobs.wait_all()
    assert plots.area.curves is None
    fold(stage, "Plots")
    stage.context.jobs.wait_all()
    curves = plots.area.curves
    assert curves is not None and plots.hu.curves is curves
    labels, volume = made_labels(), stage.context.session.volume
    assert volume is not None and curves.first_z == TUMOUR.start[0]
    assert np.allclose(curves.areas_mm2, (labels == 2).sum(axis=(1, 2))[14:24])
    click(stage.side.findings.list, 1)
    stage.context.jobs.wait_all()
    assert plots.area.curves is not None and plots.area.curves.name == "C1"
    stage.findings.select("")
    assert plots.area.curves is None and plots.hint.isVisible()


def test_a_click_on_the_area_plot_goes_to_the_slice(stage: MainWindow) -> None:
    fold(stage, "Plots")
    click(stage.side.findings.list, 0)
    stage.context.jobs.wait_all()
    QApplication.processEvents()
    plot = stage.side.plots.area
    for z in (14, 20, 23):
        QTest.mouseClick(plot, LEFT, NONE, QPoint(round(plot.x_of(z)), 40))
        assert here(stage)[0] == z


def test_a_turned_plane_shows_what_lies_in_it_and_what_runs_through_it() -> None:
    geometry = made_volume().geometry
    cursor = (3.0, 4.0, 30.0)
    view = ViewState(cursor_ras=cursor, centre_ras=cursor, turn=turned(geometry, None, 1, 25.0))
    plan = plan_slice(geometry, view, 0)
    assert plan.frame is not None
    projection = Projection.of(plan, (400, 300))
    ends = [point_on(geometry, plan, u, v) for u, v in ((50.0, 20.0), (62.0, 31.0))]
    (one,) = calipers(Evidence("T1", "a_mm", "16 mm", tuple(ends), geometry), plan, projection)
    assert not one.is_across
    assert np.allclose(one.ends, [projection.to_pixels(50, 20), projection.to_pixels(62, 31)])
    normal = np.array(plan.frame.normal)
    above, below, far = (
        tuple(float(v) for v in np.array(ends[0]) + normal * mm) for mm in (9.0, -4.0, 30.0)
    )
    through = Evidence("T1", "a_mm", "13 mm", (above, below), geometry)  # type: ignore[arg-type]
    beside = Evidence("T1", "a_mm", "21 mm", (above, far), geometry)  # type: ignore[arg-type]
    assert [each.is_across for each in calipers(through, plan, projection)] == [True]
    assert calipers(beside, plan, projection) == ()
