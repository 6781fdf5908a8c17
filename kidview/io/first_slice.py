"""A few fields of a DICOM series' first slice, read when they are asked for and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kidview.core.errors import ReadError
from kidview.core.volume import Source
from kidview.io.dicom_header import read_dataset
from kidview.io.parts import HEAD_BYTES, Files


def first_slice(source: Source, keywords: Sequence[str]) -> Any | None:
    """The header of a series' first slice with the named fields only.

    Parameters
    ----------
    source : Source
    keywords : sequence of str
        As the DICOM dictionary has them, such as "StudyDate".

    Returns
    -------
    pydicom Dataset or None
        None for other formats, and where the files are gone or no longer to be read.
    """
    stack = source.header.get("stack")
    if stack is None:
        return None
    try:
        with Files() as files:
            head = files.read(stack.slices[0].part, HEAD_BYTES)
        return read_dataset(head, stop_before_pixels=True, specific_tags=list(keywords))
    except (OSError, ReadError, EOFError):
        return None
