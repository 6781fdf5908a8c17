"""From true HU to a scan: blur, noise, thick slices, table, field of view, 8-bit JPEG."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from kidview.core.types import HUArray, ScoreArray
from trainer.synthesis.bank import SPACING_MM
from trainer.synthesis.fields import blur, smooth_field
from trainer.synthesis.parameters import Parameters

_CLIP_HU = (-125.0, 225.0)  # what some collections keep of a scan


def acquire(rng: np.random.Generator, hu: ScoreArray, p: Parameters, has_table: bool) -> HUArray:
    """Scan a patient.

    Parameters
    ----------
    hu : (Z, Y, X) float32
        True HU at 1.5 mm; changed in place.
    has_table : bool
        The background already shows a table and noise of its own.

    Returns
    -------
    (Z, Y, X) int16
    """
    if not has_table and rng.random() < 0.7:
        _add_table(rng, hu)
    if p.field_mm:
        _cut_field(hu, p.field_mm)
    if p.motion_mm:
        hu = _moved(rng, hu, p.motion_mm)
    sigma = p.sharpness_mm / SPACING_MM
    hu = blur(hu, (0.0, sigma, sigma))
    through = slice_matrix(hu.shape[0], p.slice_mm, float(rng.random()))
    hu = hu + _noise(rng, hu, p.noise_hu, through)
    hu = np.tensordot(through, hu, axes=(1, 0)).astype(np.float32)
    if p.eight_bit:
        return _as_jpeg(rng, hu)
    return np.clip(np.rint(hu), -1024, 3071).astype(np.int16)


def slice_matrix(count: int, slice_mm: float, start: float) -> npt.NDArray[np.float32]:
    """(Z, Z) weights: average over slabs of a thickness, then linear back to 1.5 mm."""
    if slice_mm <= SPACING_MM:
        return np.eye(count, dtype=np.float32)
    middles = np.arange(start - 1, (count + 1) * SPACING_MM / slice_mm + 1) * slice_mm
    position = np.arange(count) * SPACING_MM
    slab = np.clip((slice_mm + SPACING_MM) / 2 - np.abs(middles[:, None] - position), 0, SPACING_MM)
    total = slab.sum(axis=1)
    middles, slab = middles[total > 0], slab[total > 0] / total[total > 0, None]
    reach = np.abs(position[:, None] - middles) / slice_mm
    weight = np.clip(1 - reach, 0, None)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray(weight @ slab, dtype=np.float32)


def _moved(rng: np.random.Generator, hu: ScoreArray, by_mm: float) -> ScoreArray:
    """Some slices show the patient half here, half moved: doubled edges."""
    steps = max(1, round(by_mm / SPACING_MM))
    axis = int(rng.integers(1, 3))
    start = int(rng.integers(len(hu)))
    during = slice(start, start + int(rng.integers(6, 30)))
    share = float(rng.uniform(0.25, 0.5))
    hu[during] = (1 - share) * hu[during] + share * np.roll(hu[during], steps, axis)
    return hu


def _noise(
    rng: np.random.Generator,
    hu: ScoreArray,
    sd: float,
    through: npt.NDArray[np.float32],
) -> ScoreArray:
    """Noise that has `sd` after `through`; grainy or smooth, little of it in air."""
    white = rng.standard_normal(hu.shape, dtype=np.float32)
    grain = rng.uniform(0.0, 0.9)
    white = blur(white, (0.0, grain, grain))
    white -= rng.uniform(0.0, 0.7) * blur(white, (0.0, 1.6, 1.6))
    if rng.random() < 0.15:  # streaks between the flanks
        white += rng.uniform(0.2, 0.6) * blur(white, (0.0, 0.0, 4.0)) * 2.5
    # The dose differs along the body, and its middle is noisier.
    white *= np.clip(1 + 0.25 * smooth_field(rng, hu.shape, 60), 0.5, 1.6)
    kept = float(np.sqrt((through**2).sum(axis=1).mean()))
    white *= sd / (float(white.std()) * kept)
    white[hu < -900] *= 0.3
    return white


def _add_table(rng: np.random.Generator, hu: ScoreArray) -> None:
    """A curved table below the back, as thin bright shells in the air."""
    air = hu < -700
    y, x = np.ogrid[: hu.shape[1], : hu.shape[2]]
    rows = np.flatnonzero((~air).any(axis=(0, 2)))
    if len(rows) == 0:
        return
    bottom = rows[0] - rng.uniform(1, 6)
    curve = rng.uniform(0.0, 0.0022) * (x - hu.shape[2] / 2) ** 2
    for gap in (0.0, rng.uniform(8, 25)):
        shell = np.abs(y - (bottom - gap + curve)) < 0.8
        hu[air & shell[None]] = rng.uniform(-300, 400)


def _cut_field(hu: ScoreArray, radius_mm: float) -> None:
    y, x = np.ogrid[: hu.shape[1], : hu.shape[2]]
    away = np.hypot(y - hu.shape[1] / 2, x - hu.shape[2] / 2) * SPACING_MM
    hu[:, away > radius_mm] = -1024


def _as_jpeg(rng: np.random.Generator, hu: ScoreArray) -> HUArray:
    low, high = _CLIP_HU
    step = (high - low) / 255
    grey = np.rint((np.clip(hu, low, high) - low) / step).astype(np.uint8)
    quality = int(rng.integers(70, 96))
    for k in range(len(grey)):
        stream = BytesIO()
        Image.fromarray(grey[k]).save(stream, format="JPEG", quality=quality)
        grey[k] = np.asarray(Image.open(stream))
    return np.asarray(np.rint(grey * step + low), dtype=np.int16)
