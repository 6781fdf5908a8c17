"""What is in some patients and in no label: stones, stents, wide renal pelves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage as ndi

from trainer.synthesis.bank import SPACING_MM
from trainer.synthesis.scene import Scene

_HALF_STENT_MM = 1.4
_OUTSIDE_HU, _BONE_HU = -400, 280


def add_stones(rng: np.random.Generator, scene: Scene) -> None:
    """One to three stones in a kidney, deep where its calyces are; labels stay."""
    depth = np.asarray(ndi.distance_transform_edt(scene.labels == 1)) * SPACING_MM
    for _ in range(int(rng.integers(1, 4))):
        deep = np.argwhere(depth >= max(rng.uniform(0.5, 0.9) * float(depth.max()), 1.0))
        if len(deep) == 0:
            return  # no kidney in this scan
        spot = deep[int(rng.integers(len(deep)))] + rng.uniform(-0.5, 0.5, 3)
        radii = rng.uniform(1.2, 5.0) * rng.uniform(0.6, 1.3, 3) / SPACING_MM
        _paint_ellipsoid(scene, spot, radii, float(rng.uniform(250, 1200)))


def _paint_ellipsoid(
    scene: Scene, centre: npt.NDArray[np.float64], radii: npt.NDArray[np.float64], hu: float
) -> None:
    low = np.maximum(np.floor(centre - radii - 2).astype(int), 0)
    high = np.minimum(np.ceil(centre + radii + 3).astype(int), scene.labels.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    share = _ellipsoid(centre, radii, box)
    scene.hu[box] += (share * (hu - scene.hu[box])).astype(np.float32)


def _ellipsoid(
    centre: npt.NDArray[np.float64], radii: npt.NDArray[np.float64], box: tuple[slice, ...]
) -> npt.NDArray[np.float64]:
    """Share of each voxel of a box inside; it falls over one voxel, as in a scan."""
    offsets = np.stack(np.meshgrid(*[np.arange(s.start, s.stop) for s in box], indexing="ij"))
    away = (offsets - centre[:, None, None, None]) / radii[:, None, None, None]
    return np.asarray(np.clip((1 - np.sqrt((away**2).sum(axis=0))) * radii.mean() + 0.5, 0, 1))


def add_wide_pelvis(
    rng: np.random.Generator, scene: Scene, target_zyx: npt.NDArray[np.float64], phase: float
) -> None:
    """Fluid in the hilum of a kidney, out of it towards the midline; labels stay.

    It has a cyst's HU until contrast agent reaches it, and is none.

    Parameters
    ----------
    target_zyx : (3,) float
        Middle of the kidney, voxels of the scene.
    phase : float
        From 2.2 on it may hold contrast agent.
    """
    inward = float(np.sign(scene.labels.shape[2] / 2 - target_zyx[2])) or 1.0
    radii = rng.uniform((9, 6, 8), (24, 15, 18)) / SPACING_MM
    centre = target_zyx + (rng.normal(0, 3), rng.normal(2, 2), inward * (6.0 + 0.6 * radii[2]))
    low = np.maximum(np.floor(centre - radii - 2).astype(int), 0)
    high = np.minimum(np.ceil(centre + radii + 3).astype(int), scene.labels.shape)
    if (high <= low).any():
        return  # the kidney lies at the edge of the scan
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    share = _ellipsoid(centre, radii, box)
    soft = (scene.hu[box] > _OUTSIDE_HU) & (scene.hu[box] < _BONE_HU)
    share *= soft & (scene.labels[box] == 0)
    is_bright = phase > 2.2 and rng.random() < 0.6
    hu = rng.uniform(120, 700) if is_bright else rng.normal(8, 7)
    scene.hu[box] += (share * (hu - scene.hu[box])).astype(np.float32)


def add_stent(rng: np.random.Generator, scene: Scene, target_zyx: npt.NDArray[np.float64]) -> None:
    """A thin dense tube from a kidney's middle down along the psoas; labels stay.

    Parameters
    ----------
    target_zyx : (3,) float
        Middle of the kidney, voxels of the scene.
    """
    depth, height, width = scene.labels.shape
    top = float(target_zyx[0] + rng.uniform(0, 8))
    z = np.arange(max(int(top), 1))[::-1]  # from the kidney down
    below = np.clip((top - z) * SPACING_MM, 0, None)  # mm under the pelvis
    inward = np.sign(width / 2 - target_zyx[2]) * (12 * (1 - np.exp(-below / 25)) + 0.06 * below)
    y = target_zyx[1] + (6 * np.sin(below / rng.uniform(30, 60))) / SPACING_MM
    x = target_zyx[2] + (inward + 2 * np.sin(below / rng.uniform(15, 40))) / SPACING_MM
    hu = float(rng.uniform(300, 1500))
    inside = (z < depth) & (y > 3) & (y < height - 4) & (x > 3) & (x < width - 4)
    for index, middle_y, middle_x in zip(z[inside], y[inside], x[inside], strict=True):
        first_y, first_x = int(middle_y) - 2, int(middle_x) - 2
        part = scene.hu[index, first_y : first_y + 6, first_x : first_x + 6]
        if part.min() < _OUTSIDE_HU:
            return  # the patient ends here
        rows, columns = np.ogrid[first_y : first_y + 6, first_x : first_x + 6]
        away = np.hypot(rows - middle_y, columns - middle_x) * SPACING_MM
        share = np.clip((_HALF_STENT_MM - away) / SPACING_MM + 0.5, 0, 1)
        part += (share * (hu - part)).astype(np.float32)
