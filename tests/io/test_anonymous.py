"""A series goes by its description only where no word of the patient stands in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from kidview.io import case_name, file_stem, public_title
from kidview.io.anonymous import names_patient
from tests.io.conftest import write_series  # noqa: F401 the fixture
from tests.io.labelled_series import GRIDS, open_grid


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("CT Abdomen Hr Mueller", "Mueller^Hans"),
        ("ABDOMEN MUELLER", "mueller^hans"),
        ("Abdomen_Hans_venous", "Mueller^Hans"),
        ("Abdomen Müller", "Mueller^Hans"),
        ("Abdomen Mueller", "Müller^Hans"),
        ("Abdomen Muller", "Müller^Hans"),
        ("Niere Nuñez", "NUNEZ^Ana"),
        ("Mueller2020 venous", "Mueller^Hans"),
        ("CTAbdomenMueller", "Mueller^Hans"),
        ("Abdomen Hans", "Mueller^Hans"),
        ("腹部山田造影", "Yamada^Taro=山田^太郎"),
    ],
)
def test_a_name_in_the_description_is_found(description: str, name: str) -> None:
    assert names_patient(description, [name])


@pytest.mark.parametrize(
    ("description", "told", "birth_date"),
    [
        ("Abdomen P12345", ["P12345"], ""),
        ("Abdomen 12345", ["P-12345"], ""),
        ("Abdomen 12-34-56", ["123456"], ""),
        ("Abdomen 123456", ["12-34-56"], ""),
        ("Abdomen 19700102", [], "19700102"),
        ("Abdomen 02.01.1970", [], "19700102"),
        ("Abdomen 1970-01-02", [], "19700102"),
        ("geb. 2.1.70", [], "19700102"),
    ],
)
def test_a_number_and_a_birth_date_are_found(
    description: str, told: list[str], birth_date: str
) -> None:
    assert names_patient(description, told, birth_date)


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("Portal venous 5.0 B31f", ["Mueller^Hans", "12345"]),
        ("Abdomen de 3 mm", ["Ng^de^Li", "7"]),  # words of two letters do not count
        ("Portalvenous", ["Port^Al"]),
        ("", ["Mueller^Hans"]),
        ("Abdomen", ["", ""]),
    ],
)
def test_other_words_stay(description: str, told: list[str]) -> None:
    assert not names_patient(description, told, "19700102")


@pytest.mark.parametrize(
    ("fields", "called"),
    [
        ({"SeriesDescription": "Portal"}, "4 Portal"),
        ({"SeriesDescription": "Hr. Secret"}, "4 CT series"),
        ({"SeriesDescription": "No 77123", "OtherPatientIDs": ["x", "77123"]}, "4 CT series"),
        ({"SeriesDescription": "Born Jones", "PatientBirthName": "Jones"}, "4 CT series"),
        ({"SeriesDescription": "* 3.4.1950", "PatientBirthDate": "19500403"}, "4 CT series"),
        ({"SeriesDescription": "* 03041950", "PatientBirthDate": "19500403"}, "4 CT series"),
    ],
)
def test_the_header_decides_what_a_series_is_called(
    fields: dict[str, object],
    called: str,
    write_series: Callable[..., Path],  # noqa: F811
) -> None:
    source = open_grid(GRIDS[0], write_series, **fields).source
    assert public_title(source) == case_name(source) == called
    assert source.title == f"4 {fields['SeriesDescription']}"  # the window tells all


def test_other_numbers_in_a_sequence_count(write_series: Callable[..., Path]) -> None:  # noqa: F811
    item = pydicom.Dataset()
    item.PatientID = "AB-4711"
    sequence = pydicom.Sequence([item])
    source = open_grid(
        GRIDS[0],
        write_series,
        SeriesDescription="Niere ab4711",
        OtherPatientIDsSequence=sequence,
    ).source
    assert public_title(source) == "4 CT series"


def test_a_file_goes_by_its_name_without_endings(tmp_path: Path) -> None:
    for name in ("a.b.nii.gz", "a.b_0000.nii.gz", "a.b.nrrd", "a.b.zip"):
        assert file_stem(tmp_path / name) == "a.b"
    (tmp_path / "a.nii").mkdir()
    assert file_stem(tmp_path / "a.nii") == "a.nii"
