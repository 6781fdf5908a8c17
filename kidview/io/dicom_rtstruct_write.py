"""Labels -> DICOM RTSTRUCT: closed contours along pixel edges on the series' own slices.

Read back, filled and compared before the file is moved into place: Dice at least 0.99 of each
structure. Edges, because contours through pixel centres lose half a pixel all around when they
are filled again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from kidview import __version__
from kidview.core.errors import WriteError
from kidview.core.labels import LABELS, LabelMap
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray
from kidview.core.volume import Source
from kidview.io.atomic import refuse, write_atomically
from kidview.io.contours import outlines
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_rtstruct_read import masks_of_contours
from kidview.io.dicom_seg_write import MANUFACTURER, SERIES_NUMBER, only_present, receipt_on_slices
from kidview.io.dicom_sources import headers_of, new_uid, quiet, read_back, save
from kidview.io.receipt import Receipt
from kidview.io.segments import KIDNEY, TYPE, Maker, Segment, segments_of

LEAST_DICE = 0.99
_CONTOUR_DATA = Tag("ContourData")
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # Detached Study Management, as the IOD names it
_COPIED = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate",
    "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName", "SpecificCharacterSet",
    "StudyDescription",
)  # fmt: skip


def write_rtstruct(
    labels: LabelMap,
    source: Source,
    path: Path,
    *,
    maker: Maker | None = None,
    each_lesion: bool = False,
    wanted: tuple[int, ...] = (),
    change: Callable[[Any], None] | None = None,
    overwrite: bool = False,
    task: Task | None = None,
) -> Receipt:
    """Write labels as contours; parameters and errors as `write_seg` has them.

    Returns
    -------
    Receipt
        Its proof is the lowest Dice of a structure against what was meant.
    """
    task, maker = task or Task(), maker or Maker()
    slices = Slices.of(source, "RTSTRUCT")
    protected = (source.path, *source.header.get("files", ()))
    refuse(path, overwrite, protected)
    segments, in_house = segments_of(labels, each_lesion=each_lesion, wanted=wanted)
    numbers = slices.from_house(in_house, labels.geometry)
    segments, numbers = only_present(segments, numbers)
    headers = headers_of(slices, task.part(0.0, 0.2))

    def write(file: Path) -> None:
        with quiet():
            dataset = _structure_set(headers, slices, numbers, segments, maker, task)
            if change is not None:
                change(dataset)
        save(dataset, file)

    dice: list[float] = []
    digest = write_atomically(
        path,
        ".dcm",
        write,
        lambda file: dice.append(_check(file, numbers, slices)),
        overwrite=overwrite,
        protected=protected,
    )
    proof = f"read back and filled again, Dice {dice[0]:.4f}"
    return receipt_on_slices(
        path, "contours", segments, labels, numbers, slices, digest, proof, wanted
    )


def _structure_set(
    headers: list[Any],
    slices: Slices,
    numbers: LabelArray,
    segments: tuple[Segment, ...],
    maker: Maker,
    task: Task,
) -> Any:
    dataset, now, first = Dataset(), datetime.now(), headers[0]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID = RTStructureSetStorage
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = new_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    for name in _COPIED:
        if name in first:
            setattr(dataset, name, first.get(name))
    dataset.Modality, dataset.SeriesNumber, dataset.InstanceNumber = "RTSTRUCT", SERIES_NUMBER, 1
    dataset.SeriesInstanceUID, dataset.SeriesDescription = new_uid(), "KidView contours"
    dataset.Manufacturer = dataset.ManufacturerModelName = MANUFACTURER
    dataset.SoftwareVersions, dataset.OperatorsName = __version__, ""
    dataset.FrameOfReferenceUID, dataset.PositionReferenceIndicator = first.FrameOfReferenceUID, ""
    dataset.StructureSetLabel = "KIDNEY"
    for name in ("StructureSetDate", "InstanceCreationDate", "SeriesDate"):
        setattr(dataset, name, now.strftime("%Y%m%d"))
    for name in ("StructureSetTime", "InstanceCreationTime", "SeriesTime"):
        setattr(dataset, name, now.strftime("%H%M%S"))
    dataset.ApprovalStatus = "UNAPPROVED"
    dataset.ReferencedFrameOfReferenceSequence = _references(headers, slices)
    structures, contours, observations = [], [], []
    for number, segment in enumerate(segments, 1):
        task.report(0.2 + 0.6 * number / len(segments), "Drawing contours")
        structures.append(_structure(number, segment, maker, first.FrameOfReferenceUID))
        contours.append(_contours(number, numbers == number, segment, slices))
        observations.append(_observation(number, segment))
    dataset.StructureSetROISequence = Sequence(structures)
    dataset.ROIContourSequence = Sequence(contours)
    dataset.RTROIObservationsSequence = Sequence(observations)
    return dataset


def _references(headers: list[Any], slices: Slices) -> Any:
    first = headers[0]
    series = Dataset()
    series.SeriesInstanceUID = first.SeriesInstanceUID
    series.ContourImageSequence = Sequence(
        [_image(n, slices) for n in range(len(slices.stack.slices))]
    )
    study = Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = (
        _STUDY_CLASS, first.StudyInstanceUID,
    )  # fmt: skip
    study.RTReferencedSeriesSequence = Sequence([series])
    frame = Dataset()
    frame.FrameOfReferenceUID = first.FrameOfReferenceUID
    frame.RTReferencedStudySequence = Sequence([study])
    return Sequence([frame])


def _image(n: int, slices: Slices) -> Dataset:
    one, image = slices.stack.slices[n], Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = one.sop_class, one.sop_uid
    if one.frames > 1:
        image.ReferencedFrameNumber = one.frame + 1
    return image


def _structure(number: int, segment: Segment, maker: Maker, space: str) -> Dataset:
    row = Dataset()
    row.ROINumber, row.ReferencedFrameOfReferenceUID = number, space
    row.ROIName = segment.title
    row.ROIGenerationAlgorithm = maker.kind
    if maker.kind != "MANUAL":
        row.ROIGenerationDescription = f"{maker.program} {maker.program_version}"
    return row


def _observation(number: int, segment: Segment) -> Dataset:
    row, code = Dataset(), Dataset()
    row.ObservationNumber = row.ReferencedROINumber = number
    row.RTROIInterpretedType = "ORGAN" if segment.label == KIDNEY else ""
    row.ROIInterpreter = ""
    code.CodeValue, code.CodeMeaning = TYPE[segment.label]
    code.CodingSchemeDesignator = "SCT"
    row.RTROIIdentificationCodeSequence = Sequence([code])
    return row


def _contours(number: int, mask: LabelArray, segment: Segment, slices: Slices) -> Dataset:
    row = Dataset()
    row.ReferencedROINumber = number
    colour = LABELS[segment.label - 1].colour
    row.ROIDisplayColor = [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    found: list[Dataset] = []
    for n in np.flatnonzero(mask.any(axis=(1, 2))).tolist():
        for polygon in outlines(mask[n]):
            item = Dataset()
            item.ContourImageSequence = Sequence([_image(n, slices)])
            item.ContourGeometricType = "CLOSED_PLANAR"
            item.NumberOfContourPoints = len(polygon)
            item.ContourNumber = len(found) + 1
            points = to_lps(polygon, n, slices)
            item[_CONTOUR_DATA] = _decimals(points.ravel())
            found.append(item)
    row.ContourSequence = Sequence(found)
    return row


def _decimals(numbers: FloatArray) -> RawDataElement:
    """Numbers as a DS element, which holds 16 signs each, without pydicom's check of each."""
    text = "\\".join(f"{mm:.4f}" for mm in numbers.tolist()).encode("ascii")
    text += b" " * (len(text) % 2)
    return RawDataElement(_CONTOUR_DATA, "DS", len(text), text, 0, False, True)


def to_lps(polygon: FloatArray, n: int, slices: Slices) -> FloatArray:
    """(n, 2) x, y in pixels of a slice to (n, 3) LPS mm."""
    row_mm, column_mm = slices.pixel_mm
    return np.asarray(
        slices.corners_lps[n] + (polygon * (column_mm, row_mm)) @ slices.axes[:, :2].T
    )


def _check(path: Path, numbers: LabelArray, slices: Slices) -> float:
    """Lowest Dice of a structure against what was meant.

    Raises
    ------
    WriteError
        It is below 0.99.
    """
    dataset, lowest = read_back(path), 1.0
    for row, which in zip(dataset.ROIContourSequence, range(1, numbers.max() + 1), strict=True):
        found = np.zeros(numbers.shape, np.bool_)
        for n, mask in masks_of_contours(row, slices, path.name)[0]:
            found[n] ^= mask
        meant = numbers == which
        dice = 2 * int((found & meant).sum()) / (int(found.sum()) + int(meant.sum()))
        lowest = min(lowest, dice)
    if lowest < LEAST_DICE:
        raise WriteError(
            f"{path.name} reads back with a Dice of {lowest:.3f} only", "export DICOM SEG instead"
        )
    return lowest
