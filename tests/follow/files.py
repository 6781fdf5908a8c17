"""Two time points as files: scan and labels, the later one moved, grown and on another grid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np

from kidview.core.geometry import Geometry
from kidview.core.types import HUArray, LabelArray
from tests.follow.bodies import Ball, Motion, draw, grid

THEN = (Ball("left", (-22.0, 4.0, -20.0), 9.0), Ball("left", (-16.0, -6.0, 24.0), 6.0, 3))
NOW = (Ball("left", (-22.0, 4.0, -20.0), 11.0), Ball("left", (12.0, -12.0, 30.0), 6.0))


def write(path: Path, array: HUArray | LabelArray, geometry: Geometry) -> Path:
    """A (Z, Y, X) array as NIfTI."""
    affine = np.eye(4)
    affine[:3, :3] = geometry.zyx_to_ras[:3, :3][:, ::-1]
    affine[:3, 3] = geometry.zyx_to_ras[:3, 3]
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(array.T), affine), path)
    return path


def write_both(folder: Path, motion: Motion) -> dict[str, Path]:
    """The left kidney then (a tumour and a cyst) and now (larger tumour, a new one, no cyst)."""
    paths = {}
    for name, geometry, lesions, moved in (
        ("then", grid((3.0, 1.8, 1.8)), THEN, {}),
        ("now", grid((2.0, 2.0, 2.0), tilt_degrees=8.0), NOW, motion),
    ):
        still = {"left": np.eye(4)}
        labels = draw(geometry, lesions, still | moved, sides=("left",))
        hu = np.where(labels > 0, 40 + 30 * labels.astype(np.int16), -50).astype(np.int16)
        paths[name] = write(folder / f"{name}.nii.gz", hu, geometry)
        paths[f"{name}_seg"] = write(folder / f"{name}_seg.nii.gz", labels, geometry)
    return paths


def write_dicom(
    writer: Callable[..., Path], folder: str, hu: HUArray, geometry: Geometry, **fields: str
) -> Path:
    """A (Z, Y, X) array on a straight grid as a DICOM series; `writer` is `write_series` of io."""
    count, y, x = geometry.shape_zyx
    corners = [geometry.index_to_ras(np.array([z, y - 1, x - 1])) for z in range(count)]
    positions = [(-float(at[0]), -float(at[1]), float(at[2])) for at in corners]  # LPS
    dz, dy, dx = geometry.spacing_zyx
    stored = np.ascontiguousarray(hu[:, ::-1, ::-1] + 1024).astype(np.int16)
    return writer(
        positions,
        stored,
        folder=folder,
        uid=f"1.2.{sum(folder.encode())}",
        PixelSpacing=[dy, dx],
        SliceThickness=dz,
        **fields,
    )
