"""DICOM SEG -> labels on the slices of an open series; by pydicom and the frames' positions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.pixels.utils import iter_pixels

from kidview.core.errors import BrokenFile, GridMismatch, PartlyOutside, ReadError
from kidview.core.labels import LABEL_NAMES
from kidview.core.task import Task
from kidview.core.types import FloatArray, LabelArray, MaskArray
from kidview.core.volume import Level, Note
from kidview.core.words import count_of
from kidview.io.dicom_planes import Slices
from kidview.io.segments import PAINT_ORDER, label_of, map_names

_SAME_DIRECTION = 2e-3
_SAME_PIXEL = 1e-3  # share of the pixel spacing
_WHOLE = 0.1  # pixels a frame's corner may be off a pixel of the scan


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of a SEG.

    Parameters
    ----------
    segment : int
        0 in a label map, whose pixels are the numbers.
    position_lps : (3,) float64
        Centre of the first pixel, mm.
    orientation : (6,) float64
    pixel_mm : 2 floats
        Between rows, between columns.
    pixels : (rows, columns)
        As stored.
    """

    segment: int
    position_lps: FloatArray
    orientation: FloatArray
    pixel_mm: tuple[float, float]
    pixels: np.ndarray[Any, Any]


def frames_of(dataset: Any) -> Iterator[Frame]:
    """The frames of a SEG with their places.

    Raises
    ------
    BrokenFile
        Pixels or places are missing.
    """
    try:
        shared = (dataset.get("SharedFunctionalGroupsSequence") or [None])[0]
        groups = dataset.PerFrameFunctionalGroupsSequence
        # One after the other: unpacked, all frames of a long scan would take gigabytes.
        planes = iter_pixels(dataset, raw=True)
        for group, pixels in zip(groups, planes, strict=True):
            place = _item("PlanePositionSequence", group, shared)
            turn = _item("PlaneOrientationSequence", group, shared)
            size = _item("PixelMeasuresSequence", group, shared)
            segment = 0
            if dataset.get("SegmentationType") != "LABELMAP":
                named = _item("SegmentIdentificationSequence", group, shared)
                segment = int(named.ReferencedSegmentNumber)
            yield Frame(
                segment,
                np.array([float(v) for v in place.ImagePositionPatient]),
                np.array([float(v) for v in turn.ImageOrientationPatient]),
                (float(size.PixelSpacing[0]), float(size.PixelSpacing[1])),
                pixels,
            )
    except (AttributeError, TypeError, ValueError, IndexError, RuntimeError) as error:
        raise BrokenFile(
            "the segmentation's frames have no pixels or no place in the patient",
            "export it again where it was made",
        ) from error


def _item(name: str, *groups: Any) -> Any:
    for group in groups:
        if group is not None and name in group and len(group[name].value):
            return group[name].value[0]
    raise AttributeError(name)


@dataclass
class Painting:
    """Labels laid over each other on the slices, and what got lost under others."""

    on_slices: LabelArray
    overlapping: int = 0

    def lay(self, n: int, mask: MaskArray, label: int) -> None:
        """Paint a (rows, columns) mask on slice `n`, over what is there."""
        plane = self.on_slices[n]
        self.overlapping += int(((plane[mask] != 0) & (plane[mask] != label)).sum())
        plane[mask] = label

    def notes(self) -> tuple[Note, ...]:
        """What to tell about overlaps."""
        if not self.overlapping:
            return ()
        return (
            Note(
                Level.WARNING,
                f"Segments overlap in {count_of(self.overlapping, 'voxel')}: "
                "tumour was kept over cyst over kidney",
            ),
        )


def read_seg(
    dataset: Any,
    name: str,
    slices: Slices,
    roles: Mapping[str, int],
    task: Task,
    *,
    partly: bool = False,
) -> tuple[LabelArray, tuple[Note, ...]]:
    """Labels of a SEG on the slices of a series.

    Parameters
    ----------
    dataset : pydicom.Dataset
    name : str
        Of the file.
    slices : Slices
    roles : mapping of str to int
        Label of segments whose codes and names do not tell it.
    task : Task
    partly : bool
        Take what lies on the series although some does not.

    Returns
    -------
    (slices, rows, columns) uint8
    tuple of Note
        Thresholds, overlaps, segments left out.

    Raises
    ------
    GridMismatch
        It was made on another series or grid.
    ReadError
        No segment is one of ours, or the file is damaged.
    """
    _refuse_other_space(dataset, name, slices)
    labels, notes = _labels_of_segments(dataset, name, roles)
    least, more = _threshold(dataset)
    notes += more
    by_label: dict[int, list[tuple[int, MaskArray]]] = defaultdict(list)
    outside = 0
    for frame in frames_of(dataset):
        task.check()
        for segment, mask in _masks(frame, least):
            label = labels.get(segment)
            if label is None or not mask.any():
                continue
            placed = _placed(frame, mask, slices, name)
            if placed is None or int(placed[1].sum()) < int(mask.sum()):
                outside += 1
            if placed is not None:
                by_label[label].append(placed)
    if outside and (not partly or not by_label):
        words = f"{count_of(outside, 'frame')} of {name} {'lie' if outside > 1 else 'lies'} outside"
        raise outside_scan(f"{words} this scan", bool(by_label))
    painting = Painting(np.zeros(slices.shape, np.uint8))
    for label in PAINT_ORDER:
        for n, mask in by_label[label]:
            painting.lay(n, mask, label)
    if outside:
        notes += (
            Note(Level.WARNING, f"Outside this scan, left out: {count_of(outside, 'frame')}"),
        )
    return painting.on_slices, notes + painting.notes()


def outside_scan(what: str, some_fits: bool) -> GridMismatch:
    """The refusal of labels that reach beyond the open series.

    Parameters
    ----------
    what : str
    some_fits : bool
        Whether anything of them lies on it, so that taking that is an offer.
    """
    hint = "open the whole series it was made on"
    if some_fits:
        return PartlyOutside(what, f"{hint}, or take what fits")
    return GridMismatch(what, hint)


def _refuse_other_space(dataset: Any, name: str, slices: Slices) -> None:
    theirs = str(dataset.get("FrameOfReferenceUID") or "")
    series = {
        str(row.get("SeriesInstanceUID")) for row in dataset.get("ReferencedSeriesSequence") or ()
    }
    mine = slices.stack.slices[0]
    if theirs != mine.space and mine.series_uid not in series:
        raise GridMismatch(
            f"{name} was made on another series: its frame of reference is not this scan's",
            "open the series it was made on",
        )


def _labels_of_segments(
    dataset: Any, name: str, roles: Mapping[str, int]
) -> tuple[dict[int, int], tuple[Note, ...]]:
    """Label by segment number, and what was left out."""
    given, numbers = segments_in(dataset)
    known = map_names(name, given, roles)
    left_out = [words for words in given if words not in known]
    notes: tuple[Note, ...] = ()
    if left_out:
        notes = (
            Note(
                Level.WARNING, f"Left out, neither kidney, tumour nor cyst: {', '.join(left_out)}"
            ),
        )
    by_name = [words for words, label in known.items() if words in roles]
    notes += tuple(
        Note(Level.INFO, f"{one} was read as {LABEL_NAMES[known[one]]}") for one in by_name
    )
    return {number: label for words, label in known.items() for number in numbers[words]}, notes


def segments_in(dataset: Any) -> tuple[dict[str, int | None], dict[str, list[int]]]:
    """Names of a SEG's segments with what they are by code and name, and their numbers."""
    given: dict[str, int | None] = {}
    numbers: dict[str, list[int]] = defaultdict(list)
    for row in dataset.get("SegmentSequence") or ():
        number = int(row.SegmentNumber)
        if number == 0:
            continue  # the background of a label map
        words = str(row.get("SegmentLabel") or f"segment {number}")
        numbers[words].append(number)
        given[words] = label_of(
            words, _first_code(row, "SegmentedPropertyTypeCodeSequence"),
            _first_code(row, "AnatomicRegionSequence"),
        )  # fmt: skip
    return given, numbers


def _first_code(row: Any, sequence: str) -> str:
    items = row.get(sequence) or ()
    return str(next(iter(items)).get("CodeValue") or "") if len(items) else ""


def _threshold(dataset: Any) -> tuple[float, tuple[Note, ...]]:
    """Lowest stored value that counts, and what to say about it."""
    kind = str(dataset.get("SegmentationType") or "BINARY")
    if kind in ("BINARY", "LABELMAP"):
        return 1.0, ()
    if kind != "FRACTIONAL":
        raise ReadError(f"a segmentation of type {kind} is not known", "export it as BINARY")
    most = float(dataset.get("MaximumFractionalValue") or 255)
    what = str(dataset.get("SegmentationFractionalType") or "fraction").lower()
    note = Note(
        Level.WARNING, f"Fractional segmentation: voxels with a {what} of 0.5 and more were taken"
    )
    return most / 2, (note,)


def _masks(frame: Frame, least: float) -> Iterator[tuple[int, MaskArray]]:
    if frame.segment:
        yield frame.segment, np.asarray(frame.pixels >= least)
        return
    for value in np.unique(frame.pixels).tolist():
        if value:
            yield int(value), np.asarray(frame.pixels == value)


def _placed(
    frame: Frame, mask: MaskArray, slices: Slices, name: str
) -> tuple[int, MaskArray] | None:
    """The slice a frame lies on and its mask there; None where there is no slice."""
    turn: FloatArray = (
        frame.orientation.reshape(2, 3) @ slices.axes
    )  # frame's row and column in the scan's
    whole = np.rint(turn)
    if np.abs(turn - whole).max() > _SAME_DIRECTION or np.abs(whole)[:, 2].any():
        raise GridMismatch(f"{name} was drawn on planes that cross the scan's slices", _HINT)
    row_mm, column_mm = slices.pixel_mm
    across, down = frame.pixel_mm[1], frame.pixel_mm[0]  # step along its row, along its column
    swapped = bool(whole[0, 1])
    mine = (row_mm, column_mm) if swapped else (column_mm, row_mm)
    if abs(across / mine[0] - 1) > _SAME_PIXEL or abs(down / mine[1] - 1) > _SAME_PIXEL:
        raise GridMismatch(
            f"{name} has pixels of {down:.3g} x {across:.3g} mm, the scan {row_mm:.3g} x "
            f"{column_mm:.3g} mm", _HINT,
        )  # fmt: skip
    n, far = slices.nearest(frame.position_lps[None])
    if far > slices.reach_mm(n):
        return None
    corner = (frame.position_lps - slices.corners_lps[n]) @ slices.axes[:, :2]
    right, lower = corner / (column_mm, row_mm)
    rows, columns = np.nonzero(mask)
    x = right + whole[0, 0] * columns + whole[1, 0] * rows
    y = lower + whole[0, 1] * columns + whole[1, 1] * rows
    if max(abs(right - np.rint(right)), abs(lower - np.rint(lower))) > _WHOLE:
        raise GridMismatch(f"{name} lies between the scan's pixels", _HINT)
    at = np.rint(y).astype(int), np.rint(x).astype(int)
    _, height, width = slices.shape
    inside = (at[0] >= 0) & (at[0] < height) & (at[1] >= 0) & (at[1] < width)
    placed = np.zeros((height, width), np.bool_)
    placed[at[0][inside], at[1][inside]] = True
    return n, placed


_HINT = "convert it to NIfTI and open it with resampling"
