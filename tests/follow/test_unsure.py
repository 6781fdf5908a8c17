"""What makes a change doubtful is told: tilted slices, cut lesions, one scan given twice."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from kidview.core.box import Box
from kidview.follow import BadDays, FollowUp, Growth, Rigid, check_days, follow_up
from kidview.follow.overlay import Overlaid, Overlay
from kidview.follow.unsure import grid_notes
from kidview.measure import Case, Value
from tests.follow.bodies import MIDDLE, STILL, Ball, case, draw, grid, moved

LOW = Ball("left", (-22.0, 4.0, -40.0), 9.0)
DAYS = 200.0


def left(*lesions: Ball, turned_degrees: float = 0.0, of_mm: float = 2.0) -> Case:
    """The left kidney, nodded about the axis across the patient: its slices tilt."""
    geometry = grid((of_mm, 1.5, 1.5))
    nod = moved((0.0, 0.0, 0.0), turned_degrees, (1.0, 0.0, 0.0), MIDDLE["left"])
    return case(geometry, draw(geometry, lesions, STILL | {"left": nod}, sides=("left",)))


def cut_below(whole: Case, *lesions: Ball, share: float) -> Case:
    z, y, x = whole.geometry.shape_zyx
    box = Box((int(z * share), 0, 0), (z, y, x))
    labels = draw(whole.geometry, lesions, sides=("left",))[box.slices].copy()
    return case(whole.geometry.crop(box), labels)


# -- slices ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("degrees", "is_told"), [(0.0, False), (2.0, False), (8.0, True)])
def test_a_kidney_that_turned_is_cut_otherwise_by_equal_grids(
    degrees: float, is_told: bool
) -> None:
    notes = follow_up(left(), left(turned_degrees=degrees)).notes
    told = [note for note in notes if "degrees apart in the left kidney" in note]
    assert bool(told) == is_told
    if told:
        assert float(told[0].split("are ")[1].split(" degrees")[0]) == pytest.approx(degrees, abs=1)


def test_a_scan_tilted_along_with_the_patient_shows_the_same_cut() -> None:
    straight, tilted = grid((2.0, 1.5, 1.5)), grid((2.0, 1.5, 1.5), tilt_degrees=10.0)
    whole = left()
    kidney = whole.anatomy.kidneys[0]
    turn = np.eye(4)
    turn[:3, :3] = (tilted.zyx_to_ras[:3, :3] / 1.5) @ np.linalg.inv(
        straight.zyx_to_ras[:3, :3] / 1.5
    )
    along, still = (
        Overlay((Overlaid(kidney, kidney, Rigid(matrix)),), Rigid(matrix))
        for matrix in (turn, np.eye(4))
    )
    assert grid_notes(straight, tilted, along) == []
    assert "degrees apart in the left kidney" in grid_notes(straight, tilted, still)[0]


# -- one scan twice -------------------------------------------------------------------------


def test_one_scan_given_twice_is_told() -> None:
    one = left(LOW)
    hu = np.arange(np.prod(one.geometry.shape_zyx)).reshape(one.geometry.shape_zyx) % 1000
    seen = replace(one, hu=hu.astype(np.int16))
    again = replace(one, hu=seen.hu.copy() if seen.hu is not None else None)
    assert follow_up(seen, again).notes[0].endswith("all voxels are equal, and so are their labels")
    fewer = replace(left(), hu=seen.hu)
    assert follow_up(seen, fewer).notes[0] == "the two scans are one: all voxels are equal"
    other = replace(one, hu=hu[::-1].astype(np.int16))
    assert not any("voxels are equal" in note for note in follow_up(seen, other).notes)


def test_what_was_known_before_stays_told() -> None:
    found = follow_up(left(), left(), remarks=("nobody knows whose scans they are",))
    assert found.notes[0] == "nobody knows whose scans they are"
    again = follow_up(found.then, found.now, over=found.over, remarks=found.remarks)
    assert again.notes == found.notes and again.after(DAYS).notes == found.notes


# -- growth that cannot be told -------------------------------------------------------------


@pytest.fixture(scope="module")
def cut() -> FollowUp:
    """A lesion at the lower pole, the later scan ending within it."""
    whole = left(LOW)
    return follow_up(whole, cut_below(whole, LOW, share=0.3), DAYS)


def only(found: FollowUp) -> Growth:
    (growth,) = found.growths
    return growth


@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_lesion_cut_by_the_edge_of_either_scan_did_not_change(
    cut: FollowUp, is_swapped: bool
) -> None:
    growth = only(follow_up(cut.now, cut.then, DAYS) if is_swapped else cut)
    percent = growth.volume_ml.percent.number
    assert growth.match.fate == "same" and percent is not None and abs(percent) > 20
    assert growth.is_cut and growth.is_within_error is None
    assert growth.doubling_days.number is None
    assert growth.doubling_days.reason == "cut by the scan's edge"
    assert growth.remarks == ("cut by the scan's edge, so part of it may be missing",)


def test_a_whole_lesion_is_not_called_cut() -> None:
    growth = only(follow_up(left(LOW), left(replace(LOW, radius_mm=11.0)), DAYS))
    assert not growth.is_cut and growth.doubling_days.number is not None


def test_growth_within_measuring_error_has_no_doubling_time() -> None:
    growth = only(follow_up(left(LOW), left(replace(LOW, radius_mm=9.1)), DAYS))
    then, now = growth.volume_ml.then.number, growth.volume_ml.now.number
    assert then is not None and now is not None and now > then and growth.is_within_error
    assert growth.doubling_days.number is None
    assert growth.doubling_days.reason == "within measuring error"


# -- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [float("nan"), float("inf"), -float("inf"), 1e-9, 0.0, -3, 36501])
def test_what_is_no_number_of_days_is_refused(days: float) -> None:
    with pytest.raises(BadDays, match=r"from 1 to 36500"):
        check_days(days)


def test_days_of_a_century_are_taken() -> None:
    assert check_days(1.0) == 1.0 and check_days(365.5) == 365.5 and check_days(36500) == 36500


def test_json_has_neither_nan_nor_infinity(cut: FollowUp) -> None:
    growth = only(cut)
    wild = replace(growth, doubling_days=Value(float("nan"), low=float("-inf"), high=float("inf")))
    told = replace(cut, growths=(wild,)).to_dict()
    assert json.loads(json.dumps(told, allow_nan=False))["lesions"][0]["doubling_days"] == {
        "value": None,
        "low": None,
        "high": None,
    }
    assert told["lesions"][0]["is_cut"] is True
