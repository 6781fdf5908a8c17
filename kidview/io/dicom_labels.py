"""Labels in DICOM's own forms, SEG and RTSTRUCT, onto the grid of an open series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydicom.filereader import read_partial

from kidview.core.errors import GridMismatch, UnknownFormat, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LabelMap
from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io.dicom_header import SNIFF_BYTES, is_dicom, read_dataset
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_rtstruct_read import read_rtstruct, structures_in
from kidview.io.dicom_seg_read import read_seg, segments_in
from kidview.io.dicom_sources import quiet
from kidview.io.parts import Files, Part

_MODALITY = 0x00080060
_READERS = {"SEG": read_seg, "RTSTRUCT": read_rtstruct}


def kind_of(path: Path) -> str:
    """ "SEG" or "RTSTRUCT" for a file that holds labels in DICOM's way, else "".

    Reads no more than the first elements of its header.
    """
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as stream, quiet():
            if not is_dicom(stream.read(SNIFF_BYTES)):
                return ""
            stream.seek(0)
            head = read_partial(stream, lambda tag, _vr, _length: tag > _MODALITY, force=True)
        modality = str(head.get("Modality") or "")
    except Exception:  # noqa: BLE001 whatever cannot be read is told by who opens it
        return ""
    return modality if modality in _READERS else ""


@dataclass(frozen=True)
class Parts:
    """What a SEG or RTSTRUCT holds, by its header.

    Parameters
    ----------
    kind : str
        "SEG" or "RTSTRUCT".
    labels : mapping of str to int or None
        Its segments or structures by name, and which label each is by code and name.
    series_uids : tuple of str
        Of the series it was made on, as far as it says.
    """

    kind: str
    labels: Mapping[str, int | None]
    series_uids: tuple[str, ...] = ()


def parts_in(path: Path) -> Parts | None:
    """What is in a SEG or RTSTRUCT; None for any other file.

    Raises
    ------
    ReadError
        It is damaged.
    """
    kind = kind_of(path)
    if not kind:
        return None
    with Files() as files, quiet():
        dataset = read_dataset(files.read(Part(path)), stop_before_pixels=True)
        given, _ = (segments_in if kind == "SEG" else structures_in)(dataset)
        series = (
            str(row.get("SeriesInstanceUID") or "")
            for row in [
                *(dataset.get("ReferencedSeriesSequence") or ()),
                *(
                    series
                    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or ()
                    for study in frame.get("RTReferencedStudySequence") or ()
                    for series in study.get("RTReferencedSeriesSequence") or ()
                ),
            ]
        )
        return Parts(kind, given, tuple(dict.fromkeys(uid for uid in series if uid)))


def read_dicom_labels(
    path: Path,
    geometry: Geometry,
    source: Source,
    task: Task,
    *,
    partly: bool = False,
    roles: Mapping[str, int] | None = None,
) -> LabelMap:
    """Read a SEG or an RTSTRUCT onto the series it was made on.

    Parameters
    ----------
    path : Path
    geometry : Geometry
        The scan's.
    source : Source
        The scan's: a DICOM series.
    task : Task
    partly : bool
        Take what lies on the scan although some does not.
    roles : mapping of str to int, optional
        Labels of segments or structures, by their names.

    Returns
    -------
    LabelMap
        Its notes say what was left out, overlapped or was cut at 0.5.

    Raises
    ------
    GridMismatch
        It belongs to another series, or the open scan is none.
    ReadError
        Nothing in it is a kidney, tumour or cyst.
    """
    kind = kind_of(path)
    if not kind:
        raise UnknownFormat(f"{path.name} is no DICOM SEG or RTSTRUCT", "open it as a scan")
    try:
        slices = Slices.of(source, kind)
    except WriteError as error:
        raise GridMismatch(
            f"{path.name} belongs to a DICOM series, and the open scan is none",
            "open that series first",
        ) from error
    with Files() as files:
        dataset = read_dataset(files.read(Part(path)))
    task.report(0.2, f"Reading {kind}")
    with quiet():
        on_slices, notes = _READERS[kind](
            dataset, path.name, slices, roles or {}, task, partly=partly
        )
    return LabelMap(slices.to_house(on_slices), geometry, owned=True, notes=notes)
