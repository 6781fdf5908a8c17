"""Small scans made by code, written by nibabel: the oracle of this room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

Writer = Callable[..., Path]


@pytest.fixture
def write_nifti(tmp_path: Path) -> Writer:
    """Write an (i, j, k) array with nibabel; changes to the header by keyword."""

    def write(
        array: np.ndarray[Any, Any],
        affine: np.ndarray[Any, Any] | None = None,
        name: str = "scan.nii.gz",
        sform: int = 1,
        qform: int = 1,
        slope: tuple[float, float] | None = None,
        **fields: Any,
    ) -> Path:
        affine = np.diag([0.7, 0.8, 2.5, 1.0]) if affine is None else affine
        image = nibabel.Nifti1Image(array, affine)
        image.set_sform(affine, sform)
        image.set_qform(affine, qform)
        image.header.set_xyzt_units("mm")
        path = tmp_path / name
        if slope is not None:
            image.header.set_slope_inter(*slope)
        nibabel.save(image, path)
        if fields or slope is not None:
            _patch(
                path, {"scl_slope": slope[0], "scl_inter": slope[1]} | fields if slope else fields
            )
        return path

    return write


def _patch(path: Path, fields: dict[str, Any]) -> None:
    """Change header fields of a file as nibabel would not let us."""
    import gzip

    opener: Any = gzip.open if path.name.endswith(".gz") else open
    with opener(path, "rb") as stream:
        data = bytearray(stream.read())
    header = nibabel.Nifti1Header(bytes(data[:348]), check=False)
    for name, value in fields.items():
        header[name] = value
    data[:348] = header.binaryblock
    with opener(path, "wb") as stream:
        stream.write(data)


@pytest.fixture
def ramp() -> np.ndarray[Any, Any]:
    """(5, 6, 7) int16 HU, every voxel another value, no symmetry."""
    return (np.arange(5 * 6 * 7).reshape(5, 6, 7) * 7 - 700).astype(np.int16)
