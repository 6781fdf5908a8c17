"""Answers of a reader find their lesion by its place, whatever its number is by now."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.answers import Answered, ReaderAnswers
from kidview.core.geometry import Geometry
from kidview.measure import find_anatomy, match_answers, measure_case
from kidview.measure.anatomy import Anatomy
from kidview.measure.answers import distance_to_mm
from tests.measure.shapes import ball, points

GRID = Geometry.straight((60, 60, 80), (1.5, 1.0, 1.0))
NO, YES = ReaderAnswers(touches_main_vessel=False), ReaderAnswers(touches_main_vessel=True)


def labels_of() -> np.ndarray:  # type: ignore[type-arg]
    labels = np.zeros(GRID.shape_zyx, np.uint8)
    labels[ball(GRID, (20, 20, 30), 8)] = 2
    labels[ball(GRID, (50, 20, 30), 6)] = 2
    labels[ball(GRID, (50, 45, 60), 5)] = 3
    return labels


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return find_anatomy(labels_of(), GRID)


def test_the_lesion_that_holds_the_point_is_meant(anatomy: Anatomy) -> None:
    one = Answered("tumour", YES, (50.0, 20.0, 30.0))
    two = Answered("tumour", NO, (24.0, 20.0, 30.0))
    found = match_answers(anatomy, (one, two))
    assert found.of == {"T1": two, "T2": one} and found.left_over == ()
    assert found.answers == {"T1": NO, "T2": YES}


@pytest.mark.parametrize(("x", "is_near"), [(37.0, True), (39.5, False)])
def test_else_the_nearest_within_ten_millimetres(anatomy: Anatomy, x: float, is_near: bool) -> None:
    """T1 ends at x 28, a little less or more for its voxels; T2 begins at 44."""
    alone = find_anatomy(np.where(points(GRID)[..., 0] < 40, labels_of(), 0), GRID)
    one = Answered("tumour", YES, (x, 20.0, 30.0))
    found = match_answers(alone, (one,))
    assert (found.of, found.left_over) == (({"T1": one}, ()) if is_near else ({}, (one,)))
    assert match_answers(anatomy, (one,)).of == {"T2": one}


def test_distance_is_to_the_nearest_side_of_a_voxel(anatomy: Anatomy) -> None:
    lesion = anatomy.lesions[0]
    at = (33.25, 24.0, 31.0)
    centres = lesion.geometry.index_to_ras(np.argwhere(lesion.mask))
    corners = [
        centres + np.array([x, y, z]) / 2 for x in (-1, 1) for y in (-1, 1) for z in (-1.5, 1.5)
    ]
    truth = min(float(np.linalg.norm(one - at, axis=1).min()) for one in corners)
    assert distance_to_mm(lesion, at) == pytest.approx(truth)
    assert distance_to_mm(lesion, (20.0, 20.0, 30.0)) == 0


def test_another_kind_or_a_lesion_that_is_gone_leaves_answers_over(anatomy: Anatomy) -> None:
    cyst = Answered("cyst", YES, (20.0, 20.0, 30.0))
    gone = Answered("tumour", YES, (70.0, 50.0, 80.0))
    assert match_answers(anatomy, (cyst, gone)).left_over == (cyst, gone)
    measured = measure_case(None, labels_of(), GRID, answers=(cyst, gone))
    notes = [note for note in measured.notes if "answered for" in note]
    assert notes[1] == (
        "the tumour at 70, 50, 80 mm is answered for, but no such lesion is labelled"
    )
    assert "the cyst at 20, 20, 30 mm" in notes[0]


def test_of_two_in_one_lesion_the_one_nearer_to_its_centre_counts(anatomy: Anatomy) -> None:
    far, near = Answered("tumour", NO, (25.0, 20.0, 30.0)), Answered("tumour", YES, (21.0, 20, 30))
    found = match_answers(anatomy, (far, near))
    assert found.of == {"T1": near} and found.left_over == (far,)


def test_an_id_means_the_lesion_of_now(anatomy: Anatomy) -> None:
    known, unknown = Answered("tumour", YES, "T2"), Answered("tumour", NO, "T9")
    found = match_answers(anatomy, (known, unknown))
    assert found.of == {"T2": known} and found.left_over == (unknown,)


def test_both_scores_take_them_and_say_so() -> None:
    given = (Answered("tumour", ReaderAnswers(nearness_mm=5, location=2, face="a"), "T1"),)
    measured = measure_case(None, labels_of(), GRID, answers=given)
    renal, padua = (measured.lesions[0].values[f"{one}_score"].score for one in ("renal", "padua"))
    assert renal is not None and padua is not None
    assert [renal[key].source for key in "NLA"] == ["reader"] * 3
    assert padua["face"].source == "reader" and padua["rim"].source == "unknown"
    told = measured.to_dict()["lesions"][0]["renal_score"]
    assert told["components"]["N"] == {
        "points": 2,
        "source": "reader",
        "why": "5 mm to sinus or collecting system, said the reader",
        "value": 5,
        "unit": "mm",
    }
    assert "artery" in told["components"]["h"]["asks"]


@pytest.mark.parametrize("wrong", [{"location": True}, {"location": 1.0}, {"in_sinus": 1}])
def test_yes_is_no_number(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReaderAnswers(**wrong)  # type: ignore[arg-type]
