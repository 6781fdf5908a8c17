"""What can be opened at a path, before its voxels are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kidview.core.errors import ReadError, UnknownFormat
from kidview.core.volume import Note


@dataclass(frozen=True)
class Found:
    """One scan at a path, or something that is none and why.

    Parameters
    ----------
    path : Path
        What was asked for: a file, folder or archive.
    format : str
        "NIfTI", "DICOM", "NRRD" or "MetaImage".
    title : str
        File name or series description, no patient data.
    detail : str
        Such as "178 slices, 512 x 512, 2.5 mm".
    key : str
        Tells the scans of one path apart: DICOM series UID (with "/2" for its second
        group), number of a 4D frame, name inside an archive. "" where there is one only.
    slices : int
    notes : tuple of Note
        What is odd about the grid, as far as headers tell.
    kind : "scan" or "other"
    reason : str
        Why it cannot be opened; "" for a scan.
    plan : object
        What the format's reader needs to read it; nobody else looks at it.
    """

    path: Path
    format: str
    title: str
    detail: str = ""
    key: str = ""
    slices: int = 0
    notes: tuple[Note, ...] = ()
    kind: Literal["scan", "other"] = "scan"
    reason: str = ""
    plan: Any = field(default=None, repr=False, compare=False)


class SeveralScans(ReadError):
    """A path holds more than one scan.

    Parameters
    ----------
    place : str
        Name of the path.
    found : sequence of Found
        Everything there; `scans` are those that can be opened.
    """

    def __init__(self, place: str, found: Sequence[Found]) -> None:
        scans = tuple(one for one in found if one.kind == "scan")
        frames = all(scan.format == "NIfTI" and scan.key.isdecimal() for scan in scans)
        option = "--frame" if frames else "--series"
        keys = ", ".join(scan.key for scan in scans[:3])
        more = ", ..." if len(scans) > 3 else ""
        super().__init__(
            f"{place} holds {len(scans)} {'frames' if frames else 'scans'}",
            f"choose one with {option}: {keys}{more}",
        )
        self.scans = scans
        self.found = tuple(found)


def choose(found: Sequence[Found], key: str = "") -> Found:
    """The one scan among what was found.

    Parameters
    ----------
    found : sequence of Found
    key : str
        The scan's key, the end of it, or its number in the list counted from 1; "" where
        there is only one.

    Raises
    ------
    SeveralScans
        There is more than one and `key` does not decide.
    ReadError
        There is none.
    """
    scans = tuple(one for one in found if one.kind == "scan")
    if not scans:
        raise _nothing(found)
    if key:
        exact = [one for one in scans if one.key == key]
        ending = [one for one in scans if one.key.endswith(key)]
        if exact or len(ending) == 1:
            return (exact or ending)[0]
        if key.isdecimal() and not scans[0].key.isdecimal() and 1 <= int(key) <= len(scans):
            return scans[int(key) - 1]
        known = ", ".join(one.key for one in scans if one.key) or "it holds one scan only"
        raise ReadError(f"{scans[0].path.name} has no scan {key}", f"choose from: {known}")
    if len(scans) > 1:
        raise SeveralScans(scans[0].path.name, found)
    return scans[0]


def _nothing(found: Sequence[Found]) -> ReadError:
    if not found:
        return UnknownFormat("no scan was found", "choose a CT: DICOM, NIfTI, NRRD or MetaImage")
    first = found[0]
    name = first.title or first.path.name
    if len(found) > 1:
        what = f"{name} and {len(found) - 1} more cannot be opened: {first.reason}"
    elif first.reason.startswith(name):
        what = first.reason
    else:
        what = f"{name} cannot be opened: {first.reason}"
    return ReadError(what, "choose a CT series")
