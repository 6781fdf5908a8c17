"""Slices -> volumes: which belong together, which are copies, phases or no volume at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from kidview.core.types import FloatArray
from kidview.core.volume import Level, Note
from kidview.io.dicom_geometry import (
    Layout,
    Spacing,
    lay_out,
    same_places,
    split_far_blocks,
    straighten,
)
from kidview.io.dicom_header import Slice, name_of
from kidview.io.dicom_notes import geometry_notes, value_notes
from kidview.io.parts import Part

_SAME_DIRECTION = 1e-4
_UNDECODABLE = ("1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55")
_LOCALIZER_SLICES = 3  # so few of another orientation than the rest are a localizer
_KEYS: tuple[Callable[[Slice], Hashable], ...] = (
    lambda one: one.temporal,
    lambda one: one.acquisition,
    lambda one: one.time,
    lambda one: one.image_type,
)


@dataclass(frozen=True)
class Stack:
    """Slices of one volume, sorted along their normal, and how they lie.

    Parameters
    ----------
    slices : tuple of Slice
    layout : Layout
    notes : tuple of Note
        What is odd and what is done about it.
    title : str
    """

    slices: tuple[Slice, ...]
    layout: Layout = field(repr=False)
    notes: tuple[Note, ...] = ()
    title: str = ""


@dataclass(frozen=True)
class Refused:
    """Slices of one series that make no volume, and why."""

    slices: tuple[Slice, ...]
    reason: str


def stacks_of(
    slices: Iterable[Slice], preferred: Part | None = None
) -> tuple[list[Stack], list[Refused]]:
    """Sort slices into volumes.

    Parameters
    ----------
    slices : iterable of Slice
        From anywhere: several patients, series and kinds.
    preferred : Part, optional
        The file somebody asked for: of copies of a slice, it is the one kept.

    Returns
    -------
    list of Stack
        In order of their series.
    list of Refused
    """
    stacks: list[Stack] = []
    refused: list[Refused] = []
    series: dict[Hashable, list[Slice]] = defaultdict(list)
    for one in slices:
        series[one.patient, one.series_uid].append(one)
    for members in series.values():
        usable = []
        by_reason: dict[str, list[Slice]] = defaultdict(list)
        for one in members:
            reason = why_no_volume(one)
            if reason:
                by_reason[reason].append(one)
            else:
                usable.append(one)
        refused += [Refused(tuple(group), reason) for reason, group in by_reason.items()]
        found, left = _stacks_of_series(usable, preferred)
        if any("localizer" in reason for reason in by_reason) and found:
            found = [_with(stack, Level.INFO, "A localizer was left out") for stack in found]
        stacks += found
        refused += left
    return stacks, refused


def why_no_volume(one: Slice) -> str:
    """Why a slice cannot be part of a CT volume; "" when it can."""
    what = {
        "SEG": "a segmentation, not a scan",
        "SR": "a structured report without an image",
        "RTSTRUCT": "contours (RTSTRUCT) without an image",
        "RTDOSE": "a dose map, not a scan",
        "US": "an ultrasound image without a place in the patient",
    }.get(one.modality)
    if what:
        return what
    if not one.has_pixels:
        return f"no pixel data ({name_of(one.sop_class)})"
    if one.samples > 1:
        return "a colour picture, such as a screenshot"
    if min(one.shape) < 1:
        return "a picture without rows and columns"
    if "LOCALIZER" in one.image_type:
        return "a localizer (scout), no volume"
    if one.position is None or one.orientation is None:
        return "a picture without a place in the patient"
    if one.spacing is None:
        return "a picture without pixel spacing"
    if min(one.spacing) <= 1e-6:
        return "a picture with zero pixel spacing"
    return ""


def _stacks_of_series(
    slices: list[Slice], preferred: Part | None
) -> tuple[list[Stack], list[Refused]]:
    """Volumes of the usable slices of one series."""
    groups = sorted(_alike(slices), key=len, reverse=True)
    refused = []
    if groups and len(groups[0]) > _LOCALIZER_SLICES:
        main = np.array(groups[0][0].orientation)
        for group in groups[1:]:
            turned = np.abs(np.array(group[0].orientation) - main).max() > _SAME_DIRECTION
            if turned and len(group) <= _LOCALIZER_SLICES:
                reason = "a localizer (a few slices of another direction), no volume"
                refused.append(Refused(tuple(group), reason))
        left_out = {id(one) for row in refused for one in row.slices}
        groups = [group for group in groups if id(group[0]) not in left_out]
    stacks = [stack for group in groups for stack in _stacks_of_group(group, preferred)]
    if len(groups) > 1:
        sizes = "; ".join(f"{len(g)} of {g[0].shape[1]} x {g[0].shape[0]}" for g in groups)
        text = f"The series mixes slices that do not fit each other ({sizes}): opened apart"
        stacks = [_with(stack, Level.WARNING, text) for stack in stacks]
    if refused:
        stacks = [_with(stack, Level.INFO, "A localizer was left out") for stack in stacks]
    return stacks, refused


def _alike(slices: list[Slice]) -> list[list[Slice]]:
    """Slices of one size, spacing, frame of reference and direction."""
    groups: list[list[Slice]] = []
    for one in slices:
        for group in groups:
            if _fits(group[0], one):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _fits(one: Slice, other: Slice) -> bool:
    if (one.shape, one.space, one.modality) != (other.shape, other.space, other.modality):
        return False
    return bool(
        np.abs(np.array(one.spacing) - np.array(other.spacing)).max() < 1e-4
        and np.abs(np.array(one.orientation) - np.array(other.orientation)).max() <= _SAME_DIRECTION
    )


def _stacks_of_group(group: list[Slice], preferred: Part | None) -> list[Stack]:
    """Volumes among slices that fit each other: copies dropped, phases and blocks apart."""
    axes, fault = straighten(group[0].orientation or ())
    notes = _orientation_notes(fault)
    slices, along = _sorted(group, axes)
    slices, dropped = _drop_copies(slices, same_places(along), preferred)
    if dropped:
        noun = "copy of a slice was" if dropped == 1 else "copies of slices were"
        text = f"{dropped} {noun} left out"
        notes += (Note(Level.INFO, text),)
    stacks = []
    for phase, words, more in _phases(slices, axes):
        ordered, along = _sorted(phase, axes)
        blocks = split_far_blocks(along)
        for n, block in enumerate(blocks):
            where = f", block {n + 1} of {len(blocks)}" if len(blocks) > 1 else ""
            stacks.append(_stack(ordered[block], axes, notes + more, words + where))
    return stacks


def _sorted(slices: list[Slice], axes: FloatArray) -> tuple[list[Slice], FloatArray]:
    along = np.array([one.position for one in slices]) @ axes[:, 2]
    order = np.argsort(along, kind="stable")
    return [slices[n] for n in order], along[order]


def _orientation_notes(fault: float) -> tuple[Note, ...]:
    if fault > 1e-2:
        text = "The directions in the header are invalid: taken as axial, left and right a guess"
        return (Note(Level.WARNING, text),)
    if fault > 1e-3:
        return (Note(Level.INFO, "The directions in the header are inexact: made orthogonal"),)
    return ()


def _drop_copies(
    slices: list[Slice], places: list[list[int]], preferred: Part | None
) -> tuple[list[Slice], int]:
    """One of each slice that was stored twice, or compressed again; the best of them."""
    kept = []
    for place in places:
        best: dict[Hashable, Slice] = {}
        for one in sorted((slices[n] for n in place), key=lambda one: _worth(one, preferred)):
            twin = next((seen for seen in best.values() if _is_copy(seen, one)), None)
            if twin is None:
                best[len(best)] = one
        kept += list(best.values())
    return kept, len(slices) - len(kept)


def _worth(one: Slice, preferred: Part | None) -> tuple[object, ...]:
    """Sorts the best of several copies first."""
    return (one.part != preferred, one.syntax in _UNDECODABLE, one.lossy, one.part)


def _is_copy(one: Slice, other: Slice) -> bool:
    if one.sop_uid and (one.sop_uid, one.frame) == (other.sop_uid, other.frame):
        return True
    moment = (one.number, one.acquisition, one.temporal, one.time)
    same = moment == (other.number, other.acquisition, other.temporal, other.time)
    return (
        same
        and one.number is not None
        and one.lossy != other.lossy
        or (same and one.lossy and other.lossy)
    )


def _phases(
    slices: list[Slice], axes: FloatArray
) -> list[tuple[list[Slice], str, tuple[Note, ...]]]:
    """Slices at the same places told apart; each with words for its title and notes."""
    _, along = _sorted(slices, axes)
    sizes = [len(place) for place in same_places(along)]
    if max(sizes) == 1:
        return [(slices, "", ())] if not _overlap(slices, axes) else _by_acquisition(slices)
    parts = _split(slices, axes)
    if parts is None:
        parts = _by_rank(slices, axes)
    several = len(parts)
    text = f"{several} phases lie at the same places: each is a scan of its own"
    if min(sizes) != max(sizes):
        twice = sum(size > 1 for size in sizes)
        text = f"{twice} positions appear more than once: told apart as {several} scans"
    note = (Note(Level.WARNING, text),)
    return [(part, f", phase {n + 1} of {several}", note) for n, part in enumerate(parts)]


def _split(slices: list[Slice], axes: FloatArray) -> list[list[Slice]] | None:
    """Parts by the first property that leaves no two slices of a part at one place."""
    for key in _KEYS:
        parts: dict[Hashable, list[Slice]] = defaultdict(list)
        for one in slices:
            parts[key(one)].append(one)
        if len(parts) < 2 or len(parts) * 2 > len(slices) + len(parts):
            continue
        if all(_is_single(part, axes) for part in parts.values()):
            return [parts[value] for value in sorted(parts, key=repr)]
    return None


def _is_single(part: list[Slice], axes: FloatArray) -> bool:
    _, along = _sorted(part, axes)
    return all(len(place) == 1 for place in same_places(along))


def _by_rank(slices: list[Slice], axes: FloatArray) -> list[list[Slice]]:
    """Nothing tells the slices at one place apart but their number: first, second, ..."""
    ordered, along = _sorted(slices, axes)
    parts: dict[int, list[Slice]] = defaultdict(list)
    for place in same_places(along):
        rows = sorted((ordered[n] for n in place), key=lambda one: (one.number or 0, one.part))
        for rank, one in enumerate(rows):
            parts[rank].append(one)
    return list(parts.values())


def _overlap(slices: list[Slice], axes: FloatArray) -> bool:
    """Whether acquisitions, each even by itself, run into each other."""
    parts: dict[Hashable, list[Slice]] = defaultdict(list)
    for one in slices:
        parts[one.acquisition].append(one)
    if len(parts) < 2 or min(len(part) for part in parts.values()) < 2:
        return False
    if _plain_layout(slices, axes).spacing is not Spacing.UNEVEN:
        return False
    if any(_plain_layout(part, axes).spacing is Spacing.UNEVEN for part in parts.values()):
        return False
    ends = sorted((along[0], along[-1]) for _, along in (_sorted(p, axes) for p in parts.values()))
    return any(low < high for (_, high), (low, _) in pairwise(ends))


def _by_acquisition(
    slices: list[Slice],
) -> list[tuple[list[Slice], str, tuple[Note, ...]]]:
    parts: dict[Hashable, list[Slice]] = defaultdict(list)
    for one in slices:
        parts[one.acquisition].append(one)
    text = f"{len(parts)} acquisitions of different spacing overlap: each is a scan of its own"
    note = (Note(Level.WARNING, text),)
    return [(parts[number], f", acquisition {number}", note) for number in sorted(parts, key=repr)]


def _plain_layout(slices: list[Slice], axes: FloatArray) -> Layout:
    ordered, _ = _sorted(slices, axes)
    first = ordered[0]
    depth = abs(first.thickness or first.between or 1.0)
    positions = np.array([one.position for one in ordered])
    return lay_out(positions, axes, first.spacing or (1.0, 1.0), depth)


def _stack(slices: list[Slice], axes: FloatArray, notes: tuple[Note, ...], words: str) -> Stack:
    layout = _plain_layout(slices, axes)
    notes += geometry_notes(slices, layout) + value_notes(slices)
    return Stack(tuple(slices), layout, notes, slices[0].title + words)


def _with(stack: Stack, level: Level, text: str) -> Stack:
    return replace(stack, notes=(*stack.notes, Note(level, text)))
