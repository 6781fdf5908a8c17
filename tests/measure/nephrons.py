"""Two mirrored kidneys with a carved sinus, and balls placed in them, for nephrometry."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.measure import Case, Lesion, find_anatomy
from tests.measure.shapes import turn

GRIDS = {"isotropic": (1.0, 1.0, 1.0), "anisotropic": (5.0, 0.8, 0.8), "oblique": (1.5, 1.0, 1.0)}
HALF = (25.0, 22.0, 55.0)  # half axes: to the spine, to the front, along
LIPS, ENDS, WIDE, INNER = 15.0, 22.0, 8.0, 10.0
MEDIAL = {"right": -1.0, "left": 1.0}
APART = 65.0


@dataclass(frozen=True)
class Ball:
    """A lesion: centre to the spine, to the front and upward from its kidney's, and radius, mm."""

    medial: float
    front: float
    up: float
    radius: float


def grid(kind: str) -> Geometry:
    """A grid that holds both kidneys and what bulges, turned if it is oblique."""
    spacing = GRIDS[kind]
    room = (260.0, 90.0, 130.0) if kind != "oblique" else (250.0, 170.0, 170.0)
    z, y, x = (int(np.ceil(mm / s)) for mm, s in zip(room[::-1], spacing, strict=True))
    matrix = Geometry.straight((z, y, x), spacing).zyx_to_ras.copy()
    if kind == "oblique":
        matrix[:3, :3] = turn(0.3, 0.25) @ matrix[:3, :3]
    matrix[:3, 3] = np.array([0.13, -0.21, 0.17]) - matrix[:3, :3] @ (np.array([z, y, x]) - 1) / 2
    return Geometry((z, y, x), matrix)


@lru_cache(maxsize=3)
def own(kind: str, side: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Every voxel to the spine, to the front, upward of a kidney's centre, mm."""
    geometry = grid(kind)
    ras = geometry.index_to_ras(np.moveaxis(np.indices(geometry.shape_zyx), 0, -1))
    x = (ras[..., 0] + MEDIAL[side] * APART) * MEDIAL[side]
    return x, ras[..., 1], ras[..., 2]


def sinus(kind: str, side: str) -> MaskArray:
    """Open to the spine between the lips, closed a little further up and down."""
    medial, front, up = own(kind, side)
    is_open = (medial >= 0) & (np.abs(up) <= LIPS)
    is_closed = (medial >= 0) & (medial <= INNER) & (np.abs(up) <= ENDS)
    return np.asarray((is_open | is_closed) & (np.abs(front) <= WIDE) & (medial < 60))


def kidneys(kind: str, *balls: Ball, sides: tuple[str, ...] = ("right", "left")) -> LabelArray:
    """Both kidneys; balls are tumours in the kidneys of `sides`."""
    labels = np.zeros(grid(kind).shape_zyx, np.uint8)
    for side in ("right", "left"):
        m, f, u = own(kind, side)
        body = (m / HALF[0]) ** 2 + (f / HALF[1]) ** 2 + (u / HALF[2]) ** 2 <= 1
        labels[body & ~sinus(kind, side)] = 1
        if side in sides:
            for one in balls:
                away = (m - one.medial) ** 2 + (f - one.front) ** 2 + (u - one.up) ** 2
                labels[away <= one.radius**2] = 2
    return labels


def case_of(kind: str, *balls: Ball, sides: tuple[str, ...] = ("right", "left")) -> Case:
    geometry = grid(kind)
    return Case(find_anatomy(kidneys(kind, *balls, sides=sides), geometry), geometry)


def lesion_at(case: Case, side: str, ball: Ball) -> Lesion:
    """The lesion a ball has become."""
    at = np.array([MEDIAL[side] * (ball.medial - APART), ball.front, ball.up])
    away = [float(np.linalg.norm(one.centre_ras - at)) for one in case.anatomy.lesions]
    assert min(away) < 3  # it has not grown together with another
    return case.anatomy.lesions[int(np.argmin(away))]
