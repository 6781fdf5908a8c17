"""DICOM RTSTRUCT -> labels on the slices of an open series.

Contours of one structure on one slice are filled by the even-odd rule together, so holes come
out whether they were written as keyholes, as XOR contours or as an outline inside another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from kidview.core.errors import BrokenFile, GridMismatch
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.core.volume import Level, Note
from kidview.core.words import count_of
from kidview.io.contours import filled
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_seg_read import Painting, outside_scan
from kidview.io.segments import PAINT_ORDER, label_of, map_names

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_FLAT_MM = 0.5  # a contour's points may lie that far from one plane, or a tenth of a slice
_BETWEEN_MM = 0.1


def read_rtstruct(
    dataset: Any,
    name: str,
    slices: Slices,
    roles: Mapping[str, int],
    task: Task,
    *,
    partly: bool = False,
) -> tuple[LabelArray, tuple[Note, ...]]:
    """Labels of an RTSTRUCT; parameters, results and errors as `read_seg` has them."""
    notes = _refuse_other_series(dataset, name, slices, partly)
    labels, more = _labels_of_structures(dataset, name, roles)
    notes += more
    found: dict[int, list[tuple[int, MaskArray]]] = defaultdict(list)
    lost = moved = odd = 0
    for row in dataset.get("ROIContourSequence") or ():
        task.check()
        label = labels.get(int(row.ReferencedROINumber))
        if label is None:
            continue
        masks, (row_lost, row_moved, row_odd) = masks_of_contours(row, slices, name)
        found[label] += masks
        lost, moved, odd = lost + row_lost, moved + row_moved, odd + row_odd
    if lost and (not partly or not any(found.values())):
        words = f"{count_of(lost, 'contour')} of {name} {'lie' if lost > 1 else 'lies'} outside"
        raise outside_scan(f"{words} this scan", any(found.values()))
    painting = Painting(np.zeros(slices.shape, np.uint8))
    for label in PAINT_ORDER:
        for n, mask in found[label]:
            painting.lay(n, mask, label)
    if lost:
        notes += (Note(Level.WARNING, f"Outside this scan, left out: {count_of(lost, 'contour')}"),)
    if moved:
        text = f"Between slices, put on the nearest: {count_of(moved, 'contour')}"
        notes += (Note(Level.WARNING, text),)
    if odd:
        notes += (Note(Level.WARNING, f"Points, lines and open contours left out: {odd}"),)
    if not painting.on_slices.any():
        notes += (Note(Level.WARNING, "No contour holds the centre of a voxel"),)
    return painting.on_slices, notes + painting.notes()


def masks_of_contours(
    row: Any, slices: Slices, name: str
) -> tuple[list[tuple[int, MaskArray]], tuple[int, int, int]]:
    """The masks of one structure.

    Parameters
    ----------
    row : pydicom.Dataset
        An item of ROIContourSequence.
    slices : Slices
    name : str
        Of the file.

    Returns
    -------
    list of (int, (rows, columns) bool)
        Slice and mask, one a slice.
    3 ints
        Contours outside the series, between its slices, and not closed ones.

    Raises
    ------
    BrokenFile
        Numbers are missing.
    GridMismatch
        Contours do not lie in the planes of the slices.
    """
    polygons: dict[int, list[FloatArray]] = defaultdict(list)
    lost = moved = odd = 0
    for item in row.get("ContourSequence") or ():
        try:
            points = _numbers(item).reshape(-1, 3)
        except (AttributeError, TypeError, ValueError) as error:
            raise BrokenFile(
                f"a contour of {name} has points that are not whole", "export it again"
            ) from error
        if str(item.get("ContourGeometricType")) not in _CLOSED or len(points) < 3:
            odd += 1
            continue
        n, far = slices.nearest(points)
        _refuse_crossing(points, slices, name)
        if far > slices.reach_mm(n):
            lost += 1
            continue
        moved += far > _BETWEEN_MM
        polygon = _in_pixels(points, n, slices)
        _, rows, columns = slices.shape
        if (polygon < -0.6).any() or (polygon > np.array([columns, rows]) - 0.4).any():
            lost += 1
        polygons[n].append(polygon)
    masks = [(n, filled(several, slices.shape[1:])) for n, several in sorted(polygons.items())]
    return masks, (lost, moved, odd)


def _numbers(item: Any) -> FloatArray:
    """All coordinates of a contour; from the bytes, for pydicom checks each for seconds."""
    element = item.get_item("ContourData")
    if element is None:
        raise AttributeError("ContourData")
    if isinstance(element.value, bytes) and element.VR in ("DS", None):
        return np.array(element.value.strip(b" \0").split(b"\\")).astype(np.float64)
    return np.array([float(v) for v in item.ContourData], np.float64)


def _refuse_crossing(points: FloatArray, slices: Slices, name: str) -> None:
    along = (points - slices.corners_lps[0]) @ slices.axes[:, 2]
    if np.ptp(along) > max(_FLAT_MM, slices.stack.layout.gap / 10):
        raise GridMismatch(
            f"contours of {name} were drawn on planes that cross the scan's slices",
            "convert it to NIfTI and open it with resampling",
        )


def _in_pixels(points: FloatArray, n: int, slices: Slices) -> FloatArray:
    """(n, 2) x, y in pixels of a slice."""
    row_mm, column_mm = slices.pixel_mm
    across = (points - slices.corners_lps[n]) @ slices.axes[:, :2]
    return np.asarray(across / (column_mm, row_mm))


def _refuse_other_series(dataset: Any, name: str, slices: Slices, partly: bool) -> tuple[Note, ...]:
    """Refuse contours of another series; notes about odd references of our own.

    Contours name their images one by one; those decide, for frames of reference are rewritten
    by some programs and the list of the whole series is missing in files of others.
    """
    mine = {one.sop_uid for one in slices.stack.slices}
    first = slices.stack.slices[0]
    named = {
        str(image.get("ReferencedSOPInstanceUID"))
        for row in dataset.get("ROIContourSequence") or ()
        for item in row.get("ContourSequence") or ()
        for image in item.get("ContourImageSequence") or ()
    }
    spaces = {str(dataset.get("FrameOfReferenceUID") or "")} | {
        str(row.get("ReferencedFrameOfReferenceUID") or "")
        for row in dataset.get("StructureSetROISequence") or ()
    }
    unknown = named - mine
    if unknown and named & mine and not partly:
        images = count_of(len(unknown), "image")
        raise outside_scan(f"contours of {name} refer to {images} not in this series", True)
    if named and not named & mine and (first.space not in spaces or not first.space):
        raise GridMismatch(
            f"{name} was drawn on another series: it names none of this scan's images",
            "open the series it was drawn on",
        )
    if not named and (first.space not in spaces or not first.space):
        raise GridMismatch(
            f"{name} does not say which images it was drawn on, and its frame of reference is "
            "not this scan's",
            "open the series it was drawn on",
        )
    if named and not named & mine:
        return (Note(Level.WARNING, "Drawn on another series of the same frame of reference"),)
    if first.space and first.space not in spaces:
        return (
            Note(
                Level.INFO,
                "Its frame of reference is not the scan's, but it names the scan's own images",
            ),
        )
    return ()


def _labels_of_structures(
    dataset: Any, name: str, roles: Mapping[str, int]
) -> tuple[dict[int, int], tuple[Note, ...]]:
    """Label by number of the structure, and what was left out."""
    given, numbers = structures_in(dataset)
    known = map_names(name, given, roles)
    left_out = [words for words in given if words not in known]
    notes: tuple[Note, ...] = ()
    if left_out:
        text = f"Left out, neither kidney, tumour nor cyst: {', '.join(left_out)}"
        notes = (Note(Level.WARNING, text),)
    notes += tuple(
        Note(Level.INFO, f"{words} was read as {LABEL_NAMES[known[words]]}")
        for words in known
        if words in roles
    )
    return {number: label for words, label in known.items() for number in numbers[words]}, notes


def structures_in(dataset: Any) -> tuple[dict[str, int | None], dict[str, list[int]]]:
    """Names of an RTSTRUCT's structures with what they are by code and name, and their numbers."""
    codes = {
        int(row.ReferencedROINumber): str(next(iter(items)).get("CodeValue") or "")
        for row in dataset.get("RTROIObservationsSequence") or ()
        if len(items := row.get("RTROIIdentificationCodeSequence") or ())
    }
    given: dict[str, int | None] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in dataset.get("StructureSetROISequence") or ():
        number = int(row.ROINumber)
        words = str(row.get("ROIName") or f"structure {number}")
        numbers[words].append(number)
        given[words] = label_of(words, codes.get(number, "")) or label_of(words)
    return given, numbers
