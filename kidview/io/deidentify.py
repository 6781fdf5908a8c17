"""Taking people out of DICOM headers before files leave the house.

The Basic Application Level Confidentiality Profile of PS3.15, Annex E, with the options Clean
Descriptors and Clean Structured Content for what KidView itself wrote: its own words for
segments, structures and measures name nobody. Stricter than the table in one way: dates, times
and persons' names that it does not list are treated too.

Pixels are not looked at: a name burned into a picture stays.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from kidview.io.confidential import DUMMIES, EMPTIED, REMOVED
from kidview.io.dicom_sources import uid_of

_CURVES, _OVERLAYS = range(0x5000, 0x5100), range(0x6000, 0x6100)
_DUMMY = {
    "DA": "19000101", "TM": "000000", "DT": "19000101000000", "PN": "REMOVED^", "AS": "000Y",
    "IS": "0", "DS": "0", "UR": "http://example.org",
}  # fmt: skip
_BYTES = ("OB", "OW", "UN")
_NUMBERS = ("DS", "IS", "US", "SS", "UL", "SL", "FD", "FL", "OB", "OW")
_LISTED = EMPTIED | DUMMIES
_MEASURES = ("OB", "OW", "OF", "UI", *_NUMBERS)
_MADE_UP = {*_DUMMY.values(), "REMOVED"}
_OF_OURS = (
    "PatientID", "PatientName", "PatientIdentityRemoved", "DeidentificationMethod",
    "DeidentificationMethodCodeSequence", "LongitudinalTemporalInformationModified",
)  # fmt: skip
_LONG = 8
_EMPTY_DATES = {0x00080020, 0x00080030, 0x00100030}  # study date and time, birth date: type 2
_PATIENT_ID, _PATIENT_NAME, _SEX, _AGE = 0x00100020, 0x00100010, 0x00100040, 0x00101010
_CODES = {
    "profile": ("113100", "Basic Application Confidentiality Profile"),
    "content": ("113104", "Clean Structured Content Option"),
    "words": ("113105", "Clean Descriptors Option"),
    "patient": ("113108", "Retain Patient Characteristics Option"),
    "uids": ("113110", "Retain UIDs Option"),
}


@dataclass(frozen=True)
class Disguise:
    """How people are taken out, the same for all files of one export.

    Parameters
    ----------
    key : bytes
        UIDs and the pseudonym are made with it: the same key, the same disguise. Whoever has
        it can tell which patient a file belongs to; default: drawn, and forgotten.
    pseudonym : str
        New PatientID and name; "" makes one.
    keeps_uids : bool
        Leave UIDs, so that the file still fits the series in the archive it came from.
    keeps_sex_and_age : bool
    """

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    pseudonym: str = ""
    keeps_uids: bool = False
    keeps_sex_and_age: bool = False

    def patient(self, patient_id: str) -> str:
        """The name a patient gets."""
        digest = hmac.digest(self.key, patient_id.encode(), "sha256")
        return self.pseudonym or f"P-{digest.hex()[:8].upper()}"


def deidentify(dataset: Any, disguise: Disguise) -> None:
    """Take people, places and times out of a data set, in place.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Its file meta information is treated, too.
    disguise : Disguise
    """
    patient = disguise.patient(str(dataset.get("PatientID") or ""))
    _clean(dataset, disguise)
    meta = getattr(dataset, "file_meta", None)
    if meta is not None:
        if not disguise.keeps_uids and "MediaStorageSOPInstanceUID" in meta:
            meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        for name in ("SourceApplicationEntityTitle", "SendingApplicationEntityTitle",
                     "ReceivingApplicationEntityTitle", "PrivateInformation",
                     "PrivateInformationCreatorUID"):  # fmt: skip
            if name in meta:
                delattr(meta, name)
    dataset.preamble = b"\0" * 128
    dataset.PatientID = dataset.PatientName = patient  # empty ones, viewers do not load
    dataset.PatientIdentityRemoved = "YES"
    dataset.DeidentificationMethod = "KidView: PS3.15 Basic Profile"
    dataset.LongitudinalTemporalInformationModified = "REMOVED"
    used = ["profile", "content", "words"]
    used += ["patient"] if disguise.keeps_sex_and_age else []
    used += ["uids"] if disguise.keeps_uids else []
    dataset.DeidentificationMethodCodeSequence = Sequence([_code(*_CODES[name]) for name in used])


def _code(value: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def _clean(dataset: Any, disguise: Disguise) -> None:
    """Every element of a data set and of the sequences in it."""
    for tag in list(dataset.keys()):
        number = int(tag)
        if tag.is_private or tag.group in _CURVES or tag.group in _OVERLAYS:
            del dataset[tag]
        elif number in (_SEX, _AGE) and disguise.keeps_sex_and_age:
            continue
        elif number in REMOVED:
            del dataset[tag]
        elif dataset.get_item(tag).VR in _NUMBERS and number not in _LISTED:
            continue  # left as bytes: contours are hundreds of thousands of numbers
        else:
            _clean_element(dataset[tag], number, disguise)


def _clean_element(element: Any, number: int, disguise: Disguise) -> None:
    kind = element.VR
    if kind == "SQ":
        for item in element.value:
            _clean(item, disguise)
        if number in EMPTIED:
            element.value = Sequence([])
    elif kind == "UI":
        if not disguise.keeps_uids and element.value:
            element.value = _new_uids(element.value, disguise)
    elif number in EMPTIED or number in _EMPTY_DATES:
        element.value = None if kind in _BYTES else ""
    elif number in DUMMIES or kind in ("DA", "TM", "DT"):
        if element.value:
            element.value = b"\0\0" if kind in _BYTES else _DUMMY.get(kind, "REMOVED")
    elif kind == "PN":
        element.value = ""


def _new_uids(value: Any, disguise: Disguise) -> Any:
    """Other UIDs, but for those of the standard, which name classes and not things."""
    several = [value] if isinstance(value, str) else list(value)
    new = [
        uid if str(uid).startswith("1.2.840.10008.") else uid_of(disguise.key, str(uid))
        for uid in several
    ]
    return new[0] if len(new) == 1 else new


def what_is_left(dataset: Any, words: tuple[str, ...]) -> tuple[str, ...]:
    """Where any of some words is still found in a data set, by keyword; for checks.

    Numbers and UIDs are not searched: a patient's number of four digits is in every other UID
    that was drawn. Neither is what `deidentify` wrote itself.

    Parameters
    ----------
    dataset : pydicom.Dataset
    words : tuple of str
        Such as the patient's name and number. Those of fewer than 8 letters count as whole
        words only, so that 4711 is not found in 20471133; of any case.
    """
    wanted = [_pattern(word) for word in words if word]
    is_clean = dataset.get("PatientIdentityRemoved") == "YES"
    found = []
    for element in _walk(dataset, _OF_OURS if is_clean else ()):
        if element.VR in _MEASURES:
            continue
        text = str(element.value)
        if is_clean and text in _MADE_UP:
            continue
        if any(one.search(text) for one in wanted):
            found.append(element.keyword or str(element.tag))
    return tuple(found)


def _walk(dataset: Any, but: tuple[str, ...] = ()) -> Iterator[Any]:
    """Elements of a data set and of the sequences in it, but for some of its own."""
    for element in dataset:
        if element.keyword in but:
            continue
        if element.VR != "SQ":
            yield element
            continue
        for item in element.value:
            yield from _walk(item)


def _pattern(word: str) -> re.Pattern[str]:
    exact = re.escape(word)
    ends = exact if len(word) >= _LONG else rf"(?<![^\W_]){exact}(?![^\W_])"
    return re.compile(ends, re.IGNORECASE)
