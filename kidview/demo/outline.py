"""The trunk's layers in polar form: how far skin, muscle and cavity reach at each height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

CENTRE_Y_MM = 22.0
"""The polar centre lies in front of the spine, at x = 0."""
BINS = 720
"""Directions of the tables: half degrees from anterior (0) over right (90) to left (270)."""

Table = npt.NDArray[np.float32]

# Heights of the rows below, mm: iliac wings, waist, kidneys, liver, lower chest.
_LEVELS = (-138.0, -72.0, -10.0, 55.0, 110.0, 150.0)

# Half width, depth in front of the centre and behind it, and how deep the groove of the back is.
_SKIN_MM = (
    (162, 101, 117, 6), (154, 104, 116, 8), (150, 106, 114, 8),
    (150, 109, 115, 7), (149, 111, 117, 5), (148, 110, 118, 4),
)  # fmt: skip
_SQUARENESS = 2.25  # 2 is an ellipse
_FAT_DEG = (0, 25, 45, 70, 90, 120, 150, 166, 180)
_FAT_MM = (
    (22, 22, 23, 21, 19, 27, 31, 25, 12),
    (20, 19, 17, 13, 12, 17, 22, 16, 7),
    (17, 15, 13, 10, 9, 12, 13, 11, 6),
    (13, 11, 9, 8, 8, 9, 9, 8, 5),
    (10, 9, 9, 8, 8, 9, 9, 8, 5),
    (9, 9, 9, 8, 8, 10, 10, 8, 5),
)
# Thin in the midline (linea alba) and beside the rectus (linea semilunaris).
_WALL_DEG = (0, 2.5, 9, 20, 30, 36, 40, 52, 75, 100, 118, 130, 150, 165, 180)
_WALL_MM = (
    (3, 4, 11, 12, 8, 3.5, 6, 17, 18, 17, 18, 34, 50, 56, 62),
    (3, 4, 10, 11, 8, 3.5, 6, 18, 21, 21, 20, 30, 47, 54, 60),
    (3, 4, 9, 10, 8, 3.5, 7, 15, 18, 18, 18, 26, 43, 52, 60),
    (3, 4, 8, 9, 7, 6, 9, 14, 15, 15, 17, 21, 36, 50, 60),
    (4, 5, 7, 9, 9, 11, 14, 15, 15, 15, 17, 20, 32, 46, 58),
    (5, 5, 8, 10, 13, 15, 15, 15, 15, 16, 18, 21, 32, 44, 58),
)
_MEAT_DEG = (0, 100, 112, 124, 136, 146, 180)
_MEAT_MM = (60, 60, 21, 14, 7, 0, 0)


@dataclass(frozen=True, eq=False)
class Outline:
    """Radii by slice and direction, mm from the polar centre.

    Parameters
    ----------
    skin, muscle, cavity : (Z, BINS) float32
        Outer surfaces of skin, muscle layer and abdominal cavity.
    inner : (Z, BINS) float32
        Where the flank's muscles end; behind it the back's are laid in fat.
    """

    skin: Table
    muscle: Table
    inner: Table
    cavity: Table

    @classmethod
    def on(cls, z_mm: npt.NDArray[np.float64]) -> Outline:
        """The trunk at the given heights."""
        skin = _table(z_mm, tuple(range(181)), _skin_rows(), 2.0)
        muscle = skin - _table(z_mm, _FAT_DEG, _FAT_MM, 5.0)
        turn = np.minimum(np.arange(BINS), BINS - np.arange(BINS)) * (360 / BINS)
        navel = 9 * np.exp(-(((z_mm + 84) / 8) ** 2))[:, None] * np.exp(-((turn / 4) ** 2))
        skin = np.asarray(skin - navel, dtype=np.float32)
        wall = _table(z_mm, _WALL_DEG, _WALL_MM, 1.5)
        meat = _table(z_mm, _MEAT_DEG, (_MEAT_MM,) * len(_LEVELS), 4.0)
        return cls(skin, muscle, muscle - np.minimum(meat, wall), muscle - wall)


def radius_at(table: Table, slice_z: int, degrees: float) -> float:
    """One radius of a table, mm."""
    z = min(max(slice_z, 0), len(table) - 1)
    return float(table[z, int(degrees / 360 * BINS) % BINS])


def direction(
    x: npt.NDArray[np.float32], y: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """Every point's direction, as a bin of -BINS / 2 to BINS / 2, and radius, mm."""
    up = y - CENTRE_Y_MM
    turn = np.arctan2(x, up) * (BINS / (2 * np.pi))
    # Negative bins count from a table's end, which is where they belong.
    return np.floor(turn).astype(np.int32), np.hypot(x, up)


def _skin_rows() -> tuple[tuple[float, ...], ...]:
    """Per level the radius at 0 to 180 degrees: two half superellipses and a groove."""
    angle = np.deg2rad(np.arange(181))
    rows = []
    for width, front, back, groove in _SKIN_MM:
        depth = np.where(angle < np.pi / 2, front, back)
        power = _SQUARENESS
        radius = (np.sin(angle) / width) ** power + (np.abs(np.cos(angle)) / depth) ** power
        dent = groove * np.exp(-(((np.pi - angle) / 0.12) ** 2))
        rows.append(tuple(radius ** (-1 / power) - dent))
    return tuple(rows)


def _table(
    z_mm: npt.NDArray[np.float64],
    degrees: tuple[float, ...],
    rows: tuple[tuple[float, ...], ...],
    smooth_deg: float,
) -> Table:
    """Rows of a symmetrical half, completed to a circle, smoothed, and read at heights."""
    at = np.arange(BINS) * 360 / BINS
    half = np.minimum(at, 360 - at)
    full = np.array([np.interp(half, degrees, row) for row in rows])
    full = ndi.gaussian_filter1d(full, smooth_deg * BINS / 360, axis=1, mode="wrap")
    fine = np.linspace(_LEVELS[0] - 20, _LEVELS[-1] + 20, 200)
    tall = np.array([np.interp(fine, _LEVELS, column) for column in full.T])
    tall = ndi.gaussian_filter1d(tall, 14 / (fine[1] - fine[0]), axis=1, mode="nearest")
    return np.array([np.interp(z_mm, fine, column) for column in tall], dtype=np.float32).T
