"""DICOM: what series there are, and reading one; LPS ends here.

`dicom_header` reads headers, `dicom_series` sorts slices into volumes, `dicom_geometry`
says how they lie, `dicom_notes` puts that into words, `dicom_pixels` decodes,
`dicom_stack` fills the array.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kidview.core.errors import ReadError, UnknownFormat
from kidview.core.task import Task
from kidview.core.volume import Level, Note, Source, Volume
from kidview.io.dicom_header import SNIFF_BYTES, Slice, is_dicom, read_slices
from kidview.io.dicom_pixels import Decoder
from kidview.io.dicom_series import Refused, Stack, stacks_of
from kidview.io.dicom_stack import fill, grid_of, slices_of_planes
from kidview.io.found import Found
from kidview.io.parts import Files, Part
from kidview.io.values import Block

__all__ = ["SNIFF_BYTES", "find", "find_series_of", "is_dicom", "middle_plane", "read"]


def find(path: Path, parts: Sequence[Part], files: Files, task: Task) -> tuple[Found, ...]:
    """The series among files, most slices first; other files are passed over in silence.

    Parameters
    ----------
    path : Path
        What was asked for.
    parts : sequence of Part
        Any files.
    files : Files
    task : Task

    Returns
    -------
    tuple of Found
        Volumes first, then what cannot be opened and why.
    """
    slices, broken = _slices_of(parts, files, task)
    stacks, refused = stacks_of(slices)
    found = [*_found_stacks(path, stacks), *_found_refused(path, refused), *broken]
    return tuple(found)


def find_series_of(path: Path, files: Files, task: Task) -> tuple[Found, ...]:
    """The volume a file belongs to, from the files beside it.

    Raises
    ------
    ReadError
        The file itself cannot be understood.
    """
    own = Part(path)
    mine = read_slices(own, files)
    if not mine:
        raise UnknownFormat(f"{path.name} holds no image", "choose a CT series")
    series = {one.series_uid for one in mine}
    beside = [Part(one) for one in sorted(path.parent.iterdir()) if one.is_file() and one != path]
    others, _ = _slices_of(beside, files, task)
    same = [one for one in others if one.series_uid in series and one.series_uid]
    stacks, refused = stacks_of([*mine, *same], preferred=own)
    stacks = [stack for stack in stacks if any(one.part == own for one in stack.slices)]
    refused = [row for row in refused if any(one.part == own for one in row.slices)]
    return (*_found_stacks(path, stacks), *_found_refused(path, refused))


def _slices_of(parts: Iterable[Part], files: Files, task: Task) -> tuple[list[Slice], list[Found]]:
    """Headers of all DICOM files among `parts`; those that are damaged, told."""
    slices: list[Slice] = []
    broken: list[Found] = []
    parts = list(parts)
    for n, part in enumerate(parts):
        task.report(n / len(parts), "Looking at files")
        try:
            if is_dicom(files.read(part, SNIFF_BYTES)):
                slices += read_slices(part, files)
        except ReadError as error:
            broken.append(Found(part.path, "DICOM", part.name, kind="other", reason=error.what))
    return slices, broken


def _found_stacks(path: Path, stacks: list[Stack]) -> list[Found]:
    found = []
    count: Counter[str] = Counter()
    for stack in sorted(stacks, key=lambda stack: -len(stack.slices)):
        first = stack.slices[0]
        uid = first.series_uid or "series"
        count[uid] += 1
        key = uid if count[uid] == 1 else f"{uid}/{count[uid]}"
        rows, columns = first.shape
        number = len(stack.slices)
        noun = "slice" if number == 1 else "slices"
        gaps = np.diff(stack.layout.along)
        mm = f"{gaps.min():.3g}" if number > 1 else f"{stack.layout.gap:.3g}"
        if number > 1 and np.ptp(gaps) > 0.2:
            mm += f" to {gaps.max():.3g}"
        detail = f"{number} {noun}, {columns} x {rows}, {mm} mm"
        found.append(
            Found(path, "DICOM", stack.title, detail, key, number, stack.notes, plan=stack)
        )
    return found


def _found_refused(path: Path, refused: list[Refused]) -> list[Found]:
    found = []
    for row in refused:
        first = row.slices[0]
        number = len(row.slices)
        found.append(
            Found(
                path, "DICOM", first.title, f"{number} images" if number > 1 else "",
                first.series_uid, number, kind="other", reason=row.reason,
            )
        )  # fmt: skip
    return found


def read(found: Found, files: Files, task: Task) -> Volume:
    """Decode a series.

    Raises
    ------
    BrokenFile
        A slice is cut short or cannot be decoded.
    """
    stack: Stack = found.plan
    grid = grid_of(stack)
    geometry = grid.geometry  # checks the grid before anything is decoded
    decoder = Decoder(files)
    hu = fill(stack, grid, decoder, task)
    notes = stack.notes + _notes_after(stack, decoder)
    header = _kept(stack, grid.shape_ijk) | {"hu_doubt": _is_doubtful(stack, decoder)}
    source = Source(found.path, "DICOM", grid.order, grid.affine, found.title, notes, header)
    return Volume(hu, geometry, source)


def _notes_after(stack: Stack, decoder: Decoder) -> tuple[Note, ...]:
    notes = []
    if _is_doubtful(stack, decoder):
        text = "No value lies below 0 and the header has no offset: perhaps these are no HU"
        notes.append(Note(Level.WARNING, text))
    if decoder.clipped:
        text = f"{decoder.clipped} voxels beyond -32768..32767 HU were clipped"
        notes.append(Note(Level.WARNING, text))
    return tuple(notes)


def _is_doubtful(stack: Stack, decoder: Decoder) -> bool:
    """Whether a CT's values look like stored ones that nobody turned into HU."""
    first = stack.slices[0]
    return first.modality == "CT" and decoder.lowest_stored >= 0 and first.intercept == 0


def _public_title(stack: Stack) -> str:
    """The stack's title, with what tells it apart from others of its series."""
    first = stack.slices[0]
    return first.public_title + stack.title.removeprefix(first.title)


def _kept(stack: Stack, shape: tuple[int, int, int]) -> dict[str, Any]:
    """For `Source.header`: what the writer needs, and the way back to the slices."""
    layout = stack.layout
    kept: dict[str, Any] = {
        "shape_ijk": shape,
        "patient_key": stack.slices[0].patient_key,
        "public_title": _public_title(stack),
        "files": tuple(one.part.path for one in stack.slices if not one.part.member),
        "inserted": layout.inserted,
        "slice_positions_mm": slices_of_planes(layout),
        "stack": stack,
    }
    if layout.is_resampled:
        kept["on_export"] = ("on the straight grid the slices were resampled to",)
    elif layout.inserted:
        kept["on_export"] = (
            f"with {len(layout.inserted)} planes that are no slices of the series",
        )
    return kept


def middle_plane(found: Found, files: Files) -> tuple[Block, np.ndarray[Any, Any]]:
    """The middle slice as (1, j, i) HU and its affine; decodes one file."""
    stack: Stack = found.plan
    one = stack.slices[len(stack.slices) // 2]
    hu, _ = Decoder(files).hu(one)
    return hu[None, ::-1], grid_of(stack).affine
