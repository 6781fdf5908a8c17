"""Nothing in a store tells who the patient is; one patient has one pseudonym."""

from __future__ import annotations

import gzip
import os
import re
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.cases import CaseStore, Status
from kidview.cases.pseudonym import KEY_FILE, pseudonym
from kidview.cases.record import to_json
from kidview.core.errors import CaseError
from kidview.core.labels import LabelMap
from kidview.io import read_scan, write_scan
from tests.cases.conftest import (
    MODEL,
    mask,
    nothing_painted,
    scan,
    secrets_of_the_series,
    write_series,
)


def told_by(folder: Path, secrets: list[str]) -> list[str]:
    """Which secrets a folder tells: in names, in files, in what is packed inside them."""
    found = []
    for path in sorted(folder.rglob("*")):
        raw = path.read_bytes() if path.is_file() else b""
        if raw[:2] == b"\x1f\x8b":
            raw += gzip.decompress(raw)
        text = (path.relative_to(folder).as_posix().encode() + b"\n" + raw).lower()
        for secret in secrets:
            forms = (secret.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le"))
            if any(form in text for form in forms):
                found.append(f"{path.name}: {secret}")
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_no_identifier_of_a_series_enters_the_store(
    packed: bool, store: CaseStore, series: Path
) -> None:
    secrets = secrets_of_the_series(series)
    assert len(told_by(series.parent, secrets)) > 20, "the search finds them where they are"
    path = series
    if packed:
        path = series.with_name("Jane-Seeded.zip")
        with zipfile.ZipFile(path, "w") as archive:
            for one in series.iterdir():
                archive.write(one, one.name)
    volume = read_scan(path)
    case = store.add(volume)
    case = store.write_prediction(case, LabelMap(mask(1).array, volume.geometry), MODEL)
    case = store.write_corrected(
        case, store.load_prediction(case), nothing_painted(), "Ann", operations={"brush": 1}
    )
    case = store.set_status(case, Status.CORRECTED, "Ann")
    store.set_status(case, Status.APPROVED, "Bob")
    store.rows()
    assert told_by(store.folder, secrets) == []
    assert case.patient.startswith("P-")


def test_the_name_of_a_file_does_not_enter_either(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "Doe_Jane_1951.nii.gz"
    write_scan(scan(), path)
    store.add(read_scan(path))
    store.rows()
    assert told_by(store.folder, ["Doe_Jane", "1951", str(tmp_path)]) == []


def test_a_path_that_is_referred_to_stays_in_one_field(store: CaseStore, tmp_path: Path) -> None:
    path = tmp_path / "Doe_Jane_1951.nii.gz"
    write_scan(scan(), path)
    case = store.add(read_scan(path), refer=True)
    store.rows()
    assert told_by(store.folder, ["Doe_Jane"]) == ["case.json: Doe_Jane"]
    assert "Doe_Jane" not in to_json(case.without_local())


def test_a_patient_keeps_the_pseudonym_and_others_get_another(
    store: CaseStore, tmp_path: Path
) -> None:
    def patient(name: str, seed: int, **changed: str) -> str:
        return store.add(read_scan(write_series(tmp_path / name, seed, **changed))).patient

    first = patient("a", 1)
    assert patient("b", 2, PatientName="Roe^Jane", StudyInstanceUID="1.2.3") == first
    assert patient("c", 3, PatientID="PID-4712-XYZ") != first
    assert patient("d", 4, IssuerOfPatientID="Clinic-South") != first
    nameless = {patient(f"n{n}", 10 + n, PatientID="") for n in range(2)}
    assert len(nameless) == 2, "without a number each scan is a patient of its own"
    assert [row.case_id for row in store.rows() if row.patient == first] == [
        f"{first}-1",
        f"{first}-2",
    ]


def test_two_stores_give_one_patient_two_pseudonyms(tmp_path: Path, series: Path) -> None:
    volume = read_scan(series)
    one, other = (CaseStore(tmp_path / name).add(volume) for name in ("one", "other"))
    assert one.patient != other.patient


@pytest.mark.skipif(sys.platform == "win32", reason="modes are those of Unix")
def test_the_key_is_for_its_owner_only(store: CaseStore) -> None:
    before = os.umask(0)
    try:
        store.add(scan())
    finally:
        os.umask(before)
    assert (store.folder / KEY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", [None, "", "abc", "z" * 64])
def test_a_store_without_its_key_takes_no_scan(text: str | None, store: CaseStore) -> None:
    case = store.add(scan())
    if text is None:
        (store.folder / KEY_FILE).unlink()
    else:
        (store.folder / KEY_FILE).write_text(text)
    with pytest.raises(CaseError, match=r"pseudonym.key is missing or damaged"):
        store.add(scan(1))
    assert store.load_image(store.read(case.case_id)) is not None, "what is there stays readable"
    assert len(store.rows()) == 1


@given(st.binary(min_size=32, max_size=32), st.text(), st.text())
def test_a_pseudonym_is_short_plain_and_a_patients_own(key: bytes, one: str, other: str) -> None:
    name = pseudonym(key, one)
    assert re.fullmatch("P-[0-9A-HJKMNP-TV-Z]{8}", name)
    assert name == pseudonym(key, one)
    assert (name == pseudonym(key, other)) == (one == other)
