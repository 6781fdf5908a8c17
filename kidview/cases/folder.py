"""The files of one case: image and masks written on one grid, read back and proved.

A mask never replaces another: it gets a name of its own with the case's revision, and becomes
the case's when the record names it. So whatever happens meanwhile, the record in place names
files that are whole.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kidview.cases.case import IMAGE_FILE, Case, Corrected, Image, StoredFile
from kidview.cases.fields import HINT
from kidview.cases.record import RECORD_FILE, from_json, to_json
from kidview.core.errors import CaseError, KidViewError, WriteError
from kidview.core.geometry import Geometry
from kidview.core.labels import LABEL_NAMES, LabelMap
from kidview.core.task import Task
from kidview.core.types import LabelArray
from kidview.core.volume import Volume
from kidview.io import (
    find,
    house_source,
    read_labels,
    read_scan,
    write_atomically,
    write_labels,
    write_scan,
)

_OURS = re.compile(r"(prediction|corrected|origin|reading)-\d+\.nii\.gz|\.kidview-.*")


def voxels_sha256(volume: Volume) -> str:
    """sha256 of a scan's HU and shape: the same for every file that holds these voxels."""
    digest = hashlib.sha256(repr(volume.geometry.shape_zyx).encode())
    digest.update(volume.hu.data.cast("B"))
    return digest.hexdigest()


def write_image(volume: Volume, folder: Path, task: Task) -> None:
    """Copy a scan: voxels and where they lie, nothing else of its files."""
    path = folder / IMAGE_FILE
    nameless = replace(volume, source=house_source(volume.geometry, path))
    write_scan(nameless, path, task=task)


def refuse_reference(volume: Volume) -> None:
    """Raise CaseError unless the scan's path leads to this scan and to nothing else.

    DICOM and archives are copied: their files hold names, and finding one series among
    several would need its UID.
    """
    source = volume.source
    if source.format != "DICOM" and source.path.is_file():
        found = find(source.path)
        if len(found) == 1 and not found[0].key:
            return
    raise CaseError(
        "only a scan in one file of its own can be referred to",
        "let the store copy it, or save it as NIfTI first",
    )


def read_image(case: Case, folder: Path, task: Task) -> Volume:
    """A case's scan, on the case's grid.

    Raises
    ------
    CaseError
        It is gone, or holds other voxels than when the case was made.
    """
    try:
        volume = read_scan(_image_path(case.image, folder), task)
    except (KidViewError, OSError) as error:
        raise CaseError(  # without the file's name, which may be a patient's
            f"the scan of case {case.case_id} is gone or damaged",
            "put it back to the place its record tells in 'image'",
        ) from error
    is_same = case.geometry.difference(volume.geometry) is None
    if not is_same or voxels_sha256(volume) != case.image.sha256:
        raise CaseError(
            f"the scan of case {case.case_id} is not the one the case was made with",
            "put the first one back, or make a new case of this one",
        )
    return Volume(volume.hu, case.geometry, volume.source)


def _image_path(image: Image, folder: Path) -> Path:
    return folder / image.file if image.file else Path(image.local_path)


def write_map(
    array: LabelArray, geometry: Geometry, folder: Path, name: str, task: Task
) -> StoredFile:
    """Write a mask or a map of origins under a name no record has yet."""
    labels = LabelMap(array, geometry, owned=True)  # only read, so a copy would be for nothing
    source = house_source(geometry, folder / IMAGE_FILE)
    receipt = write_labels(labels, source, folder / name, overwrite=True, task=task)
    return StoredFile(name, receipt.sha256)


def write_pair(
    labels: LabelArray, codes: LabelArray, grid: Geometry, folder: Path, number: int, task: Task
) -> Corrected:
    """Write a corrected mask and its map of origins; `number` is the revision they belong to."""
    mask = write_map(labels, grid, folder, f"corrected-{number}.nii.gz", task.part(0.0, 0.5))
    origin = write_map(codes, grid, folder, f"origin-{number}.nii.gz", task.part(0.5, 1.0))
    return Corrected(mask, origin)


def read_map(
    case: Case, stored: StoredFile, folder: Path, highest: int = max(LABEL_NAMES)
) -> LabelMap:
    """A mask or a map of origins of a case.

    Parameters
    ----------
    case : Case
    stored : StoredFile
    folder : Path
        The case's.
    highest : int
        The largest value that may occur.

    Raises
    ------
    CaseError
        It is gone, not the file the record tells of, or holds a larger value.
    """
    path = folder / stored.file
    name = f"{case.case_id}/{stored.file}"
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CaseError(
            f"{name} is missing or cannot be read", "read the case again, or take it from a backup"
        ) from error
    if digest != stored.sha256:
        raise CaseError(
            f"{name} was changed outside KidView: its sha256 is not the record's",
            "take it from a backup, or add it as a correction in KidView",
        )
    source = house_source(case.geometry, folder / IMAGE_FILE)
    found = read_labels(path, case.geometry, source, highest=255)
    if found.array.max() > highest:
        raise CaseError(
            f"{name} holds the value {found.array.max()}, which the record does not explain", HINT
        )
    return found


def write_record(case: Case, folder: Path) -> None:
    """Write case.json, checked by reading it: the moment at which a change counts."""

    def write(path: Path) -> None:
        path.write_text(to_json(case), encoding="utf-8", newline="\n")

    def check(path: Path) -> None:
        if from_json(path.read_bytes(), f"{case.case_id}/{RECORD_FILE}") != case:
            raise WriteError(f"{RECORD_FILE} reads back different", "check the disk")

    write_atomically(folder / RECORD_FILE, ".json", write, check, overwrite=True)


def sweep(case: Case, folder: Path) -> None:
    """Remove masks that the record does not name any more, and what a killed write left."""
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in case.files:
            with suppress(OSError):  # another program may be reading it: next time
                path.unlink()
