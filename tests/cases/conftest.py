"""A small scan, a store, and a DICOM series full of identifiers, all made by code."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from kidview.cases import Author, Case, CaseStore, Status
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.types import LabelArray
from kidview.core.volume import AxisOrder, Source, Volume

SHAPE = (4, 5, 6)
GRID = Geometry.straight(SHAPE, (2.5, 0.8, 0.7), (-5.0, -12.0, 30.0))
MODEL = Author("model", "kidview-small", "1.0", "a" * 64)
NEWER = Author("model", "kidview-small", "2.0", "b" * 64)

PATIENT_ID, ISSUER = "PID-4711-XYZ", "Clinic-Nord"
IDENTIFIERS = {
    "PatientName": "Doe^Jane-Seeded",
    "PatientID": PATIENT_ID,
    "IssuerOfPatientID": ISSUER,
    "PatientBirthDate": "19510304",
    "AccessionNumber": "ACC-99182",
    "StudyID": "STUDY-5521",
    "StudyDate": "20190807",
    "StudyTime": "111213.141",
    "SeriesDescription": "Portal for Jane-Seeded",
    "ReferringPhysicianName": "Referrer^Rita",
    "InstitutionName": "Seeded General",
    "DeviceSerialNumber": "SER-778899",
    "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.111",
    "SeriesInstanceUID": "1.2.826.0.1.3680043.8.498.222",
    "FrameOfReferenceUID": "1.2.826.0.1.3680043.8.498.333",
}
SOP_UID = "1.2.826.0.1.3680043.8.498.444"


def scan(seed: int = 0, name: str = "scan.nii.gz") -> Volume:
    """Random HU; another seed, another scan."""
    hu = np.random.default_rng(seed).integers(-1000, 1000, SHAPE).astype(np.int16)
    order = AxisOrder((2, 1, 0), (False, False, False))
    affine = GRID.zyx_to_ras[:, [2, 1, 0, 3]]
    return Volume(hu, GRID, Source(Path(name), "NIfTI", order, affine, name))


def mask(seed: int) -> LabelMap:
    """Random labels, half of them background."""
    values = np.random.default_rng(seed).choice([0, 0, 0, 1, 2, 3], SHAPE).astype(np.uint8)
    return LabelMap(values, GRID, owned=True)


def nothing_painted() -> Any:
    return np.zeros(SHAPE, bool)


def corrected(store: CaseStore, by: str = "Ann", seed: int = 0) -> Case:
    """A case with a prediction and a finished correction."""
    case = store.write_prediction(store.add(scan(seed)), mask(1), MODEL)
    case = store.write_corrected(case, mask(2), nothing_painted(), by)
    return store.set_status(case, Status.CORRECTED, by)


@pytest.fixture
def store(tmp_path: Path) -> CaseStore:
    return CaseStore(tmp_path / "cases")


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """Four slices of a patient, in a folder and files named after them."""
    return write_series(tmp_path / "Doe_Jane-Seeded")


def write_series(folder: Path, seed: int = 0, **changed: str) -> Path:
    """A CT series with every identifier above; `changed` replaces some, "" leaves them out."""
    folder.mkdir(parents=True)
    stored = np.random.default_rng(seed).integers(0, 2000, SHAPE).astype(np.int16)
    for n, plane in enumerate(stored):
        dataset = _slice(n, plane)
        for tag, value in (IDENTIFIERS | changed).items():
            if value:
                setattr(dataset, tag, value)
        dataset.save_as(folder / f"{PATIENT_ID}_{n}.dcm", enforce_file_format=True)
    return folder


def _slice(n: int, plane: LabelArray) -> pydicom.Dataset:
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"{SOP_UID}.{n + 1}"
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "CT", 4, n + 1
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows, dataset.Columns = plane.shape
    dataset.PixelSpacing, dataset.SliceThickness = [0.8, 0.7], 2.5
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    dataset.ImagePositionPatient = [10.0, 20.0, 2.5 * n]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 1
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = plane.astype("<i2").tobytes()
    return dataset


def secrets_of_the_series(folder: Path) -> list[str]:
    """Whatever would tell who the patient is, or which series it was."""
    bare = hashlib.sha256(f"{PATIENT_ID}\0{ISSUER}".encode()).hexdigest()
    names = ("Jane-Seeded", "Referrer", folder.name, str(folder))
    return [*IDENTIFIERS.values(), *names, SOP_UID, bare, "1951-03-04", "2019-08-07"]
