"""The day a scan was made, for the time between two of them; never written anywhere."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime

from kidview.core.volume import Source
from kidview.io.first_slice import first_slice

_DATES = ("AcquisitionDate", "SeriesDate", "StudyDate")  # the nearest to the patient first
_CENTURY_DAYS = 36_500  # whoever takes dates out of a header puts 1 January 1900 or so there


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
    header = first_slice(source, _DATES)
    if header is None:
        return None
    for name in _DATES:
        with suppress(ValueError):
            text = str(header.get(name) or "").strip().replace(".", "")
            return datetime.strptime(text, "%Y%m%d").date()
    return None


def days_between(first: Source, second: Source) -> float | None:
    """Days from one DICOM series to another; below 0 where the second is the older one.

    Returns
    -------
    float or None
        None where a date is not known, and where the two are more than a century apart.
    """
    one, two = study_date(first), study_date(second)
    if one is None or two is None:
        return None
    days = (two - one).days
    return float(days) if abs(days) <= _CENTURY_DAYS else None
