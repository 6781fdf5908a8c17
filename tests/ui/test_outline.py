"""Outlines against what can be counted: sides of voxels, areas, regions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from skimage.measure import find_contours

from kidview.core.types import FloatArray, MaskArray
from kidview.ui.outline import outlines

MASKS = hnp.arrays(
    bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.booleans()
)


def signed_area(ring: FloatArray) -> float:
    """Positive when the region lies to the left."""
    x, y = ring.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def sides(mask: MaskArray) -> int:
    """Borders between voxels inside and outside."""
    padded = np.pad(mask, 1).astype(int)
    return int(np.abs(np.diff(padded, axis=0)).sum() + np.abs(np.diff(padded, axis=1)).sum())


@settings(deadline=None)
@given(MASKS)
def test_lines_enclose_exactly_the_voxels(mask: MaskArray) -> None:
    rings = outlines(mask)
    assert sum(signed_area(ring) for ring in rings) == np.count_nonzero(mask)
    lengths = [np.abs(ring - np.roll(ring, -1, axis=0)).sum() for ring in rings]
    assert sum(lengths) == sides(mask)


@settings(deadline=None)
@given(MASKS)
def test_each_region_and_each_hole_has_one_line(mask: MaskArray) -> None:
    _, regions = ndimage.label(mask)
    _, grounds = ndimage.label(~np.pad(mask, 1), structure=np.ones((3, 3)))
    areas = [signed_area(ring) for ring in outlines(mask)]
    assert sum(area > 0 for area in areas) == regions
    assert sum(area < 0 for area in areas) == grounds - 1


@settings(deadline=None)
@given(MASKS)
def test_smooth_lines_are_marching_squares(mask: MaskArray) -> None:
    contours = find_contours(np.pad(mask, 1).astype(float), 0.5, fully_connected="low")
    expected = {tuple(point - 1) for contour in contours for point in contour}
    found = {(y, x) for ring in outlines(mask, is_smooth=True) for x, y in ring}
    assert found == expected


def test_nothing_has_no_outline() -> None:
    assert outlines(np.zeros((5, 6), bool)) == []


def test_voxel_centres_are_whole_numbers() -> None:
    mask = np.zeros((5, 6), bool)
    mask[3, 1] = True
    (ring,) = outlines(mask)
    assert {tuple(p) for p in ring} == {(0.5, 2.5), (1.5, 2.5), (1.5, 3.5), (0.5, 3.5)}
