"""A kidney is laid over itself: a known motion comes back, and what does not fit is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import SimpleITK
from scipy.spatial.transform import Rotation

from kidview.core.types import FloatArray
from kidview.follow import POOR_DICE, NotOverlaid, overlay, register
from kidview.follow.rigid import Rigid
from kidview.measure import Case
from tests.follow.bodies import Ball, case, draw, each_on_its_own, grid, moved

sitk: Any = SimpleITK
MOTION = each_on_its_own()
LESIONS = (Ball("left", (-20.0, 4.0, -20.0), 9.0), Ball("right", (20.0, -6.0, 10.0), 7.0, 3))
GROWN = (Ball("left", (-20.0, 4.0, -20.0), 13.0), Ball("right", (20.0, -6.0, 10.0), 7.0, 3))


@pytest.fixture(scope="module")
def then() -> Case:
    geometry = grid((2.5, 1.4, 1.4))
    return case(geometry, draw(geometry, LESIONS))


@pytest.fixture(scope="module")
def now() -> Case:
    geometry = grid((1.8, 1.5, 1.5), tilt_degrees=12.0)
    return case(geometry, draw(geometry, GROWN, MOTION))


def off_mm_degrees(found: Rigid, true: FloatArray, points: FloatArray) -> tuple[float, float]:
    """Largest distance of points from where they should be, and the turn between the two."""
    right = points @ true[:3, :3].T + true[:3, 3]
    apart = np.linalg.norm(found.to_now(points) - right, axis=1).max()
    turn = Rotation.from_matrix(found.matrix[:3, :3] @ true[:3, :3].T).magnitude()
    return float(apart), float(np.degrees(turn))


@pytest.mark.parametrize("number", [0, 1])
def test_a_known_motion_comes_back_on_another_grid(then: Case, now: Case, number: int) -> None:
    one, two = then.anatomy.kidneys[number], now.anatomy.kidneys[number]
    found = register(one, two, then.geometry, now.geometry)
    points = one.geometry.index_to_ras(np.argwhere(one.body))
    apart, degrees = off_mm_degrees(found, MOTION[one.side], points)
    assert apart < 1.0 and degrees < 1.0
    assert found.dice is not None and found.dice > 0.95
    assert found.surface_mm is not None and found.surface_mm < 1.0
    assert found.remark == ""
    assert found.degrees == pytest.approx(8.0, abs=1.0)


def test_swapped_scans_give_the_way_back(then: Case, now: Case) -> None:
    one, two = then.anatomy.kidneys[0], now.anatomy.kidneys[0]
    there, back = (
        register(one, two, then.geometry, now.geometry),
        register(two, one, now.geometry, then.geometry),
    )
    points = one.geometry.index_to_ras(np.argwhere(one.body)[::50])
    assert np.linalg.norm(back.to_now(there.to_now(points)) - points, axis=1).max() < 1.0
    np.testing.assert_allclose(there.to_then(there.to_now(points)), points, atol=1e-9)


def test_direction_of_the_transform_is_that_of_simpleitk(then: Case) -> None:
    """Resampling the later labels by `then -> now` must give the earlier ones back."""
    geometry = grid((2.5, 2.0, 2.0))
    motion = moved((5.0, -6.0, 4.0), 7.0, (0.3, 1.0, 0.2), np.array([55.0, 0.0, 0.0]))
    both = {"right": motion, "left": motion}
    one, two = (case(geometry, draw(geometry, (), m, ("right",))) for m in (STILL_BOTH, both))
    found = register(one.anatomy.kidneys[0], two.anatomy.kidneys[0], geometry, geometry)
    lps = np.diag([-1.0, -1.0, 1.0])
    transform = sitk.AffineTransform(3)
    transform.SetMatrix((lps @ found.matrix[:3, :3] @ lps).ravel().tolist())
    transform.SetTranslation((lps @ found.matrix[:3, 3]).tolist())
    earlier, later = _itk(one), _itk(two)
    laid = sitk.GetArrayFromImage(
        sitk.Resample(later, earlier, transform, sitk.sitkNearestNeighbor)
    )
    target = sitk.GetArrayFromImage(earlier)
    dice = 2 * (laid & target).sum() / (laid.sum() + target.sum())
    wrong = sitk.GetArrayFromImage(
        sitk.Resample(later, earlier, transform.GetInverse(), sitk.sitkNearestNeighbor)
    )
    assert dice > 0.95
    assert 2 * (wrong & target).sum() / (wrong.sum() + target.sum()) < 0.85


STILL_BOTH = {"right": np.eye(4), "left": np.eye(4)}


def _itk(of: Case) -> Any:
    """The kidney as ITK has it: LPS, first axis x; axes may point anywhere."""
    kidney = of.anatomy.kidneys[0]
    whole = np.zeros(of.geometry.shape_zyx, np.uint8)
    whole[kidney.box.slices] = kidney.body
    image = sitk.GetImageFromArray(whole)
    columns = np.diag([-1.0, -1.0, 1.0]) @ of.geometry.zyx_to_ras[:3, :3][:, ::-1]
    spacing = np.array(of.geometry.spacing_zyx[::-1])
    image.SetSpacing(spacing.tolist())
    image.SetDirection((columns / spacing).ravel().tolist())
    image.SetOrigin((np.diag([-1.0, -1.0, 1.0]) @ of.geometry.zyx_to_ras[:3, 3]).tolist())
    return image


def test_each_kidney_has_its_own_motion_and_the_whole_lies_between(then: Case, now: Case) -> None:
    over = overlay(then, now)
    assert [one.now.name for one in over.kidneys] == ["right kidney", "left kidney"]
    right, left = (one.then for one in over.kidneys)
    point = tuple(float(mm) for mm in left.centre_ras)
    assert over.to_then(over.to_now(point)) == pytest.approx(point, abs=1e-6)  # type: ignore[arg-type]
    own = over.of_kidney(then=right).to_now(right.centre_ras)
    common = over.whole.to_now(right.centre_ras)
    assert 1.0 < np.linalg.norm(own - common) < 15.0
    assert over.of_kidney() is over.whole and over.notes == ()


def test_a_kidney_in_one_scan_only_is_told_and_moves_with_the_other(now: Case) -> None:
    geometry = grid((3.0, 2.0, 2.0))
    alone = case(geometry, draw(geometry, (), sides=("right",)))
    over = overlay(alone, now)
    assert any("in the later scan only" in note for note in over.notes)
    assert over.of_kidney(now=now.anatomy.kidneys[1]) is over.kidneys[0].rigid


def test_without_a_common_kidney_nothing_is_laid_over(now: Case) -> None:
    geometry = grid((3.0, 2.0, 2.0))
    empty = case(geometry, np.zeros(geometry.shape_zyx, np.uint8))
    with pytest.raises(NotOverlaid, match="no kidney in common"):
        overlay(empty, now)


def test_kidneys_of_another_shape_are_told(now: Case) -> None:
    geometry = grid((3.0, 2.0, 2.0))
    other = case(geometry, draw(geometry, (), stretch=1.35))
    over = overlay(other, now)
    dice = over.kidneys[0].rigid.dice
    assert dice is not None and dice < POOR_DICE
    assert f"could not be laid over itself well: Dice {dice:.2f}" in over.notes[0]
    assert "same patient" in over.notes[-1]


def test_a_kidney_without_parenchyma_is_only_shifted_and_told(then: Case, now: Case) -> None:
    one, two = then.anatomy.kidneys[0], now.anatomy.kidneys[0]
    empty = replace(one, parenchyma=np.zeros_like(one.parenchyma))
    found = register(empty, two, then.geometry, now.geometry)
    assert found.dice is None and "no parenchyma" in found.remark
    np.testing.assert_array_equal(found.matrix[:3, :3], np.eye(3))


def test_a_crumb_of_a_kidney_is_no_match(now: Case) -> None:
    geometry = grid((3.0, 2.0, 2.0))
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    labels[geometry.nearest_index((55.0, 0.0, 0.0))] = 1
    over = overlay(case(geometry, labels), now)
    dice = over.kidneys[0].rigid.dice
    assert dice is not None and dice < 0.1 and "could not be laid" in over.notes[-2]
