"""Two DICOM series of one patient or of two, by number, name and date of birth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kidview.core.task import Task
from kidview.core.volume import Source
from kidview.io import OtherPatient, check_one_patient, choose, find, read_scan
from tests.io.dicom_slices import SHAPE, up

Writer = Callable[..., Path]
MUELLER = {"PatientName": "Müller^Hans", "PatientBirthDate": "19500203"}
LATIN = {"SpecificCharacterSet": "ISO_IR 100"}


def source(write_series: Writer, folder: str, **fields: Any) -> Source:
    told = LATIN | {"PatientID": "", "PatientName": "", "PatientBirthDate": ""} | fields
    path = write_series(up(SHAPE[0]), np.zeros(SHAPE, np.int16), folder=folder, **told)
    return read_scan(choose(find(path, Task()), ""), Task()).source


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"PatientID": "4711"}, {"PatientID": "77"}),
        ({"PatientID": "4711"} | MUELLER, {"PatientID": "77"} | MUELLER),
        (
            {"PatientID": "4711", "IssuerOfPatientID": "North"},
            {"PatientID": "4711", "IssuerOfPatientID": "South"},
        ),
        ({"PatientID": "4711"} | MUELLER, {"PatientName": "Other^Ann"}),
        (MUELLER, MUELLER | {"PatientBirthDate": "19500302"}),
    ],
)
def test_two_patients_are_refused_and_not_named(
    write_series: Writer, one: dict[str, str], two: dict[str, str]
) -> None:
    first, second = source(write_series, "a", **one), source(write_series, "b", **two)
    for pair in ((first, second), (second, first)):
        with pytest.raises(OtherPatient) as told:
            check_one_patient(*pair)
        for word in ("4711", "77", "ller", "Other", "1950", "North"):
            assert word not in str(told.value)


@pytest.mark.parametrize(
    ("one", "two", "remark"),
    [
        ({"PatientID": "4711"}, {"PatientID": "4711"}, ""),
        ({"PatientID": "4711"} | MUELLER, {"PatientID": "4711", "PatientName": "Mueller"}, ""),
        ({"PatientID": "4711"}, {"PatientID": "4711", "IssuerOfPatientID": "North"}, ""),
        ({"PatientID": "4711"} | MUELLER, MUELLER | {"PatientName": "MULLER HANS"}, ""),
        (MUELLER, MUELLER | {"PatientName": "Miller^Hans"}, "only the date of birth agrees"),
        (MUELLER, MUELLER | {"PatientBirthDate": ""}, "only the patient's name agrees"),
        ({"PatientID": "4711"} | MUELLER, {}, "do not tell whose scans they are"),
        (
            {"PatientID": "4711"} | MUELLER,
            {"PatientName": "ANON", "PatientIdentityRemoved": "YES"},
            "do not tell whose scans they are",
        ),
    ],
)
def test_one_patient_is_taken_with_a_remark_where_it_is_not_sure(
    write_series: Writer, one: dict[str, str], two: dict[str, str], remark: str
) -> None:
    first, second = source(write_series, "a", **one), source(write_series, "b", **two)
    for pair in ((first, second), (second, first)):
        told = check_one_patient(*pair)
        assert remark in told and bool(told) == bool(remark)
        assert "4711" not in told and "ller" not in told


def test_other_formats_and_files_that_are_gone_tell_what_they_can(write_series: Writer) -> None:
    first = source(write_series, "a", PatientID="4711")
    second = source(write_series, "b", PatientID="77")
    assert "do not tell" in check_one_patient(first, replace(second, header={}))  # no DICOM
    for folder in (first.path, second.path):
        for path in folder.iterdir():
            path.unlink()
    assert check_one_patient(first, first) == ""
    with pytest.raises(OtherPatient):
        check_one_patient(first, second)
