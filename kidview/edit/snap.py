"""Outlines that were guessed are moved to where the scan has the edge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from kidview.core.types import FloatArray, HUArray, MaskArray, ScoreArray, Triple
from kidview.edit.shapes_between import signed_mm

BAND_MM = 2.0  # how far an outline may move
_WINDOW_MM = 13.0  # width of the neighbourhood that says what inside and outside look like
_TISSUE_HU = (-200, 300)  # gas and bone beyond count no more than this
_SMOOTH_MM = 0.8  # a voxel is judged with its neighbours
_MOST = 4.0  # no voxel says more than this, logits
_NEAR_MM = 8.0  # noise is measured this close to outlines
_LEAST_TRUST = 0.5  # logits for a voxel one error away from a guessed outline
_LEAST_MENDED = 0.1  # share of the errors that the scan must mend


@dataclass(frozen=True, eq=False)
class Guess:
    """The shape that a slice may have.

    Parameters
    ----------
    index : int
        The slice in its stack.
    mask : (rows, columns) bool
    fraction : float
        Where it lies between the two slices it was made of, 0..1.
    gap_mm : float
        How far those are apart.
    """

    index: int
    mask: MaskArray
    fraction: float
    gap_mm: float

    @property
    def error_mm(self) -> float:
        """How far off its outline may be, but for a factor: a random walk held at both ends."""
        return float(np.sqrt(self.fraction * (1 - self.fraction) * self.gap_mm))


def snapped(
    hu: HUArray,
    painted: MaskArray,
    guesses: Sequence[Guess],
    lessons: Sequence[Guess],
    spacing: Triple,
) -> list[MaskArray]:
    """Let the scan decide about the voxels next to guessed outlines.

    Within `BAND_MM` of an outline a voxel is judged by two things: how deep it lies in the
    guessed shape, and whether its HU are like those inside or outside of the shapes around it.
    How much either counts is learned from painted slices that were guessed from their
    neighbours; between which HU the painter draws the line, from all painted slices. Where the
    scan would not have mended those guesses, all are returned as they are.

    Parameters
    ----------
    hu : (N, rows, columns) int16
        With some margin about the shapes.
    painted : (N, rows, columns) bool
    guesses : sequence of Guess
        Of slices that are not painted; those of neither kind are not looked at.
    lessons : sequence of Guess
        Of painted slices, each made without it.
    spacing : 3 floats
        mm between slices, rows, columns.

    Returns
    -------
    list of (rows, columns) bool
        As many as guesses.
    """
    depth = np.full(painted.shape, np.nan, np.float32)  # neither inside nor outside
    is_painted = painted.any(axis=(1, 2))
    for index in np.flatnonzero(is_painted):
        depth[index] = _depth_mm(painted[index], spacing)
    for guess in guesses:
        depth[guess.index] = _depth_mm(guess.mask, spacing)
    evidence = _evidence(hu, depth, spacing)
    evidence -= _drawn_at(evidence[is_painted], depth[is_painted])
    weights = _learned(evidence, painted, lessons, spacing)
    if weights is None:
        return [guess.mask for guess in guesses]
    moved = []
    for guess in guesses:
        here = depth[guess.index]
        score = weights[0] * here / guess.error_mm + weights[1] * evidence[guess.index]
        moved.append(np.where(np.abs(here) <= BAND_MM, score > 0, guess.mask))
    return moved


def _depth_mm(mask: MaskArray, spacing: Triple) -> ScoreArray:
    """How deep inside the shape (negative: how far outside), in the plane, mm."""
    if not mask.any():
        return np.full(mask.shape, -np.inf, np.float32)
    return signed_mm(mask, spacing[1:]).astype(np.float32)


def _evidence(hu: HUArray, depth: ScoreArray, spacing: Triple) -> ScoreArray:
    """Logits for inside, by the HU of what is surely inside and surely outside nearby."""
    values = np.clip(hu, *_TISSUE_HU).astype(np.float32)
    inside, noise_inside = _likeness(values, depth >= BAND_MM, depth, spacing)
    outside, noise_outside = _likeness(values, depth <= -BAND_MM, depth, spacing)
    variance = (noise_inside**2 + noise_outside**2) / 2 + 1.0
    evidence = (inside - outside) * (values - (inside + outside) / 2) / variance
    blur = [_SMOOTH_MM / s for s in spacing]
    smooth: ScoreArray = ndimage.gaussian_filter(np.clip(evidence, -_MOST, _MOST), blur)
    return smooth


def _likeness(
    values: ScoreArray, is_sure: MaskArray, depth: ScoreArray, spacing: Triple
) -> tuple[ScoreArray, float]:
    """Mean HU of the sure voxels around each voxel, and how much they differ from it."""
    size = [2 * round(_WINDOW_MM / 2 / s) + 1 for s in spacing]
    overall = float(values[is_sure].mean()) if is_sure.any() else 0.0
    share = ndimage.uniform_filter(is_sure.astype(np.float32), size)
    total = ndimage.uniform_filter(np.where(is_sure, values, np.float32(0)), size)
    few = np.float32(1e-3)  # where nothing sure is near, it is as everywhere
    mean: ScoreArray = (total + few * overall) / (share + few)
    near = is_sure & (np.abs(depth) < _NEAR_MM)
    return mean, float((values - mean)[near].std()) if near.any() else 0.0


def _drawn_at(evidence: ScoreArray, depth: ScoreArray) -> float:
    """The evidence at which painted outlines lie; 0 would be midway between inside and outside."""
    near = np.abs(depth) <= BAND_MM
    seen, is_inside = evidence[near].astype(np.float64), depth[near] > 0
    slope, offset = _logistic(np.stack([seen, np.ones(len(seen))], axis=1), is_inside)
    low, high = np.median(seen[~is_inside]), np.median(seen[is_inside])
    # Without contrast there is no such line, and this must not move all outlines one way.
    return float(np.clip(-offset / slope, low, high)) if slope > 0 and low < high else 0.0


def _learned(
    evidence: ScoreArray, painted: MaskArray, lessons: Sequence[Guess], spacing: Triple
) -> FloatArray | None:
    """Weights of depth (in errors) and evidence; None when the scan does not help."""
    features, truth = [], []
    for lesson in lessons:
        depth = _depth_mm(lesson.mask, spacing)
        near = np.abs(depth) <= BAND_MM
        columns = [depth[near] / lesson.error_mm, evidence[lesson.index][near]]
        features.append(np.stack(columns, axis=1).astype(np.float64))
        truth.append(painted[lesson.index][near])
    if not features:
        return None
    seen, is_inside = np.concatenate(features), np.concatenate(truth)
    weights = _logistic(seen, is_inside)
    weights[0] = max(weights[0], _LEAST_TRUST)
    wrong_before = np.count_nonzero((seen[:, 0] > 0) != is_inside)
    wrong_after = np.count_nonzero((seen @ weights > 0) != is_inside)
    return weights if wrong_after <= (1 - _LEAST_MENDED) * wrong_before else None


def _logistic(features: FloatArray, truth: MaskArray) -> FloatArray:
    """Weights of a logistic regression with a slight pull to zero, by Newton's method."""
    weights = np.zeros(features.shape[1])
    for _ in range(8):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (truth - chance) - weights
        bend = (features * (chance * (1 - chance))[:, None]).T @ features + np.eye(len(weights))
        weights += np.linalg.solve(bend, slope)
    return weights
