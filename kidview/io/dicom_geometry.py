"""What is wrong with a series, from positions and directions alone; pure functions.

Slices are planes with a position (LPS mm) and two directions. Sorted along their normal
they are even, nearly even, even with gaps, or uneven; and stacked straight, tilted or
shifted sideways. Nothing here reads a file or a voxel. Numbers of slices say nothing:
only positions count.

Sources: PS3.3 C.7.6.2.1.1; tolerances 0.01 mm (3D Slicer's DICOMScalarVolumePlugin) and
0.2 mm (dcm2niix' kSliceTolerance).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np

from kidview.core.types import FloatArray

SAME_PLACE_MM = 0.01
_EVEN_MM, _EVEN_SHARE = 0.01, 1e-3
_JITTER_MM, _JITTER_SHARE = 0.2, 0.05
_TILT_DEGREES = 0.1
_SIDEWAYS_PIXELS = 0.25
_FAR_GAPS = 10  # a gap of more than so many others separates two volumes


class Spacing(Enum):
    """How slices follow each other along their normal."""

    EVEN = "even"
    JITTER = "jitter"
    GAPS = "gaps"
    UNEVEN = "uneven"


@dataclass(frozen=True, eq=False)
class Layout:
    """How slices, sorted along their normal, become an even stack of planes.

    Parameters
    ----------
    axes : (3, 3) float64
        Columns: along a row, down a column, normal; LPS, orthonormal, right-handed.
    along : (n,) float64
        Place of each slice along the normal, mm from the first.
    across : (n, 2) float64
        Shift of each slice along row and column, mm from the first.
    spacing : Spacing
    gap : float
        Distance of the planes of the stack, mm.
    planes : int
        Of the stack.
    tilt_degrees : float
        Between the normal and the line of the positions.
    is_shifted : bool
        Slices lie sideways of the normal through the first, by tilt or singly.
    """

    axes: FloatArray
    along: FloatArray
    across: FloatArray
    spacing: Spacing
    gap: float
    planes: int
    tilt_degrees: float
    is_shifted: bool

    @property
    def is_resampled(self) -> bool:
        """Whether slices cannot be taken as they are."""
        return self.is_shifted or self.spacing is Spacing.UNEVEN

    @property
    def plane_of_slice(self) -> tuple[int, ...]:
        """The plane of the stack each slice becomes; only if not `UNEVEN`."""
        if self.spacing in (Spacing.EVEN, Spacing.JITTER):
            return tuple(range(len(self.along)))
        return tuple(int(n) for n in np.rint(self.along / self.gap))

    @property
    def inserted(self) -> tuple[int, ...]:
        """Planes no slice belongs to: missing in the series, filled in between neighbours."""
        if self.spacing is not Spacing.GAPS:
            return ()
        there = set(self.plane_of_slice)
        return tuple(n for n in range(self.planes) if n not in there)


def straighten(orientation: tuple[float, ...]) -> tuple[FloatArray, float]:
    """Orthonormal axes from six direction cosines, and how far those were from it.

    Parameters
    ----------
    orientation : 6 floats
        Along a row, down a column, LPS.

    Returns
    -------
    (3, 3) float64
        Columns: row, column, normal. Straight axial where the cosines are useless.
    float
        Largest deviation of their lengths from 1 and of their product from 0.
    """
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    fault = float(max(abs(lengths[0] - 1), abs(lengths[1] - 1), abs(row @ column)))
    if fault > 1e-2:
        return np.eye(3), fault
    row = row / lengths[0]
    column = column - (column @ row) * row
    column = column / np.linalg.norm(column)
    return np.stack([row, column, np.cross(row, column)], axis=1), fault


def lay_out(
    positions: FloatArray, axes: FloatArray, pixel_mm: tuple[float, float], depth_mm: float
) -> Layout:
    """Diagnose slices that lie at different places.

    Parameters
    ----------
    positions : (n, 3) float64
        LPS mm, sorted along the normal, no two within `SAME_PLACE_MM`.
    axes : (3, 3) float64
        See `straighten`.
    pixel_mm : 2 floats
        Between rows, between columns.
    depth_mm : float
        Depth of a plane if there is one slice only.

    Returns
    -------
    Layout
    """
    offsets = (positions - positions[0]) @ axes
    along, across = offsets[:, 2], offsets[:, :2]
    if len(along) == 1:
        return Layout(axes, along, across, Spacing.EVEN, depth_mm, 1, 0.0, False)
    gaps = np.diff(along)
    spacing, gap = _judge(gaps, along)
    planes = len(along)
    if spacing is Spacing.GAPS:
        planes = int(np.rint(along[-1] / gap)) + 1
    elif spacing is Spacing.UNEVEN:
        gap, planes = _even_steps(gaps, along)
    tilt = float(np.degrees(np.arctan2(np.linalg.norm(across[-1]), along[-1])))
    tolerance = _SIDEWAYS_PIXELS * min(pixel_mm)
    sideways = float(np.abs(across).max())
    line = along[:, None] / along[-1] * across[-1]
    is_tilted = tilt > _TILT_DEGREES and sideways > tolerance / 2
    is_shifted = is_tilted or float(np.abs(across - line).max()) > tolerance
    return Layout(axes, along, across, spacing, gap, planes, tilt if is_tilted else 0.0, is_shifted)


def _judge(gaps: FloatArray, along: FloatArray) -> tuple[Spacing, float]:
    middle = float(np.median(gaps))
    if np.abs(gaps - middle).max() <= max(_EVEN_MM, _EVEN_SHARE * middle):
        return Spacing.EVEN, float(along[-1] / len(gaps))
    slack = min(_JITTER_MM, _JITTER_SHARE * middle)
    if np.abs(gaps - middle).max() <= slack:
        drift, gap = min((_drift(along, gap), gap) for gap in (middle, float(gaps.mean())))
        return (Spacing.JITTER if drift <= gap / 2 else Spacing.UNEVEN), gap
    middle = _middle_gap(gaps)
    steps = np.rint(gaps / middle)
    slack = max(_EVEN_MM, min(_JITTER_MM, _JITTER_SHARE * middle))
    whole = np.abs(gaps - steps * middle).max() <= slack and steps.min() >= 1
    if whole and (steps == 1).sum() * 2 >= len(gaps):
        gap = float(along[-1] / steps.sum())
        return Spacing.GAPS, gap
    return Spacing.UNEVEN, middle


def _drift(along: FloatArray, gap: float) -> float:
    """How far slices lie from even steps of `gap` at most, mm."""
    return float(np.abs(along - gap * np.arange(len(along))).max())


def _middle_gap(gaps: FloatArray) -> float:
    """The lower median: a gap that is there, even among two."""
    return float(np.sort(gaps)[(len(gaps) - 1) // 2])


def _even_steps(gaps: FloatArray, along: FloatArray) -> tuple[float, int]:
    """Planes at the smallest distance there is, but at most twice as many as slices."""
    planes = int(np.floor(along[-1] / gaps.min() + 1e-6)) + 1
    planes = max(min(planes, 2 * len(along)), 2)
    return float(along[-1] / (planes - 1)), planes


def split_far_blocks(along: FloatArray) -> list[slice]:
    """Where sorted slices fall into blocks so far apart that each is a volume of its own."""
    gaps = np.diff(along)
    if len(gaps) < 3:
        return [slice(0, len(along))]
    cuts = [0, *(np.flatnonzero(gaps > _FAR_GAPS * _middle_gap(gaps)) + 1).tolist(), len(along)]
    return [slice(a, b) for a, b in pairwise(cuts)]


def same_places(along: FloatArray) -> list[list[int]]:
    """Sorted slices put together that lie at one place within `SAME_PLACE_MM`."""
    clusters: list[list[int]] = []
    for n, mm in enumerate(along):
        if clusters and mm - along[clusters[-1][0]] <= SAME_PLACE_MM:
            clusters[-1].append(n)
        else:
            clusters.append([n])
    return clusters
