"""Whether two scans are of one patient, by what their DICOM headers say; kept nowhere."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from kidview.core.errors import KidViewError
from kidview.core.volume import Source
from kidview.io.first_slice import first_slice
from kidview.io.reading import patient_key

_FIELDS = (
    "PatientID",
    "IssuerOfPatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientIdentityRemoved",
)
_CHECK = "check that both scans are of the same patient"
_NOT_TOLD = f"the files do not tell whose scans they are: {_CHECK}"
_NAME_ONLY = f"of the two DICOM headers only the patient's name agrees: {_CHECK}"
_BIRTH_ONLY = f"of the two DICOM headers only the date of birth agrees: {_CHECK}"


class OtherPatient(KidViewError):
    """Two scans that are to be compared are of two patients."""


@dataclass(frozen=True)
class _Who:
    """What a header tells of its patient, "" for what it does not; never shown."""

    number: str = ""
    issuer: str = ""
    name: str = ""
    born: str = ""


def check_one_patient(first: Source, second: Source) -> str:
    """Make sure that two scans are of one patient, as far as their files tell.

    PatientID with its issuer decides. Where a scan has none, name and date of birth do; those
    of a de-identified header count as missing.

    Parameters
    ----------
    first, second : Source

    Returns
    -------
    str
        "" where the headers name one patient; else a sentence that it could not be told.
        No name, number or date is in it.

    Raises
    ------
    OtherPatient
        The headers name two patients.

    Source: DICOM PS3.3 C.2.2 (Patient Identification), C.7.1.1 (Patient Module).
    """
    one, two = _who(first), _who(second)
    if one is None or two is None:
        return _by_key(patient_key(first), patient_key(second))
    if one.number and two.number:
        if one.number != two.number or _differ(one.issuer, two.issuer):
            raise _other()
        return ""
    return _by_name(one, two)


def _by_key(one: str, two: str) -> str:
    """By what was kept when the files were read; all there is once they are gone."""
    if _differ(one, two):
        raise _other()
    return "" if one and two else _NOT_TOLD


def _by_name(one: _Who, two: _Who) -> str:
    is_named, is_born = bool(one.name and two.name), bool(one.born and two.born)
    if _differ(one.born, two.born) or (_differ(one.name, two.name) and not is_born):
        raise _other()
    if is_named and is_born:
        return "" if one.name == two.name else _BIRTH_ONLY  # names change and are misspelt
    return _NAME_ONLY if is_named else _BIRTH_ONLY if is_born else _NOT_TOLD


def _other() -> OtherPatient:
    return OtherPatient(
        "the two scans are of different patients, by their DICOM headers",
        "choose two scans of the same patient",
    )


def _differ(one: str, two: str) -> bool:
    """Whether both are known and not the same."""
    return bool(one and two) and one != two


def _who(source: Source) -> _Who | None:
    header = first_slice(source, _FIELDS)
    if header is None:
        return None
    number, issuer, name, born, removed = (
        str(header.get(field) or "").strip() for field in _FIELDS
    )
    if removed == "YES":
        return _Who(number, issuer)
    return _Who(number, issuer, _plain(name), born.replace(".", ""))


def _plain(name: str) -> str:
    """A name without its spelling: case, accents, and how its parts are parted."""
    western = unicodedata.normalize("NFKD", name.split("=")[0])
    letters = "".join(one for one in western if not unicodedata.combining(one))
    return " ".join(letters.replace("^", " ").replace(",", " ").casefold().split())
