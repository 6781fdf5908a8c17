"""The set that every new model must not get worse on: the same cases for all time."""

from __future__ import annotations

from pathlib import Path

from kidview.core.errors import WriteError
from kidview.core.task import Task
from kidview.demo import make_phantom
from kidview.io import write_labels, write_scan

SCAN, LABELS = "phantom.nii.gz", "phantom_seg.nii.gz"


def regression_set(folder: Path, task: Task) -> Path:
    """The folder of the regression set; the made-up abdomen is put there the first time.

    Whoever has outlined scans of their own that no model is taught puts them beside it, as
    ``case.nii.gz`` with ``case_seg.nii.gz``, and leaves them there.

    Raises
    ------
    WriteError
        The folder cannot be written to.
    """
    scan, labels = folder / SCAN, folder / LABELS
    if scan.exists() and labels.exists():
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{folder} cannot be a folder", "check the disk") from error
    volume, truth = make_phantom(task.part(0.0, 0.6))
    write_scan(volume, scan, overwrite=True, task=task.part(0.6, 0.9))
    write_labels(truth, volume.source, labels, overwrite=True, task=task.part(0.9, 1.0))
    return folder
