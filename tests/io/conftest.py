"""Small scans made by code, written by nibabel: the oracle of this room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest

from tests.io.dicom_slices import SHAPE

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


@pytest.fixture
def write_series(tmp_path: Path) -> Writer:
    """Write a CT series with pydicom, one file a slice; returns its folder.

    `positions` are the LPS places of the slices' first pixels, `pixels` a (slices, rows,
    columns) array of stored values; `change` is called with the number and the data set of
    each slice before it is written.
    """

    def write(
        positions: Any,
        pixels: np.ndarray[Any, Any],
        orientation: tuple[float, ...] = (1, 0, 0, 0, 1, 0),
        folder: str = "series",
        change: Callable[[int, Any], None] | None = None,
        uid: str = "1.2.3",
        **fields: Any,
    ) -> Path:
        target = tmp_path / folder
        target.mkdir(exist_ok=True)
        for n, (position, plane) in enumerate(zip(positions, pixels, strict=True)):
            dataset = _slice(position, plane, orientation, uid, n)
            for name, value in fields.items():
                setattr(dataset, name, value)
            if change is not None:
                change(n, dataset)
            # shuffled names: only positions may count
            name = f"{(n * 7) % 101:03d}_{uid}_{n}.dcm"
            dataset.save_as(target / name, enforce_file_format=True)
        return target

    return write


def _slice(
    position: Any, plane: np.ndarray[Any, Any], orientation: Any, uid: str, n: int
) -> pydicom.Dataset:
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"{uid}.9.{n + 1}"
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.SeriesInstanceUID, dataset.StudyInstanceUID = uid, f"{uid}.8"
    dataset.FrameOfReferenceUID = f"{uid}.7"
    dataset.PatientID, dataset.PatientName = "secret", "Secret^Name"
    dataset.StudyDate, dataset.StudyTime, dataset.Manufacturer = "20200101", "101010", "Made"
    dataset.Modality, dataset.SeriesNumber, dataset.SeriesDescription = "CT", 4, "Portal"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.InstanceNumber, dataset.AcquisitionNumber = n + 1, 1
    dataset.Rows, dataset.Columns = plane.shape
    dataset.PixelSpacing, dataset.SliceThickness = [0.8, 0.7], 2.0
    dataset.ImageOrientationPatient = [float(v) for v in orientation]
    dataset.ImagePositionPatient = [float(v) for v in position]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, int(plane.dtype.kind == "i")
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = plane.astype(plane.dtype.newbyteorder("<")).tobytes()
    return dataset


@pytest.fixture
def stored() -> np.ndarray[Any, Any]:
    """(8, 10, 12) stored values, all different."""
    return (np.arange(np.prod(SHAPE)).reshape(SHAPE) + 500).astype(np.int16)
