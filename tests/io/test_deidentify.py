"""People, places and dates leave headers; what makes a file valid and fitting stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from kidview.core.errors import GridMismatch, WriteError
from kidview.core.volume import Volume
from kidview.io import Disguise, copy_series, export_labels, export_of, read_labels, read_scan
from kidview.io.confidential import DUMMIES, EMPTIED, REMOVED
from kidview.io.deidentify import deidentify, what_is_left
from kidview.io.exports import Choices
from tests.io.labelled_series import GRIDS, dciodvfy_errors, made_up, open_grid

Writer = Callable[..., Path]
SECRETS = ("Secret", "secret", "20200101", "101010", "Clinic", "1.2.3.8")
KEY = b"k" * 32


@pytest.fixture
def volume(write_series: Writer) -> Volume:
    return open_grid(GRIDS[0], write_series, change=named)


def named(_n: int, dataset: Any) -> None:
    """Names, dates and places where real files have them."""
    dataset.PatientBirthDate, dataset.PatientSex, dataset.PatientAge = "19500203", "F", "070Y"
    dataset.InstitutionName, dataset.StationName = "Clinic of Secret", "Clinic 1"
    dataset.ReferringPhysicianName = dataset.OperatorsName = "Secret^Doctor"
    dataset.AccessionNumber, dataset.StudyID = "secret7", "secret8"
    dataset.SeriesDescription = dataset.StudyDescription = "Portal of Secret"
    dataset.OtherPatientIDs, dataset.PatientComments = "secret9", "Secret likes tea"
    dataset.AcquisitionDateTime = dataset.SeriesDate = "20200101"
    item = Dataset()
    item.PersonName, item.InstitutionName = "Secret^Other", "Clinic"
    dataset.ReferencedStudySequence = Sequence([item])
    step = Dataset()
    step.ScheduledProcedureStepDescription, step.RequestedProcedureID = "Secret", "secret10"
    dataset.RequestAttributesSequence = Sequence([step])
    block = dataset.private_block(0x0029, "SECRET MAKER", create=True)
    block.add_new(0x10, "LO", "Secret private")
    dataset.add_new(0x60003000, "OW", b"\1\0")
    dataset.add_new(0x60000022, "LO", "Secret overlay")


def nested(dataset: Any) -> list[Any]:
    return [*dataset.iterall()]


def test_nothing_of_a_person_is_left_anywhere(volume: Volume) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    assert what_is_left(dataset, SECRETS)
    deidentify(dataset, Disguise(KEY))
    assert what_is_left(dataset, SECRETS) == ()
    assert not [e for e in nested(dataset) if e.tag.is_private or 0x6000 <= e.tag.group < 0x6100]
    assert dataset.file_meta.MediaStorageSOPInstanceUID == dataset.SOPInstanceUID


@pytest.mark.parametrize("number", ["1", "25", "4711", "000000", "1900", "REMOVED", "P-1234"])
def test_a_short_number_of_a_patient_is_not_found_in_what_was_drawn(
    number: str, write_series: Writer, tmp_path: Path
) -> None:
    volume = open_grid(GRIDS[0], write_series, PatientID=number, PatientName="Basic")
    for n in range(3):
        assert copy_series(volume.source, tmp_path / f"copy {n}", Disguise()) == 9


def test_a_number_that_is_left_as_a_word_is_found(volume: Volume) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    dataset.ManufacturerModelName = "scanner 4711"
    dataset.Manufacturer, dataset.SoftwareVersions = "x20471133", "of mueller^hans"
    assert what_is_left(dataset, ("4711", "Mueller^Hans")) == (
        "ManufacturerModelName", "SoftwareVersions",
    )  # fmt: skip
    assert what_is_left(dataset, ("20471133",)) == ("Manufacturer",)
    dataset.SOPInstanceUID, dataset.InstanceNumber = "2.25.88776655", 88776655
    assert what_is_left(dataset, ("88776655",)) == ()


def test_uids_are_all_others(volume: Volume) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    before = {str(e.value) for e in nested(dataset) if e.VR == "UI"}
    deidentify(dataset, Disguise(KEY))
    kept = before & {str(e.value) for e in nested(dataset) if e.VR == "UI"}
    assert all(uid.startswith("1.2.840.10008.") for uid in kept)


def test_names_hidden_under_an_unknown_kind_are_found(volume: Volume, tmp_path: Path) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    for keyword in ("ReferringPhysicianName", "OperatorsName", "AcquisitionDate"):
        tag = pydicom.tag.Tag(keyword)
        dataset[tag] = pydicom.dataelem.RawDataElement(
            tag, "UN", 14, b"Secret^Doctor ", 0, False, True
        )
    dataset.save_as(tmp_path / "un.dcm")
    again = pydicom.dcmread(tmp_path / "un.dcm")
    deidentify(again, Disguise(KEY))
    again.save_as(tmp_path / "clean.dcm")
    assert b"Secret" not in (tmp_path / "clean.dcm").read_bytes()


def test_what_was_done_is_said_in_codes(volume: Volume) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    deidentify(dataset, Disguise(KEY, keeps_uids=True, keeps_sex_and_age=True))
    codes = [row.CodeValue for row in dataset.DeidentificationMethodCodeSequence]
    assert codes == ["113100", "113104", "113105", "113108", "113110"]
    assert dataset.PatientIdentityRemoved == "YES"
    assert (dataset.PatientSex, dataset.PatientAge) == ("F", "070Y")
    assert dataset.StudyInstanceUID == "1.2.3.8"


def test_patients_and_images_stay_apart_and_together(volume: Volume) -> None:
    def disguised(key: bytes, which: int) -> Any:
        dataset = pydicom.dcmread(volume.source.header["files"][which])
        deidentify(dataset, Disguise(key))
        return dataset

    one, other, elsewhere = disguised(KEY, 0), disguised(KEY, 1), disguised(b"z" * 32, 0)
    assert one.SeriesInstanceUID == other.SeriesInstanceUID != elsewhere.SeriesInstanceUID
    assert one.PatientID == other.PatientID != elsewhere.PatientID
    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.SOPClassUID == pydicom.uid.CTImageStorage
    assert str(one.PatientName) and one.PatientID  # viewers load none without
    assert one.SOPInstanceUID.is_valid and one.SOPInstanceUID.startswith("2.25.")


def test_a_pseudonym_can_be_given(volume: Volume) -> None:
    dataset = pydicom.dcmread(volume.source.header["files"][0])
    deidentify(dataset, Disguise(KEY, pseudonym="case 12"))
    assert dataset.PatientID == dataset.PatientName == "case 12"


def test_every_listed_attribute_of_every_kind_is_treated() -> None:
    dataset = Dataset()
    for number in sorted(REMOVED | EMPTIED | DUMMIES):
        if not keyword_for_tag(number):
            continue
        kind = dictionary_VR(number).split(" ")[0]
        value: Any = "SECRET"
        if kind == "SQ":
            item = Dataset()
            item.PatientName = "SECRET"
            value = Sequence([item])
        elif kind in ("OB", "OW", "UN"):
            value = b"SECRET"
        elif kind in ("DA", "DT", "TM"):
            value = {"DA": "20200101", "DT": "20200101101010", "TM": "101010"}[kind]
        elif kind in ("US", "UL", "FD", "FL", "SL", "SS"):
            value = 7
        elif kind in ("IS", "DS"):
            value = "7"
        elif kind == "AS":
            value = "070Y"
        dataset.add_new(number, kind, value)
    before = len(dataset)
    deidentify(dataset, Disguise(KEY))
    assert before > 400
    assert not set(map(int, dataset.keys())) & (REMOVED - {0x00120063, 0x00120064})
    assert what_is_left(dataset, ("SECRET", "20200101", "101010", "070Y")) == ()
    bytes_left = [e for e in nested(dataset) if isinstance(e.value, bytes) and b"SECRET" in e.value]
    assert not bytes_left


@pytest.mark.parametrize("form", ["seg", "labelmap", "rtstruct"])
def test_labels_and_a_copy_of_their_series_fit_each_other_and_nobody_else(
    form: str, volume: Volume, tmp_path: Path
) -> None:
    labels, path = made_up(volume), tmp_path / "labels.dcm"
    disguise = Disguise()
    export_labels(labels, volume.source, path, export_of(path, form), Choices(disguise=disguise))
    assert copy_series(volume.source, tmp_path / "copy", disguise) == 9
    copy = read_scan(tmp_path / "copy")
    assert np.array_equal(copy.hu, volume.hu)
    again = read_labels(path, copy.geometry, copy.source)
    assert np.array_equal(again.array, labels.array)
    with pytest.raises(GridMismatch, match="another series"):
        read_labels(path, volume.geometry, volume.source)
    for file in (path, *(tmp_path / "copy").iterdir()):
        raw = file.read_bytes()
        assert not [word for word in SECRETS[:1] + SECRETS[4:] if word.encode() in raw]


def test_with_uids_kept_labels_still_fit_the_archives_series(
    volume: Volume, tmp_path: Path
) -> None:
    labels, path = made_up(volume), tmp_path / "labels.dcm"
    choices = Choices(disguise=Disguise(keeps_uids=True))
    export_labels(labels, volume.source, path, export_of(path, "seg"), choices)
    assert np.array_equal(read_labels(path, volume.geometry, volume.source).array, labels.array)
    assert b"Secret" not in path.read_bytes()


@pytest.mark.parametrize("form", ["seg", "rtstruct"])
def test_the_validator_finds_no_error_in_disguised_files(
    form: str, volume: Volume, tmp_path: Path
) -> None:
    path = tmp_path / "labels.dcm"
    choices = Choices(disguise=Disguise())
    export_labels(made_up(volume), volume.source, path, export_of(path, form), choices)
    assert dciodvfy_errors(path) == []


def test_a_series_with_burned_in_text_is_not_copied(write_series: Writer, tmp_path: Path) -> None:
    volume = open_grid(GRIDS[0], write_series, BurnedInAnnotation="YES")
    with pytest.raises(WriteError, match="burned into"):
        copy_series(volume.source, tmp_path / "copy", Disguise())


def test_a_copy_goes_to_an_empty_folder_only(volume: Volume, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="not empty"):
        copy_series(volume.source, tmp_path / "series axial", Disguise())


def test_packed_pixels_of_real_files_are_copied_as_they_are(
    real_data: Path, tmp_path: Path
) -> None:
    folder = real_data / "dicom_odd" / "ct_transfer_syntaxes"
    for n, path in enumerate(sorted(folder.glob("CTImage*"))):
        if any(word in path.name for word in ("Process10_12", "Process6_8")):
            continue  # progressive JPEG, which nobody here decodes
        lone = tmp_path / f"in {n}"
        lone.mkdir()
        (lone / "one.dcm").symlink_to(path)
        volume = read_scan(lone)
        copy_series(volume.source, tmp_path / f"out {n}", Disguise())
        assert np.array_equal(read_scan(tmp_path / f"out {n}").hu, volume.hu), path.name
