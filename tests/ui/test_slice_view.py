"""A slice view, read from its own pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from kidview.core.types import Index
from kidview.core.volume import Volume
from kidview.session import IN_PLANE, Session
from kidview.ui import slice_furniture, slice_items
from kidview.ui.paint import rgb
from kidview.ui.slice_view import SliceView
from kidview.ui.tokens import PLANE_COLOURS
from tests.ui.slice_stage import (
    MARK,
    PLAIN,
    SHAPE,
    Pixels,
    air,
    middle_colour,
    picture,
    turned,
)

SPACING = (3.0, 1.0, 0.8)


def spot(with_it: Pixels, without: Pixels) -> tuple[float, float, float, float]:
    """Middle (x, y) and size of where two pictures differ."""
    rows, columns = np.nonzero(np.abs(with_it - without).sum(axis=2) > 60)
    width, height = np.ptp(columns) + 1, np.ptp(rows) + 1
    return columns.mean() + 0.5, rows.mean() + 0.5, float(width), float(height)


# -- where things are -----------------------------------------------------------------


@pytest.mark.parametrize("degrees", [0.0, 20.0])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_voxel_is_drawn_where_it_belongs_and_true_to_scale(
    axis: int, degrees: float, views: list[SliceView], session: Session
) -> None:
    """Worked out anew: distance in mm from the middle of the scan, leftward and upward."""
    view, geometry = views[axis], turned(degrees)
    session.open(air(geometry))
    session.look(has_crosshair=False, is_smooth=False, mm_per_pixel=0.25)
    session.look_at(MARK)
    without = picture(view)
    session.open(air(geometry, (MARK,)))
    session.look_at(MARK)
    session.look(mm_per_pixel=0.25)
    x, y, width, height = spot(picture(view), without)
    row, column = IN_PLANE[axis]
    left_mm = (MARK[column] - (SHAPE[column] - 1) / 2) * SPACING[column]
    up_mm = (MARK[row] - (SHAPE[row] - 1) / 2) * SPACING[row]
    assert x == pytest.approx(200 - left_mm / 0.25, abs=0.6)
    assert y == pytest.approx(150 - up_mm / 0.25, abs=0.6)
    assert width == pytest.approx(SPACING[column] / 0.25, abs=1)
    assert height == pytest.approx(SPACING[row] / 0.25, abs=1)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_whole_slice_fits(
    axis: int, marked: list[SliceView], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slice_items, "draw_furniture", lambda *args: None)  # covers corners
    view = marked[axis]
    row, column = IN_PLANE[axis]
    corners: list[Index] = []
    for r in (0, SHAPE[row] - 1):
        for c in (0, SHAPE[column] - 1):
            index = list(MARK)
            index[row], index[column] = r, c
            corners.append((index[0], index[1], index[2]))
    session.open(air(marks=tuple(corners)))
    session.look_at(MARK)
    for corner in corners:
        assert middle_colour(view, corner) == (255, 255, 255)


@pytest.mark.parametrize("degrees", [0.0, 20.0])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_crosshair_meets_the_voxel_with_a_gap_in_plane_colours(
    axis: int, degrees: float, views: list[SliceView], session: Session
) -> None:
    view = views[axis]
    session.open(air(turned(degrees)))
    session.look(has_crosshair=False, mm_per_pixel=0.3)
    session.look_at(MARK)
    without = picture(view)
    session.look(has_crosshair=True)
    lines = np.abs(picture(view) - without).sum(axis=2) > 30
    row, column = IN_PLANE[axis]
    x = int(200 - (MARK[column] - (SHAPE[column] - 1) / 2) * SPACING[column] / 0.3)
    y = int(150 - (MARK[row] - (SHAPE[row] - 1) / 2) * SPACING[row] / 0.3)
    rows, columns = np.nonzero(lines)
    found_x, found_y = int(np.bincount(columns).argmax()), int(np.bincount(rows).argmax())
    assert abs(found_x - x) <= 1 and abs(found_y - y) <= 1
    assert not lines[found_y - 8 : found_y + 9, found_x - 8 : found_x + 9].any()
    for place, plane in (((y - 40, found_x), column), ((found_y, x - 40), row)):
        drawn = picture(view)[place]
        wanted = np.array(rgb(PLANE_COLOURS[plane])) * 0.65
        np.testing.assert_allclose(drawn, wanted, atol=4)


def test_letters_are_on_the_four_edges_whatever_is_hidden(
    marked: list[SliceView], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: dict[str, Any] = {}
    real = slice_furniture.write

    def write(painter: Any, area: Any, where: Any, words: str, *rest: Any) -> None:
        written[words] = where
        real(painter, area, where, words, *rest)

    monkeypatch.setattr(slice_furniture, "write", write)
    session.look(are_labels_hidden=True, has_crosshair=False, mm_per_pixel=0.05)
    align = Qt.AlignmentFlag
    for view, letters in zip(marked, ("RLAP", "RLSI", "APSI"), strict=True):
        view.resize(120, 90)  # hardly larger than a view can be
        written.clear()
        picture(view)
        places = [written[letter] for letter in letters]
        for place, edge in zip(
            places,
            (align.AlignLeft, align.AlignRight, align.AlignTop, align.AlignBottom),
            strict=True,
        ):
            assert place & edge


def test_the_corners_say_slice_place_window_and_convention(
    marked: list[SliceView], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    real = slice_furniture.write
    monkeypatch.setattr(
        slice_furniture,
        "write",
        lambda p, a, w, words, *rest: (written.append(words), real(p, a, w, words, *rest)),
    )
    session.look(window_hu=(-160.0, 240.0))
    picture(marked[0])
    assert {"Axial", "13 / 20", "S 136.0 mm", "W 400  L 40", "radiological"} <= set(written)
    assert "10 mm" in written
    written.clear()
    picture(marked[2])
    assert {"Sagittal", "36 / 60", "R 8.0 mm"} <= set(written) and "radiological" not in written


# -- grey scale -----------------------------------------------------------------------


def test_the_window_maps_hu_to_grey(marked: list[SliceView], session: Session) -> None:
    hu = air(marks=(MARK,)).hu.copy()
    for x, value in ((30, -200), (31, 0), (32, 100), (33, 200), (34, 400)):
        hu[12, 20, x] = value
    session.open(Volume(hu, PLAIN, air().source))
    session.look_at((12, 20, 20))
    session.look(window_hu=(0.0, 200.0))
    shades = [middle_colour(marked[0], (12, 20, x))[0] for x in (30, 31, 32, 33, 34)]
    assert shades[0] == shades[1] == 0 and shades[3] == shades[4] == 255
    assert shades[2] == pytest.approx(128, abs=1)


def test_smooth_and_nearest_display(marked: list[SliceView], session: Session) -> None:
    session.look(mm_per_pixel=0.1, centre_ras=session.view.cursor_ras)
    hard = len(np.unique(picture(marked[0])[120:160, 100:300]))
    session.look(is_smooth=True)
    soft = len(np.unique(picture(marked[0])[120:160, 100:300]))
    assert soft > hard
