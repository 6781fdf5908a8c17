"""PADUA: every value of every component, on built kidneys of three grids, left and right."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from kidview.core.answers import ReaderAnswers
from kidview.core.geometry import Geometry
from kidview.measure import MEASURES, Case, find_anatomy, measure_lesion
from kidview.measure.padua import padua_score, size_points
from kidview.measure.renal import renal_score
from kidview.measure.score import Score
from tests.measure.nephrons import GRIDS, Ball, case_of, lesion_at
from tests.measure.shapes import ball

SMALL = {
    "deep": Ball(-18, 0, 1, 5),
    "upper": Ball(0, 0, 44, 5),
    "lower": Ball(0, 0, -44, 5),
    "crossing": Ball(-10, 0, 22, 7),
    "touching": Ball(-5, 0, -12, 5),
    "front lip": Ball(12, 14, 7, 5),
    "bulging": Ball(-27, 0, -28, 8),
}
SIDES = ("right", "left")


@lru_cache(maxsize=6)
def built(kind: str) -> Case:
    return case_of(kind, *SMALL.values())


def scored(kind: str, side: str, name: str, answers: ReaderAnswers | None = None) -> Score:
    case = built(kind)
    return padua_score(case, lesion_at(case, side, SMALL[name]), answers or ReaderAnswers())


def test_seven_centimetres_are_two_points_here_and_three_in_renal() -> None:
    assert [size_points(mm) for mm in (1, 40, 40.1, 70, 70.1)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", GRIDS)
@pytest.mark.parametrize(
    ("name", "key", "points", "text"),
    [
        ("upper", "longitudinal", 1, "upper"),
        ("lower", "longitudinal", 1, "lower"),
        ("deep", "longitudinal", 2, "middle"),
        ("bulging", "exophytic", 1, ""),
        ("deep", "exophytic", 3, ""),
        ("deep", "rim", 1, "lateral"),
        ("front lip", "rim", 2, "medial"),
        ("deep", "sinus", 1, "not involved"),
        ("touching", "sinus", 2, "involved"),
        ("deep", "size", 1, None),
        ("front lip", "face", None, "a"),
        ("deep", "face", None, "x"),
    ],
)
def test_a_placed_ball_gets_its_points(
    kind: str, side: str, name: str, key: str, points: int | None, text: str | None
) -> None:
    component = scored(kind, side, name)[key]
    assert component.points == points, component.why
    assert text is None or component.text == text, component.why


@pytest.mark.parametrize("side", SIDES)
def test_a_lesion_on_a_sinus_line_goes_where_more_than_half_of_it_lies(side: str) -> None:
    case = built("isotropic")
    score = padua_score(case, lesion_at(case, side, SMALL["crossing"]))
    part = score["longitudinal"]
    assert part.number is not None and 35 < part.number < 65 and part.is_borderline
    assert part.points == (2 if part.number > 50 else 1)
    above = Ball(-10, 0, 28, 7)
    other = case_of("isotropic", above, sides=(side,))
    part = padua_score(other, lesion_at(other, side, above))["longitudinal"]
    assert part.points == 1 and part.text == "upper" and not part.is_borderline


@pytest.mark.parametrize(("radius", "size", "bulge"), [(11, 1, 2), (25, 2, 1), (37, 3, 1)])
def test_size_and_bulge_of_larger_balls(radius: int, size: int, bulge: int) -> None:
    one = Ball({11: -19, 25: -37, 37: -26}[radius], 0, -10, radius)
    case = case_of("isotropic", one, sides=("right",))
    score = padua_score(case, lesion_at(case, "right", one))
    assert score["size"].points == size and score["exophytic"].points == bulge


def test_collecting_system_is_asked_and_the_total_open_until_it_is_answered() -> None:
    silent = scored("isotropic", "left", "upper")
    assert silent["collecting"].source == "unknown" and silent.total is None
    least, most = silent.possible
    assert most == least + 1 and silent.code == f"{least}-{most}x"
    assert any("collecting system" in question for question in silent.questions)
    free = scored("isotropic", "left", "upper", ReaderAnswers(collecting_system="no"))
    assert free.total == least and free["collecting"].source == "reader"
    hit = scored("isotropic", "left", "upper", ReaderAnswers(collecting_system="displaced"))
    assert hit.total == most


def test_total_and_class_follow_the_points() -> None:
    answers = ReaderAnswers(collecting_system="no")
    bulging = scored("isotropic", "right", "bulging", answers)
    assert bulging.total == 1 + 1 + 1 + 1 + 1 + 1 and bulging.complexity == ("low",)
    deep = scored("isotropic", "right", "deep", answers)
    assert deep.total == 2 + 3 + 1 + 1 + 1 + 1 and deep.complexity == ("intermediate",)
    worse = ReaderAnswers(collecting_system="displaced")
    touching = scored("isotropic", "right", "touching", worse)
    assert touching.total == 2 + 3 + 1 + 2 + 2 + 1 and touching.complexity == ("high",)


def test_classes_that_are_possible_are_all_named() -> None:
    deep = scored("isotropic", "left", "touching")
    assert deep.possible == (10, 11) and deep.complexity == ("high",)
    deep = scored("isotropic", "left", "deep")
    assert deep.possible == (9, 10) and deep.complexity == ("intermediate", "high")


def test_answers_of_the_reader_overrule_the_mask_and_are_marked() -> None:
    answers = ReaderAnswers(
        collecting_system="no", is_polar=True, rim="medial", in_sinus=True, face="p"
    )
    score = scored("isotropic", "left", "deep", answers)
    assert [score[key].points for key in ("longitudinal", "rim", "sinus")] == [1, 2, 2]
    keys = ("longitudinal", "rim", "sinus", "collecting", "face")
    assert {score[key].source for key in keys} == {"reader"}
    assert score.total == 1 + 3 + 2 + 2 + 1 + 1 and score.code == "10p"


def test_a_lesion_without_a_kidney_keeps_its_size_only() -> None:
    geometry = Geometry.straight((60, 60, 60), (1, 1, 1))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[ball(geometry, (30, 30, 30), 10)] = 2
    case = Case(find_anatomy(labels, geometry), geometry)
    score = padua_score(case, case.anatomy.lesions[0])
    assert score["size"].points == 1 and score.total is None and score.possible == (6, 12)


def test_shared_parts_agree_with_renal() -> None:
    case = built("isotropic")
    for lesion in case.anatomy.lesions:
        padua, renal = padua_score(case, lesion), renal_score(case, lesion)
        assert padua["exophytic"].points == renal["E"].points
        assert padua["size"].number == renal["R"].number
        assert padua["face"].text == renal["A"].text


def test_evidence_is_a_slice_and_points_in_it() -> None:
    case = built("anisotropic")
    lesion = lesion_at(case, "right", SMALL["touching"])
    score = padua_score(case, lesion)
    for key in ("exophytic", "rim", "sinus", "size", "face"):
        part = score[key]
        assert part.slice_z in range(lesion.box.start[0] - 1, lesion.box.stop[0] + 1), key
        assert part.points_ras, key
    lines = np.array(score["longitudinal"].points_ras)
    assert abs(lines[0, 2] + 22) < 4 and abs(lines[1, 2] - 22) < 4


def test_it_is_a_row_of_the_table_that_says_what_is_missing() -> None:
    row = next(row for row in MEASURES if row.id == "padua_score")
    assert row.is_for({"kind": "tumour"}) and not row.is_for({"kind": "cyst"})
    case = built("isotropic")
    lesion = lesion_at(case, "left", SMALL["upper"])
    value = measure_lesion(case, lesion).values["padua_score"]
    assert value.number is None and "collecting system is not known" in value.reason
