"""A copy of a DICOM series without people in it, so that labels without people still fit one."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io.atomic import as_write_error, write_atomically
from kidview.io.deidentify import Disguise, deidentify, what_is_left
from kidview.io.dicom_header import read_dataset
from kidview.io.dicom_planes import Slices
from kidview.io.dicom_sources import FRAME_OF_REFERENCE, quiet, read_back, uid_of
from kidview.io.parts import Files


def copy_series(source: Source, folder: Path, disguise: Disguise, task: Task | None = None) -> int:
    """Write every file of a series again with names, places and dates taken out.

    Pixels are copied as they are, packed or not.

    Parameters
    ----------
    source : Source
        Of the scan: a DICOM series.
    folder : Path
        Made if it is not there; must be empty.
    disguise : Disguise
    task : Task, optional

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    WriteError
        The folder holds something, a picture says that text is burned into it, or a file
        does not read back with the pixels it was given.
    """
    task = task or Task()
    slices = Slices.of(source, "a copy of the series")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise as_write_error(folder, error) from error
    if not is_empty:
        raise WriteError(f"the folder {folder.name} is not empty", "choose another one")
    parts = list(dict.fromkeys(one.part for one in slices.stack.slices))
    with Files() as files:
        for n, part in enumerate(parts):
            task.report(n / len(parts), "Copying the series")
            dataset = read_dataset(files.read(part))
            copy_disguised(dataset, folder / f"{n + 1:04d}.dcm", disguise)
    return len(parts)


def copy_disguised(dataset: Any, path: Path, disguise: Disguise, *, overwrite: bool = False) -> str:
    """Write one data set without people in it; its pixels stay as they are.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Changed in place.
    path : Path
    disguise : Disguise
    overwrite : bool

    Returns
    -------
    str
        sha256 of the file.

    Raises
    ------
    WriteError
        Text is burned into the picture, or the file does not read back as it should.
    """
    if str(dataset.get("BurnedInAnnotation") or "").upper() == "YES":
        raise WriteError(
            "a picture of the series says that text is burned into it", "take it out first"
        )
    names = (str(dataset.get("PatientName") or ""), str(dataset.get("PatientID") or ""))
    pixels = dataset.get("PixelData")
    if not dataset.get("FrameOfReferenceUID"):
        dataset.FrameOfReferenceUID = uid_of(FRAME_OF_REFERENCE, str(dataset.SeriesInstanceUID))
    buffer = BytesIO()
    with quiet():
        deidentify(dataset, disguise)
        dataset.save_as(buffer, enforce_file_format=True)

    def check(file: Path) -> None:
        again = read_back(file)
        if again.get("PixelData") != pixels:
            raise WriteError(f"{path.name} reads back with other pixels", "copy it elsewhere")
        left = what_is_left(again, tuple(name for name in names if len(name) > 3))
        if left:
            raise WriteError(f"a name is left in {left[0]}", "report it; the file was not kept")

    return write_atomically(
        path, ".dcm", lambda file: _write(file, buffer), check, overwrite=overwrite
    )


def _write(file: Path, buffer: BytesIO) -> None:
    file.write_bytes(buffer.getvalue())
