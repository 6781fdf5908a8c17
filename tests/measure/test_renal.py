"""RENAL: every value of every component, on built kidneys of three grids, left and right."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from kidview.core.answers import ReaderAnswers
from kidview.core.geometry import Geometry
from kidview.measure import MEASURES, Case, find_anatomy, measure_lesion
from kidview.measure.planes import largest_in_plane
from kidview.measure.renal import (
    exophytic_points,
    nearness_points,
    radius_points,
    renal_score,
)
from kidview.measure.score import Score
from tests.measure.nephrons import GRIDS, Ball, case_of, grid, kidneys, lesion_at, sinus
from tests.measure.shapes import ball, ellipsoid, turn

SMALL = {
    "deep": Ball(-18, 0, 1, 5),
    "upper": Ball(0, 0, 44, 5),
    "lower": Ball(0, 0, -44, 5),
    "near": Ball(-10.5, 0, 16, 5),
    "touching": Ball(-8, 0, -9.5, 5),
    "front lip": Ball(12, 14, 7, 5),
    "back": Ball(-5, -14, -30, 5),
    "bulging": Ball(-27, 0, -25, 8),
    "rim": Ball(-17, 0, 33, 8),
}
SIDES = ("right", "left")


@lru_cache(maxsize=6)
def built(kind: str, *balls: Ball) -> Case:
    return case_of(kind, *balls)


def scored(kind: str, side: str, name: str) -> Score:
    case = built(kind, *SMALL.values())
    return renal_score(case, lesion_at(case, side, SMALL[name]))


def test_cuts_are_those_of_the_paper() -> None:
    assert [radius_points(mm) for mm in (1, 40, 40.1, 69.9, 70, 150)] == [1, 1, 2, 2, 3, 3]
    assert [exophytic_points(p) for p in (100, 50, 49.9, 5.1, 5, 0)] == [1, 1, 2, 2, 3, 3]
    assert [nearness_points(mm) for mm in (30, 7, 6.9, 4.1, 4, 0)] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", GRIDS)
@pytest.mark.parametrize(
    ("name", "key", "points"),
    [
        ("deep", "R", 1),
        ("bulging", "E", 1),
        ("rim", "E", 2),
        ("deep", "E", 3),
        ("upper", "E", 3),
        ("deep", "N", 1),
        ("near", "N", 2),
        ("touching", "N", 3),
        ("front lip", "N", 3),
        ("upper", "L", 1),
        ("lower", "L", 1),
        ("near", "L", 2),
        ("deep", "L", 3),
        ("touching", "L", 3),
        ("front lip", "L", 3),
    ],
)
def test_a_placed_ball_gets_its_points(
    kind: str, side: str, name: str, key: str, points: int
) -> None:
    component = scored(kind, side, name)[key]
    assert component.points == points, component.why
    assert component.source == "mask" and component.is_scored


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", GRIDS)
@pytest.mark.parametrize(
    ("name", "letter"), [("front lip", "a"), ("back", "p"), ("deep", "x"), ("upper", "x")]
)
def test_face_is_told_by_the_kidneys_own_coronal_plane(
    kind: str, side: str, name: str, letter: str
) -> None:
    face = scored(kind, side, name)["A"]
    assert face.text == letter and face.points is None and not face.is_scored
    assert scored(kind, side, name).code.endswith(letter)


@pytest.mark.parametrize("kind", ["isotropic", "anisotropic"])
def test_larger_balls_have_more_points_for_their_size(kind: str) -> None:
    for radius, points in ((18, 1), (25, 2), (37, 3)):
        one = Ball({18: -30, 25: -37, 37: -26}[radius], 0, -10, radius)
        case = case_of(kind, one, sides=("left",))
        score = renal_score(case, lesion_at(case, "left", one))
        assert score["R"].points == points
        assert score["R"].number == pytest.approx(2 * radius, abs=2)


@pytest.mark.parametrize(
    ("half", "plane"),
    [((9, 4, 4), "axial"), ((4, 4, 9), "coronal"), ((4, 6, 6.5), "sagittal")],
)
def test_size_is_the_largest_in_any_of_three_planes(
    half: tuple[float, float, float], plane: str
) -> None:
    """Against all pairs of voxels of a slice; a lesion that lies askew is longer in space."""
    geometry = Geometry.straight((40, 40, 40), (1.2, 0.9, 0.9), (-18, -18, -23))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    askew = {"axial": turn(0.5, 0.0), "coronal": np.eye(3), "sagittal": turn(0.0, 0.4)}[plane]
    away = geometry.index_to_ras(np.moveaxis(np.indices(labels.shape), 0, -1)) @ askew
    labels[((away / np.array(half)) ** 2).sum(axis=-1) <= 1] = 2
    case = Case(find_anatomy(labels, geometry), geometry)
    lesion = case.anatomy.lesions[0]
    found, told = largest_in_plane(lesion)
    best = 0.0
    for axis in range(3):
        for n in range(lesion.mask.shape[axis]):
            points = np.argwhere(lesion.mask.take(n, axis=axis))
            step = np.delete(np.array(geometry.spacing_zyx), axis)
            best = max(best, float(cdist(points * step, points * step).max(initial=0.0)))
    assert found.mm == pytest.approx(best) and told == plane
    assert lesion.axial.long.mm <= found.mm <= lesion.longest.mm
    ends = np.array(found.ends_ras)
    assert np.linalg.norm(ends[0] - ends[1]) == pytest.approx(best)


@pytest.mark.parametrize("side", SIDES)
def test_more_than_half_across_a_polar_line_is_three_points(side: str) -> None:
    most, least = Ball(-17, 0, 13, 7), Ball(-20, 0, -24, 12)
    case = built("isotropic", most, least)
    across = renal_score(case, lesion_at(case, side, most))["L"]
    assert across.points == 3 and "crosses the upper polar line" in across.text
    little = renal_score(case, lesion_at(case, side, least))["L"]
    assert little.points == 2 and "crosses the lower polar line" in little.text


def test_which_rule_gave_the_place_is_said() -> None:
    case = built("isotropic", *SMALL.values())
    told = {name: scored("isotropic", "right", name)["L"].text for name in SMALL}
    assert told["upper"] == "entirely above the upper line"
    assert told["lower"] == "entirely below the lower line"
    assert told["deep"] == "crosses the midline between the polar lines"
    assert told["front lip"] == "entirely between the polar lines"
    assert case.anatomy.notes == ()


@pytest.mark.parametrize("kind", GRIDS)
def test_evidence_lies_where_the_lesion_and_the_lines_are(kind: str) -> None:
    case = built(kind, *SMALL.values())
    lesion = lesion_at(case, "left", SMALL["near"])
    score = renal_score(case, lesion)
    zs = range(lesion.box.start[0], lesion.box.stop[0])
    assert score["R"].slice_z in zs and score["E"].slice_z in zs and score["A"].slice_z in zs
    first, last = np.array(score["N"].points_ras)
    assert np.linalg.norm(first - last) == pytest.approx(score["N"].number)
    assert 4 < np.linalg.norm(first - last) < 7
    lower, upper = np.array(score["L"].points_ras)
    assert lower[2] == pytest.approx(-15, abs=GRIDS[kind][0] / 2 + 1.5)
    assert upper[2] == pytest.approx(15, abs=GRIDS[kind][0] / 2 + 1.5)
    z = score["L"].slice_z
    assert z is not None
    assert z == case.geometry.nearest_index(upper)[0]


def test_total_class_and_code_follow_the_points() -> None:
    easy = scored("isotropic", "left", "upper")
    assert (easy.total, easy.possible, easy.complexity) == (6, (6, 6), ("low",))
    assert easy.code == "6x"
    deep = scored("isotropic", "right", "touching")
    assert deep.total == 1 + 3 + 3 + 3 and deep.complexity == ("high",)
    lip = scored("isotropic", "right", "front lip")
    assert lip.code.startswith(str(lip.total)) and lip.code.endswith("a")


def test_the_artery_is_asked_and_never_guessed() -> None:
    case = built("isotropic", *SMALL.values())
    lesion = lesion_at(case, "left", SMALL["front lip"])
    silent = renal_score(case, lesion)
    assert silent["h"].source == "unknown" and silent["h"].text == ""
    assert any("artery" in question for question in silent.questions)
    touches = renal_score(case, lesion, ReaderAnswers(touches_main_vessel=True))
    assert touches.code == silent.code + "h" and touches["h"].source == "reader"
    free = renal_score(case, lesion, ReaderAnswers(touches_main_vessel=False))
    assert free.code == silent.code and free["h"].source == "reader"
    assert touches.total == free.total == silent.total


def test_answers_of_the_reader_overrule_the_mask_and_are_marked() -> None:
    case = built("isotropic", *SMALL.values())
    lesion = lesion_at(case, "left", SMALL["deep"])
    answers = ReaderAnswers(nearness_mm=5.0, location=1, face="p")
    score = renal_score(case, lesion, answers)
    assert [score[key].points for key in "RENL"] == [1, 3, 2, 1] and score.code == "7p"
    assert {score[key].source for key in "NAL"} == {"reader"}
    assert score["N"].asks == ""


def test_without_a_sinus_nearness_and_place_are_unknown_until_answered() -> None:
    geometry = grid("isotropic")
    one = SMALL["deep"]
    labels = kidneys("isotropic", one, sides=("left",))
    labels[sinus("isotropic", "left") & (ellipsoid(geometry, (-65, 0, 0), (25, 22, 55)))] = 1
    case = Case(find_anatomy(labels, geometry), geometry)
    lesion = lesion_at(case, "left", one)
    score = renal_score(case, lesion)
    assert score.total is None and score.possible == (6, 10)
    assert score.unknown == ("Nearness", "Location")
    assert score.code == "6-10?" and score.complexity == ("low", "moderate", "high")
    assert {score[key].source for key in "NAL"} == {"unknown"}
    assert all(score[key].asks for key in "NALh")
    answered = renal_score(case, lesion, ReaderAnswers(nearness_mm=8, location=2, face="x"))
    assert answered.total == 7 and answered.code == "7x"


def test_a_lesion_without_a_kidney_keeps_its_size_only() -> None:
    geometry = Geometry.straight((60, 60, 60), (1, 1, 1))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[ball(geometry, (30, 30, 30), 10)] = 2
    case = Case(find_anatomy(labels, geometry), geometry)
    score = renal_score(case, case.anatomy.lesions[0])
    assert score["R"].points == 1 and score.total is None and score.possible == (4, 10)
    assert score["E"].why == "no kidney is near"


def test_a_single_kidney_in_the_middle_is_scored_by_its_own_sinus() -> None:
    """Its side is unsure; polar lines and rims do not depend on it."""
    geometry = Geometry.straight((130, 70, 80), (1, 1, 1), (-40, -35, -65))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[ellipsoid(geometry, (0, 0, 0), (25, 22, 55))] = 1
    z, y, x = np.ogrid[-65:65, -35:35, -40:40]
    labels[(x >= 0) & (abs(y) <= 8) & (abs(z) <= 15) & (labels == 1)] = 0
    labels[ball(geometry, (-16, 0, 3), 5)] = 2
    case = Case(find_anatomy(labels, geometry), geometry)
    assert case.anatomy.kidneys[0].side == "unsure"
    score = renal_score(case, case.anatomy.lesions[0])
    assert [score[key].points for key in "RENL"] == [1, 3, 1, 3]


@pytest.mark.parametrize(("radius", "is_borderline"), [(20.0, True), (17.0, False)])
def test_half_a_voxel_from_a_cut_is_said(radius: float, is_borderline: bool) -> None:
    one = Ball(-25, 0, -10, radius)
    case = case_of("isotropic", one, sides=("right",))
    size = renal_score(case, lesion_at(case, "right", one))["R"]
    assert size.is_borderline is is_borderline
    assert ("half a voxel" in size.why) is is_borderline


def test_a_doubt_about_the_lines_is_in_the_sentence_and_asked() -> None:
    case = built("isotropic", *SMALL.values())
    joined = replace(case, anatomy=replace(case.anatomy, notes=("a horseshoe kidney",)))
    place = renal_score(joined, lesion_at(joined, "left", SMALL["upper"]))["L"]
    assert "unsure" in place.why and "horseshoe" in place.why and place.asks


def test_json_holds_points_evidence_and_questions() -> None:
    told = scored("isotropic", "left", "near").to_dict()
    assert told["system"] == "RENAL" and told["total"] == sum(
        told["components"][key]["points"] for key in "RENL"
    )
    near = told["components"]["N"]
    assert near["unit"] == "mm" and len(near["points_ras_mm"]) == 2 and near["slice_z"] > 0


def test_it_is_a_row_of_the_table_for_tumours() -> None:
    row = next(row for row in MEASURES if row.id == "renal_score")
    assert row.is_for({"kind": "tumour"}) and not row.is_for({"kind": "cyst"})
    case = built("isotropic", *SMALL.values())
    lesion = lesion_at(case, "left", SMALL["upper"])
    value = measure_lesion(case, lesion).values["renal_score"]
    assert value.number == 6 and "low complexity" in value.reason


@pytest.mark.parametrize(
    "wrong",
    [{"collecting_system": "maybe"}, {"location": 4}, {"rim": "upper"}, {"face": "h"}]
    + [{"nearness_mm": -1.0}],
)
def test_an_answer_that_is_none_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReaderAnswers(**wrong)  # type: ignore[arg-type]
