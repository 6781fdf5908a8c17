"""Shells against SimpleITK's distances and against the volume of a shell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.core.errors import EditRefused
from kidview.core.types import LabelArray
from kidview.edit.tools.hollow import hollow
from tests.edit.shapes import SPACING, ball, blobs, distance_to, few, result, within


@few
@given(
    blobs(kinds=3),
    st.integers(1, 3),
    st.sampled_from(["inside", "centred", "outside"]),
    st.floats(1.2, 6.0),
    st.integers(0, 3),
)
def test_the_wall_is_what_is_near_the_outline(
    labels: LabelArray, label: int, side: str, shell_mm: float, core: int
) -> None:
    inner = {"inside": shell_mm, "centred": shell_mm / 2, "outside": 0.0}[side]
    own = labels == label
    around = np.isin(labels, (0,) if label == 1 else (0, 1))
    expected = labels.copy()
    expected[own] = core
    if inner:
        expected[own & within(around, SPACING, inner)] = label
    if side != "inside":
        expected[around & within(own, SPACING, shell_mm - inner)] = label
    try:
        found = result(labels, hollow(labels, label, SPACING, shell_mm, side, core))
    except EditRefused:
        assert core == label or not (own & (expected == core)).any()
        return
    unsure = np.zeros(labels.shape, bool)
    for mask, mm in ((own, shell_mm - inner), (around, inner)):
        if mask.any() and mm:
            unsure |= np.abs(distance_to(mask, SPACING) - mm) < 1e-3
    np.testing.assert_array_equal(found[~unsure], expected[~unsure])


@pytest.mark.parametrize(
    ("side", "radii"), [("inside", (15, 20)), ("centred", (17.5, 22.5)), ("outside", (20, 25))]
)
def test_the_wall_of_a_ball_has_its_thickness(side: str, radii: tuple[float, float]) -> None:
    spacing = (1.0, 0.7, 0.7)
    labels = ball((60, 86, 86), spacing, (30.2, 29.8, 30.1), 20.0).astype(np.uint8)
    new = result(labels, hollow(labels, 1, spacing, 5.0, side, 3))
    core_ml, wall_ml = (np.count_nonzero(new == k) * 0.49 for k in (3, 1))
    outer = ((core_ml + wall_ml) * 3 / 4 / np.pi) ** (1 / 3)
    inner = (core_ml * 3 / 4 / np.pi) ** (1 / 3)
    assert (inner, outer) == pytest.approx(radii, abs=0.2)


def test_a_lesion_in_the_kidney_makes_no_wall_there() -> None:
    shape, spacing = (30, 60, 60), (2.0, 1.0, 1.0)
    labels = ball(shape, spacing, (30, 30, 30), 25.0).astype(np.uint8)
    labels[ball(shape, spacing, (30, 30, 30), 8.0)] = 2
    new = result(labels, hollow(labels, 1, spacing, 4.0))
    np.testing.assert_array_equal(new == 2, labels == 2)
    assert new[15, 30, 39] == 0 and new[15, 30, 54] == 1


def test_refusals() -> None:
    labels = np.zeros((8, 12, 14), np.uint8)
    labels[2:6, 4:8, 4:10] = 1
    with pytest.raises(EditRefused, match="kidney is all wall"):
        hollow(labels, 1, SPACING, 5.0)
    with pytest.raises(EditRefused, match=r"a wall of 0\.5 mm holds no voxel.*0\.5"):
        hollow(labels, 1, SPACING, 0.5)
    with pytest.raises(EditRefused, match=r"a wall of 1\.0 mm holds no voxel.*1\.05"):
        hollow(labels, 1, SPACING, 1.0, "centred")
    with pytest.raises(EditRefused, match="the core is kidney already"):
        hollow(labels, 1, SPACING, 1.0, core=1)
    with pytest.raises(EditRefused, match="there is no tumour"):
        hollow(labels, 2, SPACING, 1.0)
