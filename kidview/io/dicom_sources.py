"""The files a DICOM series was read from, as those who write about it need them."""

from __future__ import annotations

import hmac
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pydicom
from pydicom.uid import UID, generate_uid

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.io.dicom_header import read_dataset
from kidview.io.dicom_planes import Slices
from kidview.io.parts import Files

FRAME_OF_REFERENCE = b"frame of reference"
"""Key of the UID that a series without a frame of reference gets."""

_EMPTY_WHERE_MISSING = (
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID",
    "StudyDate", "StudyTime", "ReferringPhysicianName",
)  # fmt: skip
_NEEDED = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_WORDS = {
    "StudyInstanceUID": "study",
    "SeriesInstanceUID": "series",
    "SOPInstanceUID": "image",
}


@contextmanager
def quiet() -> Iterator[None]:
    """Without pydicom's remarks on values, which are taken over as real files have them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def new_uid() -> UID:
    """A UID nobody has, made of a random number."""
    return generate_uid(prefix=None)


def uid_of(key: bytes, uid: str) -> UID:
    """A UID made of another one: the same for the same key, and no way back without it."""
    digest = hmac.digest(key, uid.encode(), "sha256")
    return UID(f"2.25.{int.from_bytes(digest[:16])}")


def headers_of(slices: Slices, task: Task) -> list[Any]:
    """Headers of the files of a series, one a file, in the order of their slices.

    Parameters
    ----------
    slices : Slices
    task : Task

    Returns
    -------
    list of pydicom.Dataset
        Without pixels. What the standard wants to be there, if empty, is there. Old series
        without a frame of reference get one made of their series UID, the same each time.

    Raises
    ------
    WriteError
        The series has not got the names (UIDs) that others need to refer to it.
    """
    with quiet():
        return _headers_of(slices, task)


def _headers_of(slices: Slices, task: Task) -> list[Any]:
    found: dict[Any, Any] = {}
    with Files() as files:
        for n, one in enumerate(slices.stack.slices):
            task.report(n / len(slices.stack.slices), "Reading headers")
            if one.part not in found:
                data = files.read(one.part)
                found[one.part] = _usable(read_dataset(data, stop_before_pixels=True))
    headers = list(found.values())
    first = headers[0]
    for name in _NEEDED:
        if not all(str(header.get(name) or "") for header in headers):
            raise WriteError(
                f"the series has no {_WORDS[name]} UID, so nothing can refer to it",
                "export NIfTI instead, or repair the series",
            )
        if name != "SOPInstanceUID" and len({header.get(name) for header in headers}) > 1:
            raise WriteError(
                f"the series' files name several {_WORDS[name]} UIDs",
                "export NIfTI instead, or repair the series",
            )
    spaces = {str(header.get("FrameOfReferenceUID") or "") for header in headers}
    if len(spaces) > 1:
        raise WriteError(
            "the series' files name several frames of reference", "export NIfTI instead"
        )
    if spaces == {""}:
        made = uid_of(FRAME_OF_REFERENCE, str(first.SeriesInstanceUID))
        for header in headers:
            header.FrameOfReferenceUID = made
    for header in headers[1:]:  # what differs from file to file by accident confuses writers
        for name in _EMPTY_WHERE_MISSING:
            setattr(header, name, first.get(name))
    return headers


def _usable(dataset: Any) -> Any:
    for name in _EMPTY_WHERE_MISSING:
        try:
            value = dataset.get(name)
        except Exception:  # noqa: BLE001 whatever pydicom makes of a malformed value
            value = None
        setattr(dataset, name, "" if value is None else value)
    # Lossy tags that contradict each other are no matter of a mask's.
    for name in (
        "LossyImageCompression", "LossyImageCompressionRatio", "LossyImageCompressionMethod",
    ):  # fmt: skip
        if name in dataset:
            delattr(dataset, name)
    if dataset.get("PatientIdentityRemoved") == "YES" and not (
        dataset.get("DeidentificationMethod") or dataset.get("DeidentificationMethodCodeSequence")
    ):
        dataset.DeidentificationMethod = "as in the source series, which names no method"
    if "DeidentificationMethod" in dataset and not dataset.DeidentificationMethod:
        del dataset.DeidentificationMethod  # may be absent, may not be empty
    return dataset


def save(dataset: Any, path: Path) -> None:
    """Write a data set in one go.

    pydicom puts a traceback into the words of an error of the disk, and drops its number.
    """
    buffer = BytesIO()
    with quiet():
        dataset.save_as(buffer, enforce_file_format=True)
    path.write_bytes(buffer.getbuffer())


def read_back(path: Any, **options: Any) -> Any:
    """A file of our own again, by pydicom alone."""
    with quiet():
        return pydicom.dcmread(path, **options)
