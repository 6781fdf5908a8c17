"""A measurement report (SR, TID 1500) of lesions that lie in a DICOM SEG.

Numbers come in, nothing is measured here. Each lesion is a measurement group (TID 1411) that
refers to its segment, under the segment's own tracking identifier.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from kidview import __version__
from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io.atomic import refuse, write_atomically
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_seg_write import MANUFACTURER, SERIES_NUMBER
from kidview.io.dicom_sources import headers_of, new_uid, quiet, read_back, save
from kidview.io.receipt import Receipt
from kidview.io.segments import LATERALITY, Maker, Segment

_DESCRIPTION = "KidView measures. Research use only. Not a medical device."  # 64 letters at most
_UNITS = {"ml": "milliliter", "mm": "millimeter"}
_CLOSE = 5e-4  # a written number's last place


@dataclass(frozen=True)
class Reported:
    """What was measured of one segment.

    Parameters
    ----------
    segment : int
        Its number in the SEG, from 1.
    volume_ml : float
    longest_mm : float, optional
        Longest diameter.
    across_mm : float, optional
        Largest diameter across it.
    """

    segment: int
    volume_ml: float
    longest_mm: float | None = None
    across_mm: float | None = None

    @property
    def values(self) -> tuple[tuple[str, float, str], ...]:
        """Concept (SNOMED keyword of pydicom), number rounded as it is written, UCUM unit."""
        rows = (
            ("Volume", self.volume_ml, "ml"),
            ("LongAxis", self.longest_mm, "mm"),
            ("ShortAxis", self.across_mm, "mm"),
        )
        return tuple((what, round(n, 3), unit) for what, n, unit in rows if n is not None)


def write_report(
    measures: Sequence[Reported],
    segmentation: Path,
    source: Source,
    path: Path,
    *,
    maker: Maker | None = None,
    change: Callable[[Any], None] | None = None,
    overwrite: bool = False,
    task: Task | None = None,
) -> Receipt:
    """Write a measurement report that refers to a SEG of the same series.

    Parameters
    ----------
    measures : sequence of Reported
    segmentation : Path
        The SEG, as `write_seg` wrote it and before any de-identification.
    source : Source
        Of the scan: a DICOM series.
    path : Path
    maker : Maker, optional
        Who made the outlines.
    change : callable, optional
        Last word on the data set, such as `deidentify`.
    overwrite : bool
    task : Task, optional

    Returns
    -------
    Receipt

    Raises
    ------
    WriteError
        There is nothing to report, the SEG has no such segment, or the report does not read
        back with the numbers it was given.
    """
    task, maker = task or Task(), maker or Maker()
    slices = Slices.of(source, "a DICOM report")
    protected = (source.path, segmentation, *source.header.get("files", ()))
    refuse(path, overwrite, protected)
    if not measures:
        raise WriteError("there is no measure to report", "outline a lesion first")
    headers = headers_of(slices, task.part(0.0, 0.4))
    seg = read_back(segmentation)

    def write(file: Path) -> None:
        with quiet():
            dataset = _report(measures, seg, headers, maker)
            if change is not None:
                change(dataset)
        save(dataset, file)

    digest = write_atomically(
        path, ".dcm", write, partial(_check, measures), overwrite=overwrite, protected=protected
    )
    rows, columns = slices.stack.slices[0].shape
    names = {int(row.SegmentNumber): str(row.SegmentLabel) for row in seg.SegmentSequence}
    return Receipt(
        path,
        "report",
        (columns, rows, len(slices.stack.slices)),
        (slices.pixel_mm[1], slices.pixel_mm[0], slices.stack.layout.gap),
        "LPS",
        {},
        {names[one.segment]: one.volume_ml for one in measures},
        digest,
        "pydicom",
        proof="numbers read back equal with pydicom",
    )


def written_segments(
    segmentation: Path, segments: Sequence[Segment], measures: Sequence[Reported]
) -> tuple[Reported, ...]:
    """Measures under the numbers their segments have in a file; without those not in it."""
    rows = read_back(segmentation, stop_before_pixels=True).SegmentSequence
    numbers = {str(row.SegmentLabel): int(row.SegmentNumber) for row in rows}
    titles = {n: segment.title for n, segment in enumerate(segments, 1)}
    return tuple(
        replace(one, segment=numbers[titles[one.segment]])
        for one in measures
        if titles[one.segment] in numbers
    )


def _report(measures: Sequence[Reported], seg: Any, headers: list[Any], maker: Maker) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes

    device = sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=new_uid(), name="KidView", manufacturer_name=MANUFACTURER, model_name=__version__
        ),
    )
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=device),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[_group(one, seg, headers, maker) for one in measures],
        title=codes.DCM.ImagingMeasurementReport,
    )
    return sr.Comprehensive3DSR(
        evidence=[seg, *headers],
        content=report,
        series_instance_uid=new_uid(),
        series_number=SERIES_NUMBER + 1,
        sop_instance_uid=new_uid(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name="KidView",
        software_versions=__version__,
        device_serial_number="1",
        series_description=_DESCRIPTION,
    )


def _group(one: Reported, seg: Any, headers: list[Any], maker: Maker) -> Any:
    from highdicom import sr
    from pydicom.sr.codedict import codes
    from pydicom.sr.coding import Code

    row = next((row for row in seg.SegmentSequence if row.SegmentNumber == one.segment), None)
    if row is None:
        raise WriteError(
            f"the segmentation has no segment {one.segment}", "write it again with each lesion"
        )
    kind = row.SegmentedPropertyTypeCodeSequence[0]
    category = row.SegmentedPropertyCategoryCodeSequence[0]
    algorithm = None
    if maker.kind != "MANUAL":
        algorithm = sr.AlgorithmIdentification(maker.program, maker.program_version)
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(
            uid=row.get("TrackingUID") or new_uid(), identifier=str(row.SegmentLabel)
        ),
        referenced_segment=sr.ReferencedSegment(
            sop_class_uid=seg.SOPClassUID,
            sop_instance_uid=seg.SOPInstanceUID,
            segment_number=one.segment,
            source_series=sr.SourceSeriesForSegmentation(headers[0].SeriesInstanceUID),
        ),
        finding_type=Code(kind.CodeValue, "SCT", kind.CodeMeaning),
        finding_category=Code(category.CodeValue, "SCT", category.CodeMeaning),
        finding_sites=[sr.FindingSite(codes.SCT.Kidney, laterality=_side(row))],
        algorithm_id=algorithm,
        measurements=[
            sr.Measurement(getattr(codes.SCT, what), value, Code(unit, "UCUM", _UNITS[unit]))
            for what, value, unit in one.values
        ],
    )


def _side(row: Any) -> Any:
    """Laterality a segment was given, or None."""
    from pydicom.sr.coding import Code

    items = [
        *(one for region in row.get("AnatomicRegionSequence") or ()
          for one in region.get("AnatomicRegionModifierSequence") or ()),
        *(row.SegmentedPropertyTypeCodeSequence[0].get("SegmentedPropertyTypeModifierCodeSequence")
          or ()),
    ]  # fmt: skip
    known = {value: Code(value, "SCT", meaning) for value, meaning in LATERALITY.values()}
    return next((known[one.CodeValue] for one in items if one.CodeValue in known), None)


def _check(measures: Sequence[Reported], path: Path) -> None:
    """Compare the numbers of each group, in order, with what was given.

    Raises
    ------
    WriteError
        One differs or is missing.
    """
    dataset = read_back(path)
    found = [round(value, 3) for value in numbers_in(dataset)]
    given = [value for one in measures for _, value, _ in one.values]
    equal = len(found) == len(given) and all(
        abs(a - b) <= _CLOSE for a, b in zip(found, given, strict=True)
    )
    if not equal:
        raise WriteError(f"{path.name} reads back with other numbers", "report it")


def numbers_in(dataset: Any) -> list[float]:
    """All numbers of a structured report, in its order."""
    found: list[float] = []
    if dataset.get("ValueType") == "NUM":
        found.append(float(dataset.MeasuredValueSequence[0].NumericValue))
    for item in dataset.get("ContentSequence") or ():
        found += numbers_in(item)
    return found
