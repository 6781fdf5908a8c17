"""Labels -> DICOM SEG: coded segments on the series' own slices, written by highdicom.

Read back with pydicom by the frames' own positions, and compared with what was meant voxel by
voxel, before the file is moved into place.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from kidview import __version__
from kidview.core.errors import WriteError
from kidview.core.labels import LABEL_NAMES, LABELS, LabelMap
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.core.volume import Source
from kidview.core.words import count_of
from kidview.io.atomic import refuse, write_atomically
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_seg_read import frames_of
from kidview.io.dicom_sources import headers_of, new_uid, quiet, read_back, save
from kidview.io.orientation import axis_codes, spacing_of
from kidview.io.receipt import Receipt, count_labels
from kidview.io.segments import CATEGORY, KIDNEY, LATERALITY, TYPE, Maker, Segment, segments_of

Change = Callable[[Any], None]
"""What is done to a data set before it is written, such as taking names out."""

MANUFACTURER = "KidView"
_FAMILY = ("123110", "Artificial Intelligence")  # CID 7162
SERIES_NUMBER = 9001  # above those of scanners, below what IS can hold


def write_seg(
    labels: LabelMap,
    source: Source,
    path: Path,
    *,
    maker: Maker | None = None,
    each_lesion: bool = False,
    wanted: tuple[int, ...] = (),
    as_labelmap: bool = False,
    omit_empty_frames: bool = False,
    change: Change | None = None,
    overwrite: bool = False,
    task: Task | None = None,
) -> Receipt:
    """Write labels as a DICOM SEG that refers to the series' images.

    Parameters
    ----------
    labels : LabelMap
        On the grid of the open scan.
    source : Source
        Of the scan: a DICOM series.
    path : Path
    maker : Maker, optional
        Who made the labels.
    each_lesion : bool
        One segment a kidney and a lesion instead of one a label.
    wanted : tuple of int
        Labels to write; none: all that are there.
    as_labelmap : bool
        SegmentationType LABELMAP (2024; few readers) instead of BINARY.
    omit_empty_frames : bool
        Leave out frames without a voxel. Some viewers misplace segments then.
    change : callable, optional
        Last word on the data set.
    overwrite : bool
    task : Task, optional

    Returns
    -------
    Receipt

    Raises
    ------
    WriteError
        The scan is no DICOM series, or the file does not read back as meant.
    GridMismatch
        The labels do not lie on the scan's grid.
    """
    task, maker = task or Task(), maker or Maker()
    slices = Slices.of(source, "DICOM SEG")
    protected = (source.path, *source.header.get("files", ()))
    refuse(path, overwrite, protected)
    segments, in_house = segments_of(labels, each_lesion=each_lesion, wanted=wanted)
    numbers = slices.from_house(in_house, labels.geometry)
    segments, numbers = only_present(segments, numbers)
    headers = headers_of(slices, task.part(0.0, 0.2))
    task.report(0.2, "Writing segments")

    def write(file: Path) -> None:
        dataset = _segmentation(
            headers, slices, numbers, segments, maker, as_labelmap, omit_empty_frames
        )
        with quiet():
            if change is not None:
                change(dataset)
        save(dataset, file)
        task.report(0.6, "Reading back")

    digest = write_atomically(
        path,
        ".dcm",
        write,
        lambda file: _check(file, numbers, slices),
        overwrite=overwrite,
        protected=protected,
    )
    return receipt_on_slices(
        path, "segments", segments, labels, numbers, slices, digest, wanted=wanted
    )


def receipt_on_slices(
    path: Path,
    kind: str,
    segments: tuple[Segment, ...],
    labels: LabelMap,
    numbers: LabelArray,
    slices: Slices,
    sha256: str,
    proof: str = "",
    wanted: tuple[int, ...] = (),
) -> Receipt:
    """What was written on a series' slices; mL are those of the open labels, as measured."""
    on_slices = np.array([0, *(one.label for one in segments)], np.uint8)[numbers]
    count, rows, columns = slices.shape
    counted, in_ml = count_labels(on_slices), count_labels(labels.array)
    notes = [f"on the series' own slices, {count}"]
    if slices.without_slice:
        planes = count_of(len(slices.without_slice), "plane")
        notes.append(f"{planes} without a slice of the series: left out")
    notes += [f"segment {n + 1}: {one.title}" for n, one in enumerate(segments)]
    lost = [LABEL_NAMES[n] for n in wanted or in_ml if n and n not in counted]
    notes += [f"{name} lies on no slice of the series: left out" for name in lost]
    affine = slices.grid.affine
    return Receipt(
        path,
        kind,
        (columns, rows, count),
        spacing_of(affine),
        axis_codes(affine),
        {LABEL_NAMES[n]: voxels for n, voxels in counted.items() if n},
        {LABEL_NAMES[n]: in_ml[n] * labels.geometry.voxel_ml for n in counted if n},
        sha256,
        "pydicom",
        tuple(notes),
        proof,
    )


def only_present(
    segments: tuple[Segment, ...], numbers: LabelArray
) -> tuple[tuple[Segment, ...], LabelArray]:
    """Without segments that fell between the slices; numbers stay gapless.

    Raises
    ------
    WriteError
        None is left.
    """
    there = [n for n in range(1, len(segments) + 1) if (numbers == n).any()]
    if not there:
        raise WriteError(
            "no label lies on a slice of the series", "label slices, not the planes between"
        )
    table = np.zeros(256, np.uint8)
    for new, old in enumerate(there):
        table[old] = new + 1
    return tuple(segments[n - 1] for n in there), table[numbers]


def _segmentation(
    headers: list[Any],
    slices: Slices,
    numbers: LabelArray,
    segments: tuple[Segment, ...],
    maker: Maker,
    as_labelmap: bool,
    omit_empty_frames: bool,
) -> Any:
    import highdicom

    first = slices.stack.slices[0]
    pixels = numbers
    if first.frames > 1:  # one file with all frames: every frame has its place in the array
        if len(headers) > 1:
            raise WriteError("the series lies in several multi-frame files", "export NIfTI instead")
        pixels = np.zeros((first.frames, *numbers.shape[1:]), np.uint8)
        pixels[[one.frame for one in slices.stack.slices]] = numbers
    kind = "LABELMAP" if as_labelmap else "BINARY"
    described = [_description(n + 1, one, maker) for n, one in enumerate(segments)]
    with quiet():
        return highdicom.seg.Segmentation(
            source_images=headers,
            pixel_array=pixels,
            segmentation_type=kind,
            segment_descriptions=described,
            series_instance_uid=new_uid(),
            series_number=SERIES_NUMBER,
            sop_instance_uid=new_uid(),
            instance_number=1,
            manufacturer=MANUFACTURER,
            manufacturer_model_name="KidView",
            software_versions=__version__,
            device_serial_number="1",
            transfer_syntax_uid=ExplicitVRLittleEndian,
            omit_empty_frames=omit_empty_frames,
            content_label="KIDNEY",
            content_description="Kidneys, renal tumours and cysts",
            series_description="KidView segmentation",
        )


def _description(number: int, segment: Segment, maker: Maker) -> Any:
    import highdicom

    algorithm = None
    if maker.kind != "MANUAL":
        algorithm = highdicom.AlgorithmIdentificationSequence(
            name=maker.program,
            family=_code(_FAMILY, "DCM"),
            version=maker.program_version,
            source=MANUFACTURER,
        )
    label = segment.label
    made = highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=segment.title,
        segmented_property_category=_code(CATEGORY[label]),
        segmented_property_type=_code(TYPE[label]),
        algorithm_type=maker.kind,
        algorithm_identification=algorithm,
        tracking_uid=new_uid(),
        tracking_id=segment.title,
        anatomic_regions=None if label == KIDNEY else [_code(TYPE[KIDNEY])],
        display_color=highdicom.color.CIELabColor.from_string(LABELS[label - 1].colour),
    )
    if segment.side:
        side = highdicom.sr.CodedConcept.from_code(_code(LATERALITY[segment.side]))
        if label == KIDNEY:
            item = made.SegmentedPropertyTypeCodeSequence[0]
            item.SegmentedPropertyTypeModifierCodeSequence = [side]
        else:
            made.AnatomicRegionSequence[0].AnatomicRegionModifierSequence = [side]
    return made


def _code(pair: tuple[str, str], scheme: str = "SCT") -> Any:
    from pydicom.sr.coding import Code  # its tables take a tenth of a second to load

    return Code(pair[0], scheme, pair[1])


def _check(path: Path, numbers: LabelArray, slices: Slices) -> None:
    """Compare frames, each at its own position, with what was meant.

    Raises
    ------
    WriteError
        A voxel differs, or a frame lies on no slice.
    """
    dataset: Dataset = read_back(path)
    found = np.zeros_like(numbers)
    for frame in frames_of(dataset):
        n, far = slices.nearest(frame.position_lps[None])
        offset = frame.position_lps - slices.corners_lps[n]
        if far > 0.01 or np.abs(offset).max() > 0.01:
            raise WriteError(f"{path.name} reads back elsewhere", "export NIfTI instead")
        if frame.pixels.shape != numbers.shape[1:]:
            raise WriteError(f"{path.name} reads back in another shape", "export NIfTI instead")
        if frame.segment:
            found[n][frame.pixels != 0] = frame.segment
        else:
            found[n] = frame.pixels
    if not np.array_equal(found, numbers):
        raise WriteError(
            f"{path.name} reads back with {int((found != numbers).sum())} other voxels",
            "export NIfTI instead, and report it",
        )
