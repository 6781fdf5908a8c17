"""Lesions keep their names over time, and their growth is what was drawn."""

from __future__ import annotations

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.follow import FollowUp, Growth, doubling_days, follow_up
from kidview.measure import Case, Value
from tests.follow.bodies import Ball, case, draw, each_on_its_own, grid

MOTION = each_on_its_own()
OUT = (-22.0, 4.0, -20.0)
THEN = (
    Ball("left", OUT, 9.0),
    Ball("left", (-16.0, -6.0, 24.0), 6.0, 3),
    Ball("right", (20.0, -6.0, 10.0), 7.0),
)
NOW = (
    Ball("left", OUT, 9.0 * 1.25),  # the volume becomes 1.95 times as large
    Ball("left", (-16.0, -6.0, 24.0), 6.0, 2),  # called a tumour now
    Ball("right", (20.0, -6.0, 10.0), 5.5),
    Ball("right", (16.0, 8.0, -26.0), 6.0, 3),  # new
)
DAYS = 365.25
LEFT = ("left",)


def early(*lesions: Ball, sides: tuple[str, ...] = ("right", "left")) -> Case:
    geometry = grid((2.0, 1.0, 1.0))
    return case(geometry, draw(geometry, lesions, sides=sides))


def late(*lesions: Ball) -> Case:
    geometry = grid((1.5, 1.2, 1.2), tilt_degrees=12.0)
    return case(geometry, draw(geometry, lesions, MOTION))


@pytest.fixture(scope="module")
def found() -> FollowUp:
    return follow_up(early(*THEN), late(*NOW), DAYS)


def of_side(found: FollowUp, side: str, fate: str = "same") -> list[Growth]:
    return [
        one
        for one in found.growths
        if one.match.fate == fate and (one.match.now or one.match.then)[0].side == side
    ]


def test_every_lesion_is_found_again_and_the_new_one_is_new(found: FollowUp) -> None:
    fates = sorted(one.match.fate for one in found.growths)
    assert fates == ["new", "same", "same", "same"]
    assert all((one.match.distance_mm or 0.0) < 1.5 for one in found.growths)
    new = of_side(found, "right", "new")[0]
    assert new.volume_ml.change.number is None
    assert new.volume_ml.change.reason == "it was not outlined then"
    assert new.volume_ml.now.number == pytest.approx(4 / 3 * np.pi * 0.6**3, rel=0.05)


def test_growth_is_what_was_drawn(found: FollowUp) -> None:
    tumour = max(of_side(found, "left"), key=lambda one: one.volume_ml.now.number or 0.0)
    volume = tumour.volume_ml
    assert volume.then.number == pytest.approx(4 / 3 * np.pi * 0.9**3, rel=0.03)
    assert volume.now.number == pytest.approx(4 / 3 * np.pi * 1.125**3, rel=0.03)
    assert volume.percent.number == pytest.approx(95.3, abs=6)
    assert volume.a_year.number == pytest.approx(volume.change.number)
    assert tumour.axial_mm.change.number == pytest.approx(4.5, abs=1.2)
    assert tumour.longest_mm.change.number == pytest.approx(4.5, abs=1.2)
    true = DAYS * np.log(2) / np.log(1.25**3)
    assert tumour.doubling_days.number == pytest.approx(true, rel=0.05)
    low, high = tumour.doubling_days.low, tumour.doubling_days.high
    assert low is not None and high is not None and low < true < high
    assert volume.is_within_error is False
    assert "largest axial diameter grew by 20 % or more" in tumour.remarks


def test_a_kind_that_changed_is_told_and_no_growth_is_no_growth(found: FollowUp) -> None:
    cyst = min(of_side(found, "left"), key=lambda one: one.volume_ml.now.number or 0.0)
    assert cyst.match.kinds == ("cyst", "tumour")
    assert "outlined as cyst then, as tumour now" in cyst.remarks
    assert cyst.volume_ml.is_within_error
    assert "change within measuring error" in cyst.remarks


def test_what_shrank_has_no_doubling_time(found: FollowUp) -> None:
    shrunk = of_side(found, "right")[0]
    assert shrunk.volume_ml.change.number is not None and shrunk.volume_ml.change.number < 0
    assert shrunk.doubling_days.number is None and shrunk.doubling_days.reason == "it shrank"


def test_swapped_scans_turn_every_change_round(found: FollowUp) -> None:
    back = follow_up(found.now, found.then, DAYS)
    assert sorted(one.match.fate for one in back.growths) == ["gone", "same", "same", "same"]
    ahead = {
        one.match.now[0]: one.volume_ml.change.number for one in found.growths if one.match.then
    }
    for one in back.growths:
        if one.match.now:
            assert one.volume_ml.change.number == pytest.approx(-(ahead[one.match.then[0]] or 0.0))


def test_the_same_scan_twice_has_not_changed() -> None:
    same = early(*THEN)
    found = follow_up(same, same, 100.0)
    assert np.allclose(found.over.whole.matrix, np.eye(4), atol=0.05)
    for one in found.growths:
        assert one.match.then == one.match.now and one.match.overlap == pytest.approx(1.0)
        assert one.volume_ml.change.number == 0.0 and one.volume_ml.is_within_error
        assert one.doubling_days.reason == "it did not grow"


def test_without_lesions_the_kidneys_are_still_laid_over_each_other() -> None:
    found = follow_up(early(sides=LEFT), early(sides=LEFT), None)
    assert found.growths == () and "no lesion is outlined in either scan" in found.notes
    assert len(found.over.kidneys) == 1


def test_two_that_became_one_and_one_that_became_two_are_told() -> None:
    low, high = Ball("left", (-22.0, 0.0, -12.0), 7.0), Ball("left", (-22.0, 0.0, 6.0), 6.0)
    bridge = Ball("left", (-22.0, 0.0, -3.0), 6.0)
    apart, joined = early(low, high, sides=LEFT), early(low, high, bridge, sides=LEFT)
    merged = follow_up(apart, joined, DAYS).growths
    assert [one.match.fate for one in merged] == ["merged"] and len(merged[0].match.then) == 2
    assert merged[0].remarks[0] == "T1 and T2 of then are one now"
    both = sum(one.volume_ml for one in apart.anatomy.lesions)
    assert merged[0].volume_ml.then.number == pytest.approx(both)
    assert merged[0].axial_mm.change.number is None
    split = follow_up(joined, apart, DAYS).growths
    assert [one.match.fate for one in split] == ["split"] and len(split[0].match.now) == 2


def test_a_place_the_other_scan_does_not_reach_is_not_called_gone() -> None:
    whole = early(Ball("left", (-10.0, 0.0, -44.0), 6.0), sides=LEFT)
    grid_then = whole.geometry
    z, y, x = grid_then.shape_zyx
    cut = Box((int(z * 0.34), 0, 0), (z, y, x))
    labels = draw(grid_then, sides=LEFT)
    short = case(grid_then.crop(cut), labels[cut.slices].copy())
    lost = follow_up(whole, short, DAYS).growths
    assert [one.match.fate for one in lost] == ["outside"]
    assert lost[0].volume_ml.now.reason == "the scan of now does not reach it"


def test_a_kidney_that_a_scan_cuts_off_is_laid_over_what_is_left_of_it() -> None:
    whole = early(sides=LEFT)
    z, y, x = whole.geometry.shape_zyx
    cut = Box((int(z * 0.45), 0, 0), (z, y, x))
    short = case(whole.geometry.crop(cut), draw(whole.geometry, sides=LEFT)[cut.slices].copy())
    over = follow_up(whole, short, DAYS).over
    assert all(np.allclose(one.rigid.matrix, np.eye(4), atol=0.5) for one in over.kidneys)
    assert all((one.rigid.dice or 0.0) > 0.97 for one in over.kidneys)


@pytest.mark.parametrize(
    ("then", "now", "days", "expected"),
    [(1.0, 2.0, 100.0, 100.0), (1.0, 4.0, 100.0, 50.0), (2.0, 3.0, 365.0, 623.97)],
)
def test_doubling_time_by_hand(then: float, now: float, days: float, expected: float) -> None:
    assert doubling_days(Value(then), Value(now), days).number == pytest.approx(expected, rel=1e-4)


def test_doubling_time_without_an_upper_end_says_why() -> None:
    value = doubling_days(Value(1.0, low=0.8, high=1.2), Value(1.1, low=0.9, high=1.3), 100.0)
    assert value.number is not None and value.high is None
    assert value.reason == "within measuring error"
    assert doubling_days(Value(1.0), Value(2.0), None).reason.startswith("the days between")
    assert doubling_days(Value(1.0), Value(2.0), 0.0).reason == "the scans are of one day"


def test_json_names_everything(found: FollowUp) -> None:
    told = found.to_dict()
    assert told["days"] == DAYS and len(told["kidneys"]) == 2
    lesion = next(one for one in told["lesions"] if one["fate"] == "same")
    assert set(lesion["volume_ml"]) == {
        "then",
        "now",
        "change",
        "percent",
        "a_year",
        "is_within_error",
    }
    assert any("degrees apart" in note for note in told["notes"])
