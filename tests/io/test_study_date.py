"""The day of a DICOM series; nothing where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from kidview.core.task import Task
from kidview.io import choose, days_between, find, read_scan, study_date
from tests.io.dicom_slices import SHAPE, up


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"StudyDate": "20240229"}, date(2024, 2, 29)),
        ({"StudyDate": "20240229", "AcquisitionDate": "20240301"}, date(2024, 3, 1)),
        ({"StudyDate": "2024.02.29"}, date(2024, 2, 29)),
        ({"StudyDate": ""}, None),
        ({"StudyDate": "unknown"}, None),
        ({}, date(2020, 1, 1)),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_day_of_a_series(
    write_series: Callable[..., Path], fields: dict[str, str], day: date | None
) -> None:
    folder = write_series(up(SHAPE[0]), np.zeros(SHAPE, np.int16), **fields)
    scan = read_scan(choose(find(folder, Task()), ""), Task())
    assert study_date(scan.source) == day


def test_files_that_are_gone_have_no_day(write_series: Callable[..., Path]) -> None:
    folder = write_series(up(SHAPE[0]), np.zeros(SHAPE, np.int16), StudyDate="20240229")
    scan = read_scan(choose(find(folder, Task()), ""), Task())
    for path in folder.iterdir():
        path.unlink()
    assert study_date(scan.source) is None
    assert study_date(replace(scan.source, header={})) is None  # no DICOM


@pytest.mark.parametrize(
    ("then", "now", "days"),
    [
        ("20240228", "20240301", 2.0),
        ("20240301", "20240228", -2.0),
        ("20240301", "20240301", 0.0),
        ("20240301", "", None),
        ("19000101", "20240301", None),  # a date that stands for none
    ],
)
def test_days_from_one_series_to_another(
    write_series: Callable[..., Path], then: str, now: str, days: float | None
) -> None:
    sources = []
    for folder, day in (("then", then), ("now", now)):
        series = write_series(up(SHAPE[0]), np.zeros(SHAPE, np.int16), folder=folder, StudyDate=day)
        sources.append(read_scan(choose(find(series, Task()), ""), Task()).source)
    assert days_between(*sources) == days
