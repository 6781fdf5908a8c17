"""A kidney as a signed distance map on a straight grid of even spacing, whatever its scan's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from kidview.core.geometry import Geometry
from kidview.core.types import MaskArray, Triple
from kidview.measure import Kidney

STEP_MM = 2.0
MARGIN_MM = 14.0
"""Room around the kidney: the distance map is of use that far out."""
_LESION_MM = 6.0  # a lesion that grew changes the kidney's outline about so far around it


@dataclass(frozen=True, eq=False)
class DistanceMap:
    """A kidney sampled every `STEP_MM`.

    Parameters
    ----------
    origin_ras : (x, y, z)
        Centre of voxel (0, 0, 0), mm; axes run along those of the patient.
    hull, body : (z, y, x) float32
        mm to the surface of the closed kidney, and of its parenchyma with lesions; negative
        inside.
    is_inside : (z, y, x) bool
        In the scan.
    is_true : (z, y, x) bool
        The distances are those to the kidney's own surface, not to where the scan cut it.
    is_steady : (z, y, x) bool
        Not near a lesion, which may have grown.
    """

    origin_ras: Triple
    hull: npt.NDArray[np.float32]
    body: npt.NDArray[np.float32]
    is_inside: MaskArray
    is_true: MaskArray
    is_steady: MaskArray


def map_kidney(kidney: Kidney, scan: Geometry) -> DistanceMap:
    """Sample a kidney's shape.

    Parameters
    ----------
    kidney : Kidney
    scan : Geometry
        Grid of the whole scan: where it ends nothing is known of the kidney.
    """
    corners = kidney.geometry.corners_ras()
    low, high = corners.min(axis=0) - MARGIN_MM, corners.max(axis=0) + MARGIN_MM
    x, y, z = (int(np.ceil(mm / STEP_MM)) + 1 for mm in high - low)
    origin = (float(low[0]), float(low[1]), float(low[2]))
    grid = Geometry.straight((z, y, x), (STEP_MM,) * 3, origin)
    lesions = _sampled(kidney.lesions, kidney.geometry, grid)
    is_steady = np.ones(grid.shape_zyx, bool)
    if lesions.any():
        is_steady = ndimage.distance_transform_edt(~lesions, STEP_MM) > _LESION_MM
    hull = _signed_mm(_sampled(kidney.hull, kidney.geometry, grid))
    body = _signed_mm(_sampled(kidney.body | kidney.lesions, kidney.geometry, grid))
    is_inside = _inside(grid, scan)
    is_true = is_inside
    if kidney.touches_edge:
        to_end_mm = ndimage.distance_transform_edt(is_inside, STEP_MM)
        is_true = np.asarray((np.abs(hull) < to_end_mm) & (np.abs(body) < to_end_mm))
    return DistanceMap(origin, hull, body, is_inside, is_true, is_steady)


def _sampled(mask: MaskArray, of: Geometry, grid: Geometry) -> MaskArray:
    """The mask on another grid: interpolated, so that thick slices make no stairs."""
    step = np.linalg.inv(of.zyx_to_ras) @ grid.zyx_to_ras
    share = ndimage.affine_transform(
        mask.astype(np.float32), step[:3, :3], step[:3, 3], grid.shape_zyx, order=1
    )
    return np.asarray(share > 0.5)


def _inside(grid: Geometry, scan: Geometry) -> MaskArray:
    """Which points of a grid lie between the outer voxels' middles of a scan."""
    index = scan.ras_to_index(grid.index_to_ras(np.moveaxis(np.indices(grid.shape_zyx), 0, -1)))
    last = np.array(scan.shape_zyx) - 1
    return np.asarray(((index >= 0) & (index <= last)).all(axis=-1))


def _signed_mm(mask: MaskArray) -> npt.NDArray[np.float32]:
    if not mask.any():
        return np.full(mask.shape, MARGIN_MM, np.float32)
    outside = ndimage.distance_transform_edt(~mask, STEP_MM)
    inside = ndimage.distance_transform_edt(mask, STEP_MM)
    signed = outside - inside  # jumps by two steps where the surface passes between voxels
    return np.asarray(signed - np.sign(signed) * STEP_MM / 2, np.float32)
