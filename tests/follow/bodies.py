"""Made-up kidneys with lesions that move rigidly: drawn anew in every grid, never resampled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, LabelArray, Triple
from kidview.measure import Case, find_anatomy

MIDDLE = {"right": np.array([55.0, 0.0, 0.0]), "left": np.array([-55.0, 3.0, 8.0])}
Motion = dict[str, FloatArray]


@dataclass(frozen=True)
class Ball:
    """A lesion: of which kidney, where from its middle, how large, tumour (2) or cyst (3)."""

    side: str
    at_mm: Triple
    radius_mm: float
    label: int = 2


STILL: Motion = {"right": np.eye(4), "left": np.eye(4)}


def moved(mm: Triple, degrees: float, axis: Triple, about: FloatArray) -> FloatArray:
    """(4, 4) then -> now: turned about a point, then shifted."""
    unit = np.array(axis) / np.linalg.norm(axis)
    turn = Rotation.from_rotvec(np.radians(degrees) * unit).as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, about + np.array(mm) - turn @ about
    return matrix


def each_on_its_own() -> Motion:
    """10 mm and 8 degrees, otherwise for either kidney, as with another breath."""
    return {
        "right": moved((4.0, -2.0, -8.94), 8.0, (1.0, 0.4, -0.3), MIDDLE["right"]),
        "left": moved((-3.0, 4.0, 8.66), 8.0, (0.2, -1.0, 0.6), MIDDLE["left"]),
    }


def grid(spacing_zyx: Triple, tilt_degrees: float = 0.0) -> Geometry:
    """A grid over both kidneys, perhaps oblique."""
    z, y, x = (int(mm / step) for mm, step in zip((170, 110, 220), spacing_zyx, strict=True))
    matrix = Geometry.straight((z, y, x), spacing_zyx).zyx_to_ras.copy()
    tilt = np.radians(tilt_degrees) * np.array([0.8, 0.5, 0.33])
    matrix[:3, :3] = Rotation.from_rotvec(tilt).as_matrix() @ matrix[:3, :3]
    matrix[:3, 3] = [0.3, -0.2, 0.4] - matrix[:3, :3] @ ((np.array([z, y, x]) - 1) / 2)
    return Geometry((z, y, x), matrix)


def draw(
    geometry: Geometry,
    lesions: tuple[Ball, ...] = (),
    motion: Motion = STILL,
    sides: tuple[str, ...] = ("right", "left"),
    stretch: float = 1.0,
) -> LabelArray:
    """Labels of kidneys (a hollow at the sinus, a knob at the upper pole) and their lesions."""
    labels = np.zeros(geometry.shape_zyx, np.uint8)
    points = geometry.index_to_ras(np.moveaxis(np.indices(geometry.shape_zyx), 0, -1))
    for side in sides:
        back = np.linalg.inv(motion[side])
        at = points @ back[:3, :3].T + back[:3, 3] - MIDDLE[side]
        inward = -np.sign(MIDDLE[side][0])
        solid = _is_in(at, (0, 0, 0), (24 / stretch, 20, 50 * stretch))
        solid |= _is_in(at, (8 * inward, 4, 38), (14, 12, 16))
        solid &= ~_is_in(at, (20 * inward, 3, -4), (14, 9, 18))
        labels[solid] = 1
        for ball in lesions:
            if ball.side == side:
                labels[_is_in(at, ball.at_mm, (ball.radius_mm,) * 3)] = ball.label
    return labels


def case(geometry: Geometry, labels: LabelArray) -> Case:
    """What `kidview.follow` compares."""
    return Case(find_anatomy(labels, geometry), geometry)


def _is_in(
    at: FloatArray, centre: Triple, half: Triple
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((((at - np.array(centre)) / np.array(half)) ** 2).sum(axis=-1) <= 1.0)
