"""One kidney laid over itself at another time: a turn and a shift, found from its shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import SimpleITK
from scipy import ndimage
from scipy.spatial.transform import Rotation

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray
from kidview.follow.distance_map import MARGIN_MM, STEP_MM, DistanceMap, map_kidney
from kidview.follow.rigid import Rigid
from kidview.measure import Kidney

sitk: Any = SimpleITK  # carries no types
sitk.ProcessObject.SetGlobalWarningDisplay(False)

POOR_DICE = 0.88
"""Closed kidneys that overlap less are told as poorly matched; see docs/follow-up.md."""
_BAND_MM = 10.0
_ENOUGH = 0.4  # of the band that must be left when lesions are cut out of it
_STEPS = 300
_LAST_STEP_MM = 2e-4
_SLOWER = 0.8  # shorter steps come to rest before the turn about the kidney's length is found
_SHARE = 0.3  # of the voxels that the rough fit looks at
_HULL, _BODY = "hull", "body"
_AS_MAPPED = np.diag([STEP_MM] * 3)


def register(then: Kidney, now: Kidney, scan_then: Geometry, scan_now: Geometry) -> Rigid:
    """The rigid motion of a kidney from one scan to another, from its outline alone.

    First the signed distance maps of the closed kidneys are laid over each other, from several
    starts; then those of the parenchyma with its sinus, away from lesions, which may have
    grown. Where a scan ends within the kidney, only what both scans show counts.

    Parameters
    ----------
    then, now : Kidney
    scan_then, scan_now : Geometry
        Grids of the whole scans.

    Returns
    -------
    Rigid
        With Dice and mean surface distance of the closed kidneys, and a remark where they
        could not be laid over each other.

    Source: mean squares of distance maps, minimised by a regular step gradient descent over
    an Euler3D transform, SimpleITK.
    """
    if not then.body.any() or not now.body.any():
        return _shift_only(then, now)
    one, two = map_kidney(then, scan_then), map_kidney(now, scan_now)
    coarse = [_laid(_HULL, one, two, start) for start in _starts(then, now)]
    best = min(coarse, key=lambda found: found[1])[0]
    best = _laid(_BODY, one, two, best)[0]
    return _judged(best, one, two, now.name)


def _shift_only(then: Kidney, now: Kidney) -> Rigid:
    """Centres of the kidneys' boxes upon each other, where there is no parenchyma to fit."""
    matrix = np.eye(4)
    matrix[:3, 3] = now.geometry.centre_ras - then.geometry.centre_ras
    return Rigid(matrix, now.name, remark=f"the {now.name} has no parenchyma to lay over itself")


def _starts(then: Kidney, now: Kidney) -> list[Any]:
    """Centre on centre, as it lies and with its axis turned; ends on ends if one is cut off."""
    upright = np.eye(3)
    turned = np.asarray(Rotation.align_vectors(now.axis_ras, then.axis_ras)[0].as_matrix())
    places = [(then.centre_ras, now.centre_ras, turn) for turn in (upright, turned)]
    if then.touches_edge or now.touches_edge:
        for end in (0, 1):
            one, two = (of.centre_ras + of.extent_mm[end] * of.axis_ras for of in (then, now))
            places.append((one, two, upright))
    return [_start(*place) for place in places]


def _start(centre_then: FloatArray, centre_now: FloatArray, turn: FloatArray) -> Any:
    start = sitk.Euler3DTransform()
    start.SetCenter(centre_then.tolist())
    start.SetMatrix(turn.ravel().tolist(), 1e-6)
    start.SetTranslation((centre_now - centre_then).tolist())
    return start


def _laid(of: str, one: DistanceMap, two: DistanceMap, start: Any) -> tuple[Any, float]:
    """The transform that fits best from a start, and the mean square that is left, mm2.

    Parameters
    ----------
    of : str
        `_HULL`: roughly, by all of the surface; `_BODY`: finely, by what is steady of it.
    """
    is_fine = of == _BODY
    fixed, moving = (getattr(each, of).clip(-MARGIN_MM, MARGIN_MM) for each in (one, two))
    band = (np.abs(fixed) < _BAND_MM) & one.is_true
    steady = band & one.is_steady
    is_enough = is_fine and steady.sum() > _ENOUGH * band.sum()
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMeanSquares()
    method.SetMetricFixedMask(_image((steady if is_enough else band).astype(np.uint8), one))
    known = two.is_true & two.is_steady if is_enough else two.is_true
    method.SetMetricMovingMask(_image(known.astype(np.uint8), two))
    if not is_fine:
        method.SetMetricSamplingStrategy(method.REGULAR)
        method.SetMetricSamplingPercentage(_SHARE)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        1.0, _LAST_STEP_MM if is_fine else 20 * _LAST_STEP_MM, _STEPS, _SLOWER, 1e-8
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(sitk.Euler3DTransform(start), inPlace=False)
    try:
        found = method.Execute(_image(fixed, one), _image(moving, two))
    except RuntimeError:  # nothing of the two meets from this start
        return start, float("inf")
    best = sitk.Euler3DTransform(sitk.CompositeTransform(found).GetBackTransform())
    return best, float(method.GetMetricValue())


def _image(array: npt.NDArray[Any], of: DistanceMap) -> Any:
    """An image whose "world" is RAS+: ITK asks only that both images share one."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((STEP_MM,) * 3)
    image.SetOrigin(of.origin_ras)
    return image


def _judged(transform: Any, one: DistanceMap, two: DistanceMap, name: str) -> Rigid:
    turn = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    matrix[:3, 3] = centre + np.array(transform.GetTranslation()) - turn @ centre
    there = _seen_from_then(two.hull, MARGIN_MM, matrix, one, two)
    both = one.is_inside & (_seen_from_then(two.is_inside, 0.0, matrix, one, two) > 0.5)
    a, b = (one.hull < 0) & both, (there < 0) & both
    total = int(a.sum() + b.sum())
    dice = 2 * int((a & b).sum()) / total if total else 0.0
    rim = (np.abs(one.hull) <= STEP_MM) & both & one.is_true
    apart = float(np.abs(there[rim] - one.hull[rim]).mean()) if rim.any() else None
    remark = ""
    if dice < POOR_DICE:
        remark = f"the {name} could not be laid over itself well: Dice {dice:.2f}"
    return Rigid(matrix, name, dice, apart, remark)


def _seen_from_then(
    array: npt.NDArray[Any], beyond: float, matrix: FloatArray, one: DistanceMap, two: DistanceMap
) -> npt.NDArray[np.float32]:
    """A map of the later kidney on the earlier kidney's grid; `beyond` where it has none."""
    swap = np.eye(4)[[2, 1, 0, 3]]
    to_ras, from_ras = np.eye(4), np.eye(4)
    to_ras[:3, :3], to_ras[:3, 3] = _AS_MAPPED, one.origin_ras
    from_ras[:3, :3], from_ras[:3, 3] = _AS_MAPPED, two.origin_ras
    step = swap @ np.linalg.inv(from_ras) @ matrix @ to_ras @ swap
    shape = one.hull.shape
    out = np.empty(shape, np.float32)
    ndimage.affine_transform(
        array.astype(np.float32), step[:3, :3], step[:3, 3], shape, out, 1, cval=beyond
    )
    return out
