"""The three planes: where each lies in the patient, straight or turned about the crosshair.

House indices grow toward Superior, Anterior and Right. In every view rows grow upward and columns
to the left of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kidview.core.geometry import Geometry
from kidview.core.types import FloatArray, Triple

PLANES = ("axial", "coronal", "sagittal")
"""Plane n is cut across array axis n."""

IN_PLANE = ((1, 2), (0, 2), (0, 1))
"""(row axis, column axis) of each plane."""

_RAS_LETTERS = (("R", "L"), ("A", "P"), ("S", "I"))
_STRAIGHT = 1e-9  # what is left of a turn that was taken back

Rotation = tuple[Triple, Triple, Triple]
"""Rows of a (3, 3) rotation matrix of RAS directions."""

_NONE: Rotation = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Turn:
    """How the planes are turned away from the grid's; they stay at right angles.

    One rotation a plane, not one for all: turning two planes about the normal of the third
    leaves the third one's picture as it is.

    Parameters
    ----------
    rotations : 3 rotations
        Of the axial, coronal and sagittal plane, about the crosshair, RAS.
    """

    rotations: tuple[Rotation, Rotation, Rotation] = (_NONE, _NONE, _NONE)

    def is_turned(self, axis: int) -> bool:
        """Whether a plane lies across the grid; another may still be the grid's own."""
        return self.rotations[axis] != _NONE

    def degrees(self, axis: int) -> float:
        """Angle between a plane and the grid's, 0..180."""
        cosine = (np.trace(np.array(self.rotations[axis])) - 1) / 2
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


@dataclass(frozen=True)
class Frame:
    """Directions of a plane, unit and orthogonal, RAS.

    Plane coordinates are mm from the centre of voxel 0: u to the left of the screen, v upward,
    w along the normal.

    Parameters
    ----------
    origin_ras : 3 floats
        Where u, v and w are 0, mm.
    left, up, normal : 3 floats each
    """

    origin_ras: Triple
    left: Triple
    up: Triple
    normal: Triple

    def to_plane(self, point_ras: npt.ArrayLike) -> FloatArray:
        """(..., 3) RAS+ mm to (..., 3) u, v, w mm."""
        away = np.asarray(point_ras, np.float64) - self.origin_ras
        return np.asarray(away @ self._directions.T)

    def to_ras(self, point_uvw: npt.ArrayLike) -> FloatArray:
        """(..., 3) u, v, w mm to (..., 3) RAS+ mm."""
        return np.asarray(np.asarray(point_uvw, np.float64) @ self._directions + self.origin_ras)

    @property
    def _directions(self) -> FloatArray:
        return np.array([self.left, self.up, self.normal])


def frame_of(geometry: Geometry, turn: Turn | None, axis: int) -> Frame:
    """The frame of plane `axis`: the grid's own, turned."""
    rotation = np.array((turn or Turn()).rotations[axis])
    directions = _grid_directions(geometry) @ rotation.T
    row, column = IN_PLANE[axis]
    return Frame(
        _triple(geometry.index_to_ras((0, 0, 0))),
        *(_triple(directions[a]) for a in (column, row, axis)),
    )


def turned(geometry: Geometry, turn: Turn | None, axis: int, degrees: float) -> Turn | None:
    """Turn the two other planes about the normal of plane `axis`.

    Parameters
    ----------
    geometry : Geometry
    turn : Turn or None
        How they are turned already.
    axis : int
        The plane that stays: 0 axial, 1 coronal, 2 sagittal.
    degrees : float
        Positive turns the crosshair's lines from the left of the screen upward: clockwise as
        seen in the view.

    Returns
    -------
    Turn or None
        None where no plane is turned any more.
    """
    old = turn or Turn()
    frame = frame_of(geometry, old, axis)
    about = np.cross(frame.left, frame.up)
    by = _rotation(about / np.linalg.norm(about), np.radians(degrees))
    new = list(old.rotations)
    for other in IN_PLANE[axis]:
        new[other] = _rows(by @ np.array(old.rotations[other]))
    result = Turn((new[0], new[1], new[2]))
    return result if any(result.is_turned(a) for a in range(3)) else None


def lines_in(geometry: Geometry, turn: Turn | None, axis: int) -> tuple[tuple[float, float], ...]:
    """(u, v) unit directions in which the two other planes cut plane `axis`, row axis first."""
    frame = frame_of(geometry, turn, axis)
    lines = []
    for other in IN_PLANE[axis]:
        along = np.cross(frame.normal, frame_of(geometry, turn, other).normal)
        u, v = float(along @ np.array(frame.left)), float(along @ np.array(frame.up))
        size = float(np.hypot(u, v))
        u, v = (0.0 if abs(part) < _STRAIGHT else part / size for part in (u, v))
        lines.append((u, v))
    return tuple(lines)


def edge_letters(geometry: Geometry, axis: int) -> tuple[str, str, str, str]:
    """Letters of the left, right, top and bottom edge, such as ("R", "L", "A", "P").

    Oblique axes get compound letters by dominance ("AL" is more anterior than left);
    components below 0.1 of the direction are not named.
    """
    row, column = IN_PLANE[axis]
    directions = geometry.zyx_to_ras[:3, :3] / geometry.spacing_zyx
    return letters_of(_triple(directions[:, column]), _triple(directions[:, row]))


def letters_of(left: Triple, up: Triple) -> tuple[str, str, str, str]:
    """Letters of the left, right, top and bottom edge from two directions, RAS."""
    (toward_left, toward_right), (toward_top, toward_bottom) = (
        _direction_letters(direction) for direction in (left, up)
    )
    return toward_left, toward_right, toward_top, toward_bottom


def _direction_letters(direction: Triple) -> tuple[str, str]:
    """Letters toward which and away from which a direction points."""
    order = sorted(range(3), key=lambda i: -abs(direction[i]))
    named = [i for i in order if abs(direction[i]) > 0.1]
    toward = "".join(_RAS_LETTERS[i][0 if direction[i] > 0 else 1] for i in named)
    away = "".join(_RAS_LETTERS[i][1 if direction[i] > 0 else 0] for i in named)
    return toward, away


def _grid_directions(geometry: Geometry) -> FloatArray:
    """(3, 3) rows z, y, x: unit RAS directions of the array axes, exactly orthogonal.

    A grid may be a thousandth off; the nearest rotation is taken.

    Source: Higham 1986, SIAM J Sci Stat Comput 7:1160-1174 (polar decomposition).
    """
    left, _, right = np.linalg.svd((geometry.zyx_to_ras[:3, :3] / geometry.spacing_zyx).T)
    return np.asarray(left @ right)


def _rotation(axis: FloatArray, angle: float) -> FloatArray:
    """(3, 3) of a turn about a unit axis, radians. Source: Rodrigues' formula."""
    x, y, z = axis
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across)


def _rows(matrix: FloatArray) -> Rotation:
    if np.abs(matrix - np.eye(3)).max() < _STRAIGHT:
        return _NONE
    first, second, third = (_triple(row) for row in matrix)
    return first, second, third


def _triple(values: FloatArray) -> Triple:
    a, b, c = (float(v) for v in values)
    return a, b, c
