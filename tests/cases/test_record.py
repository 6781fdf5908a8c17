"""case.json says what is wrong with it, by file and field; older versions are brought up."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kidview.cases import (
    Author,
    Case,
    CaseStore,
    Corrected,
    Image,
    Move,
    Reading,
    Status,
    record,
)
from kidview.cases.case import StoredFile
from kidview.cases.record import SCHEMA, from_json, to_json
from kidview.core.errors import CaseError
from tests.cases.conftest import GRID, MODEL, corrected, mask, scan

NAME = "P-00000000-1/case.json"
SHA = "0123456789abcdef" * 4
AT = "2026-01-31T12:00:00Z"
FULL = Case(
    "P-00000000-1", "P-00000000", Image(SHA, "image.nii.gz"), GRID, AT, AT, "0.1.0",
    (Move(Status.NEW, "KidView", AT), Move(Status.APPROVED, "Bob", AT)), 7,
    authors=(MODEL, Author("person", "Ann")), prediction=StoredFile("prediction-2.nii.gz", SHA),
    model=1, reviewer="Bob", seconds=12.5, operations={"brush": 3}, notes="a note",
    corrected=Corrected(StoredFile("corrected-3.nii.gz", SHA), StoredFile("origin-3.nii.gz", SHA)),
    readings=(Reading("Chen", AT, StoredFile("reading-4.nii.gz", SHA)),),
)  # fmt: skip

REMOVED = object()
ROW = {"by": "Dora", "at": AT, "file": "reading-5.nii.gz", "sha256": SHA}


def changed(path: str, value: Any) -> bytes:
    """The full record with one field replaced or removed."""
    table = json.loads(to_json(FULL))
    *parents, last = (int(part) if part.isdecimal() else part for part in path.split("."))
    at: Any = table
    for part in parents:
        at = at[part]
    if value is REMOVED:
        del at[last]
    else:
        at[last] = value
    return json.dumps(table).encode()


WORDS = st.text(max_size=12)
NAMES = WORDS.filter(str.strip)
WHOLE = st.integers(0, 10**6)


@given(
    notes=WORDS,
    seconds=st.floats(0, 1e9),
    operations=st.dictionaries(WORDS, WHOLE),
    persons=st.lists(NAMES, max_size=4),
    by=WORDS,
    revision=st.integers(1, 10**9),
)
def test_a_record_comes_back_as_it_was(persons: list[str], by: str, **fields: Any) -> None:
    case = replace(
        FULL,
        history=(Move(Status.IN_CORRECTION, by, AT),),
        authors=(MODEL, *(Author("person", name) for name in persons)),
        reviewer="",
        **fields,
    )
    again = from_json(to_json(case).encode(), NAME)
    assert again == case
    assert again.geometry.shape_zyx == GRID.shape_zyx
    assert (again.geometry.zyx_to_ras == GRID.zyx_to_ras).all()


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("revision", "3", "field 'revision' must be a whole number from 1, not text"),
        ("revision", True, "field 'revision' must be a whole number from 1, not yes or no"),
        ("notes", None, "field 'notes' must be text, not nothing"),
        ("notes", REMOVED, "field 'notes' is missing"),
        ("notes", "\ud800", "field 'notes' holds half a character"),
        ("reveiwer", "Bob", "field 'reveiwer' is not known, perhaps 'reviewer'"),
        ("image", [], "field 'image' must be a table, not a list"),
        ("image.sha256", "AB", "field 'image.sha256' must be like 64 digits 0-9 a-f, not 'AB'"),
        ("image.local_path", "/x", "field 'image.file' and field 'image.local_path': exactly one"),
        ("corrected.mask.file", "../a.nii.gz", "field 'corrected.mask.file' must be like"),
        ("corrected", None, "field 'corrected' is missing, but the case is approved"),
        ("prediction.author", 2, "field 'prediction.author' is not the code of a model"),
        ("authors.1.code", 5, "field 'authors.2.code' must be 2"),
        ("authors.0.kind", "robot", "field 'authors.1.kind' must be model or person or consensus"),
        ("status", "aproved", "field 'status' must be new or segmented or in correction or"),
        ("status", "new", "field 'status' is not the last of field 'history'"),
        ("history.0.at", "today", "field 'history.1.at' must be like 2026-01-31T12:00:00Z"),
        ("reviewer", "", "field 'reviewer' is empty, but the case is approved"),
        ("reviewer", "ANN", "field 'reviewer' names somebody whose work is in the corrected mask"),
        ("readings", REMOVED, "field 'readings' is missing"),
        ("readings.0.by", " ", "field 'readings.1.by' is empty"),
        ("readings.0.at", "today", "field 'readings.1.at' must be like 2026-01-31T12:00:00Z"),
        ("readings.0.file", "../a", "field 'readings.1.file' must be like"),
        ("readings.0.mask", {}, "field 'readings.1.mask' is not known"),
        ("readings", [ROW, ROW | {"by": " dorA"}], "field 'readings.2.by' names a reader who has"),
        ("editing.seconds", -1, "field 'editing.seconds' must be a number from 0, not -1"),
        ("editing.seconds", True, "field 'editing.seconds' must be a number from 0, not yes or no"),
        ("editing.operations.brush", 1.5, "field 'editing.operations.brush' must be a whole"),
        ("labels.kidney", 2, "field 'labels.kidney' is 2, which is no label of this program"),
        ("geometry.shape_zyx", [1, 2], "field 'geometry.shape_zyx' must be three whole numbers"),
        ("geometry.zyx_to_ras", [[0] * 4] * 4, "field 'geometry' makes no grid: voxel spacing is"),
        ("schema", SCHEMA + 1, f"field 'schema' is {SCHEMA + 1}, this program knows up to"),
        ("schema", 0, "field 'schema' is 0, which never was"),
        ("schema", "one", "field 'schema' must be a whole number from 0, not text"),
    ],
)
def test_a_wrong_field_is_named(path: str, value: Any, sentence: str) -> None:
    with pytest.raises(CaseError) as told:
        from_json(changed(path, value), NAME)
    assert told.value.what.startswith(f"{NAME}: {sentence}")
    assert told.value.hint


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)
)


def places(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a JSON table, those inside others included."""
    inside = value.items() if isinstance(value, dict) else ()
    inside = enumerate(value) if isinstance(value, list) else inside
    found = [place for key, one in inside for place in places(one, (*above, key))]
    return [above, *found] if above else found


@given(st.sampled_from(places(json.loads(to_json(FULL)))), JSON)
def test_no_change_of_any_field_is_read_unchecked(place: tuple[Any, ...], value: Any) -> None:
    table = json.loads(to_json(FULL))
    at: Any = table
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = copy.deepcopy(value)
    try:
        case = from_json(json.dumps(table).encode(), NAME)
    except CaseError as error:
        assert error.what.startswith(NAME)
    else:
        assert from_json(to_json(case).encode(), NAME) == case


@pytest.mark.parametrize("raw", [b"", b"{", b"[1]", b"\xff\xfe", b'{"schema": NaN}', b"[" * 100000])
def test_what_is_no_record_is_told_with_its_name(raw: bytes) -> None:
    with pytest.raises(CaseError, match=r"^P-00000000-1/case.json"):
        from_json(raw, NAME)


def test_an_older_version_is_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def from_oldest(table: dict[str, Any]) -> dict[str, Any]:
        return table | {"schema": -1, "notes": table["remark"]}

    def from_older(table: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in table.items() if name != "remark"}

    monkeypatch.setattr(record, "SCHEMA", 9)
    monkeypatch.setitem(record.MIGRATIONS, 7, from_oldest)
    monkeypatch.setitem(record.MIGRATIONS, 8, from_older)
    old = json.loads(to_json(FULL)) | {"schema": 7, "remark": "written long ago"}
    case = from_json(json.dumps(old).encode(), NAME)
    assert case.notes == "written long ago"
    assert json.loads(to_json(case))["schema"] == 9


def test_a_reader_of_a_consensus_is_no_reviewer_of_it() -> None:
    table = json.loads(to_json(FULL)) | {"reviewer": "Chen"}
    assert from_json(json.dumps(table).encode(), NAME).reviewer == "Chen"
    row = {"code": 3, "kind": "consensus", "name": "majority", "version": "", "sha256": ""}
    table["authors"].append(row)
    with pytest.raises(CaseError, match="names somebody whose work is in the corrected mask"):
        from_json(json.dumps(table).encode(), NAME)


def test_a_record_edited_by_hand_is_named_by_the_store(store: CaseStore) -> None:
    case = corrected(store)
    path = store.folder / case.case_id / "case.json"
    path.write_text(path.read_text().replace('"seconds": 0.0', '"seconds": "none"'))
    with pytest.raises(CaseError) as told:
        store.read(case.case_id)
    assert str(told.value) == (
        f"{case.case_id}/case.json: field 'editing.seconds' must be a number from 0, not text"
        " - correct the field by hand, or take the file from a backup"
    )
    (row,) = store.rows()
    assert (row.status, row.error) == (None, str(told.value))


def test_a_folder_that_was_renamed_is_told(store: CaseStore) -> None:
    case = store.add(scan())
    other = f"{case.patient}-9"
    (store.folder / case.case_id).rename(store.folder / other)
    with pytest.raises(CaseError, match=f"{other}/case.json: field 'case_id' is {case.case_id}"):
        store.read(other)


def test_a_case_that_is_not_there_is_told(store: CaseStore, tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=r"P-00000000-1/case.json is missing"):
        store.read("P-00000000-1")


def test_a_record_that_would_not_be_read_is_never_written(store: CaseStore) -> None:
    case = store.add(scan())
    before = (store.folder / case.case_id / "case.json").read_bytes()
    with pytest.raises((CaseError, ValueError)):
        store.write_notes(case, "\ud800")
    assert (store.folder / case.case_id / "case.json").read_bytes() == before


def test_doubt_of_a_prediction_is_kept_and_checked(store: CaseStore) -> None:
    case = store.write_prediction(store.add(scan()), mask(1), MODEL, doubt=0.25)
    assert store.read(case.case_id).doubt == 0.25
    assert [row.doubt for row in store.rows()] == [0.25]
    without = store.write_prediction(case, mask(2), MODEL)
    assert store.read(without.case_id).doubt is None
    raw = to_json(case).replace('"doubt": 0.25', '"doubt": -1')
    with pytest.raises(CaseError, match=r"prediction\.doubt' must be a number from 0"):
        from_json(raw.encode(), "case.json")
