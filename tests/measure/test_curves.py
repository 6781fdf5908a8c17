"""Curves of a lesion: HU beside its kidney's, area slice by slice; and measures as tables."""

from __future__ import annotations

import csv

import numpy as np

from kidview.core.geometry import Geometry
from kidview.measure import Case, Value, find_anatomy, measure_case
from kidview.measure.curves import BIN_HU, find_curves
from kidview.measure.written import copied, csv_of
from tests.measure.test_again import GRID, SHAPE, made_hu, made_labels


def test_areas_are_voxels_of_a_slice_times_their_area() -> None:
    labels = made_labels()
    case = Case(find_anatomy(labels, GRID), GRID, made_hu())
    lesion = case.anatomy.lesions[0]
    curves = find_curves(case, lesion)
    wanted = [(labels[z] == 2)[:, 20:40].sum() * 1.2 * 1.2 for z in range(8, 14)]
    assert curves.first_z == 8 and np.allclose(curves.areas_mm2, wanted)
    assert np.isclose(curves.areas_mm2.sum() * 2.0 / 1000, lesion.volume_ml)


def test_shares_are_percent_of_the_voxels_between_round_hu() -> None:
    labels, hu = made_labels(), made_hu()
    case = Case(find_anatomy(labels, GRID), GRID, hu)
    lesion = case.anatomy.lesions[0]
    curves = find_curves(case, lesion)
    own = hu[lesion.box.slices][lesion.mask]
    assert curves.first_hu % BIN_HU == 0
    for n in (0, 3, len(curves.lesion) - 1):
        low = curves.first_hu + n * BIN_HU
        inside = np.count_nonzero((own >= low) & (own < low + BIN_HU))
        assert np.isclose(curves.lesion[n], 100 * inside / own.size)
    assert 97 < curves.lesion.sum() <= 100 and 97 < curves.parenchyma.sum() <= 100
    kidney = case.anatomy.kidney_of(lesion)
    assert kidney is not None
    parenchyma = hu[kidney.box.slices][kidney.parenchyma]
    first = np.count_nonzero(
        (parenchyma >= curves.first_hu) & (parenchyma < curves.first_hu + BIN_HU)
    )
    assert np.isclose(curves.parenchyma[0], 100 * first / parenchyma.size)


def test_without_a_scan_there_are_areas_only() -> None:
    case = Case(find_anatomy(made_labels(), GRID), GRID)
    curves = find_curves(case, case.anatomy.lesions[0])
    assert curves.lesion.size == 0 and curves.parenchyma.size == 0 and curves.areas_mm2.all()


def test_a_lesion_of_one_voxel_without_kidney_has_curves() -> None:
    labels = np.zeros((5, 5, 5), np.uint8)
    labels[2, 2, 2] = 3
    grid = Geometry.straight((5, 5, 5), (1.0, 1.0, 1.0))
    case = Case(find_anatomy(labels, grid), grid, np.full((5, 5, 5), -7, np.int16))
    curves = find_curves(case, case.anatomy.lesions[0])
    assert curves.lesion.sum() == 100 and curves.parenchyma.size == 0
    assert list(curves.areas_mm2) == [1.0]


def test_the_csv_has_a_line_for_each_kidney_and_lesion() -> None:
    measures = measure_case(made_hu(), made_labels(), GRID)
    rows = list(csv.DictReader(csv_of("case 1", measures).splitlines()))
    parts = [*measures.kidneys, *measures.lesions]
    assert [row["name"] for row in rows] == [part.name for part in parts]
    for row, part in zip(rows, parts, strict=True):
        assert row["case"] == "case 1" and row["of"] == part.of and row["side"]
        for id, value in part.values.items():
            assert (
                row[id] == ""
                if value.number is None
                else abs(float(row[id]) - value.number) < 0.01 + abs(value.number) / 10
            ), id


def test_a_field_without_a_number_is_empty_not_zero() -> None:
    measures = measure_case(None, made_labels(), GRID)
    assert measures.lesions[0].values["mean_hu"] == Value.none("no scan was given")
    row = next(r for r in csv.DictReader(csv_of("", measures).splitlines()) if r["name"] == "T1")
    assert row["mean_hu"] == ""
    head, first = (line.split("\t") for line in copied(measures).split("\n")[:2])
    assert first[head.index("Mean (HU)")] == ""


def test_nothing_labelled_copies_nothing() -> None:
    assert copied(measure_case(None, np.zeros(SHAPE, np.uint8), GRID)) == ""
