"""A bundle brings all of a case along, and is refused as soon as anything in it is not right."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kidview.cases import Case, CaseStore, Status, export_set, import_set
from kidview.core.errors import BrokenFile, CaseError, KidViewError
from tests.cases.conftest import MODEL, NEWER, corrected, mask, nothing_painted, scan
from tests.cases.set_makers import below

Files = dict[str, bytes]


@pytest.fixture
def case(store: CaseStore) -> Case:
    """An approved case with two models, two correctors, notes and minutes of work."""
    case = corrected(store)
    case = store.write_prediction(case, mask(4), NEWER)
    painted = mask(5).array == 1
    case = store.write_corrected(
        case, mask(6), painted, "Bea", seconds=90.5, operations={"brush": 7}
    )
    case = store.write_notes(case, "cyst at the upper pole")
    case = store.set_status(case, Status.CORRECTED, "Bea")
    return store.set_status(case, Status.APPROVED, "Carl")


@pytest.fixture
def bundle(store: CaseStore, case: Case, tmp_path: Path) -> Path:
    return export_set(store, tmp_path / "set.zip", "bundle").target


@pytest.fixture
def other(tmp_path: Path) -> CaseStore:
    return CaseStore(tmp_path / "other")


def repacked(
    bundle: Path, change: Callable[[Files], object], *, listed: bool = True, promised: str = ""
) -> Path:
    """The bundle with other files; `listed` writes them into its list as well.

    A `promised` one is in the list only.
    """
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(files)
    if listed:
        manifest["files"] = {
            name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
            for name, raw in files.items()
        }
    if promised:
        manifest["files"][promised] = {"sha256": "a" * 64, "bytes": 1}
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
        archive.writestr("manifest.json", json.dumps(manifest))
    return bundle


def refused(store: CaseStore, bundle: Path, says: str) -> None:
    before = below(bundle.parent)
    with pytest.raises(KidViewError, match=says):
        import_set(store, bundle)
    assert below(bundle.parent) == before, "nothing is added, nothing is left"


# -- all of a case ----------------------------------------------------------


def test_everything_known_of_a_case_comes_along(
    store: CaseStore, case: Case, bundle: Path, other: CaseStore
) -> None:
    assert import_set(other, bundle).added == {case.case_id: case.case_id}
    back = other.read(case.case_id)
    assert back == case, "history, authors, reviewer, seconds, operations, notes, checksums"
    assert back.authors == case.authors and len(back.authors) == 4
    assert np.array_equal(other.load_origin(back), store.load_origin(case))
    assert np.array_equal(other.load_prediction(back).array, mask(4).array)
    assert np.array_equal(other.load_corrected(back).array, mask(6).array)
    assert np.array_equal(other.load_image(back).hu, scan().hu)
    assert below(other.folder / case.case_id) == below(store.folder / case.case_id)


def test_work_goes_on_in_the_other_store(bundle: Path, case: Case, other: CaseStore) -> None:
    import_set(other, bundle)
    back = other.set_status(other.read(case.case_id), Status.IN_CORRECTION, "Dora")
    back = other.write_corrected(back, mask(8), nothing_painted(), "Dora")
    assert back.revision == case.revision + 2
    new = other.add(scan(3))
    assert new.patient != case.patient, "the other store has a key of its own, drawn by then"


def test_a_scan_that_is_there_already_stays_as_it_is(bundle: Path, other: CaseStore) -> None:
    mine = other.write_prediction(other.add(scan()), mask(1), MODEL)
    found = import_set(other, bundle)
    assert (found.added, list(found.known.values())) == ({}, [mine.case_id])
    assert other.read(mine.case_id) == mine


def test_a_store_that_lost_its_key_takes_no_bundle(bundle: Path, other: CaseStore) -> None:
    other.add(scan(3))
    (other.folder / "pseudonym.key").unlink()
    found = import_set(other, bundle)
    (error,) = found.failed.values()
    assert "pseudonym.key is missing" in str(error) and len(other.rows()) == 1


# -- damage -----------------------------------------------------------------


def test_a_bundle_cut_short_or_no_zip_is_told(bundle: Path, other: CaseStore) -> None:
    raw = bundle.read_bytes()
    for part in (raw[:-30], raw[: len(raw) // 2], b"", b"nothing"):
        bundle.write_bytes(part)
        refused(other, bundle, r"set.zip is damaged, or no zip")


def test_any_byte_that_changed_is_noticed(bundle: Path, other: CaseStore) -> None:
    raw = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as archive:
        starts = [info.header_offset + 60 + len(info.filename) for info in archive.infolist()]
    for at in starts:
        bundle.write_bytes(raw[:at] + bytes([raw[at] ^ 0x55]) + raw[at + 1 :])
        refused(other, bundle, r"set.zip is damaged, or no zip")


def test_a_file_that_was_exchanged_is_noticed(bundle: Path, case: Case, other: CaseStore) -> None:
    name = f"{case.case_id}/image.nii.gz"

    def exchange(files: Files) -> None:
        files[name] = bytes(reversed(files[name]))

    repacked(bundle, exchange, listed=False)
    refused(other, bundle, f"{name} is not the file that was packed: its sha256 is another")


def test_a_mask_that_was_exchanged_list_and_all_is_not_the_records(
    bundle: Path, case: Case, other: CaseStore
) -> None:
    assert case.corrected is not None and case.prediction is not None
    mine, theirs = (f"{case.case_id}/{one.file}" for one in (case.corrected.mask, case.prediction))
    repacked(bundle, lambda files: files.update({mine: files[theirs]}))
    refused(other, bundle, f"{mine} is not the file its record tells of")


def test_a_scan_that_was_exchanged_list_and_all_makes_no_case(
    bundle: Path, case: Case, other: CaseStore
) -> None:
    assert case.prediction is not None
    mine, theirs = (f"{case.case_id}/{one}" for one in ("image.nii.gz", case.prediction.file))
    repacked(bundle, lambda files: files.update({mine: files[theirs]}))
    found = import_set(other, bundle)
    assert "is not the one the case was made with" in str(found.failed[case.case_id])
    assert other.rows() == () and not list(other.folder.glob(".new-*"))


# -- what must not be in a bundle -------------------------------------------

STRANGE = [
    "../x",
    "../../x.nii.gz",
    "/x.nii.gz",
    "P-7F3A2C9K-1/../../x.nii.gz",
    "P-7F3A2C9K-1/../image.nii.gz",
    "P-7F3A2C9K-1\\x.nii.gz",
    "C:/x.nii.gz",
    "P-7F3A2C9K-1/sub/image.nii.gz",
    "pseudonym.key",
    "index.sqlite",
    "../",
    "P-7F3A2C9K-1/.kidview-x.nii.gz",
]


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("listed", [True, False])
def test_a_name_that_leads_elsewhere_is_refused(
    listed: bool, name: str, bundle: Path, other: CaseStore
) -> None:
    repacked(bundle, lambda files: files.update({name: b"x"}), listed=listed)
    refused(other, bundle, "which is no file of a case - KidView did not write it so: do not trust")


def test_a_name_in_the_list_only_is_refused_too(bundle: Path, other: CaseStore) -> None:
    repacked(bundle, len, promised="../x")
    refused(other, bundle, r"holds '../x', which is no file of a case")
    repacked(bundle, len, promised="P-7F3A2C9K-1/case.json")
    refused(other, bundle, r"P-7F3A2C9K-1/case.json is missing, twice there")


def test_a_file_too_many_too_few_or_twice_is_refused(
    bundle: Path, case: Case, other: CaseStore
) -> None:
    raw = bundle.read_bytes()
    extra = f"{case.case_id}/extra.nii.gz"
    repacked(bundle, lambda files: files.update({extra: b"x"}), listed=False)
    refused(other, bundle, f"{extra} is missing, twice there, not in manifest.json")
    repacked(bundle, len)
    refused(other, bundle, "lacks a file, or has one too many")

    bundle.write_bytes(raw)
    image = f"{case.case_id}/image.nii.gz"
    repacked(bundle, lambda files: files.pop(image), listed=False)
    refused(other, bundle, f"{image} is missing, twice there")

    bundle.write_bytes(raw)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(image, archive.read(image))
    refused(other, bundle, f"{image} is missing, twice there")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"image": {"file": "", "local_path": "/etc/hosts"}},
            "refers to a scan on another machine",
        ),
        ({"image": {"file": "other.nii.gz"}}, "refers to a scan on another machine"),
        ({"patient": "P-00000000"}, "is of another case or patient"),
        ({"case_id": "P-00000000-1"}, "is of another case or patient"),
        ({"status": "seen"}, "field 'status' must be new or"),
        ({"schema": 99}, "field 'schema' is 99"),
        ({"surplus": 1}, "field 'surplus' is not known"),
    ],
)
def test_a_record_that_is_not_right_adds_nothing(
    change: dict[str, Any], says: str, bundle: Path, case: Case, other: CaseStore
) -> None:
    def write(files: Files) -> None:
        table = json.loads(files[f"{case.case_id}/case.json"])
        for name, value in change.items():
            table[name] = table[name] | value if isinstance(value, dict) else value
        files[f"{case.case_id}/case.json"] = json.dumps(table).encode()

    repacked(bundle, write)
    refused(other, bundle, says)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (None, r"set.zip is no bundle of cases: it has no manifest.json"),
        (b"{", "manifest.json is no JSON"),
        (b"[]", r"set.zip/manifest.json: the file must be a table"),
        (b'{"kind": "photos"}', "field 'kind' must be KidView cases"),
        (b'{"kind": "KidView cases", "schema": 2}', "is of a newer KidView"),
        (
            b'{"kind": "KidView cases", "schema": 1, "application": "1", "files": {}}',
            "set.zip holds no case",
        ),
    ],
)
def test_a_zip_without_a_list_that_is_understood_is_refused(
    raw: bytes | None, says: str, other: CaseStore, tmp_path: Path
) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("scan.nii.gz" if raw is None else "manifest.json", raw or b"x")
    refused(other, path, says)


def test_a_bundle_packed_anew_by_another_program_is_read(
    bundle: Path, case: Case, other: CaseStore, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")
    packed = tmp_path / "again.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir(case.case_id)
        for path in (tmp_path / "unpacked").rglob("*.*"):
            archive.write(path, path.relative_to(tmp_path / "unpacked"))
    assert list(import_set(other, packed).added) == [case.case_id]


def test_a_bundle_is_of_no_author_and_no_pattern(
    bundle: Path, case: Case, other: CaseStore
) -> None:
    with pytest.raises(CaseError, match="a bundle says itself which patient"):
        import_set(other, bundle, patient=".*")
    import_set(other, bundle, by="Eve")
    assert "Eve" not in other.read(case.case_id).correctors


def test_an_encrypted_bundle_is_told(bundle: Path, other: CaseStore) -> None:
    raw = bytearray(bundle.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = raw.find(mark)
        while start >= 0:
            raw[start + at] |= 1  # the flag that says a file is encrypted
            start = raw.find(mark, start + 1)
    bundle.write_bytes(raw)
    with pytest.raises(BrokenFile, match="no zip that can be read"):
        import_set(other, bundle)
