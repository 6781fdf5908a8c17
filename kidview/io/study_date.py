"""The day a scan was made, for the time between two of them; never written anywhere."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from kidview.core.errors import ReadError
from kidview.core.volume import Source
from kidview.io.dicom_header import read_dataset
from kidview.io.parts import HEAD_BYTES, Files

_DATES = ("AcquisitionDate", "SeriesDate", "StudyDate")  # the nearest to the patient first


def study_date(source: Source) -> date | None:
    """The day a DICOM series was acquired, as its first slice has it.

    Parameters
    ----------
    source : Source

    Returns
    -------
    date or None
        None for other formats, for headers without a date, and where the files are gone.
    """
    stack = source.header.get("stack")
    if stack is None:
        return None
    try:
        with Files() as files:
            head = files.read(stack.slices[0].part, HEAD_BYTES)
        header = read_dataset(head, stop_before_pixels=True, specific_tags=list(_DATES))
    except (OSError, ReadError, EOFError):
        return None
    for name in _DATES:
        with suppress(ValueError):
            text = str(header.get(name) or "").strip().replace(".", "")
            return datetime.strptime(text, "%Y%m%d").date()
    return None
