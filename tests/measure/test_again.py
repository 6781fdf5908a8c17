"""Measuring again after an edit gives the numbers that measuring all would give."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.box import Box
from kidview.core.errors import GridMismatch
from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, LabelArray
from kidview.measure import CaseMeasures, measure_case
from kidview.measure.again import WAITING, answer_again, finish, measure_again, nothing_yet

SHAPE = (30, 44, 90)
GRID = Geometry.straight(SHAPE, (2.0, 1.2, 1.2), (-54.0, -26.0, 0.0))


def made_labels() -> LabelArray:
    """Two kidneys, three tumours, a cyst, one of them apart from all."""
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    labels = np.zeros(SHAPE, np.uint8)
    for middle in (18, 70):
        labels[(z - 15) ** 2 / 150 + (y - 22) ** 2 / 170 + (x - middle) ** 2 / 150 < 1] = 1
    labels[8:14, 18:28, 22:32] = 2
    labels[18:22, 14:20, 60:66] = 2
    labels[16:20, 24:30, 72:78] = 3
    labels[1:3, 40:43, 44:47] = 2
    return labels


def made_hu() -> HUArray:
    rng = np.random.default_rng(11)
    return rng.normal(40, 15, SHAPE).astype(np.int16)


def told(measures: CaseMeasures) -> object:
    return measures.to_dict()


EDITS: dict[str, tuple[Box, int]] = {
    "nothing": (Box((0, 0, 0), (1, 1, 1)), 0),
    "a tumour grows into its kidney": (Box((8, 18, 18), (12, 26, 22)), 2),
    "a tumour grows outward": (Box((9, 20, 32), (12, 25, 35)), 2),
    "a kidney shrinks": (Box((4, 20, 60), (10, 26, 80)), 0),
    "a cyst becomes a tumour": (Box((16, 24, 72), (20, 30, 78)), 2),
    "a tumour is parted in two": (Box((8, 18, 26), (14, 28, 28)), 1),
    "a hole in a tumour": (Box((10, 21, 25), (12, 24, 28)), 1),
    "the kidney beside a tumour goes": (Box((9, 19, 20), (13, 27, 22)), 0),
    "a lesion is gone": (Box((1, 40, 44), (3, 43, 47)), 0),
    "a kidney is gone": (Box((0, 0, 0), (30, 44, 40)), 0),
    "all is gone": (Box((0, 0, 0), SHAPE), 0),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_gives_the_numbers_of_measuring_all(name: str) -> None:
    hu, labels = made_hu(), made_labels()
    before = measure_case(hu, labels, GRID)
    box, label = EDITS[name]
    labels[box.slices] = label
    again = measure_again(before, labels)
    assert told(again) == told(measure_case(hu, labels, GRID))
    assert told(measure_again(again, made_labels())) == told(before)  # and back


def strokes() -> Iterator[tuple[Box, int]]:
    rng = np.random.default_rng(5)
    for _ in range(12):
        start = [int(rng.integers(0, n - 6)) for n in SHAPE]
        size = [int(rng.integers(1, 6)) for _ in SHAPE]
        stop = [a + n for a, n in zip(start, size, strict=True)]
        box = Box((start[0], start[1], start[2]), (stop[0], stop[1], stop[2]))
        yield box, int(rng.integers(0, 4))


def test_many_strokes_in_a_row_leave_no_old_number() -> None:
    hu, labels = made_hu(), made_labels()
    kept = measure_case(hu, labels, GRID)
    for box, label in strokes():
        labels[box.slices] = label
        kept = measure_again(kept, labels)
    assert told(kept) == told(measure_case(hu, labels, GRID))


def test_what_an_edit_does_not_reach_is_not_measured_again() -> None:
    labels = made_labels()
    before = measure_case(made_hu(), labels, GRID)
    labels[9:12, 20:25, 32:35] = 2
    again = measure_again(before, labels)
    old, new = before.case.anatomy, again.case.anatomy
    assert new.kidneys[0] is old.kidneys[0] and new.kidneys[1] is not old.kidneys[1]
    pairs = zip(new.lesions, old.lesions, strict=True)
    assert [one is other for one, other in pairs] == [False, True, True, True]
    kept, fresh = before.lesions[3].values, again.lesions[3].values  # the cyst
    assert fresh["core_mean_hu"] is kept["core_mean_hu"]
    assert fresh["exophytic_percent"] is kept["exophytic_percent"]
    assert fresh["nearest_lesion_mm"] is not kept["nearest_lesion_mm"]


@pytest.mark.parametrize("name", ["a tumour grows into its kidney", "a cyst becomes a tumour"])
def test_slow_measures_come_after_the_others_and_are_the_same(name: str) -> None:
    hu, labels = made_hu(), made_labels()
    first = measure_again(nothing_yet(hu, GRID), labels, with_slow=False)
    assert first.lesions[0].values["renal_score"] is WAITING
    assert first.lesions[0].values["volume_ml"].number
    whole = finish(first)
    assert told(whole) == told(measure_case(hu, labels, GRID))
    box, label = EDITS[name]
    labels[box.slices] = label
    for before in (first, whole):  # the slow ones of before may never have come
        assert told(finish(measure_again(before, labels, with_slow=False))) == told(
            measure_case(hu, labels, GRID)
        )


def said(measures: CaseMeasures, name: str, **answers: object) -> tuple[Answered, ...]:
    one = next(each for each in measures.case.anatomy.lesions if each.id == name)
    x, y, z = one.centre_ras.tolist()
    return (Answered(one.kind, ReaderAnswers(**answers), (x, y, z)),)  # type: ignore[arg-type]


def test_an_answer_changes_the_scores_of_its_lesion_only_and_goes_again() -> None:
    hu, labels = made_hu(), made_labels()
    before = measure_case(hu, labels, GRID)
    given = said(before, "T1", collecting_system="no", nearness_mm=5.0, location=2)
    after = answer_again(before, given)
    assert told(after) == told(measure_case(hu, labels, GRID, answers=given)) != told(before)
    assert after.case.anatomy is before.case.anatomy
    for old, new in zip(before.lesions, after.lesions, strict=True):
        for key, value in new.values.items():
            is_other = new.name == "T1" and key in ("renal_score", "padua_score")
            assert (value is not old.values[key]) is is_other
    assert told(answer_again(after, ())) == told(before)


def test_measuring_again_takes_answers_that_are_new() -> None:
    hu, labels = made_hu(), made_labels()
    before = measure_case(hu, labels, GRID)
    given = said(before, "T1", collecting_system="no", nearness_mm=5.0)
    after = measure_again(before, labels, answers=given)
    assert told(after) == told(answer_again(before, given))
    assert told(measure_again(after, labels)) == told(before)


def test_an_answer_stays_with_its_lesion_through_an_edit_that_renumbers_it() -> None:
    hu, labels = made_hu(), made_labels()
    before = measure_case(hu, labels, GRID)
    given = said(before, "T2", collecting_system="displaced")
    kept = answer_again(before, given)
    labels[8:14, 18:28, 22:32] = 1  # T1 goes, so T2 becomes T1
    again = measure_again(kept, labels, answers=given)
    assert told(again) == told(measure_case(hu, labels, GRID, answers=given))
    score = again.lesions[0].values["padua_score"].score
    assert score is not None and score["collecting"].source == "reader"
    assert again.case.left_over == ()


def test_labels_of_another_shape_are_refused() -> None:
    before = measure_case(made_hu(), made_labels(), GRID)
    with pytest.raises(GridMismatch):
        measure_again(before, made_labels()[1:])
