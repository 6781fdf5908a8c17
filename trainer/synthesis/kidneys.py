"""Kidneys of other patients: warped, put where the patient's own were, painted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from kidview.core.types import LabelArray, MaskArray, ScoreArray
from trainer.synthesis.bank import SPACING_MM, Side
from trainer.synthesis.fields import affine, blur, pull, pull_grid, smooth_field
from trainer.synthesis.lesions import paint_lesions
from trainer.synthesis.scene import FORBIDDEN, Scene
from trainer.synthesis.tissue import kidney_means
from trainer.synthesis.vessels import add_hilum

_TRIES = 24  # places tried for a kidney; the cheapest is taken
_LARGEST_ADDED = 45_000  # voxels, 150 mL: a larger mass would have moved the organs around it
_MOVE_COST = 0.5  # of a place, per voxel away from the own kidney's; 12 is all in soft tissue


def warp_side(
    rng: np.random.Generator, labels: LabelArray, scale: float, as_left: bool
) -> LabelArray:
    """A kidney slightly scaled, tilted and bent, on a crop of its own."""
    matrix = affine(
        tuple(scale * rng.normal(1, 0.03, 3)), tuple(rng.normal(0, 7, 3)), mirror=as_left
    )
    z, y, x = (int(np.ceil(n * scale * 1.15)) + 6 for n in labels.shape)
    centre = (np.array(labels.shape) - 1) / 2
    grid = pull_grid(rng, (z, y, x), centre, matrix, rng.uniform(0, 1.2), 14.0)
    shares = pull(np.stack([labels == k for k in (1, 2, 3)]).astype(np.float32), grid)
    best = np.argmax(shares, axis=0).astype(np.uint8) + np.uint8(1)
    return np.where(shares.sum(axis=0) > 0.5, best, 0).astype(np.uint8)


def place(
    rng: np.random.Generator,
    scene: Scene,
    crop: LabelArray,
    target_zyx: npt.NDArray[np.float64],
    wander: float,
) -> MaskArray | None:
    """Write a kidney's labels into the scene near a point, where it displaces least.

    Parameters
    ----------
    crop : (Z, Y, X) uint8
    target_zyx : (3,) float
        Where its parenchyma's middle should be, voxels of the scene.
    wander : float
        Voxels it may be moved to avoid bone and the outside.

    Returns
    -------
    (Z, Y, X) bool or None
        The voxels written, on the scene's grid; None when it lies outside.
    """
    points = np.argwhere(crop > 0)
    if len(points) == 0:
        return None
    middle = np.argwhere(crop == 1).mean(axis=0) if (crop == 1).any() else points.mean(axis=0)
    some = points[:: max(1, len(points) // 2500)]
    shape = np.array(scene.labels.shape)
    best, best_cost = np.zeros(3, int), np.inf
    for k in range(_TRIES):
        move = rng.normal(0, wander * (0.3 if k < 4 else 1.0), 3)
        offset = np.rint(target_zyx + move - middle).astype(int)
        at = some + offset
        inside = ((at >= 0) & (at < shape)).all(axis=1)
        at = at[inside]
        cost = float(scene.cost[tuple(at.T)].sum()) / len(some) + _MOVE_COST * float(
            np.linalg.norm(move)
        )
        if cost < best_cost:
            best, best_cost = offset, cost
    at = points + best
    keep = ((at >= 0) & (at < shape)).all(axis=1)
    at, values = at[keep], crop[tuple(points[keep].T)]
    free = scene.cost[tuple(at.T)] < FORBIDDEN
    at, values = at[free], values[free]
    if len(at) == 0:
        return None
    written = np.zeros(scene.labels.shape, bool)
    written[tuple(at.T)] = True
    scene.labels[tuple(at.T)] = values
    return written


def paint_kidney(
    rng: np.random.Generator,
    scene: Scene,
    written: MaskArray,
    means: tuple[float, float],
    phase: float,
    edge_mm: float,
    noise_hu: float,
) -> None:
    """Paint the kidney at `written` into the scene's HU, with sinus fat and lesions.

    Parameters
    ----------
    means : 2 floats
        Cortex and medulla HU.
    edge_mm : float
        Blur of its outline (sd), that of the scan it is put into.
    noise_hu : float
        Noise the scan already has.
    """
    box = _grown(ndi.find_objects(written.astype(np.uint8))[0], 7, written.shape)
    labels = np.where(written[box], scene.labels[box], 0).astype(np.uint8)
    whole = ndi.binary_closing(labels > 0, iterations=5)
    look = _parenchyma(rng, labels, whole, means, phase)
    paint_lesions(rng, look, labels, phase, float(np.mean(means)))
    look += noise_hu * rng.standard_normal(look.shape, dtype=np.float32)
    sigma = edge_mm / SPACING_MM
    share = blur(whole.astype(np.float32), (sigma, sigma, sigma))
    soft = blur((look * whole).astype(np.float32), (sigma, sigma, sigma))
    scene.hu[box] = scene.hu[box] * (1 - share) + soft


def _grown(box: tuple[slice, ...], by: int, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(
        slice(max(0, s.start - by), min(n, s.stop + by)) for s, n in zip(box, shape, strict=True)
    )


def _parenchyma(
    rng: np.random.Generator,
    labels: LabelArray,
    whole: MaskArray,
    means: tuple[float, float],
    phase: float,
) -> ScoreArray:
    cortex, medulla = means
    depth = np.asarray(ndi.distance_transform_edt(whole) * SPACING_MM, dtype=np.float32)
    lumps = smooth_field(rng, labels.shape, rng.uniform(5, 9))
    border = rng.uniform(5, 9) + 2.0 * lumps
    share = 1 / (1 + np.exp(-(depth - border) / 0.8))
    # Columns of cortex run between the pyramids as sheets, where a smooth field crosses 0.
    sheets = np.abs(smooth_field(rng, labels.shape, rng.uniform(7, 12)))
    width = rng.uniform(0.1, 0.4)
    share *= np.clip((sheets - width) / 0.15 + 0.5, rng.uniform(0.0, 0.4), 1)
    grain = rng.uniform(1, 5) * smooth_field(rng, labels.shape, 3)
    look = cortex * (1 - share) + medulla * share + grain
    sinus = whole & (labels == 0)
    near = np.asarray(ndi.distance_transform_edt(~sinus) * SPACING_MM)
    pelvis = (near < rng.uniform(1.5, 6)) & (depth > rng.uniform(6, 10)) & (lumps > -0.2)
    if phase > 2.2 and rng.random() < 0.8:
        urine = rng.uniform(150, 900)
    else:
        urine = rng.uniform(2, 45)
    look = np.where(pelvis, urine, look)
    vessel = np.abs(lumps) < rng.uniform(0.05, 0.3)
    fat = rng.normal(-98, 6) + 6 * lumps
    look = np.where(sinus, np.where(vessel, 0.75 * cortex, fat), look)
    return np.asarray(look, dtype=np.float32)


def replace_kidneys(
    rng: np.random.Generator,
    scene: Scene,
    sides: tuple[Side | None, Side | None],
    phase: float,
    edge_mm: float,
    noise_hu: float,
) -> None:
    """Put a right and a left kidney where the scene's own were."""
    means = kidney_means(rng, phase)
    scale = float(np.clip(rng.normal(1.0, 0.07), 0.85, 1.15))
    for side, target, is_left in zip(sides, scene.targets, (False, True), strict=True):
        if side is None or target is None:
            continue
        crop = warp_side(rng, side.labels, scale, as_left=is_left)
        written = place(rng, scene, crop, target, wander=3.0 + 0.04 * max(crop.shape))
        if written is None:
            continue
        if rng.random() < 0.7:
            add_hilum(rng, scene, written, phase)
        paint_kidney(rng, scene, written, means, phase, edge_mm, noise_hu)


def add_lesions(
    rng: np.random.Generator, scene: Scene, side: Side, phase: float, edge_mm: float
) -> None:
    """Put another patient's tumours and cysts on the scene's own kidneys."""
    crop = warp_side(rng, side.labels, float(rng.uniform(0.85, 1.1)), as_left=bool(rng.integers(2)))
    parts = ndi.label(crop > 1)[0]
    for k, box in enumerate(ndi.find_objects(parts)[:4]):
        mask = parts[box] == k + 1
        if not 40 <= mask.sum() <= _LARGEST_ADDED:
            continue
        _add_lesion(rng, scene, np.where(mask, crop[box], 0), phase, edge_mm)


def _add_lesion(
    rng: np.random.Generator, scene: Scene, lesion: LabelArray, phase: float, edge_mm: float
) -> None:
    kidney = scene.labels == 1
    if not kidney.any():
        return
    kidney_hu = float(np.median(scene.hu[kidney]))
    inner = ndi.binary_erosion(kidney, iterations=2)
    surface = np.argwhere(kidney & ~inner)
    centre = surface[int(rng.integers(len(surface)))]
    radius = (3 * (lesion > 0).sum() / (4 * np.pi)) ** (1 / 3)
    sides = [kidney[..., : kidney.shape[2] // 2], kidney[..., kidney.shape[2] // 2 :]]
    own = sides[int(centre[2] >= kidney.shape[2] // 2)]
    middle = np.argwhere(own).mean(axis=0)
    middle[2] += kidney.shape[2] // 2 if centre[2] >= kidney.shape[2] // 2 else 0
    outward = (centre - middle) / max(float(np.linalg.norm(centre - middle)), 1.0)
    spot = centre + outward * radius * rng.uniform(-0.9, 0.6)
    at = np.argwhere(lesion > 0)
    offset = np.rint(spot - at.mean(axis=0)).astype(int)
    values = lesion[tuple(at.T)]
    at = at + offset
    keep = ((at >= 0) & (at < kidney.shape)).all(axis=1)
    at, values = at[keep], values[keep]
    free = scene.cost[tuple(at.T)] < FORBIDDEN
    at, values = at[free], values[free]
    if len(at) < 40:
        return
    written = np.zeros(kidney.shape, bool)
    written[tuple(at.T)] = True
    scene.labels[tuple(at.T)] = values
    box = _grown(ndi.find_objects(written.astype(np.uint8))[0], 5, kidney.shape)
    labels = np.where(written[box], scene.labels[box], 0).astype(np.uint8)
    look = np.zeros(labels.shape, np.float32)
    paint_lesions(rng, look, labels, phase, kidney_hu)
    sigma = edge_mm / SPACING_MM
    share = blur((labels > 0).astype(np.float32), (sigma, sigma, sigma))
    scene.hu[box] = scene.hu[box] * (1 - share) + blur(look, (sigma, sigma, sigma))


def add_distractors(
    rng: np.random.Generator, scene: Scene, sides: tuple[Side, ...], phase: float, edge_mm: float
) -> None:
    """Put lesions into other organs, unlabelled: a mass is not a renal one by its look."""
    for _ in range(int(rng.integers(1, 4))):
        side = sides[int(rng.integers(len(sides)))]
        crop = warp_side(rng, side.labels, float(rng.uniform(0.6, 1.0)), as_left=False)
        lesion = np.where(crop > 1, crop, 0)
        found = ndi.find_objects((lesion > 0).astype(np.uint8))
        if not found or found[0] is None or max(s.stop - s.start for s in found[0]) > 50:
            continue
        lesion = lesion[found[0]]
        spot = _far_spot(rng, scene, max(lesion.shape) / 2 + 8)
        if spot is None:
            continue
        start = np.maximum(spot - np.array(lesion.shape) // 2, 0)
        box = tuple(
            slice(a, min(a + n, m))
            for a, n, m in zip(start, lesion.shape, scene.labels.shape, strict=True)
        )
        part = lesion[tuple(slice(0, b.stop - b.start) for b in box)]
        part = np.where((scene.labels[box] == 0) & (scene.cost[box] < FORBIDDEN), part, 0)
        look = np.zeros(part.shape, np.float32)
        around = float(np.median(scene.hu[box]))
        paint_lesions(rng, look, part.astype(np.uint8), phase, around)
        sigma = edge_mm / SPACING_MM
        share = blur((part > 0).astype(np.float32), (sigma, sigma, sigma))
        scene.hu[box] = scene.hu[box] * (1 - share) + blur(look, (sigma, sigma, sigma))


def _far_spot(
    rng: np.random.Generator, scene: Scene, voxels: float
) -> npt.NDArray[np.int64] | None:
    """A voxel of soft tissue that far from every kidney; None when chance finds none."""
    kidneys = np.argwhere(scene.labels[::3, ::3, ::3] > 0) * 3
    for _ in range(40):
        spot = np.array([rng.integers(n) for n in scene.labels.shape])
        if not 0 < scene.cost[tuple(spot)] < FORBIDDEN:
            continue
        if len(kidneys) == 0 or float(np.linalg.norm(kidneys - spot, axis=1).min()) > voxels:
            return spot
    return None
