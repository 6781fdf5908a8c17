"""A rigid motion between two scans, and how well it lays one over the other."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.spatial.transform import Rotation

from kidview.core.types import FloatArray


@dataclass(frozen=True, eq=False)
class Rigid:
    """A turn and a shift from the earlier scan's space into the later one's, RAS+ mm.

    Parameters
    ----------
    matrix : (4, 4) float64
        Takes (x, y, z, 1) of then to (x, y, z, 1) of now.
    name : str
        What was laid over each other, such as "left kidney".
    dice : float or None
        Overlap of the closed kidneys afterwards, 0 to 1; None where nothing was compared.
    surface_mm : float or None
        Mean distance of their surfaces afterwards.
    remark : str
        Why not to trust it, one short sentence; else "".
    """

    matrix: FloatArray
    name: str = ""
    dice: float | None = None
    surface_mm: float | None = None
    remark: str = ""
    _inverse: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        inverse = np.linalg.inv(matrix)
        for each in (matrix, inverse):
            each.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)
        object.__setattr__(self, "_inverse", inverse)

    def to_now(self, point_ras: npt.ArrayLike) -> FloatArray:
        """(..., 3) points of the earlier scan to where they are now, RAS+ mm."""
        point = np.asarray(point_ras, dtype=np.float64)
        return np.asarray(point @ self.matrix[:3, :3].T + self.matrix[:3, 3])

    def to_then(self, point_ras: npt.ArrayLike) -> FloatArray:
        """(..., 3) points of the later scan to where they were, RAS+ mm."""
        point = np.asarray(point_ras, dtype=np.float64)
        return np.asarray(point @ self._inverse[:3, :3].T + self._inverse[:3, 3])

    @cached_property
    def degrees(self) -> float:
        """How far it turns."""
        turn = Rotation.from_matrix(self.matrix[:3, :3]).magnitude()
        return float(np.degrees(turn))


def fitted(then_ras: FloatArray, now_ras: FloatArray, name: str) -> Rigid:
    """The rigid motion that takes points nearest to others, in the least squares.

    Parameters
    ----------
    then_ras, now_ras : (n, 3) float64
        Points of both scans, in pairs, RAS+ mm; at least three that are not in line.
    name : str

    Source: Kabsch 1976, Acta Cryst A32:922-923, as in scipy.
    """
    middle_then, middle_now = then_ras.mean(axis=0), now_ras.mean(axis=0)
    turn = Rotation.align_vectors(now_ras - middle_now, then_ras - middle_then)[0].as_matrix()
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, middle_now - turn @ middle_then
    return Rigid(matrix, name)
