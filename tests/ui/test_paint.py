"""Colours, scale bar and the brush's cut, each against another way to the same answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.geometry import Geometry
from kidview.core.labels import LABELS
from kidview.edit.tools.brush import brush
from kidview.session import IN_PLANE
from kidview.ui.paint import (
    OUTLINES,
    brush_cut,
    length_in_words,
    lightened,
    overlay_table,
    rgb,
    scale_bar_mm,
)
from kidview.ui.tokens import PLANE_COLOURS, contrast

GRID = Geometry.straight((30, 80, 120), (5.0, 1.5, 1.0))


def test_each_label_has_its_colour_and_the_opacity() -> None:
    table = overlay_table(0.3, frozenset(), False)
    assert table.shape == (256, 4) and table.dtype == np.uint8
    assert table[1].tolist() == [0x56, 0xB4, 0xE9, 76]
    assert table[2].tolist() == [0xD5, 0x5E, 0x00, 76]
    assert table[3].tolist() == [0xF0, 0xE4, 0x42, 76]
    assert table[0, 3] == 0


def test_hidden_labels_and_outlines_are_not_filled() -> None:
    table = overlay_table(0.5, frozenset({2}), False)
    assert [int(table[n, 3]) for n in (1, 2, 3)] == [128, 0, 128]
    assert not overlay_table(0.5, frozenset(), True)[:, 3].any()


def test_a_value_without_a_row_is_seen_as_well() -> None:
    assert overlay_table(0.3, frozenset(), False)[200, 3] == 76


def test_every_label_has_a_line_style_of_its_own() -> None:
    styles = [OUTLINES[row.line] for row in LABELS]
    assert len(set(styles)) == len(LABELS)


def test_plane_colours_are_told_apart_from_labels_and_ground() -> None:
    for colour in PLANE_COLOURS:
        assert contrast(colour, "#000000") >= 4.5
        for other in [row.colour for row in LABELS]:
            assert math.dist(rgb(colour), rgb(other)) > 60
    assert len(set(PLANE_COLOURS)) == 3


def test_lightened_goes_toward_white() -> None:
    assert lightened("#000000", 0.5) == "#808080"
    assert lightened("#D55E00", 0.0) == "#D55E00"
    assert lightened("#123456", 1.0) == "#FFFFFF"


@given(st.floats(0.001, 100.0))
def test_the_scale_bar_is_round_and_as_long_as_fits(mm_per_pixel: float) -> None:
    mm = scale_bar_mm(mm_per_pixel)
    mantissa = mm / 10 ** math.floor(math.log10(mm) + 1e-9)
    assert min(abs(mantissa - n) for n in (1, 2, 5)) < 1e-6
    assert 47.9 <= mm / mm_per_pixel <= 120.1


@pytest.mark.parametrize(
    ("mm", "words"), [(0.5, "0.5 mm"), (20.0, "20 mm"), (50.0, "50 mm"), (100.0, "10 cm")]
)
def test_lengths_in_words(mm: float, words: str) -> None:
    assert length_in_words(mm) == words


@pytest.mark.parametrize("disc_axis", [None, 0, 1, 2])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_cut_covers_what_the_brush_paints(axis: int, disc_axis: int | None) -> None:
    """The outline in each plane holds exactly the voxels a dab sets there, to half a voxel."""
    at, radius = (14.3, 41.2, 60.4), 11.0
    edit = brush(at, at, radius, 1, GRID, axis=disc_axis)
    painted = np.zeros(GRID.shape_zyx, bool)
    painted[edit.box.slices] = edit.mask
    row, column = IN_PLANE[axis]
    spacing = (GRID.spacing_zyx[row], GRID.spacing_zyx[column])
    seen = 0
    for index in range(GRID.shape_zyx[axis]):
        plane = painted.take(index, axis=axis)
        cut = brush_cut(GRID, at, radius, axis, index, disc_axis)
        if cut is None:
            assert np.count_nonzero(plane) <= 1  # the voxel under the pointer is always painted
            continue
        if not plane.any():
            assert min(cut.half_uv) < max(spacing)
            continue
        seen += 1
        rows, columns = np.nonzero(plane)
        reach = [
            (float(np.abs(columns * spacing[1] - cut.centre_uv[0]).max()), spacing[1]),
            (float(np.abs(rows * spacing[0] - cut.centre_uv[1]).max()), spacing[0]),
        ]
        for (furthest, step), half in zip(reach, cut.half_uv, strict=True):
            assert furthest <= half + step / 2 + 1e-9
            assert furthest >= half - step - 1e-9
    assert seen >= 1
    assert brush_cut(GRID, at, radius, axis, 0, axis) is None


def test_a_ball_is_a_smaller_circle_further_away() -> None:
    here = brush_cut(GRID, (10.0, 40.0, 60.0), 13.0, 0, 10, None)
    there = brush_cut(GRID, (10.0, 40.0, 60.0), 13.0, 0, 11, None)
    assert here is not None and there is not None
    assert here.half_uv == (13.0, 13.0)
    assert there.half_uv == pytest.approx((12.0, 12.0))  # 5, 12, 13
    assert here.centre_uv == (60.0, 60.0)
    assert brush_cut(GRID, (10.0, 40.0, 60.0), 13.0, 0, 13, None) is None
