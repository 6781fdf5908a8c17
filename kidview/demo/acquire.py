"""From true HU to a scan: the table, the scanner's blur and its noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from kidview.core.task import Task
from kidview.core.types import HUArray, ScoreArray
from kidview.demo.canvas import LOW_ZYX_MM, Canvas

_BLUR_MM = 0.52  # sd of a soft kernel's point spread in the plane
_NOISE_HU = 13.0
_TABLE_Y_MM = -99.0


def acquire(canvas: Canvas, task: Task) -> HUArray:
    """Scan the painted patient.

    Returns
    -------
    (Z, Y, X) int16, HU
    """
    depth, rows, columns = canvas.hu.shape
    _, step_y, step_x = canvas.geometry.spacing_zyx
    y = LOW_ZYX_MM[1] + step_y * (np.arange(rows, dtype=np.float32)[:, None] + 0.5)
    x = LOW_ZYX_MM[2] + step_x * (np.arange(columns, dtype=np.float32)[None] + 0.5)
    away = np.hypot(x / 150, (y - 20) / 120)
    dose = np.float32(0.72) + np.float32(0.42) * np.exp(-((away / 0.8) ** 2))
    table = _table(x, y)
    out = np.empty(canvas.hu.shape, np.int16)
    blur = (_BLUR_MM / step_y, _BLUR_MM / step_x)
    for k in range(depth):
        if k % 8 == 0:
            task.report(k / depth, "Scanning")
        plane = np.maximum(canvas.hu[k], table)
        plane = ndi.gaussian_filter(plane, blur, truncate=3.0)
        grain = _grain(canvas.rng, (rows, columns), 0.85 / step_x)
        level = np.where(plane < -900, 0.55, 1.0)
        plane += _NOISE_HU * dose * level * grain
        out[k] = np.clip(np.rint(plane), -1024, 3071)
    return out


def _grain(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> ScoreArray:
    """Band-pass noise of sd 1, as filtered back projection makes it."""
    white = rng.standard_normal(shape, dtype=np.float32)
    fine = ndi.gaussian_filter(white, 0.62 * scale, truncate=3.0, mode="wrap")
    fine -= 0.6 * ndi.gaussian_filter(fine, 1.7 * scale, truncate=2.5, mode="wrap")
    fine *= 1 / float(fine.std())
    return np.asarray(fine, dtype=np.float32)


def _table(x: ScoreArray, y: ScoreArray) -> ScoreArray:
    """(Y, X) HU of a curved table: a mat, two carbon shells, foam between them."""
    top = _TABLE_Y_MM + x**2 / 850
    hu = np.full(np.broadcast_shapes(x.shape, y.shape), -1000, np.float32)
    for below, thick, value in ((0.0, 1.5, 220.0), (26.0, 1.1, 120.0)):
        share = np.clip(thick - np.abs(y - top + below) + 0.5, 0, 1)
        hu += share * (value - hu)
    foam = np.clip(12 - np.abs(y - top + 11), 0, 1)
    return np.asarray(np.maximum(hu, -1000 + 35 * foam), dtype=np.float32)
