"""What cannot be measured has a reason: never a crash, never a silent nothing."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.types import LabelArray
from kidview.measure import MEASURES, CaseMeasures, measure_case
from tests.measure.shapes import ball, grid, two_kidneys

GRID = Geometry.straight((12, 20, 24), (2.0, 1.0, 1.0))


def empty() -> LabelArray:
    return np.zeros(GRID.shape_zyx, np.uint8)


def measured(labels: LabelArray) -> CaseMeasures:
    hu = np.full(labels.shape, 30, np.int16)
    found = measure_case(hu, labels, GRID)
    for one in (*found.kidneys, *found.lesions):
        for key, value in one.values.items():
            if value.number is None:
                assert value.reason, f"{one.name} {key} has no number and no reason"
            else:
                assert math.isfinite(value.number), f"{one.name} {key}"
    json.dumps(found.to_dict(), allow_nan=False)
    return found


def test_an_empty_label_map_measures_nothing_and_says_so() -> None:
    found = measured(empty())
    assert found.kidneys == found.lesions == ()
    assert found.notes == ("nothing is labelled",)


@pytest.mark.parametrize("label", [1, 2, 3])
@pytest.mark.parametrize("at", [(5, 8, 9), (0, 0, 0), (11, 19, 23)])
def test_a_single_voxel_has_a_volume_and_no_diameter(label: int, at: tuple[int, ...]) -> None:
    labels = empty()
    labels[at] = label
    found = measured(labels)
    one = (*found.kidneys, *found.lesions)[0]
    assert one.values["volume_ml"].number == pytest.approx(0.002)
    for key in ("axial_diameter_mm", "axial_across_mm", "diameter_3d_mm", "length_mm"):
        if key in one.values:
            assert one.values[key].number is None and "too small" in one.values[key].reason
    if label > 1:
        assert "no kidney is labelled, only lesions" in found.notes
        assert one.values["c_index"].reason == "no kidney is near"


@pytest.mark.parametrize(
    "box",
    [
        (slice(3, 4), slice(3, 4), slice(3, 9)),  # a line
        (slice(3, 4), slice(3, 9), slice(3, 9)),  # one slice
        (slice(3, 9), slice(3, 4), slice(3, 9)),  # a sheet across slices
        (slice(3, 9), slice(3, 4), slice(3, 4)),  # a rod across slices
        (slice(0, 12), slice(0, 20), slice(0, 24)),  # the whole scan
    ],
)
@pytest.mark.parametrize("label", [1, 2])
def test_flat_and_boundless_labels_are_measured(box: tuple[slice, ...], label: int) -> None:
    labels = empty()
    labels[box] = label
    found = measured(labels)
    one = (*found.kidneys, *found.lesions)[0]
    assert one.values["volume_ml"].number == pytest.approx((labels > 0).sum() * 0.002)
    key = "length_mm" if label == 1 else "diameter_3d_mm"
    size = np.array([s.stop - s.start - 1 for s in box]) * GRID.spacing_zyx
    assert one.values[key].number == pytest.approx(np.linalg.norm(size))


def test_a_lesion_that_replaces_its_kidney_is_measured_without_one() -> None:
    labels = empty()
    labels[2:10, 4:16, 4:20] = 2
    found = measured(labels)
    lesion = found.lesions[0]
    assert lesion.facts == {"kind": "tumour", "side": "unsure", "kidney": "", "pole": "unsure"}
    assert lesion.values["exophytic_percent"].reason == "no kidney is near"
    assert lesion.values["contact_cm2"].number is None or lesion.values["contact_cm2"].number == 0


def test_without_a_scan_densities_are_missing_and_the_rest_is_there() -> None:
    labels = empty()
    labels[2:10, 4:16, 4:20] = 3
    values = measure_case(None, labels, GRID).lesions[0].values
    missing = {key for key, value in values.items() if value.reason == "no scan was given"}
    assert missing == {row.id for row in MEASURES if row.id.endswith("_hu")} | {
        "water_percent",
        "dense_percent",
    }
    assert values["volume_ml"].number is not None


def test_another_grid_is_refused() -> None:
    with pytest.raises(GridMismatch, match="12 x 20 x 24 and 12 x 20 x 25"):
        measure_case(None, np.zeros((12, 20, 25), np.uint8), GRID)
    with pytest.raises(GridMismatch):
        measure_case(np.zeros((12, 20, 25), np.int16), empty(), GRID)


def test_two_hundred_specks_are_two_hundred_lesions() -> None:
    labels = empty()
    labels[::3, ::3, ::3] = 3
    found = measured(labels)
    assert len(found.lesions) == int((labels == 3).sum())
    assert found.lesions[0].values["nearest_lesion_mm"].number == pytest.approx(2.0)


def test_read_only_labels_are_measured_and_not_changed() -> None:
    geometry = grid("anisotropic", (160, 64, 104))
    labels = two_kidneys(geometry, apart_mm=90)
    labels[ball(geometry, (60, 0, 0), 10)] = 2
    before = labels.copy()
    labels.setflags(write=False)
    measure_case(None, labels, geometry)
    assert np.array_equal(labels, before)


def test_rows_of_the_table_are_whole() -> None:
    units = {"mL": "_ml", "mm": "_mm", "HU": "_hu", "%": "_percent", "cm2": "_cm2"}
    for row in MEASURES:
        assert row.of in ("case", "kidney", "lesion") and row.source and row.tip
        assert row.id.endswith(units.get(row.unit, "")), row.id
        assert row.function.__doc__ is None or "Source" in row.function.__doc__
    keys = [(row.of, row.id) for row in MEASURES]
    assert len(keys) == len(set(keys))
