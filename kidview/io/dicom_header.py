"""DICOM headers -> plain records, one a slice, tolerant of what real files do.

Names are those of the standard (PS3.3); positions and directions are LPS as in the file.
No patient data leaves this module but a hash that tells patients apart.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pydicom
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from kidview.core.errors import BrokenFile
from kidview.io.anonymous import names_patient
from kidview.io.parts import HEAD_BYTES, Files, Part

SNIFF_BYTES = 132
_PIXELS = (b"\xe0\x7f\x10\x00", b"\x7f\xe0\x00\x10")  # tag (7FE0,0010), either byte order
_DEFLATED = "1.2.840.10008.1.2.1.99"
_TAGS = (
    "SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "PatientID",
    "PatientName", "IssuerOfPatientID", "OtherPatientIDs", "OtherPatientIDsSequence",
    "OtherPatientNames", "PatientBirthName", "PatientBirthDate", "Modality", "SeriesNumber",
    "SeriesDescription",
    "ImageType", "AcquisitionNumber", "InstanceNumber", "ContentTime", "AcquisitionTime",
    "TemporalPositionIdentifier", "TemporalPositionIndex", "Rows", "Columns", "PixelSpacing",
    "ImagePositionPatient", "ImageOrientationPatient", "SliceThickness", "SpacingBetweenSlices",
    "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation", "PixelPaddingValue", "PixelPaddingRangeLimit", "RescaleSlope",
    "RescaleIntercept", "RescaleType", "LossyImageCompression", "NumberOfFrames",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip

_PERSONAL = ("PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName")


@dataclass(frozen=True)
class Slice:
    """One plane of one file, as its header tells.

    Parameters
    ----------
    part : Part
    frame : int
        From 0; 0 in single-frame files.
    frames : int
        Of the file.
    sop_uid, series_uid, sop_class, syntax : str
    patient : str
        Hash, to tell patients apart.
    patient_key : str
        sha256 of PatientID and its issuer; "" where there is no PatientID.
    space : str
        FrameOfReferenceUID.
    modality, title : str
    public_title : str
        The title; without the description where that names the patient.
    image_type : tuple of str
    shape : 2 ints
        Rows, columns.
    spacing : 2 floats or None
        mm between rows, between columns (PS3.3 10.7.1.3).
    position : 3 floats or None
        Centre of the first pixel, LPS mm.
    orientation : 6 floats or None
        Directions along a row and down a column, LPS.
    thickness, between : float or None
        SliceThickness and SpacingBetweenSlices, mm.
    slope, intercept : float
    unit : str
        RescaleType, "" or "HU" for HU.
    is_rescaled : bool
        Whether the header has a slope or intercept at all.
    signed : bool
    bits_stored, high_bit : int
    padding : 2 ints or None
        Lowest and highest stored value that means "no data".
    lossy : bool
    number, acquisition, temporal : int or None
        InstanceNumber, AcquisitionNumber, temporal position.
    time : str
        ContentTime or AcquisitionTime.
    samples : int
    has_pixels : bool
    """

    part: Part
    frame: int
    frames: int
    sop_uid: str
    series_uid: str
    sop_class: str
    syntax: str
    patient: str
    patient_key: str
    space: str
    modality: str
    title: str
    public_title: str
    image_type: tuple[str, ...]
    shape: tuple[int, int]
    spacing: tuple[float, float] | None
    position: tuple[float, float, float] | None
    orientation: tuple[float, ...] | None
    thickness: float | None
    between: float | None
    slope: float
    intercept: float
    unit: str
    is_rescaled: bool
    signed: bool
    bits_stored: int
    high_bit: int
    padding: tuple[int, int] | None
    lossy: bool
    number: int | None
    acquisition: int | None
    temporal: int | None
    time: str
    samples: int
    has_pixels: bool


def is_dicom(head: bytes) -> bool:
    """Whether the first bytes of a file are those of DICOM, with or without preamble."""
    if head[128:132] == b"DICM":
        return True
    if len(head) < 16:
        return False
    # No preamble: the first element belongs to group 2 or 8 and has a short, sane value.
    for order in ("little", "big"):
        group = int.from_bytes(head[0:2], order)
        element = int.from_bytes(head[2:4], order)
        if group in (0x0002, 0x0008) and element <= 0x0100:
            length = int.from_bytes(head[4:8], order)
            if head[4:6].isalpha() and head[4:6].isupper() or length <= 256:
                return True
    return False


def name_of(uid: str) -> str:
    """The standard's name for a UID, or the UID."""
    return UID(uid, validation_mode=pydicom.config.IGNORE).name if uid else "nothing known"


def read_slices(part: Part, files: Files) -> tuple[Slice, ...]:
    """The slices a file holds: one, or one per frame; pixels are not read.

    Raises
    ------
    ReadError
        The header cannot be understood.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # we judge the values we use ourselves
        dataset, has_pixels = _read(part, files)
        return tuple(_slices(dataset, part, has_pixels))


def read_dataset(data: bytes, **options: Any) -> Any:
    """A pydicom dataset from the bytes of a file, quiet about what real files do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(BytesIO(data), force=True, **options)
    if "TransferSyntaxUID" not in dataset.file_meta:
        implicit = dataset.original_encoding[0]
        syntax = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = syntax
    return dataset


def _read(part: Part, files: Files) -> tuple[Any, bool]:
    """Header of a file and whether pixels follow it; as few bytes as will do."""
    head = files.read(part, HEAD_BYTES)
    whole = len(head) < HEAD_BYTES
    try:
        dataset, at = _parse(head)
        if whole or (at < len(head) - 4 and dataset.file_meta.TransferSyntaxUID != _DEFLATED):
            return dataset, _has_pixels(dataset, head, at)
    except Exception:  # noqa: BLE001 cut in the middle of an element, which pydicom tells in many ways
        if whole:
            raise _broken(part) from None
    data = files.read(part)
    try:
        dataset, at = _parse(data)
    except Exception as error:
        raise _broken(part) from error
    return dataset, _has_pixels(dataset, data, at)


def _parse(data: bytes) -> tuple[Any, int]:
    stream = BytesIO(data)
    dataset = pydicom.dcmread(
        stream, force=True, stop_before_pixels=True, specific_tags=list(_TAGS)
    )
    if "TransferSyntaxUID" not in dataset.file_meta:
        dataset.file_meta.TransferSyntaxUID = UID("")
    return dataset, stream.tell()


def _has_pixels(dataset: Any, data: bytes, at: int) -> bool:
    if dataset.file_meta.TransferSyntaxUID == _DEFLATED:
        return "PixelData" in read_dataset(data, specific_tags=["PixelData"])
    return data[at : at + 4] in _PIXELS


def _broken(part: Part) -> BrokenFile:
    return BrokenFile(f"{part.name} has a DICOM header that is damaged", "copy it again")


def _slices(dataset: Any, part: Part, has_pixels: bool) -> Iterator[Slice]:
    frames = max(int(_number(dataset, "NumberOfFrames") or 1), 1)
    per_frame = _sequence(dataset, "PerFrameFunctionalGroupsSequence")
    shared = (_sequence(dataset, "SharedFunctionalGroupsSequence") or [None])[0]
    common = _common(dataset, part, frames, has_pixels)
    for frame in range(frames):
        own = per_frame[frame] if frame < len(per_frame) else None
        groups = tuple(group for group in (own, shared) if group is not None)
        yield Slice(frame=frame, **common, **_of_frame(dataset, groups))


def _common(dataset: Any, part: Part, frames: int, has_pixels: bool) -> dict[str, Any]:
    identity = f"{_text(dataset, 'PatientID')}|{_text(dataset, 'PatientName')}"
    bits = int(_number(dataset, "BitsStored") or _number(dataset, "BitsAllocated") or 16)
    high = _number(dataset, "HighBit")
    time = _text(dataset, "ContentTime") or _text(dataset, "AcquisitionTime")
    return {
        "part": part,
        "frames": frames,
        "sop_uid": _text(dataset, "SOPInstanceUID"),
        "series_uid": _text(dataset, "SeriesInstanceUID"),
        "sop_class": _text(dataset, "SOPClassUID"),
        "syntax": str(dataset.file_meta.TransferSyntaxUID),
        "patient": hashlib.sha256(identity.encode()).hexdigest()[:12],
        "patient_key": _patient_key(dataset),
        "space": _text(dataset, "FrameOfReferenceUID"),
        "modality": _text(dataset, "Modality"),
        "title": _title(dataset, _text(dataset, "SeriesDescription")),
        "public_title": _public_title(dataset),
        "shape": (int(_number(dataset, "Rows") or 0), int(_number(dataset, "Columns") or 0)),
        "signed": _number(dataset, "PixelRepresentation") == 1,
        "bits_stored": bits,
        "high_bit": bits - 1 if high is None else int(high),
        "padding": _padding(dataset),
        "lossy": _text(dataset, "LossyImageCompression") == "01",
        "number": _integer(dataset, "InstanceNumber"),
        "time": time,
        "samples": int(_number(dataset, "SamplesPerPixel") or 1),
        "has_pixels": has_pixels,
    }


def _patient_key(dataset: Any) -> str:
    """Says the same of every scan of a patient, whatever spelling the name has."""
    number = _text(dataset, "PatientID")
    if not number:
        return ""
    issuer = _text(dataset, "IssuerOfPatientID")
    return hashlib.sha256(f"{number}\0{issuer}".encode()).hexdigest()


def _public_title(dataset: Any) -> str:
    """The title, without a description that names the patient."""
    told = [_text(dataset, tag) for tag in _PERSONAL]
    told += [_text(one, "PatientID") for one in _sequence(dataset, "OtherPatientIDsSequence")]
    description, birth = _text(dataset, "SeriesDescription"), _text(dataset, "PatientBirthDate")
    return _title(dataset, "" if names_patient(description, told, birth) else description)


def _title(dataset: Any, description: str) -> str:
    """Number and description of the series."""
    number = _integer(dataset, "SeriesNumber")
    words = [str(number)] if number is not None else []
    if not description:
        description = f"{_text(dataset, 'Modality') or 'DICOM'} series"
    return " ".join([*words, description])


def _padding(dataset: Any) -> tuple[int, int] | None:
    one, other = _number(dataset, "PixelPaddingValue"), _number(dataset, "PixelPaddingRangeLimit")
    if one is None:
        return None
    ends = sorted((int(one), int(one if other is None else other)))
    return (ends[0], ends[1])


def _of_frame(dataset: Any, groups: tuple[Any, ...]) -> dict[str, Any]:
    """What a functional group of the frame says, else the shared ones, else the file."""

    def find(sequence: str, tag: str) -> Any:
        for group in groups:
            items = _sequence(group, sequence)
            if items and tag in items[0]:
                return items[0]
        return dataset

    def value(sequence: str, tag: str) -> float | None:
        return _number(find(sequence, tag), tag)

    def values(sequence: str, tag: str, count: int) -> Any:
        return _numbers(find(sequence, tag), tag, count)

    transform = "PixelValueTransformationSequence"
    slope = value(transform, "RescaleSlope")
    intercept = value(transform, "RescaleIntercept")
    content = "FrameContentSequence"
    temporal = value(content, "TemporalPositionIndex")
    if temporal is None:
        temporal = _number(dataset, "TemporalPositionIdentifier")
    acquisition = value(content, "FrameAcquisitionNumber")
    if acquisition is None:
        acquisition = _number(dataset, "AcquisitionNumber")
    kind = _texts(find("CTImageFrameTypeSequence", "FrameType"), "FrameType")
    return {
        "image_type": kind or _texts(dataset, "ImageType"),
        "spacing": values("PixelMeasuresSequence", "PixelSpacing", 2),
        "position": values("PlanePositionSequence", "ImagePositionPatient", 3),
        "orientation": values("PlaneOrientationSequence", "ImageOrientationPatient", 6),
        "thickness": value("PixelMeasuresSequence", "SliceThickness"),
        "between": value("PixelMeasuresSequence", "SpacingBetweenSlices"),
        "slope": slope if slope else 1.0,
        "intercept": intercept or 0.0,
        "unit": _text(find(transform, "RescaleType"), "RescaleType"),
        "is_rescaled": slope is not None or intercept is not None,
        "acquisition": None if acquisition is None else int(acquisition),
        "temporal": None if temporal is None else int(temporal),
    }


def _value(dataset: Any, tag: str) -> Any:
    """A value or None; whatever pydicom makes of a malformed one counts as none."""
    try:
        return dataset.get(tag)
    except Exception:  # noqa: BLE001 see above
        return None


def _text(dataset: Any, tag: str) -> str:
    value = _value(dataset, tag)
    return "" if value is None else str(value).strip(" \0")


def _texts(dataset: Any, tag: str) -> tuple[str, ...]:
    value = _value(dataset, tag)
    if value is None:
        return ()
    several = [value] if isinstance(value, str) else list(value)
    return tuple(str(one).strip() for one in several)


def _number(dataset: Any, tag: str) -> float | None:
    try:
        number = float(_value(dataset, tag))
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float("inf") else None  # also drops NaN


def _integer(dataset: Any, tag: str) -> int | None:
    number = _number(dataset, tag)
    return None if number is None else int(number)


def _numbers(dataset: Any, tag: str, count: int) -> tuple[float, ...] | None:
    value = _value(dataset, tag)
    try:
        numbers = tuple(float(one) for one in value)
    except (TypeError, ValueError):
        return None
    sane = all(abs(one) < float("inf") for one in numbers)
    return numbers if len(numbers) == count and sane else None


def _sequence(dataset: Any, tag: str) -> list[Any]:
    value = _value(dataset, tag)
    return list(value) if isinstance(value, pydicom.sequence.Sequence) else []
